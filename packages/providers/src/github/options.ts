import type { Secret } from '@bowline/gitops-errors';
import type { ForgeOptions } from '../forge-options.ts';
import type { ProviderAuth } from '../vocabulary.ts';

/** The credential of a GitHub App: each repository gets a token of its own, made when it is needed. */
export interface GithubAppAuth {
  readonly type: 'github-app';
  /** The client id of the App, or its number. */
  readonly appId: string;
  /** A private key of the App as PEM, PKCS#1 or PKCS#8. */
  readonly privateKey: Secret;
  /** @default the installation that has the repository, looked up once per owner */
  readonly installationId?: number | undefined;
}

/** What `github()` needs to know. */
export interface GithubOptions extends ForgeOptions {
  /**
   * The credential: `bearer` with a personal access token, a token of GitHub Actions or of an OAuth app, or a GitHub App. `basic`
   * is for proxies in front of an Enterprise Server.
   */
  readonly auth: ProviderAuth | GithubAppAuth;
  /** `github.com`, `SUBDOMAIN.ghe.com`, or the host of an Enterprise Server. @default 'github.com' */
  readonly host?: string | undefined;
  /** @default what belongs to the host: `https://api.github.com`, `https://api.SUBDOMAIN.ghe.com` or `https://HOST/api/v3` */
  readonly apiUrl?: string | undefined;
  /** @default `https://HOST` */
  readonly webUrl?: string | undefined;
}
