import type { ForgeOptions } from '../forge-options.ts';
import type { ProviderAuth } from '../vocabulary.ts';

/** What `gitea()` needs to know. */
export interface GiteaOptions extends ForgeOptions {
  /**
   * The credential. `bearer` with an access token of the account (Settings → Applications), or `basic` with the user name and such a
   * token as the password.
   */
  readonly auth: ProviderAuth;
  /** The host of the server, such as `codeberg.org`. @default 'gitea.com' */
  readonly host?: string | undefined;
  /** @default 'https://HOST/api/v1' */
  readonly apiUrl?: string | undefined;
  /** The address of the pages, with the path when the server is below one. @default `apiUrl` without `/api/v1`; else 'https://HOST' */
  readonly webUrl?: string | undefined;
}
