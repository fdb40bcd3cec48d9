import { GitError } from './errors.ts';

const DEFAULT_TIMEOUT_MS = 300_000;
/** What a timer can hold; it takes more for nothing at all. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A signal that also fires when the time is up. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Must be called when the work has ended, in any way. */
  dispose(): void;
}

/**
 * Joins the caller's signal with a time limit. When the time is up, the reason is a `GitError` `GIT_TIMEOUT`, so whoever
 * rejects with the reason of the signal says the right thing in both cases.
 */
export function startDeadline(
  what: string,
  options: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
): Deadline {
  const controller = new AbortController();
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const outer = options.signal;
  const onAbort = (): void => controller.abort(outer?.reason);
  const timer = setTimeout(
    () => {
      controller.abort(
        new GitError('GIT_TIMEOUT', `${what} took longer than ${timeoutMs} ms.`, {
          details: { timeoutMs },
        }),
      );
    },
    Math.min(timeoutMs, LONGEST_TIMER_MS),
  );
  if (outer?.aborted === true) onAbort();
  else outer?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    dispose: () => {
      clearTimeout(timer);
      outer?.removeEventListener('abort', onAbort);
    },
  };
}

/** Runs work under a {@link startDeadline deadline}. */
export async function withDeadline<Result>(
  what: string,
  options: { readonly signal?: AbortSignal | undefined; readonly timeoutMs?: number | undefined },
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const deadline = startDeadline(what, options);
  try {
    deadline.signal.throwIfAborted();
    return await work(deadline.signal);
  } finally {
    deadline.dispose();
  }
}
