const MAX_DELIVERIES = 20_000;
const DAY_MS = 86_400_000;

/** Remembers which deliveries have been taken, so that one that comes again is answered and not handled again. Bounded in number and time. */
export class DeliveryMemory {
  readonly #now: () => number;
  readonly #taken = new Map<string, number>();

  /** @param now Milliseconds since 1970-01-01 UTC. */
  constructor(now: () => number) {
    this.#now = now;
  }

  has(delivery: string): boolean {
    const at = this.#taken.get(delivery);
    return at !== undefined && this.#now() - at < DAY_MS;
  }

  add(delivery: string): void {
    const now = this.#now();
    this.#taken.delete(delivery);
    this.#taken.set(delivery, now);
    // In the order of their times: the first ones are the oldest.
    for (const [oldest, at] of this.#taken) {
      if (this.#taken.size <= MAX_DELIVERIES && now - at < DAY_MS) return;
      this.#taken.delete(oldest);
    }
  }
}
