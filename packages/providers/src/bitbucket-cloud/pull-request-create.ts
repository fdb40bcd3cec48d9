import { ProviderError } from '../errors.ts';
import { sendForJson } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import { checkRefName } from '../names.ts';
import type { CreatePullRequest, PullRequest, PullRequestFilter } from '../pull-request-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForPages } from './api.ts';
import { bbqlString } from './names.ts';
import { toFullPullRequest, toPullRequest } from './pull-request-answer.ts';
import { type PullRequestAnswer, pullRequestSchema } from './schemas.ts';

const stateNames = {
  open: ['OPEN'],
  merged: ['MERGED'],
  declined: ['DECLINED', 'SUPERSEDED'],
  all: ['OPEN', 'MERGED', 'DECLINED', 'SUPERSEDED'],
} as const;

/** Lists pull requests as Bitbucket answers, newest first. */
export async function* listAnswers(
  api: RepositoryApi,
  filter: PullRequestFilter,
  { signal }: RequestOptions,
): AsyncGenerator<PullRequestAnswer, void, undefined> {
  const { state = 'open', source, destination } = filter;
  const terms = [
    ...(source === undefined ? [] : [`source.branch.name = ${bbqlString(source)}`]),
    ...(destination === undefined ? [] : [`destination.branch.name = ${bbqlString(destination)}`]),
  ];
  const pages = sendForPages(api, pullRequestSchema, {
    path: '/pullrequests',
    query: [
      ...stateNames[state].map((name) => ['state', name] as const),
      ...(terms.length === 0 ? [] : [['q', terms.join(' AND ')] as const]),
      ['sort', '-created_on'],
      ['pagelen', '50'],
    ],
    expect: [200],
    doing: `list the pull requests of "${api.fullName}"`,
    signal,
  });
  for await (const answer of pages) {
    // Anybody can open one from a fork whose branch has the name that is asked for.
    if (source === undefined || !isFromFork(api, answer)) yield answer;
  }
}

function isFromFork(api: RepositoryApi, { source }: PullRequestAnswer): boolean {
  // Null when the fork is deleted. A repository that was named by UUID cannot be told by name; then the branches have to do.
  if (source.repository === null) return true;
  if (source.repository === undefined || api.fullName.includes('{')) return false;
  return source.repository.full_name.toLowerCase() !== api.fullName.toLowerCase();
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

/** Creates a pull request. What Bitbucket does about a second one for the same branches is not documented: it is looked for first. */
export async function createPullRequest(
  api: RepositoryApi,
  input: CreatePullRequest,
  options: RequestOptions = {},
): Promise<PullRequest> {
  const { title, source, destination, description, draft, deleteSourceBranch } = input;
  checkRefName(source, 'branch');
  checkRefName(destination, 'branch');
  if (title.trim() === '') {
    throw new ProviderError('PROVIDER_INVALID_ARGUMENT', 'A pull request has no title.');
  }
  const existing = await findOpen(api, input, options);
  if (existing !== undefined) {
    throw new ProviderError(
      'PROVIDER_ALREADY_EXISTS',
      `"${api.fullName}" has pull request ${existing.id} from "${source}" to "${destination}" already.`,
      { details: { id: existing.id, webUrl: toPullRequest(api, existing).webUrl } },
    );
  }
  for (let attempts = 1; ; attempts += 1) {
    try {
      const answer = await sendForJson(api, pullRequestSchema, {
        method: 'POST',
        path: '/pullrequests',
        json: {
          type: 'pullrequest',
          title,
          source: { branch: { name: source } },
          destination: { branch: { name: destination } },
          ...(description === undefined ? {} : { description }),
          ...(draft === undefined ? {} : { draft }),
          close_source_branch: deleteSourceBranch ?? false,
        },
        expect: [201],
        doing: `create a pull request from "${source}" to "${destination}" in "${api.fullName}"`,
        signal: options.signal,
      });
      return await toFullPullRequest(api, answer, options);
    } catch (error) {
      if (!isUncertain(error)) throw error;
      // None was open before, so one that is open now is what the lost answer was about. Looked for right before the next try
      // too, since Bitbucket may still be at work when its gateway gives up.
      let made = await findOpen(api, input, options);
      if (made === undefined) {
        await api.clock.sleep(1000 * attempts, options.signal);
        made = await findOpen(api, input, options);
      }
      if (made !== undefined) return toFullPullRequest(api, made, options);
      if (attempts === MAX_ATTEMPTS) throw error;
    }
  }
}
