import { domainToASCII } from 'node:url';
import { NotifyError } from '../errors.ts';
import { cleanText } from '../text.ts';

/** A person or list that gets mail. */
export interface Mailbox {
  /** Empty when there is none. */
  readonly name: string;
  /** Without angle brackets; the domain is in ASCII. */
  readonly address: string;
}

// The dot-atom of RFC 5322 without comments, quotes and groups, which mail programs read in different ways.
const local = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const domain =
  /^(?=.{1,253}$)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
const named = /^\s*(?:"([^"\\<>]*)"|([^"<>@,;:\\]*))\s*<([^<>]+)>\s*$/;

/**
 * Reads `ada@example.com` or `Ada Lovelace <ada@example.com>`.
 *
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` when it is neither, or has control characters
 */
export function parseMailbox(text: string, channel: string): Mailbox {
  const refuse = () =>
    new NotifyError(
      'NOTIFY_INVALID_ARGUMENT',
      `The address "${cleanText(text, 100)}" of channel "${channel}" is no e-mail address.`,
    );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they could begin another header
  if (text.length > 512 || /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text)) throw refuse();
  const parts = named.exec(text);
  const address = (parts?.[3] ?? text).trim();
  const at = address.lastIndexOf('@');
  const user = address.slice(0, at);
  const host = domainToASCII(address.slice(at + 1));
  if (at < 1 || user.length > 64 || !local.test(user) || !domain.test(host)) throw refuse();
  return { name: (parts?.[1] ?? parts?.[2] ?? '').trim(), address: `${user}@${host}` };
}
