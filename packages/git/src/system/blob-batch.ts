/**
 * Gathers the file contents that one edit reads at the same time, so that a partial clone gets them in one request and not
 * each in its own.
 *
 * A batch is sent when no read is still looking for its entry in the trees.
 */
export class BlobBatch {
  readonly #fetch: (ids: readonly string[]) => Promise<void>;
  readonly #here = new Set<string>();
  #waiting = new Map<string, PromiseWithResolvers<void>>();
  #looking = 0;

  constructor(fetch: (ids: readonly string[]) => Promise<void>) {
    this.#fetch = fetch;
  }

  /** Runs the search for an entry; batches wait for it. */
  async look<Result>(search: () => Promise<Result>): Promise<Result> {
    this.#looking += 1;
    try {
      return await search();
    } finally {
      this.#looking -= 1;
      if (this.#looking === 0) setImmediate(() => this.#send());
    }
  }

  /** Waits until a content that was just {@link look looked} for may be read. */
  want(id: string): Promise<void> {
    if (this.#here.has(id)) return Promise.resolve();
    const waits = this.#waiting.get(id) ?? Promise.withResolvers<void>();
    this.#waiting.set(id, waits);
    return waits.promise;
  }

  #send(): void {
    if (this.#looking > 0 || this.#waiting.size === 0) return;
    const batch = this.#waiting;
    this.#waiting = new Map();
    const ids = [...batch.keys()];
    // A single one comes by itself when it is read, with one process less.
    const fetched = ids.length > 1 ? this.#fetch(ids) : Promise.resolve();
    fetched.then(
      () => {
        for (const [id, waits] of batch) {
          this.#here.add(id);
          waits.resolve();
        }
      },
      (reason: unknown) => {
        for (const waits of batch.values()) waits.reject(reason);
      },
    );
  }
}
