import { GitError } from './errors.ts';

const MAX_PATH_BYTES = 4096;
const MAX_DEPTH = 512;
// HFS+ drops these when it compares names (Git's utf8.c, next_hfs_char): `.g<ZWNJ>it` is `.git` there.
const hfsIgnored = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * Says why a text cannot be the path of a file in a repository, or `undefined` when it can.
 *
 * Refused are absolute paths, `.` and `..`, empty segments, back slashes, control characters (a trailing CR was CVE-2025-48384),
 * and `.git` in every spelling that a file system takes for it: other case, `git~1`, trailing dots and spaces and `:stream`
 * on NTFS, ignored code points on HFS+.
 */
export function repositoryPathProblem(path: string): string | undefined {
  if (path === '') return 'it is empty';
  if (!path.isWellFormed()) return 'it is not valid Unicode';
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) return `it is longer than ${MAX_PATH_BYTES} bytes`;
  if (path.startsWith('/')) return 'it is absolute';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(path)) return 'it contains a control character';
  if (path.includes('\\')) return 'it contains a back slash';
  const segments = path.split('/');
  if (segments.length > MAX_DEPTH) return `it is deeper than ${MAX_DEPTH} folders`;
  for (const segment of segments) {
    if (segment === '') return 'it has an empty segment';
    if (segment === '.' || segment === '..') return `it contains "${segment}"`;
    if (isDotGit(segment)) return 'it names the ".git" folder';
  }
  return undefined;
}

function isDotGit(segment: string): boolean {
  const name = segment.replace(hfsIgnored, '').toLowerCase();
  return /^(?:\.git|git~1)(?:[ .]*$|[ .]*:)/.test(name);
}

/**
 * Checks the path of a file in a repository.
 *
 * @throws {@link GitError} `GIT_INVALID_ARGUMENT` with the rule that is broken.
 */
export function checkRepositoryPath(path: string): string {
  const problem = repositoryPathProblem(path);
  if (problem !== undefined) {
    throw new GitError(
      'GIT_INVALID_ARGUMENT',
      `The path ${JSON.stringify(path.slice(0, 200))} cannot be used: ${problem}.`,
      { details: { reason: problem } },
    );
  }
  return path;
}
