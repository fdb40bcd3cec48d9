// One queue per process, not per `Git` object: two objects that edit one branch would only make each other try again.
const tails = new Map<string, Promise<unknown>>();

/**
 * Runs work for a key after all work that was queued for it before, first come, first served.
 *
 * Work that is aborted while it waits never starts, and rejects at once with the reason of the signal. There is one queue per key and
 * process; `editBranch()` uses it with the address and the branch.
 *
 * @example
 * ```ts
 * import { inOrder } from '@bowline/gitops-git';
 *
 * const { signal } = new AbortController();
 * const done: string[] = [];
 * await Promise.all([
 *   inOrder('acme/shop main', signal, async () => done.push('first')),
 *   inOrder('acme/shop main', signal, async () => done.push('second')),
 * ]);
 * console.log(done);
 * //=> ['first', 'second']
 * ```
 */
export async function inOrder<Result>(
  key: string,
  signal: AbortSignal,
  work: () => Promise<Result>,
): Promise<Result> {
  const before = tails.get(key);
  const done = Promise.withResolvers<void>();
  const tail = (before ?? Promise.resolve()).then(() => done.promise);
  tails.set(key, tail);
  try {
    if (before !== undefined) await orAborted(before, signal);
    signal.throwIfAborted();
    return await work();
  } finally {
    done.resolve();
    void tail.then(() => {
      if (tails.get(key) === tail) tails.delete(key);
    });
  }
}

async function orAborted(wait: Promise<unknown>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    await Promise.race([wait, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
