import type {
  CloneOptions,
  CommitOptions,
  CommitSigner,
  DiffOptions,
  FetchOptions,
  ListRemoteRefsOptions,
  LocalBranch,
  LogOptions,
  PullOptions,
  PushOptions,
  RepositoryStatus,
  UpdatedRef,
} from './engine.ts';
import type {
  CommitInfo,
  GitEngineName,
  Person,
  RemoteOptions,
  RemoteRef,
  TreeEdit,
} from './types.ts';

/** Git on this machine: repositories on disk, and remotes without a work tree. `openGit()` makes one. */
export interface Git {
  /**
   * Clones into an empty or absent folder. A failed or aborted clone leaves nothing behind.
   *
   * @throws {@link GitError} `GIT_ALREADY_EXISTS` when the folder has files in it.
   */
  clone(remote: string, directory: string, options?: CloneOptions): Promise<Repository>;
  /**
   * Opens the repository at a folder or above it.
   *
   * @throws {@link GitError} `GIT_NOT_A_REPOSITORY`
   */
  open(directory: string): Promise<Repository>;
  /** Lists the refs of a remote in one round trip. */
  listRemoteRefs(remote: string, options?: ListRemoteRefsOptions): Promise<readonly RemoteRef[]>;
  /**
   * Commits an edit on top of a remote branch and pushes it, without a work tree and without ever overwriting a commit.
   *
   * When the branch moved in between, `edit` runs again on the new tip. Edits of one branch in one process wait for each other,
   * first come, first served. An edit that changes nothing pushes nothing.
   *
   * @throws {@link GitError} `GIT_REF_NOT_FOUND` (no such branch, nor `from`), `GIT_BRANCH_MOVED` (it moved in each attempt),
   * `GIT_PUSH_REJECTED` (a hook or a branch rule of the server; the message holds its words)
   */
  editBranch(options: EditBranchOptions): Promise<EditBranchResult>;
  /**
   * Reads one file of a remote without a clone.
   *
   * @returns `undefined` when there is no such file.
   * @throws {@link GitError} `GIT_REF_NOT_FOUND`
   */
  readRemoteFile(remote: string, options: ReadRemoteFileOptions): Promise<RemoteFile | undefined>;
  /**
   * Lists the newest commits of a ref of a remote, newest first, without a clone.
   *
   * @throws {@link GitError} `GIT_REF_NOT_FOUND`
   */
  remoteLog(remote: string, options: RemoteLogOptions): Promise<readonly CommitInfo[]>;
  /**
   * Names the engine that is used for a remote, or for repositories on disk when none is given.
   *
   * @throws {@link GitError} `GIT_EXECUTABLE_NOT_FOUND` when the remote needs the git program and there is none.
   */
  engineFor(remote?: string): Promise<GitEngineName>;
}

/** Options of `openGit()`. */
export interface OpenGitOptions {
  /**
   * `auto` takes the git program when it is installed (2.30 or newer), and isomorphic-git otherwise. SSH and file
   * addresses need the git program whatever is set here.
   *
   * @default 'auto'
   */
  readonly engine?: 'auto' | GitEngineName | undefined;
  /**
   * Environment for the git program. Used are `PATH`, `SSH_AUTH_SOCK`, the proxy variables, `SSL_CERT_FILE`,
   * `SSL_CERT_DIR`, `GIT_SSL_CAINFO`, and what Windows needs to start a program.
   *
   * @default the standard system folders as `PATH`
   */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
  /** Folder for private temporary folders. @default the folder of the system */
  readonly temporaryDirectory?: string | undefined;
  /** Takes `file://` addresses and absolute paths as remotes. @default false */
  readonly allowFile?: boolean | undefined;
  /** Tells the time in milliseconds since 1970-01-01 UTC, for commits. @default Date.now */
  readonly clock?: (() => number) | undefined;
}

/** Options of {@link Git.editBranch}. */
export interface EditBranchOptions extends RemoteOptions {
  readonly remote: string;
  readonly branch: string;
  /** The branch that a missing `branch` is created from, in the same push. @default a missing branch is an error */
  readonly from?: string | undefined;
  /** Says what to change. Runs once per attempt. */
  readonly edit: TreeEdit;
  readonly author: Person;
  /** @default the author */
  readonly committer?: Person | undefined;
  /** Signs the commit; see `sshSigner()`. */
  readonly sign?: CommitSigner | undefined;
  /** How often to try when the branch moves. @default 10 */
  readonly attempts?: number | undefined;
}

