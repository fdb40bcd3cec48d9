import type { Person, RequestOptions } from './vocabulary.ts';

/** The mode of a file as Git writes it: regular, executable, or a symbolic link (the content is its target). */
export type FileMode = '100644' | '100755' | '120000';

/** A file as it stands at one commit. */
export interface FileContent {
  readonly path: string;
  readonly content: Uint8Array;
  /** `100644`, `100755` or `120000`; `undefined` where the forge does not say with the content. */
  readonly mode: FileMode | undefined;
  /**
   * The full id of the commit that was read, where the call found it out and `ref` is not known to be a tag.
   *
   * Reading by branch and committing with this as `expectedHead` and with `mode` saves the request for the head, and on
   * Bitbucket Cloud the one for the mode too.
   */
  readonly commit?: string | undefined;
}

/** Reads the files of one repository. */
export interface Files {
  /**
   * Reads a file at a commit, branch or tag.
   *
   * @returns `undefined` when there is no such file. @throws ProviderError `PROVIDER_NOT_FOUND` when there is no such ref,
   * where the forge tells the two apart.
   */
  read(
    path: string,
    ref: string,
    options?: RequestOptions & { readonly maxBytes?: number | undefined },
  ): Promise<FileContent | undefined>;
}

/** One change of a commit. Paths are relative to the root of the repository, with `/`. */
export type FileChange =
  | {
      readonly type: 'write';
      readonly path: string;
      readonly content: Uint8Array;
      /** @default the mode that the file has; `100644` for a new one */
      readonly mode?: FileMode | undefined;
    }
  | { readonly type: 'delete'; readonly path: string };

/** What {@link Commits.create} writes: one commit on one branch. */
export interface CreateCommit {
  readonly branch: string;
  readonly message: string;
  readonly changes: readonly FileChange[];
  /**
   * The tip that the changes were made for. With `create`, the commit at which the branch begins.
   * The commit is refused with `PROVIDER_CONFLICT` when the branch has moved on.
   */
  readonly expectedHead: string;
  /**
   * True when the branch does not exist yet and is made by this commit, in one call where the forge can.
   *
   * @default false
   */
  readonly create?: boolean | undefined;
  /** @default the account of the credential */
  readonly author?: Person | undefined;
}

/** A commit that was made. */
export interface CommitInfo {
  readonly sha: string;
  readonly webUrl: string;
}

/** One file of a {@link Comparison}. */
export interface ChangedFile {
  readonly path: string;
  readonly previousPath?: string | undefined;
  readonly status: 'added' | 'modified' | 'removed' | 'renamed';
}

/** What a branch has since it left another. */
export interface Comparison {
  /** Commits of `head` that `base` lacks; `undefined` where the forge does not count them. */
  readonly aheadBy: number | undefined;
  readonly mergeBase: string | undefined;
  readonly files: readonly ChangedFile[];
  /** True when the forge listed fewer files than there are. */
  readonly truncated: boolean;
}

/** Writes and compares the commits of one repository. */
export interface Commits {
  /**
   * Writes many files in one commit, on the tip that is expected.
   *
   * Where the forge cannot compare the head (Gitea, Bitbucket Data Center by its API), a push of other files in the last moment lies
   * below the commit. The conflict then has the commit in `details.landed`, and its address in `details.webUrl`.
   *
   * @throws ProviderError `PROVIDER_CONFLICT` when the branch moved (or exists, with `create`).
   */
  create(commit: CreateCommit, options?: RequestOptions): Promise<CommitInfo>;
  /** Compares as a pull request does: what `head` has since it left `base`. */
  compare(base: string, head: string, options?: RequestOptions): Promise<Comparison>;
  /** Returns the unified diff of the same comparison. */
  diff(base: string, head: string, options?: RequestOptions): Promise<string>;
}

/** The state of a commit status, in one vocabulary for all forges. A forge that knows fewer answers with the nearest one. */
export type CommitState =
  | 'pending'
  | 'running'
  | 'success'
  | 'failed'
  | 'error'
  | 'cancelled'
  | 'skipped';

/** What a check or a deployment says of a commit. */
export interface CommitStatus {
  /** What the status is of, such as `bowline/prod`. One status per commit and context; setting it again replaces it. */
  readonly context: string;
  readonly state: CommitState;
  readonly description?: string | undefined;
  readonly url?: string | undefined;
}

/** Sets and lists the statuses of the commits of one repository. */
export interface CommitStatuses {
  /** Sets the status of a commit and context, in place of a former one. */
  set(sha: string, status: CommitStatus, options?: RequestOptions): Promise<void>;
  /** Lists the statuses of a commit, page after page as they are asked for. */
  list(sha: string, options?: RequestOptions): AsyncIterable<CommitStatus>;
}
