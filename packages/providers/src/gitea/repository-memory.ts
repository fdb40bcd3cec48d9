/** A file as it stood at a commit: its blob and its kind (`file`, `symlink`, `submodule`). */
export interface KnownFile {
  readonly sha: string;
  readonly type: string;
}

const MAX_ENTRIES = 1000;

/**
 * Remembers what was read of a repository and cannot change: the blobs of files at a commit. And a hint that may be out of date,
 * which is checked where it is used: a branch that stood at a commit.
 *
 * A commit needs the blob of each file that it changes; reading the file answered with it.
 */
export class RepositoryMemory {
  readonly #files = new Map<string, KnownFile>();
  readonly #branches = new Map<string, string>();

  rememberFile(commit: string, path: string, file: KnownFile): void {
    put(this.#files, `${commit}:${path}`, file);
  }

  file(commit: string, path: string): KnownFile | undefined {
    return this.#files.get(`${commit}:${path}`);
  }

  rememberBranch(name: string, commit: string): void {
    put(this.#branches, commit, name);
  }

  /** A branch that was at this commit when it was last read. */
  branchAt(commit: string): string | undefined {
    return this.#branches.get(commit);
  }
}

/** Sets an entry as the newest, and drops the oldest beyond the limit. */
function put<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= MAX_ENTRIES) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
