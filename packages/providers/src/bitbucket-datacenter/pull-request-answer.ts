import { ProviderError } from '../errors.ts';
import type { HttpResponse } from '../http/http-message.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { isWebAddress } from '../names.ts';
import type { PullRequest } from '../pull-request-types.ts';
import { readSourceBranchMark } from '../source-branch-mark.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { exceptionOf, explainResponse } from './errors.ts';
import { type PullRequestAnswer, pullRequestSchema, type RepositoryAnswer } from './schemas.ts';

const states = { OPEN: 'open', MERGED: 'merged', DECLINED: 'declined' } as const;

/** Makes a pull request of an answer. */
export function toPullRequest(api: RepositoryApi, answer: PullRequestAnswer): PullRequest {
  const { id, fromRef, toRef, author, properties, links } = answer;
  const state = states[answer.state];
  const href = links?.self?.[0]?.href;
  return {
    id,
    title: answer.title,
    description: readSourceBranchMark(answer.description ?? '').description,
    state,
    draft: answer.draft ?? false,
    source: { branch: branchOf(fromRef.id), sha: fromRef.latestCommit ?? undefined },
    destination: { branch: branchOf(toRef.id), sha: toRef.latestCommit ?? undefined },
    author: author?.user?.displayName ?? author?.user?.name ?? undefined,
    webUrl: href && isWebAddress(href) ? href : `${api.webUrl}/pull-requests/${id}`,
    mergeCommit: state === 'merged' ? (properties?.mergeCommit?.id ?? undefined) : undefined,
    createdAt: new Date(answer.createdDate).toISOString(),
    updatedAt: new Date(answer.updatedDate).toISOString(),
  };
}

/** Cuts the place of branches off a ref; that of a tag, which may be the source, stays. */
export function branchOf(id: string): string {
  return id.replace(/^refs\/heads\//, '');
}

/** Tells whether the source of a pull request is in another repository, which anybody may own. */
export function isFromFork({
  fromRef,
  toRef,
}: Pick<PullRequestAnswer, 'fromRef' | 'toRef'>): boolean {
  const { repository: source } = fromRef;
  const { repository: destination } = toRef;
  // Null is a fork that was deleted.
  return !source || !destination || fullNameOf(source) !== fullNameOf(destination);
}

/** Names a repository in a way that can be compared: the case does not count. */
function fullNameOf({ project, slug }: RepositoryAnswer): string {
  return `${project.key}/${slug}`.toLowerCase();
}

/** The path of a pull request in the API. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function pullRequestPath(id: number): string {
  if (!Number.isSafeInteger(id) || id < 1) {
    throw new ProviderError(
      'PROVIDER_INVALID_ARGUMENT',
      `"${id}" is not the number of a pull request.`,
    );
  }
  return `/pull-requests/${id}`;
}

/** Reads a pull request as the server answers; `undefined` when there is none. */
export async function readPullRequest(
  api: RepositoryApi,
  id: number,
  options: RequestOptions = {},
): Promise<PullRequestAnswer | undefined> {
  return (await readWithHeaders(api, id, options))?.answer;
}

/** The same for one that must be there. @throws ProviderError `PROVIDER_NOT_FOUND` */
export async function requirePullRequest(
  api: RepositoryApi,
  id: number,
  options: RequestOptions = {},
): Promise<PullRequestAnswer> {
  const answer = await readPullRequest(api, id, options);
  if (answer === undefined) throw noPullRequest(api, id);
  return answer;
}

/** Reads a pull request and the headers of the answer, which name the account that asked. */
export async function readWithHeaders(
  api: RepositoryApi,
  id: number,
  { signal }: RequestOptions,
): Promise<
  { readonly answer: PullRequestAnswer; readonly headers: HttpResponse['headers'] } | undefined
> {
  const request = {
    method: 'GET' as const,
    path: pullRequestPath(id),
    expect: [200, 404],
    doing: `read pull request ${id} of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  if (response.status === 404) {
    if (/^NoSuch(?:Repository|Project)/.test(exceptionOf(response) ?? ''))
      throw explainResponse(response, request);
    return undefined;
  }
  const answer = parseAnswer(api, pullRequestSchema, { response, request });
  return { answer, headers: response.headers };
}

/** Makes the error of a pull request that is not there. */
export function noPullRequest(api: RepositoryApi, id: number): ProviderError {
  return new ProviderError('PROVIDER_NOT_FOUND', `"${api.fullName}" has no pull request ${id}.`);
}
