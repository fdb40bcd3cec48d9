import type { Answer } from '../forge/exchange.ts';
import { failure } from './exchange.ts';

const MINUTE = 60_000;

/** What {@link SecondaryLimit} holds requests to. */
export interface SecondaryLimits {
  /** How many requests that make something a minute has. GitHub: 80. */
  readonly contentPerMinute: number;
}

/**
 * The secondary limit of GitHub: the writes of an account within a minute.
 *
 * Who runs into it gets no answer at all until it is over, reads included.
 */
export class SecondaryLimit {
  /** How many requests were sent while the limit held, besides the one that ran into it. */
  ignored = 0;
  readonly #limits: SecondaryLimits;
  readonly #now: () => number;
  #made: number[] = [];
  #until = 0;

  constructor(limits: SecondaryLimits, now: () => number) {
    this.#limits = limits;
    this.#now = now;
  }

  /** Refuses a request, or counts it. */
  refuse(writes: boolean): Answer | undefined {
    const now = this.#now();
    if (now < this.#until) {
      this.ignored += 1;
      return this.#refusal(now);
    }
    if (!writes) return undefined;
    this.#made = this.#made.filter((time) => time > now - MINUTE);
    if (this.#made.length >= this.#limits.contentPerMinute) {
      this.#until = (this.#made[0] ?? now) + MINUTE;
      return this.#refusal(now);
    }
    this.#made.push(now);
    return undefined;
  }

  #refusal(now: number): Answer {
    const answer = failure(
      403,
      'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    );
    const seconds = Math.ceil((this.#until - now) / 1000);
    return {
      ...answer,
      headers: { 'retry-after': String(seconds), 'x-ratelimit-remaining': '4000' },
    };
  }
}
