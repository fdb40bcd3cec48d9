import { setTimeout as sleep } from 'node:timers/promises';
import { OperationError } from './errors.ts';
import { isProviderError } from './provider-error.ts';

const DEFAULT_ATTEMPTS = 10;
const FIRST_WAIT_MS = 50;
const LONGEST_WAIT_MS = 2_000;

/** Which branch is edited, and how often that is tried. */
export interface EditInOrderOptions {
  /** Owner and name of the repository. */
  readonly repository: string;
  readonly branch: string;
  readonly attempts?: number | undefined;
  /** A dry run waits for nobody. */
  readonly dryRun?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs an edit of a branch after those that this process has begun before, and again from the start while the branch moves under it.
 *
 * Edits of one branch would only refuse each other: in order, each takes the time of one. What moves the branch then is another
 * process. Repositories of two forges with the same name share a queue, which costs them time and nothing else.
 */
export async function editInOrder<T>(
  edit: () => Promise<T>,
  options: EditInOrderOptions,
): Promise<T> {
  const { repository, branch, dryRun = false, signal } = options;
  if (dryRun) return retryWhenBranchMoved(edit, options);
  const { inOrder } = await import('@bowline/gitops-git');
  const key = JSON.stringify([repository, branch]);
  return inOrder(key, signal ?? new AbortController().signal, () =>
    retryWhenBranchMoved(edit, options),
  );
}

/**
 * Waits between attempts, longer each time and with jitter, so that many jobs on one branch do not meet again and again.
 *
 * @throws OperationError `OPERATION_BRANCH_MOVED` when the last attempt was refused too.
 */
async function retryWhenBranchMoved<T>(
  edit: () => Promise<T>,
  options: EditInOrderOptions,
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
