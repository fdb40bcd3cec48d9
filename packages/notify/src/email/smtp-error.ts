import { isGitOpsError, redact, toError } from '@bowline/gitops-errors';
import { NotifyError, type NotifyErrorCode } from '../errors.ts';
import { cleanText } from '../text.ts';

const MAX_SHOWN = 200;
/** What Node.js says when a server speaks first, in plain text, on a connection that begins with TLS. */
const NO_TLS = 'ERR_SSL_WRONG_VERSION_NUMBER';
const NO_TLS_HINT =
  'Write smtp:// for a port with STARTTLS, such as 587, or use the port of TLS, such as 465.';

/** What nodemailer tells with an error. */
interface SmtpFacts {
  readonly code?: unknown;
  readonly originalCode?: unknown;
  readonly responseCode?: unknown;
  readonly response?: unknown;
  readonly command?: unknown;
}

/**
 * Turns what nodemailer throws into an error that says whether it pays to try again.
 *
 * A reply of 4xx and trouble of the network may pass. 5xx ends it for this message (RFC 5321 §4.2.1), and a mailbox that is unknown for this channel.
 *
 * @param where The channel and host, for the message.
 */
export function smtpError(thrown: unknown, where: string): NotifyError {
  if (isGitOpsError(thrown) && thrown instanceof NotifyError) return thrown;
  const error = toError(thrown);
  const facts = error as Error & SmtpFacts;
  const said = typeof facts.response === 'string' ? cleanText(facts.response, MAX_SHOWN) : '';
  const code = codeOf(error, facts);
  const details = typeof facts.responseCode === 'number' ? { status: facts.responseCode } : {};
  const noTls = facts.originalCode === NO_TLS;
  const trouble = noTls ? 'what answers at this port does not speak TLS' : error.message;
  const why = said === '' ? cleanText(trouble, MAX_SHOWN) : `the server says "${said}"`;
  return new NotifyError(code, `The mail of ${where} could not be sent: ${why}.`, {
    details,
    ...(noTls ? { hint: NO_TLS_HINT } : {}),
    cause: new Error(redact(error.message)),
  });
}

/** Tells whether the server says that nobody has this address. */
export function isUnknownMailbox(thrown: unknown): boolean {
  const { responseCode, response, command } = toError(thrown) as Error & SmtpFacts;
  if (typeof responseCode !== 'number' || command !== 'RCPT TO') return false;
  const enhanced = /^\d{3}[ -](5\.\d{1,3}\.\d{1,3})\b/.exec(String(response))?.[1];
  // 5.1.x of RFC 3463 is about the address. A bare 550 is "mailbox unavailable" of RFC 5321; with 5.7.x it is a matter of policy.
  if (enhanced !== undefined) return responseCode >= 550 && /^5\.1\.(?:1|2|3|6|10)$/.test(enhanced);
  return responseCode === 550;
}

function codeOf(error: Error, facts: SmtpFacts): NotifyErrorCode {
  const trouble = `${String(facts.originalCode ?? '')} ${error.message}`;
  const status = typeof facts.responseCode === 'number' ? facts.responseCode : undefined;
  if (status === undefined && /CERT|SELF.SIGNED|UNABLE_TO_|altnames|certificate/i.test(trouble))
    return 'NOTIFY_UNTRUSTED_CERTIFICATE';
  if (facts.originalCode === NO_TLS) return 'NOTIFY_ENCRYPTION_REFUSED';
  if (status !== undefined && status < 500) return 'NOTIFY_UNAVAILABLE';
  if (facts.command === 'STARTTLS' || (facts.code === 'ETLS' && status !== undefined))
    return 'NOTIFY_ENCRYPTION_REFUSED';
  if (isUnknownMailbox(error)) return 'NOTIFY_CHANNEL_GONE';
  if (status !== undefined) return 'NOTIFY_REJECTED';
  return facts.code === 'EAUTH' || facts.code === 'EMESSAGE' || facts.code === 'EENVELOPE'
    ? 'NOTIFY_REJECTED'
    : 'NOTIFY_UNAVAILABLE';
}
