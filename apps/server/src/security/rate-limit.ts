/** What the limiter says of one request. */
export interface RateLimitVerdict {
  readonly allowed: boolean;
  /** Whole requests that are left at this moment. */
  readonly remaining: number;
  /** Seconds until there is one again, rounded up; 0 when there is. */
  readonly retryAfterSeconds: number;
}

interface Bucket {
  level: number;
  at: number;
}

const MAX_BUCKETS = 10_000;

/**
 * Limits requests per key by token buckets: a burst of a full minute, refilled evenly.
 *
 * The number of keys is bounded: a key that has been quiet longest is forgotten first, which gives it a full bucket again.
 */
export class RateLimiter {
  readonly #perMinute: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  /** @param now Milliseconds that never go back. */
  constructor(perMinute: number, now: () => number) {
    this.#perMinute = perMinute;
    this.#now = now;
  }

  get perMinute(): number {
    return this.#perMinute;
  }

  /** Takes one request from the bucket of a key, if there is one. */
  take(key: string): RateLimitVerdict {
    const bucket = this.#refilled(key);
    if (bucket.level < 1) {
      const retryAfterSeconds = Math.ceil(((1 - bucket.level) * 60) / this.#perMinute);
      return { allowed: false, remaining: 0, retryAfterSeconds };
    }
    bucket.level -= 1;
    return { allowed: true, remaining: Math.floor(bucket.level), retryAfterSeconds: 0 };
  }

  #refilled(key: string): Bucket {
    const now = this.#now();
    const former = this.#buckets.get(key);
    const level =
      former === undefined
        ? this.#perMinute
        : Math.min(this.#perMinute, former.level + ((now - former.at) * this.#perMinute) / 60_000);
    const bucket = former ?? { level, at: now };
    bucket.level = level;
    bucket.at = now;
    // Moved to the end, so that the first one is the one that has been quiet longest.
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > MAX_BUCKETS) {
      const [quietest] = this.#buckets.keys();
      if (quietest !== undefined) this.#buckets.delete(quietest);
    }
    return bucket;
  }
}
