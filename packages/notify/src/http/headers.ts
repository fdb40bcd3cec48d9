import { validateHeaderName, validateHeaderValue } from 'node:http';
import { rememberSecret, type Secret } from '@bowline/gitops-errors';
import { NotifyError } from '../errors.ts';

const ownHeaders =
  /^(?:content-.*|host|connection|transfer-encoding|te|trailer|upgrade|expect|keep-alive|user-agent|proxy-.*|webhook-.*|ce-.*)$/i;

const secretHeaders = /authorization|cookie|token|key|secret/i;

/**
 * Reads the headers that a user wants to send beside those of the channel. From then on `redact` hides their credentials: what is a {@link Secret}, and what is
 * one by the name of the header; also without the scheme before it, since a receiver may quote a token alone.
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
    if (typeof value !== 'string' || secretHeaders.test(key))
      for (const credential of [text, text.slice(text.indexOf(' ') + 1)])
        rememberSecret(credential);
    result[key] = text;
  }
  return result;
}
