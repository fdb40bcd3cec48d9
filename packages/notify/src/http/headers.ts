import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { Secret } from '@bowline/gitops-errors';
import { NotifyError } from '../errors.ts';

const ownHeaders =
  /^(?:content-.*|host|connection|transfer-encoding|te|trailer|upgrade|expect|keep-alive|user-agent|proxy-.*|webhook-.*|ce-.*)$/i;

/**
 * Reads the headers that a user wants to send beside those of the channel.
 *
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` for one that HTTP does not allow or that the channel sets itself
 */
export function checkedHeaders(
  channel: string,
  headers: Readonly<Record<string, Secret | string>>,
): Record<string, string> {
  const result: Record<string, string> = {};
  for (const [key, value] of Object.entries(headers)) {
    const text = typeof value === 'string' ? value : value.reveal();
    try {
      validateHeaderName(key);
      validateHeaderValue(key, text);
    } catch {
      // The error of Node.js is not kept: it shows the value.
      throw new NotifyError(
        'NOTIFY_INVALID_ARGUMENT',
        `The header ${JSON.stringify(key)} of channel "${channel}" has a name or value that HTTP does not allow.`,
      );
    }
    if (ownHeaders.test(key))
      throw new NotifyError(
        'NOTIFY_INVALID_ARGUMENT',
        `The header "${key}" of channel "${channel}" is set by the channel itself.`,
      );
    result[key] = text;
  }
  return result;
}
