import type { Secret } from '@bowline/gitops-errors';
import type { ProviderError } from './errors.ts';

/** The kinds of forges that this package knows. */
export type ProviderKind =
  | 'local'
  | 'bitbucket-cloud'
  | 'bitbucket-datacenter'
  | 'github'
  | 'gitlab'
  | 'gitea';

/** How a request proves who it is. The kind of credential decides the header; see the README of each provider. */
export type ProviderAuth =
  | { readonly type: 'basic'; readonly username: string; readonly password: Secret }
  | { readonly type: 'bearer'; readonly token: Secret };

/** Options of everything that waits. */
export interface RequestOptions {
  /** Stops the call. It then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
}

/** A person as Git and the forges write one. */
export interface Person {
  readonly name: string;
  readonly email: string;
}

/** A connection to one Git forge with one credential. Made by the factory of a backend, such as `bitbucketCloud()`. */
export interface Provider {
  readonly kind: ProviderKind;
  /** The host that web addresses of this forge have, such as `bitbucket.org`. `local` for the local backend. */
  readonly host: string;
  /** The merge strategies that this forge can be asked for. A repository may allow fewer. */
  readonly mergeStrategies: readonly MergeStrategy[];
  /**
   * Makes a handle for a repository. Does no I/O.
   *
   * @param fullName Owner and name, such as `acme/shop`.
   * @throws ProviderError `PROVIDER_INVALID_ARGUMENT` when the name cannot be one of this forge.
   */
  repository(fullName: string): ProviderRepository;
  /** Reads the web address of a pull request of this forge; `undefined` when it is not one, or one of another host. */
  parsePullRequestUrl(url: string): PullRequestAddress | undefined;
  /**
   * Checks and reads a webhook delivery.
   *
   * The signature is taken over the raw bytes and compared in constant time. A delivery without a valid signature throws, and so
   * does every delivery when `secret` is empty. Absent where a forge sends none.
   *
   * @returns The event, or `undefined` for a genuine delivery of a kind that has no meaning here.
   * @throws ProviderError `PROVIDER_WEBHOOK_UNVERIFIED`, `PROVIDER_WEBHOOK_MALFORMED`
   */
  readonly verifyWebhook?: (delivery: WebhookDelivery, secret: Secret) => WebhookEvent | undefined;
}

/** Where a pull request is. */
export interface PullRequestAddress {
  /** Owner and name of the repository, such as `acme/shop`. */
  readonly repository: string;
  /** The number of the pull request, from 1. */
  readonly id: number;
}

/** One repository on a forge. */
export interface ProviderRepository {
  /** Owner and name, such as `acme/shop`. */
  readonly fullName: string;
  /** Reads what the forge knows of the repository; `undefined` when there is none, or it is hidden from this account. */
  get(options?: RequestOptions): Promise<RepositoryInfo | undefined>;
  readonly branches: Branches;
  readonly files: Files;
  readonly commits: Commits;
  readonly pullRequests: PullRequests;
  readonly statuses: CommitStatuses;
  readonly tags: Tags;
  /** Absent where the forge calls nobody (local). */
  readonly webhooks?: Webhooks;
}

export interface RepositoryInfo {
  readonly fullName: string;
  /** Absent while the repository is empty. */
  readonly defaultBranch: string | undefined;
  readonly private: boolean;
  readonly webUrl: string;
  /** HTTPS clone address without a credential; a path for the local backend. */
  readonly cloneUrl: string;
}

export interface Branch {
  readonly name: string;
  /** The full object id of the tip. */
  readonly sha: string;
  readonly webUrl: string;
}

export interface Branches {
  get(name: string, options?: RequestOptions): Promise<Branch | undefined>;
  /** Lists all branches, page after page as they are asked for. */
  list(options?: RequestOptions & { readonly nameContains?: string }): AsyncIterable<Branch>;
  /**
   * Creates a branch at a commit.
   *
   * @throws ProviderError `PROVIDER_ALREADY_EXISTS` when there is a branch of that name, `PROVIDER_NOT_FOUND` without that commit.
   */
  create(name: string, sha: string, options?: RequestOptions): Promise<Branch>;
  /** Deletes a branch. @returns False when there was none. */
  delete(
    name: string,
    options?: RequestOptions & { readonly expectedHead?: string | undefined },
  ): Promise<boolean>;
}

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

export type FileMode = '100644' | '100755' | '120000';

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

export interface CommitInfo {
  readonly sha: string;
  readonly webUrl: string;
}

export interface Comparison {
  /** Commits of `head` that `base` lacks; `undefined` where the forge does not count them. */
  readonly aheadBy: number | undefined;
  readonly mergeBase: string | undefined;
  readonly files: readonly ChangedFile[];
  /** True when the forge listed fewer files than there are. */
  readonly truncated: boolean;
}

export interface ChangedFile {
  readonly path: string;
  readonly previousPath?: string | undefined;
  readonly status: 'added' | 'modified' | 'removed' | 'renamed';
}

export interface Commits {
  /**
   * Writes many files in one commit, on the tip that is expected.
   *
   * @throws ProviderError `PROVIDER_CONFLICT` when the branch moved (or exists, with `create`).
   */
  create(commit: CreateCommit, options?: RequestOptions): Promise<CommitInfo>;
  /** Compares as a pull request does: what `head` has since it left `base`. */
  compare(base: string, head: string, options?: RequestOptions): Promise<Comparison>;
  /** Returns the unified diff of the same comparison. */
  diff(base: string, head: string, options?: RequestOptions): Promise<string>;
}

export type PullRequestState = 'open' | 'merged' | 'declined';

export interface PullRequest {
  readonly id: number;
  readonly title: string;
  readonly description: string;
  readonly state: PullRequestState;
  readonly draft: boolean;
  /** Some forges abbreviate `sha` (Bitbucket Cloud: 12 characters). `expectedHead` of a merge takes it as it is. */
  readonly source: { readonly branch: string; readonly sha: string | undefined };
  readonly destination: { readonly branch: string; readonly sha: string | undefined };
  readonly author: string | undefined;
  readonly webUrl: string;
  /** The commit that the merge made; only when merged. */
  readonly mergeCommit: string | undefined;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface CreatePullRequest {
  readonly title: string;
  readonly source: string;
  readonly destination: string;
  readonly description?: string | undefined;
  /** @default false */
  readonly draft?: boolean | undefined;
  /** Deletes the source branch when the pull request is merged. @default false */
  readonly deleteSourceBranch?: boolean | undefined;
}

export type MergeStrategy = 'merge' | 'squash' | 'fast-forward' | 'rebase';

export interface MergePullRequest {
  /** @default what the repository prefers */
  readonly strategy?: MergeStrategy | undefined;
  readonly message?: string | undefined;
  /** The head of the source branch that was looked at. Refused with `PROVIDER_CONFLICT` when it is another one now. */
  readonly expectedHead?: string | undefined;
  /** @default what the pull request says */
  readonly deleteSourceBranch?: boolean | undefined;
}

export interface PullRequestFilter {
  /** @default 'open' */
  readonly state?: PullRequestState | 'all' | undefined;
  readonly source?: string | undefined;
  readonly destination?: string | undefined;
}

/** Options of a list of pull requests. */
export interface ListPullRequestsOptions extends RequestOptions {
  /**
   * Is told of each pull request that is there but cannot be read, when its turn comes. The message names it.
   *
   * @default the list ends with the first of these errors, after all others have been given
   */
  readonly onUnreadable?: ((error: ProviderError) => void) | undefined;
}

export interface PullRequests {
  create(input: CreatePullRequest, options?: RequestOptions): Promise<PullRequest>;
  get(id: number, options?: RequestOptions): Promise<PullRequest | undefined>;
  /** Lists pull requests, newest first, page after page as they are asked for. */
  list(filter?: PullRequestFilter, options?: ListPullRequestsOptions): AsyncIterable<PullRequest>;
  update(
    id: number,
    changes: {
      readonly title?: string;
      readonly description?: string;
      readonly destination?: string;
    },
    options?: RequestOptions,
  ): Promise<PullRequest>;
  /**
   * Merges, and waits until the forge says merged.
   *
   * Merging a merged pull request answers with it.
   *
   * @throws ProviderError `PROVIDER_CONFLICT` (head moved), `PROVIDER_MERGE_CONFLICT` (contents do not merge),
   * `PROVIDER_MERGE_BLOCKED` (checks or approvals are missing; the message holds the forge's reason)
   */
  merge(id: number, input?: MergePullRequest, options?: RequestOptions): Promise<PullRequest>;
  approve(id: number, options?: RequestOptions): Promise<void>;
  /** Takes back an approval. */
  unapprove(id: number, options?: RequestOptions): Promise<void>;
  decline(id: number, options?: RequestOptions): Promise<PullRequest>;
  /**
   * Writes a comment. With `marker`, a former comment with the same marker is replaced, so there is never a second one.
   */
  comment(
    id: number,
    body: string,
    options?: RequestOptions & { readonly marker?: string },
  ): Promise<{ readonly id: string }>;
  /** Returns the unified diff of the pull request. */
  diff(id: number, options?: RequestOptions): Promise<string>;
}

export type CommitState =
  | 'pending'
  | 'running'
  | 'success'
  | 'failed'
  | 'error'
  | 'cancelled'
  | 'skipped';

export interface CommitStatus {
  /** What the status is of, such as `bowline/prod`. One status per commit and context; setting it again replaces it. */
  readonly context: string;
  readonly state: CommitState;
  readonly description?: string | undefined;
  readonly url?: string | undefined;
}

export interface CommitStatuses {
  set(sha: string, status: CommitStatus, options?: RequestOptions): Promise<void>;
  list(sha: string, options?: RequestOptions): AsyncIterable<CommitStatus>;
}

export interface Tag {
  readonly name: string;
  /** The commit, also of an annotated tag. */
  readonly sha: string;
}

export interface Tags {
  get(name: string, options?: RequestOptions): Promise<Tag | undefined>;
  list(options?: RequestOptions): AsyncIterable<Tag>;
  /** @throws ProviderError `PROVIDER_ALREADY_EXISTS`, `PROVIDER_NOT_FOUND` */
  create(
    name: string,
    sha: string,
    options?: RequestOptions & { readonly message?: string | undefined },
  ): Promise<Tag>;
}

/** The events that a webhook can be asked for, in one vocabulary for all forges. */
export type WebhookTopic = 'push' | 'pull-request' | 'pipeline' | 'tag';

export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly topics: readonly WebhookTopic[];
  readonly active: boolean;
}

export interface WebhookInput {
  readonly url: string;
  readonly topics: readonly WebhookTopic[];
  readonly secret?: Secret | undefined;
  readonly description?: string | undefined;
}

export interface Webhooks {
  list(options?: RequestOptions): AsyncIterable<Webhook>;
  create(input: WebhookInput, options?: RequestOptions): Promise<Webhook>;
  update(id: string, input: WebhookInput, options?: RequestOptions): Promise<Webhook>;
  /** @returns False when there was none. */
  delete(id: string, options?: RequestOptions): Promise<boolean>;
}

export interface WebhookDelivery {
  /** Header names in any case; a header that came twice is an array. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body as it came, before any parsing. */
  readonly body: Uint8Array;
}

interface WebhookEventBase {
  readonly provider: ProviderKind;
  /** Owner and name. */
  readonly repository: string;
  /** Names this delivery; the same when the forge sends it again. `undefined` when the forge sent none. */
  readonly deliveryId: string | undefined;
  /** The other events of the same delivery, such as a push of several branches. Absent when there is one only. */
  readonly more?: readonly WebhookEvent[] | undefined;
}

/** A verified webhook delivery in one vocabulary. */
export type WebhookEvent =
  | (WebhookEventBase & {
      readonly type: 'push';
      readonly branch: string;
      /** `undefined` when the branch was created. */
      readonly before: string | undefined;
      /** `undefined` when the branch was deleted. */
      readonly after: string | undefined;
      readonly commits: readonly string[];
    })
  | (WebhookEventBase & {
      readonly type: 'tag';
      readonly tag: string;
      readonly after: string | undefined;
    })
  | (WebhookEventBase & {
      readonly type: 'pull-request';
      readonly action: 'opened' | 'updated' | 'approved' | 'merged' | 'declined' | 'commented';
      readonly id: number;
      readonly source: string;
      readonly destination: string;
    })
  | (WebhookEventBase & {
      readonly type: 'pipeline';
      readonly sha: string;
      readonly state: CommitState;
      readonly context: string;
    });
