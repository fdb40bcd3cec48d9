import { ProviderError } from '../errors.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { invalid } from '../names.ts';
import type { PullRequest, PullRequestState } from '../pull-request-types.ts';
import { readSourceBranchMark } from '../source-branch-mark.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, webLink } from './api.ts';
import { type PullRequestAnswer, pullRequestSchema } from './schemas.ts';

/** Makes a pull request of an answer. */
export function toPullRequest(api: RepositoryApi, answer: PullRequestAnswer): PullRequest {
  const state = stateOf(answer);
  const { number, head, base } = answer;
  return {
    id: number,
    title: answer.title,
    description: readSourceBranchMark(answer.body ?? '').description,
    state,
    draft: answer.draft ?? false,
    source: { branch: head.ref, sha: head.sha },
    destination: { branch: base.ref, sha: base.sha },
    author: answer.user?.login,
    webUrl: webLink(answer.html_url, `${api.webUrl}/pull/${number}`),
    // While it is open this is the commit of a merge that was tried out.
    mergeCommit: state === 'merged' ? (answer.merge_commit_sha ?? undefined) : undefined,
    createdAt: answer.created_at,
    updatedAt: answer.updated_at,
  };
}

/** Tells where a pull request is. A list has `merged_at` but not `merged`. */
export function stateOf(answer: PullRequestAnswer): PullRequestState {
  if (answer.state === 'open') return 'open';
  return answer.merged_at ? 'merged' : 'declined';
}

/** Tells whether the source is a branch of another repository; without a name it is one that was deleted, hence another. */
export function isFromFork({ head, base }: PullRequestAnswer): boolean {
  return head.repo?.full_name.toLowerCase() !== base.repo?.full_name.toLowerCase();
}

/** Checks the number of a pull request. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function checkPullRequestId(id: number): number {
  if (!Number.isSafeInteger(id) || id < 1)
    throw invalid(`"${id}" is not the number of a pull request.`);
  return id;
}

/** Reads a pull request as GitHub answers; `undefined` when there is none. */
export async function readPullRequest(
  api: RepositoryApi,
  id: number,
  { signal }: RequestOptions = {},
): Promise<PullRequestAnswer | undefined> {
  const request = {
    path: `/pulls/${checkPullRequestId(id)}`,
    expect: [200, 404],
    doing: `read pull request ${id} of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  return response.status === 404
    ? undefined
    : parseAnswer(api, pullRequestSchema, { response, request });
}

/** Reads a pull request as GitHub answers. @throws ProviderError `PROVIDER_NOT_FOUND` */
export async function requirePullRequest(
  api: RepositoryApi,
  id: number,
  options: RequestOptions = {},
): Promise<PullRequestAnswer> {
  const answer = await readPullRequest(api, id, options);
  if (answer !== undefined) return answer;
  throw new ProviderError('PROVIDER_NOT_FOUND', `"${api.fullName}" has no pull request ${id}.`);
}
