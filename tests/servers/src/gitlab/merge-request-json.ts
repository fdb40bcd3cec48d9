import type { GitlabExchange } from './exchange.ts';
import type { MergeRequestState } from './project-state.ts';

const user = {
  id: 1,
  username: 'bot',
  name: 'Bowline Bot',
  state: 'active',
  web_url: 'https://gitlab.example.com/bot',
};

/** Tells whether a title marks a draft. */
export function isDraft(title: string): boolean {
  return /^(?:\[draft\]|\(draft\)|draft:)/i.test(title);
}

/** A merge request as GitLab writes one. */
export async function mergeRequestJson(
  { repository, web }: Pick<GitlabExchange, 'repository' | 'web'>,
  request: MergeRequestState,
  status: string,
): Promise<Record<string, unknown>> {
  const { iid, state, title } = request;
  const draft = isDraft(title);
  const merged = state === 'merged';
  return {
    id: 1000 + iid,
    iid,
    project_id: repository.id,
    title,
    description: request.description,
    state,
    created_at: request.createdAt,
    updated_at: request.updatedAt,
    merged_at: merged ? request.updatedAt : null,
    closed_at: state === 'closed' ? request.updatedAt : null,
    source_branch: request.sourceBranch,
    target_branch: request.targetBranch,
    source_project_id: repository.id,
    target_project_id: repository.id,
    author: user,
    assignees: [],
    reviewers: [],
    labels: [],
    draft,
    work_in_progress: draft,
    merge_when_pipeline_succeeds: request.autoMerge,
    merge_status:
      status === 'checking'
        ? 'checking'
        : status === 'conflict'
          ? 'cannot_be_merged'
          : 'can_be_merged',
    detailed_merge_status: status,
    sha: request.sha ?? request.lag?.sha ?? (await repository.branch(request.sourceBranch)) ?? null,
    merge_commit_sha: request.mergeCommit ?? null,
    squash_commit_sha: request.squashCommit ?? null,
    should_remove_source_branch: null,
    force_remove_source_branch: request.forceRemoveSourceBranch,
    squash: request.squash,
    has_conflicts: status === 'conflict',
    merge_error: request.mergeError,
    web_url: `${web}/-/merge_requests/${iid}`,
  };
}
