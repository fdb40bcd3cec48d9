import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { LoadConfigOptions } from '../src/index.ts';

/** A home folder and a project on disk, that go away at the end of the scope. */
export interface Surroundings extends AsyncDisposable {
  readonly home: string;
  readonly project: string;
  /** Options for an empty environment in these folders. */
  options(environment?: LoadConfigOptions['environment']): LoadConfigOptions;
}

/**
 * Writes files into a new home folder (`~/...`) and a new project (all other names).
 *
 * The files of the home folder get mode 0600.
 */
export async function surroundings(
  files: Readonly<Record<string, string>> = {},
): Promise<Surroundings> {
  const root = await mkdtemp(join(tmpdir(), 'gitops-config-'));
  const home = join(root, 'home');
  const project = join(root, 'project');
  await mkdir(home);
  // The search for gitops.yaml ends here.
  await mkdir(join(project, '.git'), { recursive: true });
  for (const [name, text] of Object.entries(files)) {
    const inHome = name.startsWith('~/');
    const path = inHome ? join(home, name.slice(2)) : join(project, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    if (inHome) await chmod(path, 0o600);
  }
  return {
    home,
    project,
    options: (environment = {}) => ({
      environment,
      homeDirectory: home,
      workingDirectory: project,
    }),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}
