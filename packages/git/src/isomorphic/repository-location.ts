import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { GitError } from '../errors.ts';

/** Where the parts of a repository are. */
export interface RepositoryLocation {
  /** The top of the work tree, or the bare repository. */
  readonly directory: string;
  /** The folder with `HEAD`, `objects` and `refs`. */
  readonly gitdir: string;
  readonly bare: boolean;
}

/**
 * Finds the repository at a folder or above it.
 *
 * @throws {@link GitError} `GIT_NOT_A_REPOSITORY`, `GIT_EXECUTABLE_NOT_FOUND` for a linked work tree.
 */
export async function locateRepository(start: string): Promise<RepositoryLocation> {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const dotGit = join(folder, '.git');
    const kind = await kindOf(dotGit);
    if (kind === 'folder' && (await isGitFolder(dotGit)))
      return { directory: folder, gitdir: dotGit, bare: false };
    if (kind === 'file') return linked(folder, dotGit);
    if (await isGitFolder(folder)) return { directory: folder, gitdir: folder, bare: true };
    if (dirname(folder) === folder)
      throw new GitError('GIT_NOT_A_REPOSITORY', `There is no Git repository at "${start}".`);
  }
}

/** A submodule keeps its repository elsewhere and says where in the file `.git`. */
async function linked(folder: string, file: string): Promise<RepositoryLocation> {
  const match = /^gitdir: (.+)\n?$/.exec(await readFile(file, 'utf8'));
  const gitdir = match?.[1] === undefined ? undefined : resolve(folder, match[1]);
  if (gitdir === undefined)
    throw new GitError('GIT_NOT_A_REPOSITORY', `The file "${file}" does not name a repository.`);
  if ((await kindOf(join(gitdir, 'commondir'))) === 'file')
    throw new GitError(
      'GIT_EXECUTABLE_NOT_FOUND',
      `The folder "${folder}" is a linked work tree, which needs the git program.`,
    );
  if (!(await isGitFolder(gitdir)))
    throw new GitError('GIT_NOT_A_REPOSITORY', `The file "${file}" does not name a repository.`);
  return { directory: folder, gitdir, bare: false };
}

async function isGitFolder(folder: string): Promise<boolean> {
  const [head, objects, refs] = await Promise.all(
    ['HEAD', 'objects', 'refs'].map((name) => kindOf(join(folder, name))),
  );
  return head === 'file' && objects === 'folder' && refs === 'folder';
}

/** What stands at a path, links followed; `undefined` when there is nothing. */
export async function kindOf(path: string): Promise<'file' | 'folder' | undefined> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

/** True for the errors of the file system that mean "there is nothing". */
export function isAbsent(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'ENOENT' || error.code === 'ENOTDIR')
  );
}
