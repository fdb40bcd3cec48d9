import type { ForgeOptions } from '../forge-options.ts';
import type { ProviderAuth } from '../vocabulary.ts';

/** What `bitbucketCloud()` needs to know. */
export interface BitbucketCloudOptions extends ForgeOptions {
  /**
   * The credential. `basic` with the Atlassian e-mail address and a scoped API token, or `bearer` with a repository, project or
   * workspace access token or an OAuth access token. App passwords ended on 2026-07-28.
   */
  readonly auth: ProviderAuth;
  /** @default 'https://api.bitbucket.org/2.0' */
  readonly apiUrl?: string | undefined;
  /** @default 'https://bitbucket.org' */
  readonly webUrl?: string | undefined;
}
