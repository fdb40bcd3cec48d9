import { ProviderError } from '../errors.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { isFullSha } from '../names.ts';
import type { PullRequest } from '../pull-request-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, webLink } from './api.ts';
import { commitSchema, type PullRequestAnswer, pullRequestSchema } from './schemas.ts';

const states = {
  OPEN: 'open',
  MERGED: 'merged',
  DECLINED: 'declined',
  SUPERSEDED: 'declined',
} as const;

/** Makes a pull request of an answer, with commit ids as Bitbucket writes them there: 12 characters. */
export function toPullRequest(api: RepositoryApi, answer: PullRequestAnswer): PullRequest {
  const state = states[answer.state];
  const destination = answer.destination.commit?.hash;
  return {
    id: answer.id,
    title: answer.title,
    description: answer.description ?? answer.summary?.raw ?? '',
    state,
    draft: answer.draft ?? false,
    source: { branch: answer.source.branch.name, sha: answer.source.commit?.hash },
    destination: {
      branch: answer.destination.branch.name,
      sha: destination !== undefined && isFullSha(destination) ? destination : undefined,
    },
    author: answer.author?.display_name ?? answer.author?.nickname ?? undefined,
    webUrl: webLink(answer.links, `${api.webUrl}/pull-requests/${answer.id}`),
    mergeCommit: state === 'merged' ? (answer.merge_commit?.hash ?? undefined) : undefined,
    createdAt: answer.created_on,
    updatedAt: answer.updated_on,
  };
}

/** The same with full ids of the source and of the merge: one request for each that is abbreviated. */
export async function toFullPullRequest(
  api: RepositoryApi,
  answer: PullRequestAnswer,
  options: RequestOptions = {},
): Promise<PullRequest> {
  const pull = toPullRequest(api, answer);
  const [sha, mergeCommit] = await Promise.all([
    fullSha(api, pull.source.sha, options),
    fullSha(api, pull.mergeCommit, options),
  ]);
  return { ...pull, source: { ...pull.source, sha }, mergeCommit };
}

async function fullSha(
  api: RepositoryApi,
  hash: string | undefined,
  { signal }: RequestOptions,
): Promise<string | undefined> {
  if (hash === undefined || isFullSha(hash)) return hash;
  const request = {
    path: `/commit/${hash}`,
    expect: [200, 404],
    doing: `read commit "${hash}" of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  // The commit of a deleted fork is gone; what is known of it stays.
  return response.status === 404
    ? hash
    : parseAnswer(api, commitSchema, { response, request }).hash;
}

/** Compares ids of which one may be abbreviated. */
export function sameCommit(left: string, right: string): boolean {
  return (
    left.length >= 7 && right.length >= 7 && (left.startsWith(right) || right.startsWith(left))
  );
}

/** The path of a pull request in the API. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function pullRequestPath(id: number): string {
  if (!Number.isSafeInteger(id) || id < 1) {
    throw new ProviderError(
      'PROVIDER_INVALID_ARGUMENT',
      `"${id}" is not the number of a pull request.`,
    );
  }
  return `/pullrequests/${id}`;
}

/** Reads a pull request as Bitbucket answers; `undefined` when there is none. */
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

/** Makes the error of a pull request that is not there. */
export function noPullRequest(api: RepositoryApi, id: number): ProviderError {
  return new ProviderError('PROVIDER_NOT_FOUND', `"${api.fullName}" has no pull request ${id}.`);
}
