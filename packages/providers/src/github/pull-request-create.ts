import { ProviderError } from '../errors.ts';
import type { HttpResponse } from '../http/http-message.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import { checkRefName, invalid } from '../names.ts';
import type { CreatePullRequest, PullRequest } from '../pull-request-types.ts';
import { writeSourceBranchMark } from '../source-branch-mark.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { refused } from './errors.ts';
import { toPullRequest } from './pull-request-answer.ts';
import { findOpen } from './pull-request-list.ts';
import { type PullRequestAnswer, pullRequestSchema } from './schemas.ts';

const MAX_ATTEMPTS = 3;

/** Creates a pull request. GitHub itself refuses a second one for the same branches, so that sending it again makes none. */
export async function createPullRequest(
  api: RepositoryApi,
  input: CreatePullRequest,
  options: RequestOptions = {},
): Promise<PullRequest> {
  const { title, source, destination, description = '', deleteSourceBranch = false } = input;
  checkRefName(source, 'branch');
  checkRefName(destination, 'branch');
  if (title.trim() === '') throw invalid('A pull request has no title.');
  const body = writeSourceBranchMark({ description, deleteSourceBranch });
  for (let attempts = 1; ; attempts += 1) {
    try {
      const answer = await post(api, { input, body }, options);
      if ('number' in answer) return toPullRequest(api, answer);
      const open = await findOpen(api, input, options);
      if (open === undefined) throw whyRefused(api, input, answer);
      // What an earlier request made, whose answer is lost, is what was asked for.
      if (attempts > 1 && isSame(open, { title, body })) return toPullRequest(api, open);
      throw alreadyExists(api, input, open);
    } catch (error) {
      if (!isUncertain(error) || attempts === MAX_ATTEMPTS) throw error;
      const open = await findOpen(api, input, options);
      if (open !== undefined && isSame(open, { title, body })) return toPullRequest(api, open);
      if (open !== undefined) throw alreadyExists(api, input, open);
      await api.clock.sleep(1000 * attempts, options.signal);
    }
  }
}

async function post(
  api: RepositoryApi,
  { input, body }: { readonly input: CreatePullRequest; readonly body: string },
  { signal }: RequestOptions,
): Promise<PullRequestAnswer | HttpResponse> {
  const { title, source, destination, draft } = input;
  const request = {
    method: 'POST' as const,
    path: '/pulls',
    json: {
      title,
      head: source,
      base: destination,
      body,
      ...(draft === undefined ? {} : { draft }),
    },
    expect: [201, 422],
    doing: `create a pull request from "${source}" to "${destination}" in "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  return response.status === 201
    ? parseAnswer(api, pullRequestSchema, { response, request })
    : response;
}

function isSame(
  answer: PullRequestAnswer,
  { title, body }: { readonly title: string; readonly body: string },
): boolean {
  const lines = (text: string) => text.replaceAll('\r\n', '\n').trim();
  return answer.title.trim() === title.trim() && lines(answer.body ?? '') === lines(body);
}

function whyRefused(
  api: RepositoryApi,
  { source, destination }: CreatePullRequest,
  response: HttpResponse,
): ProviderError {
  const what = `A pull request from "${source}" to "${destination}" in "${api.fullName}" is not created`;
  return refused('PROVIDER_REJECTED', what, response);
}

function alreadyExists(
  api: RepositoryApi,
  { source, destination }: CreatePullRequest,
  existing: PullRequestAnswer,
): ProviderError {
  const { id, webUrl } = toPullRequest(api, existing);
  return new ProviderError(
    'PROVIDER_ALREADY_EXISTS',
    `"${api.fullName}" has pull request ${id} from "${source}" to "${destination}" already.`,
    { details: { id, webUrl } },
  );
}
