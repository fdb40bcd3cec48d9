import { ProviderError } from '../errors.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import type { PullRequest } from '../pull-request-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, webLink } from './api.ts';
import { type MergeRequestAnswer, mergeRequestSchema } from './schemas.ts';

// While it merges a merge request is "locked", and open again when that fails.
const states = { opened: 'open', locked: 'open', closed: 'declined', merged: 'merged' } as const;

// GitLab docs, "Draft merge requests".
const draftPrefix = /^(?:\[draft\]|\(draft\)|draft:)\s*/i;

/** Makes a pull request of an answer. The mark of a draft is no part of its title. */
export function toPullRequest(api: RepositoryApi, answer: MergeRequestAnswer): PullRequest {
  const state = states[answer.state];
  const draft = isDraft(answer);
  const { merge_commit_sha: merge, squash_commit_sha: squash, sha } = answer;
  return {
    id: answer.iid,
    title: draft ? answer.title.replace(draftPrefix, '') : answer.title,
    description: answer.description ?? '',
    state,
    draft,
    source: { branch: answer.source_branch, sha: sha ?? undefined },
    // GitLab tells where the branches parted, not where the destination is.
    destination: { branch: answer.target_branch, sha: undefined },
    author: answer.author?.name ?? answer.author?.username ?? undefined,
    webUrl: webLink(answer.web_url, `${api.webUrl}/-/merge_requests/${answer.iid}`),
    // A fast-forward makes no commit: the destination is at the source then.
    mergeCommit: state === 'merged' ? (merge ?? squash ?? sha ?? undefined) : undefined,
    createdAt: answer.created_at,
    updatedAt: answer.updated_at,
  };
}

/** Tells whether a merge request is a draft. */
export function isDraft(answer: MergeRequestAnswer): boolean {
  return answer.draft ?? answer.work_in_progress ?? false;
}

/** Writes a title as GitLab tells drafts: by the title. */
export function titleOf(title: string, draft: boolean): string {
  return draft && !draftPrefix.test(title) ? `Draft: ${title}` : title;
}

/** The path of a merge request in the API. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function pullRequestPath(id: number): string {
  if (!Number.isSafeInteger(id) || id < 1) {
    throw new ProviderError(
      'PROVIDER_INVALID_ARGUMENT',
      `"${id}" is not the number of a merge request.`,
    );
  }
  return `/merge_requests/${id}`;
}

/** Reads a merge request as GitLab answers; `undefined` when there is none. */
export async function readPullRequest(
  api: RepositoryApi,
  id: number,
  { signal, rebase = false }: RequestOptions & { readonly rebase?: boolean } = {},
): Promise<MergeRequestAnswer | undefined> {
  const request = {
    path: pullRequestPath(id),
    query: rebase ? [['include_rebase_in_progress', 'true'] as const] : [],
    expect: [200, 404],
    doing: `read merge request ${id} of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  return response.status === 404
    ? undefined
    : parseAnswer(api, mergeRequestSchema, { response, request });
}

/** Reads a merge request that must be there. @throws ProviderError `PROVIDER_NOT_FOUND` */
export async function requirePullRequest(
  api: RepositoryApi,
  id: number,
  options: RequestOptions & { readonly rebase?: boolean } = {},
): Promise<MergeRequestAnswer> {
  const answer = await readPullRequest(api, id, options);
  if (answer !== undefined) return answer;
  throw new ProviderError('PROVIDER_NOT_FOUND', `"${api.fullName}" has no merge request ${id}.`);
}
