import type { Secret } from '@bowline/gitops-errors';
import type { Ci } from './ci-types.ts';
import type { CommitStatuses, Commits, Files } from './commit-types.ts';
import type { PullRequests } from './pull-request-types.ts';
import type { RequestOptions } from './vocabulary.ts';
import type { Webhooks } from './webhook-types.ts';

/** What a forge knows of a repository. */
export interface RepositoryInfo {
  readonly fullName: string;
  /** Absent while the repository is empty. */
  readonly defaultBranch: string | undefined;
  readonly private: boolean;
  readonly webUrl: string;
  /** HTTPS clone address without a credential; a path for the local backend. */
  readonly cloneUrl: string;
}

/** A branch and where it stands. */
export interface Branch {
  readonly name: string;
  /** The full object id of the tip. */
  readonly sha: string;
  readonly webUrl: string;
}

/** Reads, creates and deletes the branches of one repository. */
export interface Branches {
  /** Reads a branch; `undefined` when there is none. */
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

/** A tag and the commit that it stands for. */
export interface Tag {
  readonly name: string;
  /** The commit, also of an annotated tag. */
  readonly sha: string;
}

/** Reads and creates the tags of one repository. There is no way to move or delete one. */
export interface Tags {
  /** Reads a tag; `undefined` when there is none. */
  get(name: string, options?: RequestOptions): Promise<Tag | undefined>;
  /** Lists all tags, page after page as they are asked for. */
  list(options?: RequestOptions): AsyncIterable<Tag>;
  /** Creates a tag, annotated when it has a message. @throws ProviderError `PROVIDER_ALREADY_EXISTS`, `PROVIDER_NOT_FOUND` */
  create(
    name: string,
    sha: string,
    options?: RequestOptions & { readonly message?: string | undefined },
  ): Promise<Tag>;
}

/** What Git is given for HTTP Basic. */
export interface GitCredential {
  readonly username: string;
  readonly password: Secret;
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
  /** Absent where the forge has no CI of its own (local, Bitbucket Data Center). */
  readonly ci?: Ci;
  /**
   * Makes the user and password that Git over HTTPS takes for this repository; the password holds for five minutes or more.
   *
   * Absent where Git takes the credential that the provider was connected with: everywhere but for a GitHub App.
   */
  gitCredential?(options?: RequestOptions): Promise<GitCredential>;
}
