import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';

/** The name of the file that is looked for. */
const CONFIG_FILE_NAME = 'gitops.yaml';

/**
 * Looks for a gitops.yaml in a folder and the ones above it, up to the root of the Git repository or of the file system.
 */
export async function findConfigFile(start: string): Promise<string | undefined> {
  let folder = resolve(start);
  for (;;) {
    const candidate = join(folder, CONFIG_FILE_NAME);
    if (await exists(candidate)) return candidate;
    const above = dirname(folder);
    if (above === folder || (await exists(join(folder, '.git')))) return undefined;
    folder = above;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    // What is there and cannot be looked at is for the one who reads it to complain about.
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT' && error.code !== 'ENOTDIR',
  );
}
