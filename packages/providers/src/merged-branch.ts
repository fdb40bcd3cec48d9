import { ProviderError } from './errors.ts';

/**
 * Deletes the source branch of a merged pull request. One that moved on after the merge stays: its new commits are in nothing else.
 *
 * @param merged What was merged, for messages: `Pull request 7 of "acme/shop"`.
 * @throws ProviderError With the code of what went wrong. It says that the merge itself is done, since whoever only hears of a failure
 * takes it for the opposite.
 */
export async function deleteMergedBranch(
  merged: string,
  deletion: () => Promise<unknown>,
): Promise<void> {
  try {
    await deletion();
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    if (error.code === 'PROVIDER_CONFLICT') return;
    const { code, message, hint, retryable, details } = error;
    throw new ProviderError(
      code,
      `${merged} is merged, but its source branch is still there: ${message}`,
      { cause: error, hint, retryable, ...(details === undefined ? {} : { details }) },
    );
  }
}
