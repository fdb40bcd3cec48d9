import type { MergeStrategy, ProviderRepository } from '@bowline/gitops-providers';
import { OperationError } from './errors.ts';
import type { JobOptions, MergeResult } from './types.ts';

/** What {@link mergePullRequest} needs. */
export interface MergePullRequestInput {
  readonly repository: ProviderRepository;
  /** Number of the pull request. */
  readonly id: number;
  /** Deletes the source branch. @default what the pull request says */
  readonly deleteAfterMerge?: boolean | undefined;
  /** @default what the repository prefers */
  readonly strategy?: MergeStrategy | undefined;
  /** The head that was looked at. @default the head when the job begins */
  readonly expectedHead?: string | undefined;
}

/**
 * Merges a pull request and waits until the forge says merged.
 *
 * Merges exactly the head that it read: commits that arrive in between are not merged unseen. A merged pull request is a
 * success (`already_merged: true`).
 *
 * @throws OperationError `OPERATION_PULL_REQUEST_NOT_FOUND`, `OPERATION_PULL_REQUEST_CLOSED`
 * @throws ProviderError `PROVIDER_MERGE_CONFLICT`, `PROVIDER_MERGE_BLOCKED`, `PROVIDER_CONFLICT`
 */
export async function mergePullRequest(
  input: MergePullRequestInput,
  options: JobOptions = {},
): Promise<MergeResult> {
  const { repository, id, strategy } = input;
  const { signal, dryRun = false, onProgress } = options;
  onProgress?.({ step: 'merge_pr', state: 'started', message: `Merging pull request #${id}` });
  const found = await repository.pullRequests.get(id, { signal });
  if (found === undefined) {
    throw new OperationError(
      'OPERATION_PULL_REQUEST_NOT_FOUND',
      `Repository "${repository.fullName}" has no pull request #${id}.`,
    );
  }
  if (found.state === 'declined') {
    throw new OperationError(
      'OPERATION_PULL_REQUEST_CLOSED',
      `Pull request #${id} of "${repository.fullName}" was declined.`,
    );
  }
  const alreadyMerged = found.state === 'merged';
  const merged =
    alreadyMerged || dryRun
      ? found
      : await repository.pullRequests.merge(
          id,
          {
            strategy,
            expectedHead: input.expectedHead ?? found.source.sha,
            deleteSourceBranch: input.deleteAfterMerge,
          },
          { signal },
        );
  const message = alreadyMerged
    ? `Pull request #${id} is merged already.`
    : dryRun
      ? `Would merge pull request #${id} from "${found.source.branch}" into "${found.destination.branch}".`
      : `Merged pull request #${id} into "${found.destination.branch}"${merged.mergeCommit === undefined ? '' : ` as ${merged.mergeCommit.slice(0, 12)}`}.`;
  onProgress?.({ step: 'merge_pr', state: 'done', message });
  return {
    success: true,
    repository: repository.fullName,
    pr_url: merged.webUrl,
    pr_id: id,
    source: found.source.branch,
    destination: found.destination.branch,
    delete_after_merge: input.deleteAfterMerge ?? false,
    already_merged: alreadyMerged,
    merge_commit: merged.mergeCommit ?? null,
    dry_run: dryRun,
    message,
  };
}
