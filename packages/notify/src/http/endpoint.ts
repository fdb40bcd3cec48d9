import { rememberSecret, type Secret } from '@bowline/gitops-errors';
import { NotifyError } from '../errors.ts';

const MAX_URL = 4_096;
// A shorter path or query is no credential. Hiding it, or an address without one, would hide ordinary links wherever they are shown.
const MIN_SECRET_PART = 24;

/** What decides whether an address can be used. */
export interface EndpointOptions {
  /** The name of the channel, for messages. */
  readonly channel: string;
  readonly allowPrivateAddresses: boolean;
}

/**
 * Reads the address of a receiver. From then on `redact` hides its path and its query, unless they are too short to be a credential.
 *
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` when it is no https address (http is for loopback with `allowPrivateAddresses`), or has a
 * password in it
 */
export function endpoint(address: Secret | string, options: EndpointOptions): URL {
  const text = typeof address === 'string' ? address : address.reveal();
  const refuse = (reason: string) =>
    new NotifyError(
      'NOTIFY_INVALID_ARGUMENT',
      `The address of channel "${options.channel}" ${reason}.`,
    );
  if (text.length > MAX_URL) throw refuse(`is longer than ${MAX_URL} characters`);
  const url = URL.parse(text);
  if (url === null) throw refuse('is not an absolute URL');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && options.allowPrivateAddresses))
    throw refuse('does not begin with "https://"');
  if (url.username !== '' || url.password !== '')
    throw refuse('has a user or password in it; send them in a header');
  url.hash = '';
  // Also the parts alone: a service may quote the token without the rest. A word of a path has no digit, or no letter.
  const tokens = url.pathname.split('/').filter((part) => /\d/.test(part) && /[a-z]/i.test(part));
  const whole = [`${url.pathname}${url.search}`, url.pathname, url.search];
  for (const part of [...whole, ...tokens, ...url.searchParams.values()])
    if (part.length >= MIN_SECRET_PART) rememberSecret(part);
  return url;
}
