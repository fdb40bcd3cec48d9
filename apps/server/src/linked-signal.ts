/** A signal that follows others until it is released. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  abort(reason: Error): void;
  /** Forgets the others: a signal that lives as long as the server must not remember every request. */
  release(): void;
}

/** Makes a signal that aborts with the first of some others, and can be aborted by itself. */
export function linkSignals(...others: readonly AbortSignal[]): LinkedSignal {
  const controller = new AbortController();
  const links = others.map((other) => {
    const follow = () => controller.abort(other.reason);
    if (other.aborted) follow();
    else other.addEventListener('abort', follow, { once: true });
    return () => other.removeEventListener('abort', follow);
  });
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    release: () => {
      for (const unlink of links) unlink();
    },
  };
}
