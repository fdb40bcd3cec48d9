import { ProviderError } from '../errors.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import { checkRefName, invalid } from '../names.ts';
import type { CreatePullRequest, PullRequest, PullRequestFilter } from '../pull-request-types.ts';
import { writeSourceBranchMark } from '../source-branch-mark.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForPages } from './api.ts';
import { exceptionOf, refused } from './errors.ts';
import { isFromFork, toPullRequest } from './pull-request-answer.ts';
import { type PullRequestAnswer, pullRequestSchema } from './schemas.ts';

const stateNames = { open: 'OPEN', merged: 'MERGED', declined: 'DECLINED', all: 'ALL' } as const;

/** Lists pull requests of this repository as the server answers, newest first. */
export async function* listAnswers(
  api: RepositoryApi,
  filter: PullRequestFilter,
  { signal }: RequestOptions,
): AsyncGenerator<PullRequestAnswer, void, undefined> {
  const { state = 'open', source, destination } = filter;
  // One end can be searched for: by a source there are fewer. OUTGOING lists those to other repositories too.
  const at = source ?? destination;
  const pages = sendForPages(api, pullRequestSchema, {
    path: '/pull-requests',
    query: [
      ['state', stateNames[state]],
      ['direction', source === undefined ? 'INCOMING' : 'OUTGOING'],
      ...(at === undefined ? [] : [['at', `refs/heads/${at}`] as const]),
      ['order', 'NEWEST'],
      ['limit', '100'],
    ],
    expect: [200],
    doing: `list the pull requests of "${api.fullName}"`,
    signal,
  });
  for await (const answer of pages) {
    const { fromRef, toRef } = answer;
    if (destination !== undefined && toRef.id !== `refs/heads/${destination}`) continue;
    // Anybody can open one from a fork whose branch has the name that is asked for.
    if (source !== undefined && (fromRef.id !== `refs/heads/${source}` || isFromFork(answer))) {
      continue;
    }
    yield answer;
  }
}

async function findOpen(
  api: RepositoryApi,
  { source, destination }: Pick<CreatePullRequest, 'source' | 'destination'>,
  options: RequestOptions,
): Promise<PullRequestAnswer | undefined> {
  for await (const answer of listAnswers(api, { source, destination }, options)) return answer;
  return undefined;
}

const MAX_ATTEMPTS = 3;

/** Creates a pull request. The server itself keeps a second one for the same branches away. */
export async function createPullRequest(
  api: RepositoryApi,
  input: CreatePullRequest,
  options: RequestOptions = {},
): Promise<PullRequest> {
  checkRefName(input.source, 'branch');
  checkRefName(input.destination, 'branch');
  if (input.title.trim() === '') throw invalid('A pull request has no title.');
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await post(api, { input, lost: attempts > 1 }, options);
    } catch (error) {
      if (!isUncertain(error)) throw error;
      // One that is open now may be what the lost answer was about: it has our title.
      const made = await findOpen(api, input, options);
      if (made?.title === input.title) return toPullRequest(api, made);
      if (attempts === MAX_ATTEMPTS) throw error;
      await api.clock.sleep(1000 * attempts, options.signal);
    }
  }
}

async function post(
  api: RepositoryApi,
  { input, lost }: { readonly input: CreatePullRequest; readonly lost: boolean },
  options: RequestOptions,
): Promise<PullRequest> {
  const { title, source, destination, draft } = input;
  const { description = '', deleteSourceBranch = false } = input;
  const marked = writeSourceBranchMark({ description, deleteSourceBranch });
  const repository = { slug: api.slug, project: { key: api.key } };
  const request = {
    method: 'POST' as const,
    path: '/pull-requests',
    json: {
      title,
      ...(marked === '' ? {} : { description: marked }),
      // Older versions do not know drafts; they see the member only when it matters.
      ...(draft === true ? { draft } : {}),
      fromRef: { id: `refs/heads/${source}`, repository },
      toRef: { id: `refs/heads/${destination}`, repository },
    },
    expect: [201, 409],
    doing: `create a pull request from "${source}" to "${destination}" in "${api.fullName}"`,
    signal: options.signal,
  };
  const response = await send(api, request);
  if (response.status === 201) {
    return toPullRequest(api, parseAnswer(api, pullRequestSchema, { response, request }));
  }
  // 409 also stands for branches that are the same, and for nothing to merge.
  const reason = exceptionOf(response);
  const existing =
    reason === 'EmptyPullRequestException' ? undefined : await findOpen(api, input, options);
  if (existing === undefined) {
    throw refused(
      'PROVIDER_REJECTED',
      `A pull request from "${source}" to "${destination}" in "${api.fullName}" cannot be created`,
      response,
    );
  }
  const pull = toPullRequest(api, existing);
  if (lost && pull.title === title) return pull;
  throw new ProviderError(
    'PROVIDER_ALREADY_EXISTS',
    `"${api.fullName}" has pull request ${pull.id} from "${source}" to "${destination}" already.`,
    { details: { id: pull.id, webUrl: pull.webUrl } },
  );
}
