import type {
  MergeStrategy,
  ProviderRepository,
  PullRequest,
  PullRequests,
} from '@bowline/gitops-providers';
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
  /**
   * Leaves the merge to the forge, which does it as soon as checks and approvals allow it; where they do already, it merges now.
   *
   * @default false
   */
  readonly auto?: boolean | undefined;
}

/**
 * Merges a pull request and waits until the forge says merged.
 *
 * Merges exactly the head that it read: commits that arrive in between are not merged unseen. A merged pull request is a
 * success (`already_merged: true`).
 *
 * @throws OperationError `OPERATION_PULL_REQUEST_NOT_FOUND`, `OPERATION_PULL_REQUEST_CLOSED`; `OPERATION_NOT_SUPPORTED` for `auto` where the forge
 * cannot merge by itself later
 * @throws ProviderError `PROVIDER_MERGE_CONFLICT`, `PROVIDER_MERGE_BLOCKED`, `PROVIDER_CONFLICT`
 */
export async function mergePullRequest(
  input: MergePullRequestInput,
  options: JobOptions = {},
): Promise<MergeResult> {
  const { repository, id } = input;
  const { signal, onProgress } = options;
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
  const { state, webUrl, mergeCommit, source, destination } = found;
  const pullRequest = {
    state,
    webUrl,
    mergeCommit,
    source: source.branch,
    destination: destination.branch,
  };
  const expectedHead = input.expectedHead ?? source.sha;
  return mergeFound({ ...input, expectedHead }, pullRequest, options);
}

/** What a merge has to know of its pull request. */
export interface FoundPullRequest extends Pick<PullRequest, 'state' | 'webUrl' | 'mergeCommit'> {
  readonly source: string;
  readonly destination: string;
}

/** Merges a pull request that has just been read or opened. */
export async function mergeFound(
  input: MergePullRequestInput,
  found: FoundPullRequest,
  options: JobOptions,
): Promise<MergeResult> {
  const { repository, id, strategy, expectedHead, auto = false } = input;
  const { signal, dryRun = false, onProgress } = options;
  const alreadyMerged = found.state === 'merged';
  const merge =
    auto && !alreadyMerged
      ? autoMergeOf(repository)
      : (...args: Parameters<PullRequests['merge']>) => repository.pullRequests.merge(...args);
  const merged =
    alreadyMerged || dryRun
      ? found
      : await merge(
          id,
          { strategy, expectedHead, deleteSourceBranch: input.deleteAfterMerge },
          { signal },
        );
  const scheduled = auto && !dryRun && merged.state === 'open';
  const { mergeCommit } = merged;
  const message = describe({ id, found, mergeCommit, dryRun, scheduled });
  onProgress?.({ step: 'merge_pr', state: 'done', message });
  return {
    success: true,
    repository: repository.fullName,
    pr_url: merged.webUrl,
    pr_id: id,
    source: found.source,
    destination: found.destination,
    delete_after_merge: input.deleteAfterMerge ?? false,
    already_merged: alreadyMerged,
    merge_commit: mergeCommit ?? null,
    ...(scheduled ? { auto_merge: true } : {}),
    dry_run: dryRun,
    message,
  };
}

function autoMergeOf({ fullName, pullRequests }: ProviderRepository): PullRequests['merge'] {
  const { autoMerge } = pullRequests;
  if (autoMerge !== undefined) return (...args) => autoMerge.enable(...args);
  throw new OperationError(
    'OPERATION_NOT_SUPPORTED',
    `Repository "${fullName}" is on a forge that cannot merge by itself later.`,
    { hint: 'Leave out --auto, and merge when checks and approvals allow it.' },
  );
}

function describe(outcome: {
  readonly id: number;
  readonly found: FoundPullRequest;
  readonly mergeCommit: string | undefined;
  readonly dryRun: boolean;
  readonly scheduled: boolean;
}): string {
  const { id, found, mergeCommit, dryRun, scheduled } = outcome;
  const into = `into "${found.destination}"`;
  if (found.state === 'merged') return `Pull request #${id} is merged already.`;
  if (dryRun) return `Would merge pull request #${id} from "${found.source}" ${into}.`;
  if (scheduled)
    return `Pull request #${id} will be merged ${into} when checks and approvals allow it.`;
  const commit = mergeCommit === undefined ? '' : ` as ${mergeCommit.slice(0, 12)}`;
  return `Merged pull request #${id} ${into}${commit}.`;
}
