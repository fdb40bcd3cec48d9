import { GitError } from './errors.ts';

const DEFAULT_TIMEOUT_MS = 300_000;
/** What a timer can hold; it takes more for nothing at all. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Checks a number of milliseconds; `Infinity` is one, and means the longest timer there is (24 days).
 *
 * @throws {@link GitError} `GIT_INVALID_ARGUMENT`
 */
export function checkMilliseconds(name: string, value: number): number {
  if (value > 0) return Math.min(value, LONGEST_TIMER_MS);
  throw new GitError('GIT_INVALID_ARGUMENT', `The option "${name}" is not a number above 0.`);
}

/** Rounds up to the seconds that git and ssh count in. */
export function wholeSeconds(milliseconds: number): number {
  return Math.max(1, Math.ceil(milliseconds / 1000));
}

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
  const timeoutMs = checkMilliseconds('timeoutMs', options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  const outer = options.signal;
  const onAbort = (): void => controller.abort(outer?.reason);
  const timer = setTimeout(() => {
    controller.abort(
      new GitError('GIT_TIMEOUT', `${what} took longer than ${timeoutMs} ms.`, {
        details: { timeoutMs },
      }),
    );
  }, timeoutMs);
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
