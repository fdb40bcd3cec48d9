import { GitError } from '../errors.ts';
import { entryMode, isFolder, type ObjectSource, readTree } from './git-objects.ts';

/** A file, symbolic link or submodule of a tree. */
export interface ListedFile {
  readonly mode: '100644' | '100755' | '120000' | '160000';
  readonly id: string;
}

const MAX_DEPTH = 512;
const MAX_FILES = 2_000_000;
const MAX_PATH_BYTES = 4096;

/**
 * Lists every file of a tree by its path, and refuses trees that must not be written to a disk.
 *
 * Refused are names that lead out of the folder or into `.git` on any file system (`.`, `..`, `.GIT`, `git~1`, names with
 * a slash or backslash, HFS+ ignorable characters, NTFS streams), duplicate names, a name that is a file and a folder, and
 * trees beyond the limits on depth, path length and number. The rules are those of git's `verify_path` and of CVE-2014-9390
 * and CVE-2019-1352, applied on every platform.
 *
 * @throws {@link GitError} `GIT_REMOTE_INVALID_ANSWER` for an unsafe tree, `GIT_LIMIT_EXCEEDED`.
 */
export async function listTree(
  source: ObjectSource,
  tree: string,
): Promise<Map<string, ListedFile>> {
  const files = new Map<string, ListedFile>();
  const walk = async (id: string, prefix: string, depth: number): Promise<void> => {
    if (depth > MAX_DEPTH) throw tooLarge(`folders ${depth} deep`);
    const seen = new Set<string>();
    for (const entry of await readTree(source, id)) {
      const name = entry.name.toString('utf8');
      const path = prefix + name;
      const problem = nameProblem(entry.name, name);
      if (problem !== undefined) throw unsafe(path, problem);
      if (seen.has(name)) throw unsafe(path, 'it stands there twice');
      seen.add(name);
      if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw tooLarge('a path that is too long');
      const mode = entryMode(entry.mode);
      if (isFolder(entry) || mode === '040000') await walk(entry.id, `${path}/`, depth + 1);
      else files.set(path, { mode, id: entry.id });
      if (files.size > MAX_FILES) throw tooLarge(`more than ${MAX_FILES} files`);
    }
  };
  await walk(tree, '', 1);
  return files;
}

/** Says why a name must not become a file; `undefined` for a good one. */
export function nameProblem(bytes: Buffer, name: string): string | undefined {
  if (name === '' || name === '.' || name === '..') return 'the name is not a name';
  if (/[/\\\0]/.test(name)) return 'the name contains a separator';
  if (!Buffer.from(name, 'utf8').equals(bytes)) return 'the name is not valid UTF-8';
  // HFS+ drops these characters, NTFS drops trailing dots and blanks, and ":" begins a stream of the file.
  const plain = name
    .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/gu, '')
    .replace(/:.*$/s, '')
    .replace(/[. ]+$/, '')
    .toLowerCase();
  if (plain === '.git' || plain === 'git~1') return 'the name means the folder ".git"';
  return undefined;
}

function unsafe(path: string, reason: string): GitError {
  const shown = path.replace(/[\p{Cc}\p{Cf}]/gu, '?').slice(0, 200);
  return new GitError(
    'GIT_REMOTE_INVALID_ANSWER',
    `The path "${shown}" in the repository cannot be checked out: ${reason}.`,
    {
      hint: 'Do not use this repository until you know who put that path there.',
      retryable: false,
      details: { path: shown },
    },
  );
}

function tooLarge(what: string): GitError {
  return new GitError('GIT_LIMIT_EXCEEDED', `The repository has ${what}.`);
}
