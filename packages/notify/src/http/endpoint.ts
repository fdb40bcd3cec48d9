import { rememberSecret, Secret } from '@bowline/gitops-errors';
import { NotifyError } from '../errors.ts';

const MAX_URL = 4_096;
// A short path is no credential, and hiding it would hide ordinary words in every log line.
const MIN_SECRET_PART = 24;

/** What decides whether an address can be used. */
export interface EndpointOptions {
  /** The name of the channel, for messages. */
  readonly channel: string;
  readonly allowPrivateAddresses: boolean;
}

/**
 * Reads the address of a receiver and treats it as a secret from then on: `redact` hides it, its path and its query.
 *
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` when it is no https address (http is for loopback with `allowPrivateAddresses`), or has a
 * password in it
 */
export function endpoint(address: Secret | string, options: EndpointOptions): URL {
  const secret = typeof address === 'string' ? new Secret(address) : address;
  const text = secret.reveal();
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
  for (const part of [url.href, `${url.pathname}${url.search}`, ...url.searchParams.values()])
    if (part.length >= MIN_SECRET_PART) rememberSecret(part);
  return url;
}
