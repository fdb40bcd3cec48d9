import { ProviderError } from '../errors.ts';
import type { Clock } from './clock.ts';
import { EtagCache } from './etag-cache.ts';
import {
  type ExplainResponse,
  type HttpRequest,
  type HttpResponse,
  readsOnly,
} from './http-message.ts';
import type { Lane } from './lane.ts';
import { followRedirect } from './redirect.ts';
import { addressOf, shownAddress } from './request-address.ts';
import { readBeginning, readBody } from './response-body.ts';
import {
  type RateLimit,
  type RetryPolicy,
  rateLimitDelay,
  retryAfter,
  tooManyRequests,
  transientDelay,
} from './retry.ts';
import { abortable, networkFailure, timeoutFailure, uncertain } from './transport-error.ts';

/** What {@link createHttpClient} needs. Times are milliseconds. */
export interface HttpClientOptions {
  /** The address of the API, without a slash at its end. */
  readonly api: URL;
  /** Sent with every request, wherever it goes. */
  readonly headers: Readonly<Record<string, string>>;
  /** Gives the headers of the credential. They go to the origin of `api` and nowhere else. Asked for before each attempt. */
  readonly authorize: (
    signal: AbortSignal,
  ) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;
  readonly userAgent: string;
  readonly fetch: typeof fetch;
  readonly clock: Clock;
  readonly attemptTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly maxResponseBytes: number;
  readonly retry: RetryPolicy;
  /** The status codes that mean trouble on the way; the request may have been carried out. */
  readonly transient: readonly number[];
  readonly explain: ExplainResponse;
  /**
   * Tells whether an answer is a rate limit, and how long it asks to wait.
   *
   * @default status 429, with `Retry-After`
   */
  readonly rateLimit?:
    | ((response: HttpResponse, clock: Clock) => RateLimit | undefined)
    | undefined;
  /** Keeps answers with an `ETag` up to this size, and asks whether they are current. @default 0: keeps none */
  readonly etagCacheBytes?: number | undefined;
  /** Sends requests that write one after the other, and none while the forge wants none. @default every request goes at once */
  readonly lane?: Lane | undefined;
  readonly onRequest?:
    | ((request: { readonly method: string; readonly url: string }) => void)
    | undefined;
}

/** Sends requests to one API: credential, redirects, limits, deadlines and retries. */
export interface HttpClient {
  readonly api: URL;
  /**
   * Sends a request, again after trouble where that is safe.
   *
   * An error whose `details.uncertain` is true says that a request which is not idempotent may have been carried out: the caller
   * must read the state before it does anything else.
   *
   * @throws ProviderError
   */
  send(request: HttpRequest): Promise<HttpResponse>;
}

const MAX_REDIRECTS = 5;
// A longer timer of Node.js fires at once.
const MAX_TIMER = 2_147_483_647;
const MAX_ERROR_BODY = 1_048_576;

/** Makes the client that all backends share. Does no I/O. */
export function createHttpClient(options: HttpClientOptions): HttpClient {
  const { api, clock, retry, lane } = options;
  const etags = options.etagCacheBytes ? new EtagCache(options.etagCacheBytes) : undefined;
  const rateLimit = options.rateLimit ?? tooManyRequests;

  function send(request: HttpRequest): Promise<HttpResponse> {
    if (lane === undefined || readsOnly(request)) return sendNow(request);
    const turn = lane.inTurn(() => sendNow(request));
    return request.signal === undefined ? turn : abortable(turn, request.signal);
  }

  async function sendNow(request: HttpRequest): Promise<HttpResponse> {
    // Before the first attempt: an address that cannot be used is nobody's trouble on the way.
    const address = addressOf(request, api);
    const deadline = clock.now() + options.requestTimeoutMs;
    const repeatable =
      request.idempotent ?? (readsOnly(request) || !['POST', 'PATCH'].includes(request.method));
    for (let attempts = 1; ; attempts += 1) {
      request.signal?.throwIfAborted();
      await lane?.rested(request, { clock, deadline, longest: retry.maxRetryAfterMs });
      const left = deadline - clock.now();
      const outcome = await attempt(
        { options, etags },
        {
          request,
          address,
          attempts,
          timeoutMs: Math.max(1, Math.min(options.attemptTimeoutMs, left, MAX_TIMER)),
        },
      );
      const { response } = outcome;
      // A limit may come with a status that is an answer otherwise.
      const limit = response === undefined ? undefined : rateLimit(response, clock);
      if (response !== undefined && limit === undefined) {
        if (request.expect.includes(response.status)) return response;
      }
      const { error, wait } = judge(outcome, { request, attempts, repeatable, limit });
      if (wait === undefined || attempts > retry.maxRetries) throw error;
      if (clock.now() + wait >= deadline) throw error;
      await clock.sleep(wait, request.signal);
    }
  }

  function judge(
    outcome: Outcome,
    state: {
      readonly request: HttpRequest;
      readonly attempts: number;
      readonly repeatable: boolean;
      readonly limit: RateLimit | undefined;
    },
  ): { readonly error: ProviderError; readonly wait: number | undefined } {
    const { request, attempts, repeatable, limit } = state;
    const { response } = outcome;
    if (response === undefined) {
      const { error, sent } = outcome;
      // Who cannot say who they are has sent nothing, and has tried what there is to try.
      if (sent === 'unauthorized') return { error, wait: undefined };
      if (error.code === 'PROVIDER_LIMIT_EXCEEDED' || error.code === 'PROVIDER_BAD_RESPONSE') {
        return { error: repeatable ? error : uncertain(error), wait: undefined };
      }
      if (sent && !repeatable) return { error: uncertain(error), wait: undefined };
      return { error, wait: transientDelay(attempts, clock) };
    }
    const error = options.explain(response, request);
    if (limit !== undefined) {
      const wait = limit.waitMs ?? rateLimitDelay(attempts, clock);
      if (limit.ofAll === true) lane?.rest(clock.now() + wait);
      return { error, wait: repeatable && wait <= retry.maxRetryAfterMs ? wait : undefined };
    }
    // Also a 500 may come after the request has been carried out.
    if (!repeatable && response.status >= 500) return { error: uncertain(error), wait: undefined };
    if (!options.transient.includes(response.status)) return { error, wait: undefined };
    const asked = retryAfter(response.headers, clock);
    const wait = asked ?? transientDelay(attempts, clock);
    return { error, wait: wait <= retry.maxRetryAfterMs ? wait : undefined };
  }

  return { api, send };
}

