import type { Clock } from './clock.ts';
import type { HttpResponse } from './http-message.ts';

/** How failed attempts are repeated. Times are milliseconds. */
export interface RetryPolicy {
  readonly maxRetries: number;
  /** The longest wait that a server may ask for. */
  readonly maxRetryAfterMs: number;
}

/** A limit of the forge that a request ran into. */
export interface RateLimit {
  /** How long the forge asks to wait, in milliseconds; `undefined` when it does not say. */
  readonly waitMs: number | undefined;
  /** True when the forge wants no other request of the account either until then. @default false */
  readonly ofAll?: boolean | undefined;
}

const TRANSIENT_BASE = 500;
const RATE_LIMIT_BASE = 10_000;

/** The wait before the next attempt after trouble on the way: 0.5, 1, 2 s …, each between half and the whole of it. */
export function transientDelay(attempt: number, clock: Clock): number {
  return jitter(TRANSIENT_BASE * 2 ** (attempt - 1), clock);
}

/** The wait after a 429 that names no time: 10, 20, 40 s …, each between half and the whole of it. */
export function rateLimitDelay(attempt: number, clock: Clock): number {
  return jitter(RATE_LIMIT_BASE * 2 ** (attempt - 1), clock);
}

// Many clients that failed at the same moment must not come back at the same moment.
function jitter(milliseconds: number, clock: Clock): number {
  return Math.round(milliseconds * (0.5 + clock.random() / 2));
}

/**
 * Reads `Retry-After`: seconds or a date (RFC 9110, section 10.2.3).
 *
 * @returns Milliseconds from now, not below 0; `undefined` when it is absent or neither.
 */
export function retryAfter(headers: Headers, clock: Clock): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return undefined;
  if (/^\d{1,10}(?:\.\d{1,9})?$/.test(value)) return Math.ceil(Number(value) * 1000);
  if (!/^[A-Z][a-z]{2}/.test(value)) return undefined;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - clock.now());
}

/** Reads a rate limit where a forge says no more of it than HTTP does (RFC 6585, section 4). */
export function tooManyRequests(
  { status, headers }: Pick<HttpResponse, 'status' | 'headers'>,
  clock: Clock,
): RateLimit | undefined {
  return status === 429 ? { waitMs: retryAfter(headers, clock) } : undefined;
}
