import { checkMilliseconds, startDeadline } from '../deadline.ts';
import type { RemoteOptions } from '../types.ts';

/** What ends a call to a remote early: the caller's signal, the total time, and silence of the server. */
export interface Deadline {
  readonly signal: AbortSignal;
  readonly idleTimeoutMs: number;
  /** Throws what the call has to reject with once it was stopped. */
  check(): void;
}

const IDLE_MS = 30_000;

/** Runs something under a deadline and clears it, whatever happens. */
export async function withDeadline<T>(
  what: string,
  options: RemoteOptions,
  run: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  const idleTimeoutMs = checkMilliseconds('idleTimeoutMs', options.idleTimeoutMs ?? IDLE_MS);
  const { signal, dispose } = startDeadline(what, options);
  const check = (): void => signal.throwIfAborted();
  try {
    check();
    return await run({ signal, idleTimeoutMs, check });
  } finally {
    dispose();
  }
}
