import { isGitOpsError } from '@bowline/gitops-errors';
import type { CommitInfo, ProviderErrorCode } from '@bowline/gitops-providers';

/** Tells whether an error is a provider's, with one of these codes, also from another copy of that package. */
export function isProviderError(error: unknown, ...codes: readonly ProviderErrorCode[]): boolean {
  return isGitOpsError(error) && (codes as readonly string[]).includes(error.code);
}

/**
 * Takes the commit out of an error that tells of one which was made although the branch moved in the last moment; throws every other.
 *
 * A forge that cannot compare the head (Gitea, the API of Data Center) guards each file instead. Such a commit is what editing once more on the new tip would
 * make: its files are those that it was made for.
 */
export function takeLanded(error: unknown): CommitInfo {
  const details = isGitOpsError(error) ? error.details : undefined;
  const { landed, webUrl } = details ?? {};
  if (!isProviderError(error, 'PROVIDER_CONFLICT')) throw error;
  if (typeof landed !== 'string' || typeof webUrl !== 'string') throw error;
  return { sha: landed, webUrl };
}
