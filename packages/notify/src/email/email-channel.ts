import { getCACertificates } from 'node:tls';
import type { Secret } from '@bowline/gitops-errors';
import type { Channel } from '../channel.ts';
import { NotifyError } from '../errors.ts';
import type { GitOpsEvent } from '../event.ts';
import type { HostLookup } from '../http/address-guard.ts';
import { type Mailbox, parseMailbox } from './mailbox.ts';
import { type EmailMessage, renderEmail } from './render-email.ts';
import { isUnknownMailbox, smtpError } from './smtp-error.ts';
import { type SmtpServer, smtpServer } from './smtp-server.ts';
import { smtpSocket } from './smtp-socket.ts';

/** How to send mail. */
export interface EmailChannelOptions {
  /** `smtp://user:password@mail.example.com:587` or `smtps://…:465`. The password is treated as a secret. */
  readonly url: Secret | string;
  /** The sender, such as `gitops@example.com` or `GitOps <gitops@example.com>`. */
  readonly from: string;
  /** Those who get the mail, 1 to 50. */
  readonly to: readonly string[];
  /** Names the channel in results. @default 'email' */
  readonly name?: string | undefined;
  /**
   * Sends without encryption when the server offers none, and sends the password so too. This machine is always spoken to as it likes.
   *
   * @default false: a server without STARTTLS is an error
   */
  readonly allowUnencrypted?: boolean | undefined;
  /** Certificates of issuers, in PEM, to trust beside those that this process trusts. */
  readonly certificateAuthorities?: readonly string[] | undefined;
  /** Gives the time that the mail is dated with. @default the system clock */
  readonly clock?: (() => Date) | undefined;
  /** @default the resolver of the system */
  readonly lookup?: HostLookup | undefined;
}

const MAX_RECIPIENTS = 50;
// Each phase; the signal of the attempt ends all of it sooner.
const PHASE_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 1_000;

interface Mail {
  readonly channel: string;
  readonly server: SmtpServer;
  readonly from: Mailbox;
  readonly to: readonly Mailbox[];
  readonly options: EmailChannelOptions;
}

/**
 * Makes a channel that sends mail through an SMTP server. Does no I/O, and loads the mail library with the first mail.
 *
 * The connection is encrypted and the certificate is checked. Mails are plain text with an HTML alternative; those of one branch, service, sync or pipeline are one
 * thread. When some recipients are refused for now, the next attempt goes to them alone. A channel of which no mailbox exists any more fails with `permanent`.
 *
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` for an address that cannot be used
 *
 * @example
 * ```ts
 * import { Secret } from '@bowline/gitops-errors';
 * import { emailChannel } from '@bowline/gitops-notify/email';
 *
 * const channel = emailChannel({
 *   url: new Secret('smtp://gitops:a-password@mail.example.com:587'),
 *   from: 'GitOps <gitops@example.com>',
 *   to: ['team@example.com'],
 * });
 * console.log(channel.name);
 * //=> email
 * ```
 */
export function emailChannel(options: EmailChannelOptions): Channel {
  const { name: channel = 'email', to } = options;
  if (to.length === 0 || to.length > MAX_RECIPIENTS)
    throw new NotifyError(
      'NOTIFY_INVALID_ARGUMENT',
      `The channel "${channel}" must have 1 to ${MAX_RECIPIENTS} recipients.`,
    );
  const recipients = to.map((text) => parseMailbox(text, channel));
  const mail: Mail = {
    channel,
    server: smtpServer(options.url, channel),
    from: parseMailbox(options.from, channel),
    to: [...new Map(recipients.map((one) => [one.address, one])).values()],
    options,
  };
  const domain = mail.from.address.slice(mail.from.address.lastIndexOf('@') + 1);
  // Who has an event already, so that another attempt does not send it twice. `dispatch` gives all attempts the same object.
  const reached = new WeakMap<GitOpsEvent, Set<string>>();
  return {
    name: channel,
    async deliver(event, { signal, attempt }) {
      const message = renderEmail(event, domain);
      const former = attempt === 1 ? undefined : reached.get(event);
      const done = former ?? new Set<string>();
      reached.set(event, done);
      const left = mail.to.filter(({ address }) => !done.has(address));
      // An attempt whose time was up may have got through after all.
      if (left.length === 0) return;
      const refused = await send(mail, { message, left, signal });
      for (const { address } of left) if (!refused.has(address)) done.add(address);
      if (refused.size > 0) throw refusal(mail, refused);
    },
  };
}

