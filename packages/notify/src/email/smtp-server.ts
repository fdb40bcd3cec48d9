import { isIP } from 'node:net';
import { rememberSecret, Secret } from '@bowline/gitops-errors';
import { NotifyError } from '../errors.ts';

const MAX_URL = 4_096;

/** Where and as whom mail is handed in. */
export interface SmtpServer {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** True when the connection begins with TLS (`smtps:`), false when STARTTLS comes later. */
  readonly secure: boolean;
  /** True when the host is this machine by its name alone. */
  readonly loopback: boolean;
  readonly login: { readonly user: string; readonly password: Secret } | undefined;
}

/**
 * Reads the address of a mail server, such as `smtp://user:password@mail.example.com:587`. From then on `redact` hides the password.
 *
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` when it is no such address
 */
export function smtpServer(address: Secret | string, channel: string): SmtpServer {
  const text = typeof address === 'string' ? address : address.reveal();
  const refuse = (reason: string) =>
    new NotifyError('NOTIFY_INVALID_ARGUMENT', `The address of channel "${channel}" ${reason}.`);
  if (text.length > MAX_URL) throw refuse(`is longer than ${MAX_URL} characters`);
  const url = URL.parse(text);
  const secure = url?.protocol === 'smtps:';
  if (url === null || !(secure || url.protocol === 'smtp:'))
    throw refuse('does not begin with "smtp://" or "smtps://"');
  if (url.hostname === '') throw refuse('names no host');
  if (!/^\/?$/.test(url.pathname) || url.search !== '' || url.hash !== '')
    throw refuse('has more than a user, a password, a host and a port');
  rememberSecret(url.password);
  const [user, password] = [decode(url.username), decode(url.password)];
  if (user === undefined || password === undefined || /[\r\n\0]/.test(user + password))
    throw refuse('has a user or password that is not percent-encoded as it must be');
  if ((user === '') !== (password === '')) throw refuse('has a user or a password alone');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    loopback:
      host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.')),
    login: user === '' ? undefined : { user, password: new Secret(password) },
  };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
