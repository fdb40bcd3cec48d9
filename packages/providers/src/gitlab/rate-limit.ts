import type { Clock } from '../http/clock.ts';
import type { HttpResponse } from '../http/http-message.ts';
import type { RateLimit } from '../http/retry.ts';
import { retryAfter } from '../http/retry.ts';

/**
 * Reads how long GitLab asks to wait: `Retry-After`, or else the time in `RateLimit-Reset`, in seconds since 1970
 * (GitLab docs, "Rate limits", "Response headers").
 */
export function rateLimitOf(
  { status, headers }: HttpResponse,
  clock: Clock,
): RateLimit | undefined {
  if (status !== 429) return undefined;
  const reset = headers.get('ratelimit-reset') ?? '';
  const until = /^\d{1,12}$/.test(reset)
    ? Math.max(0, Number(reset) * 1000 - clock.now())
    : undefined;
  return { waitMs: retryAfter(headers, clock) ?? until };
}
