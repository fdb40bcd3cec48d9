import { ProviderError } from '../errors.ts';
import { parseAnswer, send, sendForJson } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import { checkRefName, invalid } from '../names.ts';
import type { CreatePullRequest, PullRequest, PullRequestFilter } from '../pull-request-types.ts';
import { writeSourceBranchMark } from '../source-branch-mark.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForList } from './api.ts';
import { compareCommits } from './comparison.ts';
import { refused } from './errors.ts';
import { branchOf, stateOf, toPullRequest, writeDraft } from './pull-request-answer.ts';
import { type PullRequestAnswer, pullRequestSchema } from './schemas.ts';

const stateNames = { open: 'open', merged: 'closed', declined: 'closed', all: 'all' } as const;

/**
 * Lists pull requests as the server answers, newest first.
 *
 * It filters by state alone, and the rest is done here. The open one of two branches, of which there is one at most, is mostly found by
 * one request.
 */
export async function* listAnswers(
  api: RepositoryApi,
  filter: PullRequestFilter,
  options: RequestOptions,
): AsyncGenerator<PullRequestAnswer, void, undefined> {
  const { state = 'open', source, destination } = filter;
  const { signal } = options;
  if (state === 'open' && source && destination) {
    const found = await findByBranches(api, { source, destination }, options);
    if (found === undefined) return;
    if (found !== 'elsewhere') {
      yield found;
      return;
    }
  }
  const pages = sendForList(api, pullRequestSchema, {
    path: '/pulls',
    query: [
      ['state', stateNames[state]],
      // Older servers do not know this one and list all of them.
      ...(destination === undefined ? [] : [['base_branch', destination] as const]),
    ],
    expect: [200],
    doing: `list the pull requests of "${api.fullName}"`,
    signal,
  });
  for await (const answer of pages) {
    if (state !== 'all' && stateOf(answer) !== state) continue;
    if (destination !== undefined && branchOf(answer.base) !== destination) continue;
    // Anybody can open one from a fork whose branch has the name that is asked for.
    if (source !== undefined && (branchOf(answer.head) !== source || isFromFork(answer))) continue;
    yield answer;
  }
}

/** Tells whether the source is in another repository. Without one it is a fork that was deleted. */
export function isFromFork({ head, base }: Pick<PullRequestAnswer, 'head' | 'base'>): boolean {
  return head.repo?.full_name.toLowerCase() !== base.repo?.full_name.toLowerCase();
}

type Ends = Pick<CreatePullRequest, 'source' | 'destination'>;

async function findOpen(
  api: RepositoryApi,
  { source, destination }: Ends,
  options: RequestOptions,
): Promise<PullRequestAnswer | undefined> {
  for await (const open of listAnswers(api, { source, destination }, options)) return open;
  return undefined;
}

/** Asks for a pull request of two branches; `elsewhere` when the answer says nothing of an open one, and the list has to. */
async function findByBranches(
  api: RepositoryApi,
  { source, destination }: Ends,
  { signal }: RequestOptions,
): Promise<PullRequestAnswer | 'elsewhere' | undefined> {
  // In `pulls/7/merge` the first part would be a number.
  if (/^\d+$/.test(destination)) return 'elsewhere';
  const request = {
    path: `/pulls/${encodeURIComponent(destination)}/${encodeURIComponent(source)}`,
    expect: [200, 404],
    doing: `find the pull request from "${source}" to "${destination}" in "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  if (response.status === 404) return undefined;
  const answer = parseAnswer(api, pullRequestSchema, { response, request });
  // One that is closed may be older than another of the same branches.
  return stateOf(answer) === 'open' && !isFromFork(answer) ? answer : 'elsewhere';
}

const MAX_ATTEMPTS = 3;

/** Creates a pull request. The server would open one without a commit between the branches, so that is looked at first. */
export async function createPullRequest(
  api: RepositoryApi,
  input: CreatePullRequest,
  options: RequestOptions = {},
): Promise<PullRequest> {
  const { title, source, destination } = input;
  checkRefName(source, 'branch');
  checkRefName(destination, 'branch');
  if (title.trim() === '') throw invalid('A pull request has no title.');
  const ends = { base: destination, head: source };
  const { total_commits: ahead } = await compareCommits(api, ends, options);
  if (ahead === 0) {
    throw new ProviderError(
      'PROVIDER_REJECTED',
      `"${source}" has no commit that "${destination}" of "${api.fullName}" lacks, so there is nothing to merge.`,
    );
  }
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await postPullRequest(api, input, options);
    } catch (error) {
      if (!isUncertain(error)) throw error;
      // The server takes one open pull request per two branches, so the one that is there is what the lost answer was about.
      const made = await findOpen(api, input, options);
      if (made !== undefined) return toPullRequest(api, made);
      if (attempts === MAX_ATTEMPTS) throw error;
      await api.clock.sleep(1000 * attempts, options.signal);
    }
  }
}

async function postPullRequest(
  api: RepositoryApi,
  input: CreatePullRequest,
  options: RequestOptions,
): Promise<PullRequest> {
  const { title, source, destination, description = '', draft = false } = input;
  const request = {
    method: 'POST' as const,
    path: '/pulls',
    json: {
      title: writeDraft(title, draft),
      head: source,
      base: destination,
      body: writeSourceBranchMark({
        description,
        deleteSourceBranch: input.deleteSourceBranch ?? false,
      }),
    },
    expect: [201, 409, 422],
    doing: `create a pull request from "${source}" to "${destination}" in "${api.fullName}"`,
    signal: options.signal,
  };
  const response = await send(api, request);
  if (response.status === 201) {
    return toPullRequest(api, parseAnswer(api, pullRequestSchema, { response, request }));
  }
  const existing = response.status === 409 ? await findOpen(api, input, options) : undefined;
  if (existing === undefined) {
    const what = `A pull request from "${source}" to "${destination}" in "${api.fullName}" was not created`;
    throw refused('PROVIDER_REJECTED', what, response);
  }
  throw new ProviderError(
    'PROVIDER_ALREADY_EXISTS',
    `"${api.fullName}" has pull request ${existing.number} from "${source}" to "${destination}" already.`,
    { details: { id: existing.number, webUrl: toPullRequest(api, existing).webUrl } },
  );
}

/** Changes members of a pull request. */
export async function patchPullRequest(
  api: RepositoryApi,
  { id, json, doing }: { readonly id: number; readonly json: object; readonly doing: string },
  { signal }: RequestOptions,
): Promise<PullRequestAnswer> {
  return sendForJson(api, pullRequestSchema, {
    method: 'PATCH',
    path: `/pulls/${id}`,
    json,
    // Setting the same once more changes nothing. The document says 201.
    idempotent: true,
    expect: [200, 201],
    doing: `${doing} pull request ${id} of "${api.fullName}"`,
    signal,
  });
}
