import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CloneOptions } from '../engine.ts';
import { GitError } from '../errors.ts';
import { openTransport, type TransportContext } from './transport.ts';

/** Clones, and takes away what a failed or aborted clone has left. */
export async function cloneRepository(
  remote: string,
  directory: string,
  options: CloneOptions & { readonly context: TransportContext },
): Promise<void> {
  const existed = await isEmptyFolder(directory);
  const transport = await openTransport(remote, options, options.context);
  let done = false;
  try {
    const result = await transport.run({
      args: [
        // Before 2.31 an empty repository does not tell the name of its branch, and git would take an older one.
        '-c',
        'init.defaultBranch=main',
        'clone',
        '--progress',
        // Templates would bring hooks.
        '--template=',
        '--no-hardlinks',
        '--no-recurse-submodules',
        '--upload-pack=git-upload-pack',
        ...(options.singleBranch === false ? ['--no-single-branch'] : ['--single-branch']),
        ...(options.depth === undefined ? [] : [`--depth=${options.depth}`]),
        ...(options.ref === undefined || options.ref === 'HEAD'
          ? []
          : [`--branch=${shortName(options.ref)}`]),
        ...(options.bare === true ? ['--bare'] : []),
        '--',
        transport.url.href,
        directory,
      ],
      cwd: options.context.engine.temporaryDirectory,
    });
    if (result.code !== 0) throw transport.failure(`Cloning "${transport.name}"`, result);
    done = true;
  } finally {
    try {
      if (!done) await clear(directory, existed);
    } finally {
      await transport.close();
    }
  }
}

/** `--branch` takes a branch or a tag by its short name only. */
function shortName(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags)\//, '');
}

/** @returns True for an empty folder, false when there is nothing. */
async function isEmptyFolder(directory: string): Promise<boolean> {
  try {
    if ((await readdir(directory)).length === 0) return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') return false;
    if (code !== 'ENOTDIR') throw error;
  }
  throw new GitError(
    'GIT_ALREADY_EXISTS',
    `The destination "${directory}" exists already and is not an empty folder.`,
  );
}

async function clear(directory: string, existed: boolean): Promise<void> {
  const remove = (path: string): Promise<void> =>
    rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  if (!existed) return remove(directory);
  // Git removes the folder's contents itself when it is told to end; the folder was the caller's.
  const names = await readdir(directory).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  await Promise.all(names.map((name) => remove(join(directory, name))));
}
