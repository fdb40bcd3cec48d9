import type {
  CommitInfo,
  EditTree,
  GitEngineName,
  Person,
  RemoteOptions,
  RemoteRef,
  Signature,
  TreeChange,
} from './types.ts';

/** What an engine is made with. */
export interface EngineOptions {
  /** Variables for child processes: `PATH`, `SSH_AUTH_SOCK`, proxies. Engines without child processes ignore it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Existing folder for private temporary folders. */
  readonly temporaryDirectory: string;
  /** Tells the time in milliseconds since 1970-01-01 UTC. */
  readonly clock: () => number;
}

/** Makes an engine. The entry of the system engine exports one: `systemEngine`. */
export type GitEngineFactory = (options: EngineOptions) => GitEngine;

/**
 * What an engine must be able to do. `Repository`, `editBranch` and the other public functions are written over this
 * interface alone, and both engines pass the contract suite of `@bowline/gitops-git/testing`.
 *
 * An engine checks nothing that its caller has checked: addresses are parsed, ref names and paths are valid.
 */
export interface GitEngine {
  readonly name: GitEngineName;
  /** Lists the refs of a remote in one round trip. */
  listRemoteRefs(remote: string, options: ListRemoteRefsOptions): Promise<readonly RemoteRef[]>;
  /** Clones into an empty or absent folder. A failed clone leaves nothing behind. */
  clone(remote: string, directory: string, options: CloneOptions): Promise<void>;
  /** Opens an existing repository by its work tree or bare folder. */
  open(directory: string): Promise<EngineRepository>;
  /** Opens a remote without a work tree, for reading files, the log, and editing. Nothing is fetched yet. */
  openRemote(remote: string, options: RemoteOptions): Promise<RemoteSession>;
}

/** Options of {@link GitEngine.listRemoteRefs}. */
export interface ListRemoteRefsOptions extends RemoteOptions {
  /** Only refs whose full names start with one of these. @default all */
  readonly prefixes?: readonly string[] | undefined;
}

/** Options of a clone. */
export interface CloneOptions extends RemoteOptions {
  /** Branch or tag to check out. @default the remote's HEAD */
  readonly ref?: string | undefined;
  /** Fetches this branch only. @default true */
  readonly singleBranch?: boolean | undefined;
  /** Number of commits from the tip. @default all */
  readonly depth?: number | undefined;
  /** No work tree. @default false */
  readonly bare?: boolean | undefined;
}

/** Options of a fetch into a repository on disk. */
export interface FetchOptions extends RemoteOptions {
  /** @default 'origin' */
  readonly remote?: string | undefined;
  /** One branch. @default what the remote's refspec says */
  readonly branch?: string | undefined;
  /** Number of commits from the tip. @default what is missing */
  readonly depth?: number | undefined;
  /** Fetches all tags with `true`, none with `false`. @default the tags of fetched commits */
  readonly tags?: boolean | undefined;
  /** Deletes remote-tracking branches that the remote has no longer. @default false */
  readonly prune?: boolean | undefined;
}

/** Options of a pull. */
export interface PullOptions extends RemoteOptions {
  /** @default 'origin' */
  readonly remote?: string | undefined;
  /** @default the current branch */
  readonly branch?: string | undefined;
  /** What to do when the branches have diverged. @default 'fast-forward': refuse with `GIT_DIVERGED` */
  readonly strategy?: 'fast-forward' | 'merge' | undefined;
  /** Author of a merge commit. */
  readonly author?: Person | undefined;
}

/** Options of a push. */
export interface PushOptions extends RemoteOptions {
  /** @default 'origin' */
  readonly remote?: string | undefined;
  /** @default the current branch */
  readonly branch?: string | undefined;
  /** Overwrites the remote branch, but only if it still is what was fetched last (a lease). @default false */
  readonly force?: boolean | undefined;
}

/** A branch that was moved, and from where to where. */
export interface UpdatedRef {
  readonly branch: string;
  /** `undefined` when the branch is new. */
  readonly before: string | undefined;
  readonly after: string;
}

/** Options of a commit. Without `all` and `paths` it takes what is in the index. */
export interface CommitOptions {
  readonly message: string;
  readonly author: Person;
  /** Adds every change of tracked files first. @default false */
  readonly all?: boolean | undefined;
  /** Commits these paths only, whatever is in the index. */
  readonly paths?: readonly string[] | undefined;
  /** Adds a `Signed-off-by` trailer of the author. @default false */
  readonly signOff?: boolean | undefined;
  /** Signs the commit with SSH (gpgsig of the SSHSIG format). */
  readonly sign?: CommitSigner | undefined;
}

/** Makes the armoured signature of a commit's bytes. `sshSigner()` makes one from a private key. */
export type CommitSigner = (payload: Uint8Array) => Promise<string>;

