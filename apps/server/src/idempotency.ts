import { createHash } from 'node:crypto';
import type { Answer } from './answer.ts';
import { invalidMember, ServerError } from './errors.ts';

/** A request that may come again. */
export interface IdempotentRequest {
  /** Two callers that choose the same key have nothing to do with each other. */
  readonly caller: string;
  readonly key: string;
  readonly fingerprint: string;
}

/** An answer, and whether a repeated request may have it. */
export interface KeepableAnswer {
  readonly answer: Answer;
  /** False for a failure that may pass: then the request that comes again runs again. */
  readonly keep: boolean;
}

/** Bounds of what is remembered. */
export interface IdempotencyOptions {
  /** @default 10_000 */
  readonly maxAnswers?: number | undefined;
  /** Length of all answers together. @default 16_777_216 (16 MiB) */
  readonly maxBytes?: number | undefined;
  /** @default 86_400_000 (a day) */
  readonly maxAgeMs?: number | undefined;
  /** Tells the time in milliseconds. @default Date.now */
  readonly clock?: (() => number) | undefined;
}

/** Remembers the answers of requests with an `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header-07), in memory. */
export interface IdempotentAnswers {
  /**
   * Runs a request, or gives the answer of the one before with the same key, which may still run: then both wait for it.
   *
   * @throws ServerError `SERVER_IDEMPOTENCY_KEY_REUSED` at once when the key belongs to another request.
   */
  answer(request: IdempotentRequest, run: () => Promise<KeepableAnswer>): Promise<Answer>;
}

interface Entry {
  readonly fingerprint: string;
  readonly answer: Promise<Answer>;
  /** Length of the answer; 0 while it is not there. */
  bytes: number;
  /** When the answer came; `undefined` while it is not there. */
  since: number | undefined;
}

const DAY_MS = 86_400_000;

/** Makes an empty memory of answers. */
export function idempotentAnswers(options: IdempotencyOptions = {}): IdempotentAnswers {
  const { maxAnswers = 10_000, maxBytes = 16 * 1024 * 1024, maxAgeMs = DAY_MS } = options;
  const clock = options.clock ?? (() => Date.now());
  // Oldest answers first: an entry moves to the end when its answer comes.
  const entries = new Map<string, Entry>();
  let bytes = 0;
  let answers = 0;

  const forget = (id: string, entry: Entry) => {
    if (entries.get(id) !== entry) return;
    entries.delete(id);
    if (entry.since === undefined) return;
    bytes -= entry.bytes;
    answers -= 1;
  };

  const makeRoom = () => {
    const now = clock();
    for (const [id, entry] of entries) {
      // What still runs is not remembered but awaited, and is not forgotten.
      if (entry.since === undefined) continue;
      const tooMuch = answers > maxAnswers || bytes > maxBytes;
      if (!tooMuch && now - entry.since < maxAgeMs) break;
      forget(id, entry);
    }
  };

  const start = (
    id: string,
    fingerprint: string,
    run: () => Promise<KeepableAnswer>,
  ): Promise<Answer> => {
    const running = run();
    const entry: Entry = {
      fingerprint,
      answer: running.then(({ answer }) => answer),
      bytes: 0,
      since: undefined,
    };
    entries.set(id, entry);
    const remember = ({ answer, keep }: KeepableAnswer) => {
      entries.delete(id);
      if (!keep) return;
      entry.bytes = Buffer.byteLength(answer.body);
      entry.since = clock();
      entries.set(id, entry);
      bytes += entry.bytes;
      answers += 1;
      makeRoom();
    };
    running.then(remember, () => forget(id, entry));
    return entry.answer;
  };

  return {
    answer: ({ caller, key, fingerprint }, run) => {
      makeRoom();
      const id = JSON.stringify([caller, key]);
      const known = entries.get(id);
      if (known === undefined) return start(id, fingerprint, run);
      if (known.fingerprint !== fingerprint) {
        throw new ServerError(
          'SERVER_IDEMPOTENCY_KEY_REUSED',
          'The Idempotency-Key belongs to another request.',
        );
      }
      return known.answer.then((answer) => ({
        ...answer,
        headers: { ...answer.headers, 'idempotency-replayed': 'true' },
      }));
    },
  };
}

/**
 * Reads the `Idempotency-Key` header, bare or in quotes as the draft writes it.
 *
 * @throws ServerError `SERVER_REQUEST_INVALID` when it is empty, too long, or holds more than printable ASCII.
 */
export function idempotencyKeyOf(
  header: string | readonly string[] | undefined,
): string | undefined {
  if (header === undefined) return undefined;
  const key = typeof header === 'string' ? header.replace(/^"(.*)"$/, '$1') : '';
  if (/^[!-~]{1,255}$/.test(key)) return key;
  throw invalidMember(
    'header.idempotency-key',
    'must be 1 to 255 characters of ASCII without blanks',
  );
}

/** Tells requests apart by what they ask for. */
export function fingerprintOf(path: string, body: unknown): string {
  return createHash('sha256')
    .update(`${path}\n${JSON.stringify(body)}`)
    .digest('base64');
}
