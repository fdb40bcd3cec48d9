import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '../..');
const run = promisify(execFile);
const shell = process.platform === 'win32';

/** A package that is published, as it stands in the repository. */
export interface PublishedPackage {
  readonly name: string;
  readonly folder: string;
  /** `.`, `./teams`, … as published; empty for a program. */
  readonly subpaths: readonly string[];
}

/** The packages that a consumer can install. */
export const published: readonly PublishedPackage[] = ['packages', 'apps'].flatMap((group) =>
  readdirSync(join(root, group), { withFileTypes: true })
    .filter(
      (entry) => entry.isDirectory() && existsSync(join(root, group, entry.name, 'package.json')),
    )
    .map((entry) => {
      const folder = join(root, group, entry.name);
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
        readonly name: string;
        readonly exports?: Readonly<Record<string, unknown>>;
      };
      return { name: manifest.name, folder, subpaths: Object.keys(manifest.exports ?? {}) };
    }),
);

/** True when each package was built, so that it can be packed. */
export const built = published.every(({ folder }) => existsSync(join(folder, 'dist')));

/** The program among them. */
export const program = published.find(({ name }) => name === '@bowline/gitops-cli');

/** A folder outside of the repository with the packed packages installed. */
export interface ConsumerProject {
  readonly folder: string;
  /** Runs a program there and gives what it printed on stdout. Fails with what it printed on both. */
  run(program: string, args: readonly string[]): Promise<string>;
  remove(): Promise<void>;
}

/**
 * Packs all packages and installs the tarballs into an empty project.
 *
 * pnpm's strict `node_modules` shows a dependency that a package uses and does not declare. Gives `undefined` when a
 * foreign dependency is neither in the store nor can a registry be reached.
 */
export async function createConsumerProject(): Promise<ConsumerProject | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'bowline-consumers-'));
  const tarballs = join(folder, 'tarballs');
  await mkdir(tarballs);
  const packed = await Promise.all(published.map(({ folder: source }) => pack(source, tarballs)));
  const dependencies = Object.fromEntries(
    published.map(({ name }, index) => [name, `file:${packed[index]}`]),
  );
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({
      name: 'consumer',
      private: true,
      type: 'module',
      dependencies,
      devDependencies: { '@types/node': '24.9.0' },
    }),
  );
  // The packages name each other by version, and no registry has that version yet.
  await writeFile(
    join(folder, 'pnpm-workspace.yaml'),
    JSON.stringify({ packages: [], overrides: dependencies }),
  );
  await cp(join(import.meta.dirname, 'project'), folder, { recursive: true });
  const install = ['install', '--prefer-offline', '--no-frozen-lockfile', '--ignore-scripts'];
  try {
    await execute('pnpm', install, folder);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    if (/ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|META_FETCH_FAIL/.test((error as Error).message))
      return undefined;
    throw error;
  }
  return {
    folder,
    run: (program, args) => execute(program, args, folder),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Packs a package as it would be published, and gives the path of the tarball. */
export async function pack(source: string, destination: string): Promise<string> {
  const text = await execute('pnpm', ['pack', '--json', '--pack-destination', destination], source);
  const answer = JSON.parse(text) as { filename: string } | readonly { filename: string }[];
  const first = Array.isArray(answer) ? answer[0] : answer;
  return resolve(destination, (first as { filename: string }).filename).replaceAll('\\', '/');
}

/** Runs a program and gives what it printed on stdout. Fails with what it printed on both. */
export async function execute(
  program: string,
  args: readonly string[],
  cwd: string,
): Promise<string> {
  const node = program === process.execPath;
  // A repository of its own has its own settings and credentials: nothing of this one's may reach it, nor of the person's. npx
  // hands the settings of its project on in `npm_config_…`; only what leads to the registry stays.
  const foreign =
    /^(npm_(?!config_(registry|cache|cafile|userconfig|(https?_|no)?proxy)$)|NODE_OPTIONS$|VITEST|NODE_ENV$|(GIT|GITOPS|GITHUB|GITLAB|GITEA|BITBUCKET|TEAMS|K8S|DEFAULT|SERVER)_)/i;
  try {
    const { stdout } = await run(program, [...args], {
      cwd,
      shell: shell && !node,
      env: Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign.test(name))),
      maxBuffer: 16 * 1024 * 1024,
    });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`"${program} ${args.join(' ')}" failed: ${stdout ?? ''}${stderr ?? ''}`, {
      cause: error,
    });
  }
}