interface Sending {
  readonly message: EmailMessage;
  readonly left: readonly Mailbox[];
  readonly signal: AbortSignal;
}

/** @returns The recipients that the server refused, with what it said. */
async function send(mail: Mail, sending: Sending): Promise<ReadonlyMap<string, unknown>> {
  const { channel, server, from, to, options } = mail;
  const { message, left, signal } = sending;
  signal.throwIfAborted();
  const { createTransport } = await import('nodemailer');
  const { certificateAuthorities: extra, lookup } = options;
  const transport = createTransport({
    host: server.host,
    port: server.port,
    secure: server.secure,
    requireTLS: !server.secure && !server.loopback && options.allowUnencrypted !== true,
    tls: {
      rejectUnauthorized: true,
      ...(extra === undefined ? {} : { ca: [...getCACertificates('default'), ...extra] }),
    },
    ...(server.login === undefined
      ? {}
      : {
          auth: { user: server.login.user, pass: server.login.password.reveal() },
          forceAuth: true,
        }),
    connectionTimeout: PHASE_TIMEOUT_MS,
    greetingTimeout: PHASE_TIMEOUT_MS,
    socketTimeout: PHASE_TIMEOUT_MS,
    socketCloseTimeout: CLOSE_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket: (_, callback) =>
      void smtpSocket(server, { signal, lookup }).then(
        (connection) => callback(null, { connection }),
        (error: Error) => callback(error),
      ),
  });
  try {
    const { rejectedErrors = [] } = await transport.sendMail({
      from: { ...from },
      to: to.map((one) => ({ ...one })),
      envelope: { from: from.address, to: left.map(({ address }) => address) },
      subject: message.subject,
      text: message.text,
      html: message.html,
      messageId: message.messageId,
      inReplyTo: message.references,
      references: message.references,
      date: (options.clock ?? (() => new Date()))(),
      headers: { 'Auto-Submitted': 'auto-generated' },
      signal,
    });
    return new Map(rejectedErrors.map((error) => [String(error.recipient), error]));
  } catch (thrown) {
    signal.throwIfAborted();
    const all = rejectedErrorsOf(thrown);
    // Fewer, and what failed came later and is about all of them.
    if (all.length === left.length)
      return new Map(all.map((error) => [String(error.recipient), error]));
    throw smtpError(thrown, `channel "${channel}" at "${server.host}"`);
  }
}

type RejectedError = Error & { readonly recipient?: unknown };

function rejectedErrorsOf(thrown: unknown): readonly RejectedError[] {
  const errors =
    thrown instanceof Error && 'rejectedErrors' in thrown ? thrown.rejectedErrors : undefined;
  return Array.isArray(errors) ? errors : [];
}

/** Makes one error of what the server said of several recipients. The worst for all decides: one that may be taken later is tried again. */
function refusal(mail: Mail, refused: ReadonlyMap<string, unknown>): NotifyError {
  const { channel, server, to } = mail;
  const errors = [...refused.values()];
  const unknown = errors.filter(isUnknownMailbox);
  const where = `channel "${channel}" at "${server.host}"`;
  const retryable = errors.find((error) => smtpError(error, where).retryable);
  const shown = smtpError(retryable ?? errors[0], where);
  const gone = retryable === undefined && unknown.length === to.length;
  const count = `${refused.size} of ${to.length} recipients were refused`;
  return new NotifyError(
    gone ? 'NOTIFY_CHANNEL_GONE' : retryable === undefined ? 'NOTIFY_REJECTED' : shown.code,
    `${shown.message.slice(0, -1)}; ${count}.`,
    { details: { ...shown.details, refused: refused.size }, cause: shown.cause },
  );
}
