import type { ProviderError } from './errors.ts';
import type { RequestOptions } from './vocabulary.ts';

/** Where a pull request is in its life. Merged and declined are final. */
export type PullRequestState = 'open' | 'merged' | 'declined';

/** A pull request as the forge shows it. */
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
  /** ISO 8601, with date, time and offset. */
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Where a pull request is. */
export interface PullRequestAddress {
  /** Owner and name of the repository, such as `acme/shop`. */
  readonly repository: string;
  /** The number of the pull request, from 1. */
  readonly id: number;
}

/** What {@link PullRequests.create} opens. */
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

/** How the commits of a pull request come to its destination: a merge commit, one new commit, a mere move of the branch, or new copies of each. */
export type MergeStrategy = 'merge' | 'squash' | 'fast-forward' | 'rebase';

/** How {@link PullRequests.merge} merges. */
export interface MergePullRequest {
  /** @default what the repository prefers */
  readonly strategy?: MergeStrategy | undefined;
  readonly message?: string | undefined;
  /** The head of the source branch that was looked at. Refused with `PROVIDER_CONFLICT` when it is another one now. */
  readonly expectedHead?: string | undefined;
  /** @default what the pull request says */
  readonly deleteSourceBranch?: boolean | undefined;
}

/** Merges by the forge itself, as soon as checks and approvals allow it. */
export interface AutoMerge {
  /**
   * Asks the forge to merge when it may; where it may already, it merges now. Asking again changes nothing.
   *
   * @returns The pull request: `merged`, or still `open` and scheduled.
   * @throws ProviderError `PROVIDER_CONFLICT` (head moved), `PROVIDER_MERGE_BLOCKED` where the repository does not allow it
   */
  enable(id: number, input?: MergePullRequest, options?: RequestOptions): Promise<PullRequest>;
  /** Takes it back; without one nothing changes. */
  disable(id: number, options?: RequestOptions): Promise<void>;
}

/** Which pull requests a list has. Branches are compared by their exact names. */
export interface PullRequestFilter {
  /** @default 'open' */
  readonly state?: PullRequestState | 'all' | undefined;
  /** A branch of this repository: pull requests from a branch of that name in a fork are left out. */
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

/** Opens, finds, changes and merges the pull requests of one repository. */
export interface PullRequests {
  /**
   * Opens a pull request.
   *
   * @throws ProviderError `PROVIDER_ALREADY_EXISTS` when one is open for these branches (`details.id`); `PROVIDER_NOT_FOUND` or
   * `PROVIDER_REJECTED` without one of the branches, or with nothing to merge.
   */
  create(input: CreatePullRequest, options?: RequestOptions): Promise<PullRequest>;
  /** Reads a pull request; `undefined` when there is none. */
  get(id: number, options?: RequestOptions): Promise<PullRequest | undefined>;
  /** Lists pull requests, newest first, page after page as they are asked for. */
  list(filter?: PullRequestFilter, options?: ListPullRequestsOptions): AsyncIterable<PullRequest>;
  /** Changes what is given and leaves the rest. @throws ProviderError `PROVIDER_NOT_FOUND` */
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
  /** Approves as the account of the credential. Once more changes nothing. */
  approve(id: number, options?: RequestOptions): Promise<void>;
  /** Takes back an approval. */
  unapprove(id: number, options?: RequestOptions): Promise<void>;
  /** Closes a pull request without a merge, for good. Declining a declined one answers with it. */
  decline(id: number, options?: RequestOptions): Promise<PullRequest>;
  /**
   * Writes a comment. With `marker`, a former comment with the same marker is replaced, so there is never a second one.
   *
   * @throws ProviderError `PROVIDER_NOT_FOUND`; `PROVIDER_INVALID_ARGUMENT` for an empty text, or a marker with other characters than
   * letters, digits and `._:/-`
   */
  comment(
    id: number,
    body: string,
    options?: RequestOptions & { readonly marker?: string },
  ): Promise<{ readonly id: string }>;
  /** Absent where the forge cannot merge by itself later (local, Bitbucket Cloud). */
  readonly autoMerge?: AutoMerge;
  /** Returns the unified diff of the pull request. */
  diff(id: number, options?: RequestOptions): Promise<string>;
}