/** What {@link Git.editBranch} has done. */
export type EditBranchResult =
  | {
      readonly changed: true;
      /** The new commit, now the tip of the branch. */
      readonly sha: string;
      /** The former tip; `undefined` when the branch was created. */
      readonly before: string | undefined;
      /** How often the edit ran; 1 when the branch did not move. */
      readonly attempts: number;
    }
  | {
      readonly changed: false;
      /** The tip that needed no change: of the branch, or of `from` when there is no such branch. */
      readonly sha: string;
      readonly attempts: number;
    };

/** Options of {@link Git.readRemoteFile}. */
export interface ReadRemoteFileOptions extends RemoteOptions {
  /** A branch, a tag, a full ref name, `HEAD`, or a full commit id where the server allows that. */
  readonly ref: string;
  /** From the root of the repository, with `/`. */
  readonly path: string;
}

/** A file of a remote, and the commit that it was read at. */
export interface RemoteFile {
  /** The commit that was read. */
  readonly sha: string;
  readonly content: Uint8Array;
}

/** Options of {@link Git.remoteLog}. */
export interface RemoteLogOptions extends RemoteOptions {
  /** A branch, a tag, a full ref name, `HEAD`, or a full commit id where the server allows that. */
  readonly ref: string;
  /** At most this many commits, 1 to 10,000. */
  readonly limit: number;
}

/**
 * A repository on disk. Names, paths and the addresses of its remotes are checked before Git sees them.
 *
 * What needs a work tree fails with `GIT_NO_WORK_TREE` in a bare repository.
 */
export interface Repository {
  /** The top folder of the work tree, or the bare repository. */
  readonly directory: string;
  readonly bare: boolean;
  readonly engine: GitEngineName;
  /** Fetches from a remote. @returns The refs that changed. */
  fetch(options?: FetchOptions): Promise<readonly UpdatedRef[]>;
  /**
   * Fetches a branch and moves the current one forward to it.
   *
   * @throws {@link GitError} `GIT_DIVERGED` (unless `strategy: 'merge'`), `GIT_MERGE_CONFLICT`, `GIT_WORK_TREE_DIRTY`
   */
  pull(options?: PullOptions): Promise<UpdatedRef>;
  /** Pushes a branch. @throws {@link GitError} `GIT_PUSH_REJECTED` */
  push(options?: PushOptions): Promise<UpdatedRef>;
  /** Says which branch is checked out and which files differ. */
  status(): Promise<RepositoryStatus>;
  /** Adds files and folders to the index, removed ones too; `.` means everything. */
  add(paths: readonly string[]): Promise<void>;
  /** Commits the index, all tracked files or some paths; runs no hook. @throws {@link GitError} `GIT_NOTHING_TO_COMMIT` */
  commit(options: CommitOptions): Promise<CommitInfo>;
  /** Lists the local branches. */
  branches(): Promise<readonly LocalBranch[]>;
  /** Creates a branch at `start` without checking it out. @throws {@link GitError} `GIT_ALREADY_EXISTS`, `GIT_REF_NOT_FOUND` */
  createBranch(
    name: string,
    options?: { /** @default HEAD */ readonly start?: string | undefined },
  ): Promise<LocalBranch>;
  /** Deletes a branch; one that is not merged into HEAD only with `force`. */
  deleteBranch(
    name: string,
    options?: { /** @default false */ readonly force?: boolean | undefined },
  ): Promise<void>;
  /** Checks out a branch, tag or commit; with `create`, a new branch at HEAD. @throws {@link GitError} `GIT_WORK_TREE_DIRTY` */
  checkout(
    ref: string,
    options?: { /** @default false */ readonly create?: boolean | undefined },
  ): Promise<void>;
  /** Lists commits, newest first. @throws {@link GitError} `GIT_REF_NOT_FOUND` */
  log(options?: LogOptions): Promise<readonly CommitInfo[]>;
  /** Returns the unified diff, as `git diff` prints it. */
  diff(options?: DiffOptions): Promise<string>;
  /** Lists the tags with their commits. */
  tags(): Promise<readonly { readonly name: string; readonly sha: string }[]>;
  /** Creates a tag, an annotated one when there is a message. @throws {@link GitError} `GIT_ALREADY_EXISTS` */
  createTag(
    name: string,
    options?: {
      /** @default HEAD */ readonly target?: string | undefined;
      readonly message?: string | undefined;
      readonly tagger?: Person | undefined;
    },
  ): Promise<void>;
  /** Resolves a branch, tag or (short) id to a commit; `undefined` when there is none. */
  resolve(ref: string): Promise<string | undefined>;
  /** Reads a file at a commit; `undefined` when there is none. */
  readFile(ref: string, path: string): Promise<Uint8Array | undefined>;
  /** Finds the address of a remote; `undefined` when there is none of that name. */
  remoteUrl(name?: string): Promise<string | undefined>;
}
