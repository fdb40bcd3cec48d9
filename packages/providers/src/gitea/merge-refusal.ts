import type { ProviderError } from '../errors.ts';
import type { HttpResponse } from '../http/http-message.ts';
import { readRefusal, refused } from './errors.ts';

/**
 * Reads why a merge was refused. The status codes hold several reasons each, which the words tell apart.
 *
 * @param what The beginning of the message: `Pull request 7 of "acme/shop"`.
 */
export function readMergeRefusal(
  response: HttpResponse,
  what: string,
): 'not-ready' | 'already-scheduled' | ProviderError {
  const { message: said = '', key } = readRefusal(response) ?? {};
  if (response.status === 404) return refused('PROVIDER_REJECTED', `${what} is not open`, response);
  if (response.status === 405) {
    // Forgejo has other words for the same.
    return /try again later|merge cannot succeed/i.test(said)
      ? 'not-ready'
      : refused('PROVIDER_MERGE_BLOCKED', `${what} is not merged`, response);
  }
  if (/already scheduled/i.test(said)) return 'already-scheduled';
  // What a hook on the server says may be about anything, so it is told apart first.
  if (/push ?rejected/i.test(said)) {
    return refused('PROVIDER_MERGE_BLOCKED', `${what} is not merged`, response);
  }
  if (key === 'conflict' || /conflict/i.test(said)) {
    return refused('PROVIDER_MERGE_CONFLICT', `${what} does not merge`, response);
  }
  // The destination moved while the server merged; nothing was done.
  if (/push out of date/i.test(said)) return 'not-ready';
  return refused('PROVIDER_CONFLICT', `${what} changed while it was being merged`, response);
}
