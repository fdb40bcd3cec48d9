import type { ProviderRepository, PullRequest } from '@bowline/gitops-providers';
import type {
  JobOptions,
  ListPullRequestsResult,
  PullRequestDiffResult,
  PullRequestStatus,
  PullRequestSummary,
} from './types.ts';

/** What {@link listPullRequests} needs. */
export interface ListPullRequestsInput {
  readonly repository: ProviderRepository;
  /** @default 'open' */
  readonly status?: PullRequestStatus | undefined;
  /** @default 100 */
  readonly limit?: number | undefined;
}

/** Lists the pull requests of a repository, newest first. Drafts are open ones that say so. */
export async function listPullRequests(
  input: ListPullRequestsInput,
  options: Omit<JobOptions, 'dryRun'> = {},
): Promise<ListPullRequestsResult> {
  const { repository, status = 'open', limit = 100 } = input;
  const { signal, onProgress } = options;
  onProgress?.({ step: 'list_prs', state: 'started', message: 'Listing pull requests' });
  const found: PullRequestSummary[] = [];
  let truncated = false;
  const state = status === 'draft' ? 'open' : status;
  const unreadable: string[] = [];
  const list = { signal, onUnreadable: (error: Error) => void unreadable.push(error.message) };
  for await (const pullRequest of repository.pullRequests.list({ state }, list)) {
    if (status === 'draft' && !pullRequest.draft) continue;
    if (found.length === limit) {
      truncated = true;
      break;
    }
    found.push(summary(pullRequest));
  }
  const message = `${found.length}${truncated ? ' or more' : ''} ${status === 'all' ? '' : `${status} `}pull request${found.length === 1 ? '' : 's'} in "${repository.fullName}".`;
  onProgress?.({ step: 'list_prs', state: 'done', message });
  return {
    success: true,
    repository: repository.fullName,
    status,
    count: found.length,
    truncated,
    pull_requests: found,
    ...(unreadable.length === 0 ? {} : { unreadable }),
    message,
  };
}

/** Reads the unified diff of a pull request. */
export async function pullRequestDiff(
  input: { readonly repository: ProviderRepository; readonly id: number },
  options: Omit<JobOptions, 'dryRun'> = {},
): Promise<PullRequestDiffResult> {
  const { repository, id } = input;
  const diff = await repository.pullRequests.diff(id, { signal: options.signal });
  return {
    success: true,
    repository: repository.fullName,
    pr_id: id,
    diff,
    message: `Diff of pull request #${id} of "${repository.fullName}".`,
  };
}

function summary(pullRequest: PullRequest): PullRequestSummary {
  return {
    id: pullRequest.id,
    title: pullRequest.title,
    source: pullRequest.source.branch,
    destination: pullRequest.destination.branch,
    author: pullRequest.author ?? null,
    state: pullRequest.state === 'open' && pullRequest.draft ? 'draft' : pullRequest.state,
    created_on: pullRequest.createdAt,
    updated_on: pullRequest.updatedAt,
    url: pullRequest.webUrl,
  };
}
