import {
  type ErrorCodeTable,
  GitOpsError,
  type GitOpsErrorOptions,
  isGitOpsError,
} from '@bowline/gitops-errors';

/** The codes of {@link NotifyError}. */
export const notifyErrorCodes = {
  NOTIFY_INVALID_ARGUMENT: {
    summary: 'An address, secret, header or option of a channel cannot be used.',
    hint: 'Correct the value; the message says which rule it breaks.',
  },
  NOTIFY_INVALID_EVENT: {
    summary: 'An event cannot be sent, because one of its members breaks a rule.',
    hint: 'Make events with createEvent(); the message says which member is wrong.',
  },
  NOTIFY_CHANNEL_RETIRED: {
    summary: 'The address belongs to a service that takes no messages any more.',
    hint: 'In Teams, add the workflow "Send webhook alerts to a channel" and use the address that it shows.',
  },
  NOTIFY_CHANNEL_GONE: {
    summary:
      'The receiver says that nothing takes messages at this address any more (404, 410, or in words of its own).',
    hint: 'Make a new webhook there and configure its address, or remove this channel.',
  },
  NOTIFY_ADDRESS_REFUSED: {
    summary:
      'The address leads into a private or reserved network, which is not allowed for this channel.',
    hint: 'Use a public https address, or set allowPrivateAddresses when the receiver really is inside.',
  },
  NOTIFY_REDIRECT_REFUSED: {
    summary: 'The receiver redirects to another address, and redirects are never followed.',
    hint: 'Configure the final address of the webhook.',
  },
  NOTIFY_REJECTED: {
    summary: 'The receiver understood the message and refused it.',
    hint: 'Read the answer in the message; check the address and the secret of the channel.',
  },
  NOTIFY_RATE_LIMITED: {
    summary: 'The receiver takes no more messages for now (429).',
    hint: 'Send fewer events to this channel, or try later.',
    retryable: true,
  },
  NOTIFY_UNAVAILABLE: {
    summary: 'The receiver cannot be reached, or answers that it is in trouble.',
    hint: 'Check the address and the network; the job itself is not affected.',
    retryable: true,
  },
  NOTIFY_UNTRUSTED_CERTIFICATE: {
    summary: 'The certificate of the receiver is not valid for its address, or not trusted here.',
    hint: 'Install a valid certificate, or add its issuer with NODE_EXTRA_CA_CERTS.',
  },
  NOTIFY_ENCRYPTION_REFUSED: {
    summary: 'The mail server offers no encryption (STARTTLS), without which nothing is sent.',
    hint: 'Use a port with TLS, such as smtps://host:465, or set allowUnencrypted for a network that you trust.',
  },
  NOTIFY_TIMEOUT: {
    summary: 'The time for a delivery passed before the receiver answered.',
    hint: 'The message may still arrive; give more time with timeoutMs if the receiver is slow.',
    retryable: true,
  },
} as const satisfies ErrorCodeTable;

/** One of {@link notifyErrorCodes}. */
export type NotifyErrorCode = keyof typeof notifyErrorCodes;

/** Facts that come with a {@link NotifyError}. */
export interface NotifyErrorOptions extends GitOpsErrorOptions {
  /** How long the receiver asks to wait, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /**
   * True when this channel can never work as it is configured, so that it should be switched off.
   *
   * @default true for `NOTIFY_CHANNEL_GONE` and `NOTIFY_CHANNEL_RETIRED`, false for the others
   */
  readonly permanent?: boolean | undefined;
}

/** Says why an event was not delivered, or why a channel cannot be made. Never holds an address beyond its host. */
export class NotifyError extends GitOpsError {
  override readonly name = 'NotifyError';
  readonly code: NotifyErrorCode;
  /** How long the receiver asks to wait, in milliseconds; `undefined` when it does not say. */
  readonly retryAfterMs: number | undefined;
  /** True when this channel can never work as it is configured, so that it should be switched off. */
  readonly permanent: boolean;

  constructor(code: NotifyErrorCode, message: string, options: NotifyErrorOptions = {}) {
    super(message, { ...notifyErrorCodes[code], ...options });
    this.code = code;
    this.retryAfterMs = options.retryAfterMs;
    this.permanent =
      options.permanent ?? (code === 'NOTIFY_CHANNEL_GONE' || code === 'NOTIFY_CHANNEL_RETIRED');
  }
}

type NotifyFacts = Partial<Pick<NotifyError, 'permanent' | 'retryAfterMs'>>;

/** Reads the facts of a {@link NotifyError}. Knows it by its name, since a channel may come with another copy of this package. */
export function notifyFacts(failure: unknown): NotifyFacts | undefined {
  return isGitOpsError(failure) && failure.name === 'NotifyError'
    ? (failure as NotifyFacts)
    : undefined;
}