type Outcome =
  | { readonly response: HttpResponse }
  | {
      readonly response: undefined;
      readonly error: ProviderError;
      readonly sent: boolean | 'unauthorized';
    };

interface Sender {
  readonly options: HttpClientOptions;
  readonly etags: EtagCache | undefined;
}

async function attempt(
  sender: Sender,
  state: {
    readonly request: HttpRequest;
    readonly address: URL;
    readonly attempts: number;
    readonly timeoutMs: number;
  },
): Promise<Outcome> {
  const { request, address, attempts, timeoutMs } = state;
  const timer = new AbortController();
  const timeout = setTimeout(() => timer.abort(), timeoutMs);
  const signal =
    request.signal === undefined ? timer.signal : AbortSignal.any([request.signal, timer.signal]);
  let authorized = false;
  try {
    const credential = await abortable(Promise.resolve(sender.options.authorize(signal)), signal);
    authorized = true;
    const response = await abortable(
      exchange(sender, { request, address, signal, credential }),
      signal,
    );
    return { response: { ...response, attempts } };
  } catch (cause) {
    request.signal?.throwIfAborted();
    if (cause instanceof ProviderError) {
      return { response: undefined, error: cause, sent: authorized ? true : 'unauthorized' };
    }
    if (timer.signal.aborted) {
      return { response: undefined, error: timeoutFailure(request, timeoutMs), sent: authorized };
    }
    const { error, sent } = networkFailure(cause, request, sender.options.api.host);
    return { response: undefined, error, sent: authorized && sent };
  } finally {
    clearTimeout(timeout);
  }
}

async function exchange(
  { options, etags }: Sender,
  state: {
    readonly request: HttpRequest;
    readonly address: URL;
    readonly signal: AbortSignal;
    readonly credential: Readonly<Record<string, string>>;
  },
): Promise<Omit<HttpResponse, 'attempts'>> {
  const { request, address, signal, credential } = state;
  const kept = etags?.find(request, address);
  const etag = kept?.headers.get('etag') ?? undefined;
  let url = address;
  let withCredential = true;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
    options.onRequest?.({ method: request.method, url: shownAddress(url, options.api) });
    const response = await options.fetch(url, {
      method: request.method,
      redirect: 'manual',
      headers: {
        ...options.headers,
        ...request.headers,
        ...(withCredential ? credential : {}),
        ...(etag !== undefined && withCredential ? { 'if-none-match': etag } : {}),
        'user-agent': options.userAgent,
        accept: request.accept ?? 'application/json',
        ...(request.body === undefined ? {} : { 'content-type': request.body.type }),
      },
      ...(request.body === undefined
        ? {}
        : { body: request.body.bytes as Uint8Array<ArrayBuffer> }),
      signal,
    });
    if (response.status === 304 && kept !== undefined) {
      await response.body?.cancel();
      return { ...kept, body: new Uint8Array(kept.body) };
    }
    if (
      ![301, 302, 303, 307, 308].includes(response.status) ||
      request.expect.includes(response.status)
    ) {
      // The body of an error is read for its message only, so its beginning is enough.
      const body = response.ok
        ? await readBody(response, request.maxBytes ?? options.maxResponseBytes, request.doing)
        : await readBeginning(response, MAX_ERROR_BODY);
      const answer = { status: response.status, headers: response.headers, body };
      etags?.keep(request, address, answer);
      return answer;
    }
    await response.body?.cancel();
    ({ url, withCredential } = followRedirect(url, response.headers.get('location'), {
      request,
      api: options.api,
      withCredential,
    }));
  }
  throw new ProviderError(
    'PROVIDER_BAD_RESPONSE',
    `The forge redirected more than ${MAX_REDIRECTS} times (trying to ${request.doing}).`,
  );
}
