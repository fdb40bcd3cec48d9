import { constants, copyFile, link, mkdir, open, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { toError } from '@bowline/gitops-errors';
import { ConfigError } from './errors.ts';
import { knownVariables } from './variable-table.ts';

/** Writes the text of a new `.env`: every variable with its meaning, all commented out. */
export function envFileTemplate(): string {
  const lines = [
    '# Settings and credentials of gitops, for every project on this machine.',
    '# Remove the "#" before a variable to set it. A variable of the environment is stronger than this file,',
    '# and so is gitops.yaml in the project. Keep this file to yourself: mode 0600, never in Git.',
  ];
  let group = '';
  for (const variable of knownVariables) {
    if (variable.group !== group) lines.push('', `# --- ${variable.group} ---`);
    group = variable.group;
    lines.push(`# ${variable.about}`, `#${variable.name}=${variable.example}`);
  }
  return `${lines.join('\n')}\n`;
}

/**
 * Creates a commented `.env` of mode 0600 in a folder of mode 0700, unless there is one.
 *
 * The file appears complete or not at all, and an existing one is never touched, also when two programs do it at once.
 *
 * @returns True when it was created.
 * @throws {@link ConfigError} `CONFIG_FILE_UNSAFE` when it cannot be written.
 */
export async function createEnvFile(path: string): Promise<boolean> {
  const folder = dirname(path);
  const draft = join(folder, `.env.${crypto.randomUUID()}.tmp`);
  try {
    // Not recursive: a home folder that does not exist is not ours to make, and Node.js never comes back where a file system
    // answers ENOENT to every new folder, as /proc does.
    await mkdir(folder, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
    const handle = await open(draft, 'wx', 0o600);
    try {
      await handle.writeFile(envFileTemplate());
      // The mode of a new file passes the umask, which may be stricter than the owner can use.
      await handle.chmod(0o600);
      await handle.sync();
      return await publish(draft, path);
    } finally {
      await handle.close();
      await unlink(draft);
    }
  } catch (error) {
    const { code } = toError(error) as NodeJS.ErrnoException;
    throw new ConfigError('CONFIG_FILE_UNSAFE', `the file "${path}" cannot be created (${code})`, {
      cause: error,
      hint: 'Check that the folder is yours and can be written.',
    });
  }
}

/** A link refuses to replace an existing name; a rename would not. Some file systems have no links, but all can copy so. */
async function publish(draft: string, path: string): Promise<boolean> {
  try {
    await link(draft, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') throw error;
      return copyFile(draft, path, constants.COPYFILE_EXCL);
    });
    return true;
  } catch (error) {
    if ((toError(error) as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}
