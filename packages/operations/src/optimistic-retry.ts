import { setTimeout as sleep } from 'node:timers/promises';
import { OperationError } from './errors.ts';
import { isProviderError } from './provider-error.ts';

const DEFAULT_ATTEMPTS = 10;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2_000;

/** How often and how long an edit is tried again. */
export interface OptimisticRetryOptions {
  readonly branch: string;
  readonly attempts?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs an edit again from the start while the branch moves under it.
 *
 * Waits between attempts, longer each time and with jitter, so that many jobs on one branch do not meet again and again.
 *
 * @throws OperationError `OPERATION_BRANCH_MOVED` when the last attempt was refused too.
 */
export async function retryWhenBranchMoved<T>(
  edit: () => Promise<T>,
  options: OptimisticRetryOptions,
): Promise<T> {
  const { branch, attempts = DEFAULT_ATTEMPTS, signal } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await edit();
    } catch (error) {
      if (!isProviderError(error, 'PROVIDER_CONFLICT')) throw error;
      if (!(attempt < attempts)) {
        throw new OperationError(
          'OPERATION_BRANCH_MOVED',
          `Branch "${branch}" moved each of ${attempts} times that the change was made.`,
          { cause: error },
        );
      }
      const longest = Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS);
      await wait(longest * (0.5 + Math.random() / 2), signal);
    }
  }
}

async function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, { signal });
  } catch (error) {
    // node:timers wraps the reason; the caller wants its own.
    signal?.throwIfAborted();
    throw error;
  }
}