/** Says what became of a file between two states. `conflicted` belongs to a merge that is not finished. */
export type FileState =
  | 'unmodified'
  | 'added'
  | 'modified'
  | 'deleted'
  | 'renamed'
  | 'untracked'
  | 'conflicted';

/** A file that differs. Renames show as one file deleted and one added. */
export interface FileStatus {
  /** From the top of the work tree, with `/`. */
  readonly path: string;
  /** What the index has against HEAD. */
  readonly staged: FileState;
  /** What the work tree has against the index. */
  readonly unstaged: FileState;
}

/** What `git status` says. */
export interface RepositoryStatus {
  /** `undefined` when HEAD is detached. */
  readonly branch: string | undefined;
  /** `undefined` before the first commit. */
  readonly head: string | undefined;
  /** The branch that is followed, such as `origin/main`. */
  readonly upstream: string | undefined;
  /** Number of commits that the upstream lacks; `undefined` without one. */
  readonly ahead: number | undefined;
  /** Number of commits that only the upstream has; `undefined` without one. */
  readonly behind: number | undefined;
  /** Changed and untracked files; ignored ones are left out. */
  readonly files: readonly FileStatus[];
}

/** A branch of a repository on disk. */
export interface LocalBranch {
  /** Short name, such as `main`. */
  readonly name: string;
  /** Id of its newest commit. */
  readonly sha: string;
  /** True for the one that is checked out. */
  readonly current: boolean;
}

/** Options of a log. */
export interface LogOptions {
  /** @default 'HEAD' */
  readonly ref?: string | undefined;
  /** @default 10 */
  readonly limit?: number | undefined;
  /** Only commits that touch this path. */
  readonly path?: string | undefined;
}

/** Options of a diff. */
export interface DiffOptions {
  /** Compares this commit… @default HEAD */
  readonly from?: string | undefined;
  /** …with this one. @default the work tree */
  readonly to?: string | undefined;
  /** Only these files and folders. @default all */
  readonly paths?: readonly string[] | undefined;
}

/** A repository on disk. Methods on the work tree fail with `GIT_NO_WORK_TREE` in a bare one. */
export interface EngineRepository {
  readonly directory: string;
  readonly bare: boolean;
  fetch(options: FetchOptions): Promise<readonly UpdatedRef[]>;
  pull(options: PullOptions): Promise<UpdatedRef>;
  push(options: PushOptions): Promise<UpdatedRef>;
  status(): Promise<RepositoryStatus>;
  add(paths: readonly string[]): Promise<void>;
  commit(options: CommitOptions): Promise<CommitInfo>;
  branches(): Promise<readonly LocalBranch[]>;
  createBranch(name: string, start?: string): Promise<LocalBranch>;
  deleteBranch(name: string, options: { readonly force: boolean }): Promise<void>;
  checkout(ref: string, options: { readonly create: boolean }): Promise<void>;
  log(options: LogOptions): Promise<readonly CommitInfo[]>;
  /** Unified diff, as `git diff` prints it. */
  diff(options: DiffOptions): Promise<string>;
  tags(): Promise<readonly { readonly name: string; readonly sha: string }[]>;
  createTag(
    name: string,
    options: { readonly target?: string; readonly message?: string; readonly tagger?: Person },
  ): Promise<void>;
  /** Resolves a branch, tag or (short) id to a commit; `undefined` when there is none. */
  resolve(ref: string): Promise<string | undefined>;
  readFile(ref: string, path: string): Promise<Uint8Array | undefined>;
  /** Address of a remote; `undefined` when there is none of that name. */
  remoteUrl(name: string): Promise<string | undefined>;
}

export interface NewCommit {
  readonly parent: string;
  readonly message: string;
  readonly changes: readonly TreeChange[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly sign?: CommitSigner | undefined;
}

/** A remote that is read and written without a work tree. Must be closed. */
export interface RemoteSession {
  /**
   * Finds the commit of a branch, a tag or a full ref; `undefined` when there is none.
   *
   * `fetch: true` says that the commit is fetched next, so that an engine may do both in one round trip.
   */
  resolve(ref: string, options?: { readonly fetch?: boolean }): Promise<string | undefined>;
  /** Fetches a commit, shallow and without file contents where the server allows. */
  fetch(
    commit: string,
    options: { readonly ref: string; readonly depth?: number | undefined },
  ): Promise<void>;
  /** Reads the tree of a fetched commit. */
  tree(commit: string): EditTree;
  log(commit: string, options: LogOptions): Promise<readonly CommitInfo[]>;
  /** Writes a commit; `undefined` when the changes leave the tree as it is. */
  commit(commit: NewCommit): Promise<string | undefined>;
  /**
   * Pushes a commit to a branch, only if the remote branch still is `expected` (`undefined`: does not exist).
   *
   * @returns `'rejected'` when the branch is something else by now.
   */
  push(
    commit: string,
    options: { readonly branch: string; readonly expected: string | undefined },
  ): Promise<'pushed' | 'rejected'>;
  close(): Promise<void>;
}
