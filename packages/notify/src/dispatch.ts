import { isGitOpsError, redactData, serializeError } from '@bowline/gitops-errors';
import type { Channel, DeliveryResult } from './channel.ts';
import { NotifyError, notifyFacts } from './errors.ts';
import type { GitOpsEvent } from './event.ts';
import { wait } from './wait.ts';

/** How an event is sent. */
export interface DispatchOptions {
  /** Stops all deliveries. `dispatch` then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Time for everything, over all channels and attempts, in milliseconds.
   *
   * @default 10_000
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Time for one attempt, in milliseconds, so that a receiver that hangs leaves time for another one.
   *
   * @default 5_000
   */
  readonly attemptTimeoutMs?: number | undefined;
  /**
   * How often each channel is tried, 1 to 10.
   *
   * @default 3
   */
  readonly attempts?: number | undefined;
  /** Waits between attempts; rejects with `signal.reason`. @default a timer */
  readonly sleep?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
  /** Gives a number from 0 up to 1, for the jitter. @default Math.random */
  readonly random?: (() => number) | undefined;
  /** Gives a time in milliseconds that never goes back. @default performance.now */
  readonly now?: (() => number) | undefined;
}

const BACK_OFF_MS = 500;
const MAX_ATTEMPTS = 10;
// Timers of Node.js take no more and fire at once beyond.
const MAX_TIMER_MS = 2 ** 31 - 1;

interface Run {
  readonly event: GitOpsEvent;
  readonly attempts: number;
  readonly attemptTimeoutMs: number;
  readonly timeoutMs: number;
  readonly started: number;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly random: () => number;
  readonly now: () => number;
  /** Aborts when the time is up or the caller stops. */
  readonly signal: AbortSignal;
}

/**
 * Sends an event to all channels at once and tells what came of each.
 *
 * A failed delivery is a result, never an exception: a job that ends well is not spoiled by its message. Failures that may pass
 * (network, 408, 429, 5xx) are tried again after a growing, jittered pause; `Retry-After` is respected, and when it is longer than the time that is
 * left, the channel fails at once. Everything ends within `timeoutMs`, also when a channel ignores its signal. The event passes
 * `redactData` before any channel sees it. Delivery is at least once: a receiver that answered too late may see the event again, with the same id.
 *
 * @returns One result per channel, in the order of the channels.
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` for an option that cannot be used. Rejects with `signal.reason` when the caller stops.
 *
 * @example
 * ```ts
 * import { createEvent, dispatch } from '@bowline/gitops-notify';
 * import type { Channel } from '@bowline/gitops-notify';
 *
 * const lines: string[] = [];
 * const list: Channel = {
 *   name: 'list',
 *   deliver: async (event) => void lines.push(`${event.type} by ${event.actor.name}`),
 * };
 * const event = createEvent('branch.created', {
 *   actor: { name: 'Ada Lovelace' },
 *   data: { branch: 'shop/web-2.1.0', source: 'prod' },
 * });
 * const [result] = await dispatch(event, [list]);
 * console.log(result?.status, lines);
 * //=> delivered ['branch.created by Ada Lovelace']
 * ```
 */
export async function dispatch(
  event: GitOpsEvent,
  channels: readonly Channel[],
  options: DispatchOptions = {},
): Promise<readonly DeliveryResult[]> {
  const timeoutMs = positive('timeoutMs', options.timeoutMs ?? 10_000);
  const attemptTimeoutMs = positive('attemptTimeoutMs', options.attemptTimeoutMs ?? 5_000);
  const attempts = options.attempts ?? 3;
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > MAX_ATTEMPTS)
    throw new NotifyError(
      'NOTIFY_INVALID_ARGUMENT',
      `"attempts" must be from 1 to ${MAX_ATTEMPTS}.`,
    );
  options.signal?.throwIfAborted();
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(timeoutError(timeoutMs)), timeoutMs);
  const now = options.now ?? (() => performance.now());
  const run: Run = {
    // What `redactData` makes of an event has the same shape: members are kept, texts stay texts.
    event: redactData(event) as GitOpsEvent,
    attempts,
    attemptTimeoutMs,
    timeoutMs,
    started: now(),
    sleep: options.sleep ?? wait,
    random: options.random ?? Math.random,
    now,
    signal:
      options.signal === undefined
        ? deadline.signal
        : AbortSignal.any([options.signal, deadline.signal]),
  };
  try {
    const results = await Promise.all(channels.map((channel) => deliverTo(channel, run)));
    options.signal?.throwIfAborted();
    return results;
  } finally {
    clearTimeout(timer);
  }
}

async function deliverTo(channel: Channel, run: Run): Promise<DeliveryResult> {
  const result = (attempts: number) => ({
    channel: channel.name,
    attempts,
    durationMs: Math.max(0, Math.round(run.now() - run.started)),
  });
  let attempt = 0;
  let failure: unknown;
  try {
    if (channel.accepts?.(run.event) === false) return { ...result(0), status: 'skipped' };
    for (attempt = 1; ; attempt += 1) {
      failure = await tryOnce(channel, attempt, run);
      if (failure === undefined) return { ...result(attempt), status: 'delivered' };
      const pause = pauseBefore(attempt + 1, failure, run);
      if (pause === undefined) break;
      await abortable(run.sleep(pause, run.signal), run.signal);
    }
  } catch (thrown) {
    // Only `accepts` and the end of the time come here. The last real failure tells more than "the time is up".
    failure ??= thrown;
  }
  return {
    ...result(attempt),
    status: 'failed',
    error: serializeError(failure),
    permanent: notifyFacts(failure)?.permanent === true,
  };
}

/** @returns What was thrown, as an error; `undefined` when the event was delivered. */
async function tryOnce(channel: Channel, attempt: number, run: Run): Promise<unknown> {
  const limit = new AbortController();
  const ms = run.attemptTimeoutMs;
  const timer = setTimeout(() => limit.abort(timeoutError(ms)), ms);
  const signal = AbortSignal.any([run.signal, limit.signal]);
  try {
    signal.throwIfAborted();
    await abortable(channel.deliver(run.event, { signal, attempt }), signal);
    return undefined;
  } catch (thrown) {
    return thrown ?? new Error('A channel failed without a reason.');
  } finally {
    clearTimeout(timer);
  }
}

/** @returns How long to wait before the next attempt, in milliseconds; `undefined` when there is no point in one. */
function pauseBefore(next: number, failure: unknown, run: Run): number | undefined {
  if (next > run.attempts || run.signal.aborted) return undefined;
  if (!isGitOpsError(failure) || !failure.retryable) return undefined;
  const grown = BACK_OFF_MS * 2 ** (next - 2);
  const jittered = grown * (0.5 + run.random() / 2);
  const asked = notifyFacts(failure)?.retryAfterMs ?? 0;
  const pause = Math.max(jittered, asked);
  return pause < run.timeoutMs - (run.now() - run.started) ? pause : undefined;
}

/** Settles as the promise does, or rejects with the reason of the signal when that comes first. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = () => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    Promise.resolve(promise)
      .then(resolve, reject)
      .finally(() => signal.removeEventListener('abort', stop));
    if (signal.aborted) stop();
  });
}

function timeoutError(ms: number): NotifyError {
  return new NotifyError('NOTIFY_TIMEOUT', `The delivery was not done within ${ms} ms.`);
}

function positive(name: string, value: number): number {
  if (value > 0 && value <= MAX_TIMER_MS) return value;
  throw new NotifyError(
    'NOTIFY_INVALID_ARGUMENT',
    `"${name}" must be a number of milliseconds above 0, at most ${MAX_TIMER_MS}.`,
  );
}
