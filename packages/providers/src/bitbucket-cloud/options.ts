import type { Clock } from '../http/clock.ts';
import type { ProviderAuth } from '../vocabulary.ts';

/** What `bitbucketCloud()` needs to know. Times are milliseconds. */
export interface BitbucketCloudOptions {
  /**
   * The credential. `basic` with the Atlassian e-mail address and a scoped API token, or `bearer` with a repository, project or
   * workspace access token or an OAuth access token. App passwords ended on 2026-07-28.
   */
  readonly auth: ProviderAuth;
  /** @default 'https://api.bitbucket.org/2.0' */
  readonly apiUrl?: string | undefined;
  /** @default 'https://bitbucket.org' */
  readonly webUrl?: string | undefined;
  /** @default the global `fetch` */
  readonly fetch?: typeof fetch | undefined;
  /** @default the clock of the machine */
  readonly clock?: Clock | undefined;
  /** @default 'bowline-gitops/<version>' */
  readonly userAgent?: string | undefined;
  /** The time for one attempt of a request, body included. @default 30_000 */
  readonly attemptTimeoutMs?: number | undefined;
  /** The time for one request with all its retries and waits. @default 120_000 */
  readonly requestTimeoutMs?: number | undefined;
  /** The time for a merge, polling included. @default 300_000 */
  readonly mergeTimeoutMs?: number | undefined;
  /** How many times a request that is safe to repeat is repeated. @default 3 */
  readonly maxRetries?: number | undefined;
  /** The longest `Retry-After` that is waited for; beyond it the call fails with the time. @default 60_000 */
  readonly maxRetryAfterMs?: number | undefined;
  /** The largest JSON answer, file and diff, in bytes. @default 33_554_432 (32 MiB) */
  readonly maxResponseBytes?: number | undefined;
  /** Is told of each attempt before it is sent. For tests and metrics; the address holds no credential. */
  readonly onRequest?:
    | ((request: { readonly method: string; readonly url: string }) => void)
    | undefined;
}
