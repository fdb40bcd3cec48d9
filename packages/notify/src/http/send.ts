import { isGitOpsError, redact, toError } from '@bowline/gitops-errors';
import { NotifyError } from '../errors.ts';
import { cleanText } from '../text.ts';
import type { HttpAnswer, HttpPost, HttpTransport } from './transport.ts';

const SHOWN_ANSWER = 200;
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/** What {@link sendJson} needs beside the post. */
export interface SendOptions {
  /** The name of the channel, for messages. */
  readonly channel: string;
  readonly transport: HttpTransport;
  readonly signal: AbortSignal;
  /** Reads what the service says beyond the status. Called for every answer but 2xx. */
  readonly readAnswer?: AnswerReader | undefined;
}

/** What an answer means beyond its status. */
export interface AnswerMeaning {
  /** True when nothing will ever take messages at this address again, beside 404 and 410. */
  readonly gone?: boolean;
  /** How long the service asks to wait, in milliseconds, when it says so in the body. */
  readonly retryAfterMs?: number | undefined;
}

/** Knows the answers of one service. */
export type AnswerReader = (answer: HttpAnswer) => AnswerMeaning;

/**
 * Posts a message and turns every answer but 2xx into an error that says whether it pays to try again.
 *
 * @throws NotifyError every code but `NOTIFY_INVALID_*` and `NOTIFY_CHANNEL_RETIRED`. Rejects with `signal.reason` when the signal aborts.
 */
export async function sendJson(post: HttpPost, options: SendOptions): Promise<void> {
  const { channel, transport, signal } = options;
  const where = `channel "${channel}" at "${post.url.hostname}"`;
  let answer: HttpAnswer;
  try {
    answer = await transport(post, { signal });
  } catch (thrown) {
    signal.throwIfAborted();
    throw isGitOpsError(thrown) ? thrown : connectionError(where, toError(thrown));
  }
  if (answer.status >= 200 && answer.status < 300) return;
  throw answerError(where, answer, options.readAnswer?.(answer) ?? {});
}

function connectionError(where: string, cause: Error): NotifyError {
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
  const untrusted = /CERT|SELF_SIGNED|UNABLE_TO_(?:GET_ISSUER|VERIFY)|HOSTNAME_MISMATCH/.test(code);
  return new NotifyError(
    untrusted ? 'NOTIFY_UNTRUSTED_CERTIFICATE' : 'NOTIFY_UNAVAILABLE',
    `The message to ${where} could not be sent: ${code === '' ? cleanText(cause.message, SHOWN_ANSWER) : code}.`,
    // Node.js names the whole certificate or the path in some causes; the code says enough, and the text is redacted.
    { cause: new Error(redact(cause.message)) },
  );
}

function answerError(where: string, answer: HttpAnswer, meaning: AnswerMeaning): NotifyError {
  const { status } = answer;
  const said = cleanText(answer.text, SHOWN_ANSWER);
  const message = `The message to ${where} was answered with ${status}${said === '' ? '' : `: "${said}"`}.`;
  const details = { status };
  if (status === 404 || status === 410 || meaning.gone === true)
    return new NotifyError('NOTIFY_CHANNEL_GONE', message, { details });
  if (status === 408 || status === 429 || status >= 500)
    return new NotifyError(status === 429 ? 'NOTIFY_RATE_LIMITED' : 'NOTIFY_UNAVAILABLE', message, {
      details,
      retryAfterMs: retryAfterMs(answer, meaning),
    });
  if (status >= 300 && status < 400)
    return new NotifyError('NOTIFY_REDIRECT_REFUSED', message, { details });
  return new NotifyError('NOTIFY_REJECTED', message, { details });
}

/**
 * Takes the longer of what the body and `Retry-After` say, the latter in seconds (RFC 9110 §10.2.3). Its date form would need the clock of the
 * receiver and is not read.
 */
function retryAfterMs(answer: HttpAnswer, meaning: AnswerMeaning): number | undefined {
  const header = /^\s*(\d{1,9}(?:\.\d{1,6})?)\s*$/.exec(answer.retryAfter ?? '')?.[1];
  const asked = [
    ...(header === undefined ? [] : [Number(header) * 1000]),
    ...(meaning.retryAfterMs === undefined ? [] : [meaning.retryAfterMs]),
  ];
  return asked.length === 0 ? undefined : Math.min(Math.max(...asked), MAX_RETRY_AFTER_MS);
}

/** Reads an answer as JSON. What is no object becomes an empty one. */
export function answerMembers(text: string): Readonly<Record<string, unknown>> {
  try {
    return membersOf(JSON.parse(text));
  } catch {
    // A proxy in between answers with a page of its own; the status decides then.
    return {};
  }
}

/** Gives the members of an object, and none for everything else. */
export function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
