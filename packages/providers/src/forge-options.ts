import { apiAddress } from './http/api-address.ts';
import { createHttpClient, type HttpClient, type HttpClientOptions } from './http/client.ts';
import { type Clock, systemClock } from './http/clock.ts';
import { defaultUserAgent } from './http/user-agent.ts';

/** What every provider that speaks HTTP may be told. Times are milliseconds. */
export interface ForgeOptions {
  /** @default the global `fetch` */
  readonly fetch?: typeof fetch | undefined;
  /** @default the clock of the machine */
  readonly clock?: Clock | undefined;
  /** @default 'bowline-gitops/<version>' */
  readonly userAgent?: string | undefined;
  /** Takes plain http for addresses that are not of this machine: whoever listens on the way sees the credential. @default false */
  readonly allowInsecureHttp?: boolean | undefined;
  /** The time for one attempt of a request, body included. @default 30_000 */
  readonly attemptTimeoutMs?: number | undefined;
  /** The time for one request with all its retries and waits. @default 120_000 */
  readonly requestTimeoutMs?: number | undefined;
  /** The time for a merge, polling included. @default 300_000 */
  readonly mergeTimeoutMs?: number | undefined;
  /** How many times a request that is safe to repeat is repeated. @default 3 */
  readonly maxRetries?: number | undefined;
  /** The longest wait that a forge may ask for; beyond it the call fails with the time. @default 60_000 */
  readonly maxRetryAfterMs?: number | undefined;
  /** The largest JSON answer, file and diff, in bytes. @default 33_554_432 (32 MiB) */
  readonly maxResponseBytes?: number | undefined;
  /** Is told of each attempt before it is sent. For tests and metrics; the address holds no credential. */
  readonly onRequest?:
    | ((request: { readonly method: string; readonly url: string }) => void)
    | undefined;
}

/** What all parts of one provider share. */
export interface ForgeConnection {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly maxResponseBytes: number;
  readonly mergeTimeoutMs: number;
}

const MIB = 1024 * 1024;

/**
 * Makes the connection of a provider: the defaults of {@link ForgeOptions} and the HTTP client. Sends nothing.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT` when the address of the API cannot be used.
 */
export function connectHttp(
  options: ForgeOptions,
  forge: { readonly apiUrl: string } & Pick<HttpClientOptions, 'authorize' | 'explain'> &
    Partial<
      Pick<HttpClientOptions, 'headers' | 'transient' | 'rateLimit' | 'etagCacheBytes' | 'lane'>
    >,
): ForgeConnection {
  const { clock = systemClock, maxResponseBytes = 32 * MIB, mergeTimeoutMs = 300_000 } = options;
  const { apiUrl, ...rest } = forge;
  const http = createHttpClient({
    headers: {},
    // Trouble of a gateway: the request may have been carried out.
    transient: [502, 503, 504],
    ...rest,
    api: apiAddress(apiUrl, 'address of the API', options),
    userAgent: options.userAgent ?? defaultUserAgent(),
    // Looked up at each call, so that a program may replace the global one later.
    fetch: options.fetch ?? ((input, init) => fetch(input, init)),
    clock,
    attemptTimeoutMs: options.attemptTimeoutMs ?? 30_000,
    requestTimeoutMs: options.requestTimeoutMs ?? 120_000,
    maxResponseBytes,
    retry: {
      maxRetries: options.maxRetries ?? 3,
      maxRetryAfterMs: options.maxRetryAfterMs ?? 60_000,
    },
    onRequest: options.onRequest,
  });
  return { http, clock, maxResponseBytes, mergeTimeoutMs };
}
