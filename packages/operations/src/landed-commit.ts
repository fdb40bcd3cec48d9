import { isGitOpsError } from '@bowline/gitops-errors';
import type { CommitInfo } from '@bowline/gitops-providers';
import { isProviderError } from './provider-error.ts';

/**
 * Takes a commit that was made although the branch moved in the last moment.
 *
 * A forge that cannot compare the head (Gitea) guards each file instead, and tells of such a commit as a conflict with its id. It is what
 * editing once more on the new tip would make: the files of the commit are those that it was made for.
 */
export async function takeLanded(commit: Promise<CommitInfo>): Promise<CommitInfo> {
  try {
    return await commit;
  } catch (error) {
    const landed = isProviderError(error, 'PROVIDER_CONFLICT') ? landedOf(error) : undefined;
    if (landed === undefined) throw error;
    return landed;
  }
}

function landedOf(error: unknown): CommitInfo | undefined {
  if (!isGitOpsError(error)) return undefined;
  const { landed, webUrl } = error.details ?? {};
  return typeof landed === 'string' && typeof webUrl === 'string'
    ? { sha: landed, webUrl }
    : undefined;
}
