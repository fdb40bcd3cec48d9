import * as v from 'valibot';
import { ProviderError } from '../errors.ts';
import type { HttpResponse } from '../http/http-message.ts';
import { parseAnswer, send, sendForJson } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import { checkRefName } from '../names.ts';
import type { CreatePullRequest, PullRequest, PullRequestFilter } from '../pull-request-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForList } from './api.ts';
import { getBranch } from './branches.ts';
import { readRefusal } from './errors.ts';
import { withoutQuickActions } from './names.ts';
import { titleOf, toPullRequest } from './pull-request-answer.ts';
import { commitSchema, type MergeRequestAnswer, mergeRequestSchema } from './schemas.ts';

const stateNames = { open: 'opened', merged: 'merged', declined: 'closed', all: 'all' } as const;

/** Lists merge requests as GitLab answers, newest first. */
export async function* listAnswers(
  api: RepositoryApi,
  filter: PullRequestFilter,
  { signal }: RequestOptions,
): AsyncGenerator<MergeRequestAnswer, void, undefined> {
  const { state = 'open', source, destination } = filter;
  const pages = sendForList(api, mergeRequestSchema, {
    path: '/merge_requests',
    query: [
      ['state', stateNames[state]],
      ...(source === undefined ? [] : [['source_branch', source] as const]),
      ...(destination === undefined ? [] : [['target_branch', destination] as const]),
      ['order_by', 'created_at'],
      ['sort', 'desc'],
      ['per_page', '100'],
    ],
    expect: [200],
    doing: `list the merge requests of "${api.fullName}"`,
    signal,
  });
  for await (const answer of pages) {
    // Anybody can open one from a fork whose branch has the name that is asked for.
    if (source === undefined || !isFromFork(answer)) yield answer;
  }
}

/** Tells whether the source is in another project. */
export function isFromFork({
  source_project_id: source,
  target_project_id: target,
}: MergeRequestAnswer): boolean {
  // Null when the fork is deleted.
  return source !== undefined && source !== target;
}

async function findOpen(
  api: RepositoryApi,
  { source, destination }: Pick<CreatePullRequest, 'source' | 'destination'>,
  options: RequestOptions,
): Promise<MergeRequestAnswer | undefined> {
  for await (const answer of listAnswers(api, { source, destination }, options)) return answer;
  return undefined;
}

const MAX_ATTEMPTS = 3;

/** Creates a merge request. GitLab itself refuses a second one for the same branches, so a lost request may be sent again. */
export async function createPullRequest(
  api: RepositoryApi,
  input: CreatePullRequest,
  options: RequestOptions = {},
): Promise<PullRequest> {
  const { title, source, destination } = input;
  checkRefName(source, 'branch');
  checkRefName(destination, 'branch');
  if (title.trim() === '') {
    throw new ProviderError('PROVIDER_INVALID_ARGUMENT', 'A merge request has no title.');
  }
  await requireCommits(api, input, options);
  // GitLab takes blanks off its ends.
  const written = titleOf(title, input.draft ?? false).trim();
  for (let attempts = 1; ; attempts += 1) {
    try {
      const response = await post(api, input, options);
      if (response.status === 201) {
        return toPullRequest(
          api,
          parseAnswer(api, mergeRequestSchema, {
            response,
            request: {
              method: 'POST',
              doing: doing(api, input),
            },
          }),
        );
      }
      const existing = await findExisting(api, { input, response }, options);
      // After a lost answer the one that is there is the one that was asked for, if it has its title.
      if (attempts > 1 && existing.title === written) {
        return toPullRequest(api, existing);
      }
      throw alreadyExists(api, existing, input);
    } catch (error) {
      if (!isUncertain(error)) throw error;
      if (attempts === MAX_ATTEMPTS) {
        const made = await findOpen(api, input, options);
        if (made?.title === written) return toPullRequest(api, made);
        throw error;
      }
      await api.clock.sleep(1000 * attempts, options.signal);
    }
  }
}

function doing(api: RepositoryApi, { source, destination }: CreatePullRequest): string {
  return `create a merge request from "${source}" to "${destination}" in "${api.fullName}"`;
}

function post(
  api: RepositoryApi,
  input: CreatePullRequest,
  { signal }: RequestOptions,
): Promise<HttpResponse> {
  const { title, source, destination, description, draft, deleteSourceBranch } = input;
  return send(api, {
    method: 'POST',
    path: '/merge_requests',
    json: {
      title: titleOf(title, draft ?? false),
      source_branch: source,
      target_branch: destination,
      ...(description === undefined ? {} : { description: withoutQuickActions(description) }),
      remove_source_branch: deleteSourceBranch ?? false,
    },
    expect: [201, 409],
    doing: doing(api, input),
    signal,
  });
}

/** Refuses a merge request with nothing in it: GitLab makes one, and then never merges it. One small request, three to refuse. */
async function requireCommits(
  api: RepositoryApi,
  { source, destination }: CreatePullRequest,
  { signal }: RequestOptions,
): Promise<void> {
  const found = await sendForJson(api, v.array(commitSchema), {
    path: '/repository/commits',
    query: [
      ['ref_name', `${destination}..${source}`],
      ['per_page', '1'],
    ],
    expect: [200],
    doing: `look for the commits of "${source}" that "${destination}" of "${api.fullName}" lacks`,
    signal,
  });
  if (found.length > 0) return;
  // A range with a branch that is not there may count as empty.
  for (const name of [source, destination]) {
    if ((await getBranch(api, name, { signal })) !== undefined) continue;
    throw new ProviderError('PROVIDER_NOT_FOUND', `"${api.fullName}" has no branch "${name}".`);
  }
  throw new ProviderError(
    'PROVIDER_REJECTED',
    `Branch "${source}" of "${api.fullName}" has no commit that "${destination}" lacks, so there is nothing to merge.`,
  );
}

async function findExisting(
  api: RepositoryApi,
  { input, response }: { readonly input: CreatePullRequest; readonly response: HttpResponse },
  options: RequestOptions,
): Promise<MergeRequestAnswer> {
  const existing = await findOpen(api, input, options);
  if (existing !== undefined) return existing;
  throw new ProviderError(
    'PROVIDER_CONFLICT',
    `GitLab does not ${doing(api, input)}: ${readRefusal(response)?.message ?? 'it answered 409'}`,
  );
}

function alreadyExists(
  api: RepositoryApi,
  existing: MergeRequestAnswer,
  { source, destination }: CreatePullRequest,
): ProviderError {
  return new ProviderError(
    'PROVIDER_ALREADY_EXISTS',
    `"${api.fullName}" has merge request ${existing.iid} from "${source}" to "${destination}" already.`,
    { details: { id: existing.iid, webUrl: toPullRequest(api, existing).webUrl } },
  );
}
