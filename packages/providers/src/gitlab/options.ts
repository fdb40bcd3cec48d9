import type { Secret } from '@bowline/gitops-errors';
import type { ForgeOptions } from '../forge-options.ts';
import type { ProviderAuth } from '../vocabulary.ts';

/**
 * How a request to GitLab proves who it is.
 *
 * `bearer` takes every kind of token: personal, project, group and OAuth access tokens. With `basic` the password is the token, as
 * Git knows it; the user name `gitlab-ci-token` makes it a job token.
 */
export type GitlabAuth =
  | ProviderAuth
  | { readonly type: 'private-token'; readonly token: Secret }
  | { readonly type: 'job-token'; readonly token: Secret };

/** What `gitlab()` needs to know. */
export interface GitlabOptions extends ForgeOptions {
  readonly auth: GitlabAuth;
  /** The host of the instance, with a port or a relative URL root where it has one. @default 'gitlab.com' */
  readonly host?: string | undefined;
  /** @default 'https://<host>/api/v4' */
  readonly apiUrl?: string | undefined;
  /** The address of the pages, and of Git over HTTP. @default 'https://<host>' */
  readonly webUrl?: string | undefined;
  /**
   * What the name of the branch begins with that a commit to an existing branch stands on for a moment.
   *
   * @default 'bowline-tmp/'
   */
  readonly temporaryBranches?: string | undefined;
}
