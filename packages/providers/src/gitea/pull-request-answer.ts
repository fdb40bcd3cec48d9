import { ProviderError } from '../errors.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { invalid, isFullSha } from '../names.ts';
import type { PullRequest, PullRequestState } from '../pull-request-types.ts';
import { readSourceBranchMark } from '../source-branch-mark.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, webLink } from './api.ts';
import { type PullRequestAnswer, pullRequestSchema } from './schemas.ts';

/** Makes a pull request of an answer. */
export function toPullRequest(api: RepositoryApi, answer: PullRequestAnswer): PullRequest {
  const state = stateOf(answer);
  const { title, draft } = readDraft(answer.title);
  return {
    id: answer.number,
    title,
    description: readSourceBranchMark(answer.body ?? '').description,
    state,
    draft: answer.draft ?? draft,
    source: { branch: branchOf(answer.head), sha: shaOf(answer.head.sha) },
    destination: { branch: branchOf(answer.base), sha: shaOf(answer.base.sha) },
    author: answer.user?.full_name || answer.user?.login || undefined,
    webUrl: webLink(answer.html_url, `${api.webUrl}/pulls/${answer.number}`),
    mergeCommit: state === 'merged' ? shaOf(answer.merge_commit_sha) : undefined,
    createdAt: answer.created_at,
    updatedAt: answer.updated_at,
  };
}

/** Reads where a pull request is in its life. */
export function stateOf({ state, merged }: PullRequestAnswer): PullRequestState {
  if (merged === true) return 'merged';
  return state === 'open' ? 'open' : 'declined';
}

/** The name of a branch; when it is gone the server names its own ref, `refs/pull/7/head`, and the branch in the label. */
export function branchOf(side: {
  readonly ref: string;
  readonly label?: string | null | undefined;
}) {
  return side.ref.startsWith('refs/pull/') && side.label ? side.label : side.ref;
}

function shaOf(sha: string | null | undefined): string | undefined {
  return sha && isFullSha(sha) ? sha : undefined;
}

const draftPrefix = /^\s*(?:WIP:|\[WIP\]|Draft:|\[Draft\])\s*/i;

/** Takes the mark of a draft off a title: drafts are pull requests whose title begins with it. */
export function readDraft(title: string): { readonly title: string; readonly draft: boolean } {
  const rest = title.replace(draftPrefix, '');
  return rest === title || rest === '' ? { title, draft: false } : { title: rest, draft: true };
}

/** Writes a title, with the mark of a draft when it is one. `WIP:` is what every server takes unless it is told otherwise. */
export function writeDraft(title: string, draft: boolean): string {
  return draft && !readDraft(title).draft ? `WIP: ${title}` : title;
}

/** Checks the number of a pull request. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function checkPullRequestNumber(id: number): number {
  if (!Number.isSafeInteger(id) || id < 1) {
    throw invalid(`"${id}" is not the number of a pull request.`);
  }
  return id;
}

/** The path of a pull request in the API. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function pullRequestPath(id: number): string {
  return `/pulls/${checkPullRequestNumber(id)}`;
}

/** Reads a pull request as the server answers; `undefined` when there is none. */
export async function readPullRequest(
  api: RepositoryApi,
  id: number,
  { signal }: RequestOptions = {},
): Promise<PullRequestAnswer | undefined> {
  const request = {
    path: pullRequestPath(id),
    expect: [200, 404],
    doing: `read pull request ${id} of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  return response.status === 404
    ? undefined
    : parseAnswer(api, pullRequestSchema, { response, request });
}

/** Reads a pull request that must be there. @throws ProviderError `PROVIDER_NOT_FOUND` */
export async function requirePullRequest(
  api: RepositoryApi,
  id: number,
  options: RequestOptions = {},
): Promise<PullRequestAnswer> {
  const answer = await readPullRequest(api, id, options);
  if (answer !== undefined) return answer;
  throw new ProviderError('PROVIDER_NOT_FOUND', `"${api.fullName}" has no pull request ${id}.`);
}
