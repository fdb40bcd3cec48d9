import { NotifyError } from '../errors.ts';
import { wait } from '../wait.ts';

/** How many messages a service takes in which time. */
export interface MessageRate {
  readonly messages: number;
  readonly perMs: number;
}

/** Where the time of a rate limit comes from. */
export interface RateLimitOptions {
  /** The name of the channel, for messages. */
  readonly channel: string;
  /** Gives a time in milliseconds that never goes back. @default performance.now */
  readonly now?: (() => number) | undefined;
  /** Waits for a turn; rejects with `signal.reason`. @default a timer */
  readonly sleep?: ((ms: number, signal: AbortSignal) => Promise<void>) | undefined;
}

/** Keeps one channel below the rate of its service. */
export interface RateLimit {
  /**
   * Resolves when the next message may be sent.
   *
   * @throws NotifyError `NOTIFY_RATE_LIMITED` at once when that is later than an attempt should wait for. Rejects with `signal.reason`.
   */
  turn(signal: AbortSignal): Promise<void>;
  /** Lets nobody have a turn for a time, because the service asks for it. */
  hold(ms: number): void;
}

// Half of the time of an attempt by default. Whoever must wait longer hands the wait back to `dispatch`, which knows the time that is left.
const MAX_WAIT_MS = 2_500;

/** Makes a rate limit that allows no more than the messages of `rate` in any stretch of its time. */
export function rateLimit(rate: MessageRate, options: RateLimitOptions): RateLimit {
  const now = options.now ?? (() => performance.now());
  const sleep = options.sleep ?? wait;
  // When messages went out or will go out, the earliest first.
  let turns: number[] = [];
  let heldUntil = Number.NEGATIVE_INFINITY;
  return {
    async turn(signal) {
      signal.throwIfAborted();
      const time = now();
      turns = turns.filter((turn) => turn > time - rate.perMs);
      const full = turns.at(-rate.messages);
      const free = full === undefined ? time : full + rate.perMs;
      const turn = Math.max(time, free, heldUntil);
      const pause = turn - time;
      if (pause > MAX_WAIT_MS)
        throw new NotifyError(
          'NOTIFY_RATE_LIMITED',
          `The message to channel "${options.channel}" was not sent, because its service takes no more than ${rate.messages} in ${rate.perMs} ms or asked to wait.`,
          { retryAfterMs: pause },
        );
      turns.push(turn);
      if (pause === 0) return;
      try {
        await sleep(pause, signal);
      } catch (thrown) {
        // One of them alone: others may have the same time.
        const index = turns.indexOf(turn);
        if (index !== -1) turns.splice(index, 1);
        throw thrown;
      }
    },
    hold(ms) {
      heldUntil = Math.max(heldUntil, now() + ms);
    },
  };
}
