import { GitError } from '../errors.ts';
import type { RemoteOptions } from '../types.ts';

/** The two ways in which a call to a remote ends early: the caller's signal and the total time. */
export interface Deadline {
  readonly signal: AbortSignal;
  readonly idleTimeoutMs: number;
  /** Throws what the call has to reject with once it was stopped. */
  check(): void;
  stop(): void;
}

const TOTAL_MS = 300_000;
const IDLE_MS = 30_000;

export function startDeadline(options: RemoteOptions): Deadline {
  const controller = new AbortController();
  const timeoutMs = options.timeoutMs ?? TOTAL_MS;
  const outer = options.signal;
  const onAbort = (): void => controller.abort(outer?.reason);
  const timer = setTimeout(() => {
    controller.abort(
      new GitError('GIT_TIMEOUT', `The remote was not done after ${timeoutMs} milliseconds.`),
    );
  }, timeoutMs);
  timer.unref();
  if (outer?.aborted === true) onAbort();
  else outer?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    idleTimeoutMs: options.idleTimeoutMs ?? IDLE_MS,
    check: () => controller.signal.throwIfAborted(),
    stop() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', onAbort);
    },
  };
}

/** Runs something under a deadline and clears it, whatever happens. */
export async function withDeadline<T>(
  options: RemoteOptions,
  run: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  const deadline = startDeadline(options);
  try {
    deadline.check();
    return await run(deadline);
  } finally {
    deadline.stop();
  }
}
