import type { FileChange } from '../commit-types.ts';
import type { ForgeOptions } from '../forge-options.ts';
import type { Person, ProviderAuth } from '../vocabulary.ts';

/**
 * A commit that is to be made by a real push: one commit with all changes, on a branch that is there.
 *
 * The REST API of Bitbucket Data Center writes one file per commit and compares that file alone, not the head of the branch.
 */
export interface CommitFiles {
  /** The HTTPS address to push to, without a credential, such as `https://git.example.com/scm/shop/gitops-k8s.git`. */
  readonly cloneUrl: string;
  /** The branch. A new one has been made at `expectedHead` right before. */
  readonly branch: string;
  /** The commit that must be the only parent, and the tip of the branch when the push lands. */
  readonly expectedHead: string;
  readonly message: string;
  readonly changes: readonly FileChange[];
  /** `undefined` when nobody was named: the account of the credential, or whom the program commits as. */
  readonly author: Person | undefined;
  /** Stops the work, which then rejects with `signal.reason`. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Pushes one commit.
 *
 * @returns The full id of the commit; that of `expectedHead` when the changes leave everything as it is.
 * @throws ProviderError `PROVIDER_CONFLICT` when the branch is not at `expectedHead` any more. Nothing may have been pushed then.
 */
export type CommitFilesByPush = (commit: CommitFiles) => Promise<{ readonly sha: string }>;

/** What `bitbucketDatacenter()` needs to know. */
export interface BitbucketDatacenterOptions extends ForgeOptions {
  /** The host of the server, with its port where it has one, such as `git.example.com` or `git.example.com:8443`. */
  readonly host: string;
  /**
   * The credential: `bearer` with an HTTP access token, or `basic` with the user name and the password or a token of that user.
   *
   * Tokens of a project or repository are for `bearer` only. They have no user: they can neither merge nor approve, nor write a file
   * through the API; a push works.
   */
  readonly auth: ProviderAuth;
  /** The address of the core API; the others are beside it. @default `webUrl` with `/rest/api/latest` */
  readonly apiUrl?: string | undefined;
  /** The address of the pages, with the context path where there is one. @default `apiUrl` without `/rest/api/…`; else 'https://HOST' */
  readonly webUrl?: string | undefined;
  /**
   * Makes commits by a push, on a branch that is there compared by Git itself. Without it a commit has one file, which is or becomes a
   * regular one, and no author of its own.
   *
   * @default none
   */
  readonly commitFiles?: CommitFilesByPush | undefined;
}
