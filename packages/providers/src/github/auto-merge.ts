import * as v from 'valibot';
import { ProviderError } from '../errors.ts';
import { isUncertain } from '../http/transport-error.ts';
import type { AutoMerge, MergePullRequest, PullRequest } from '../pull-request-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { type GraphqlProblem, graphqlError, graphqlRefused, sendGraphql } from './graphql.ts';
import { requirePullRequest, stateOf, toPullRequest } from './pull-request-answer.ts';
import { mergePullRequest, methodOf, preferredMethod } from './pull-request-merge.ts';
import type { PullRequestAnswer } from './schemas.ts';

/**
 * Merges by GitHub itself, and by its merge queue where the branch has one.
 *
 * GitHub deletes the source branch of such a merge when the repository says so, whatever was asked for here; where the pull
 * request may be merged at once `deleteSourceBranch` is followed.
 */
export function autoMerge(api: RepositoryApi): AutoMerge {
  return {
    enable: (id, input, options) => enable(api, { ...input, id }, options),
    disable: (id, options) => disable(api, id, options),
  };
}

const methods = { merge: 'MERGE', squash: 'SQUASH', rebase: 'REBASE' } as const;

type Input = MergePullRequest & { readonly id: number };

async function enable(
  api: RepositoryApi,
  input: Input,
  options: RequestOptions = {},
): Promise<PullRequest> {
  const { id, expectedHead } = input;
  methodOf(input.strategy);
  const now = await requirePullRequest(api, id, options);
  if (stateOf(now) === 'merged') return toPullRequest(api, now);
  checkOpen(api, now, expectedHead);
  // Asking again changes nothing.
  if (now.auto_merge) return toPullRequest(api, now);
  const problems = await requestAutoMerge(api, { now, input }, options);
  if (problems.length === 0) return toPullRequest(api, now);
  if (mayMergeNow(problems)) return mergeNow(api, { now, input }, options);
  const after = await requirePullRequest(api, id, options);
  checkOpen(api, after, expectedHead);
  const what = `Pull request ${id} of "${api.fullName}" is not merged automatically`;
  const error = graphqlRefused(what, problems);
  throw error.code === 'PROVIDER_REJECTED'
    ? graphqlError('PROVIDER_MERGE_BLOCKED', what, problems)
    : error;
}

function checkOpen(
  api: RepositoryApi,
  now: PullRequestAnswer,
  expectedHead: string | undefined,
): void {
  if (stateOf(now) === 'declined') {
    throw new ProviderError(
      'PROVIDER_REJECTED',
      `Pull request ${now.number} of "${api.fullName}" is closed, so it cannot be merged.`,
    );
  }
  if (expectedHead !== undefined && now.head.sha !== expectedHead) {
    throw new ProviderError(
      'PROVIDER_CONFLICT',
      `The source of pull request ${now.number} of "${api.fullName}" is at "${now.head.sha}", not at "${expectedHead}".`,
    );
  }
}

/**
 * GitHub schedules nothing that it could do at once: it says that the status is clean, unstable where only checks that are not required
 * fail, or on an Enterprise Server with hooks `has_hooks`.
 */
function mayMergeNow(problems: readonly GraphqlProblem[]): boolean {
  return problems.some(({ message }) => /\b(?:clean|unstable|has_hooks) status\b/i.test(message));
}

const mutation =
  'mutation($input:EnablePullRequestAutoMergeInput!){enablePullRequestAutoMerge(input:$input){clientMutationId}}';

async function requestAutoMerge(
  api: RepositoryApi,
  { now, input }: { readonly now: PullRequestAnswer; readonly input: Input },
  options: RequestOptions,
): Promise<readonly GraphqlProblem[]> {
  const { message, expectedHead } = input;
  const method = methodOf(input.strategy) ?? (await preferredMethod(api, options)) ?? 'merge';
  const [headline = '', ...rest] = (message ?? '').split('\n');
  return mutate(
    api,
    {
      query: mutation,
      input: {
        pullRequestId: now.node_id,
        mergeMethod: methods[method],
        ...(expectedHead === undefined ? {} : { expectedHeadOid: expectedHead }),
        ...(message === undefined
          ? {}
          : { commitHeadline: headline, commitBody: rest.join('\n').trim() }),
      },
      doing: `merge pull request ${now.number} of "${api.fullName}" automatically`,
      // Set by the request whose answer is lost, or not at all.
      isDone: async () => Boolean((await requirePullRequest(api, now.number, options)).auto_merge),
    },
    options,
  );
}

async function mergeNow(
  api: RepositoryApi,
  { now, input }: { readonly now: PullRequestAnswer; readonly input: Input },
  options: RequestOptions,
): Promise<PullRequest> {
  try {
    return await mergePullRequest(api, input, options);
  } catch (error) {
    const queue =
      error instanceof ProviderError &&
      error.code === 'PROVIDER_MERGE_BLOCKED' &&
      /merge queue/i.test(error.message);
    if (!queue) throw error;
  }
  const doing = `put pull request ${now.number} of "${api.fullName}" into the merge queue`;
  const problems = await mutate(
    api,
    {
      query:
        'mutation($input:EnqueuePullRequestInput!){enqueuePullRequest(input:$input){clientMutationId}}',
      input: {
        pullRequestId: now.node_id,
        expectedHeadOid: input.expectedHead ?? now.head.sha,
      },
      doing,
      isDone: async () => (await scheduleOf(api, now.number, options)).queued,
    },
    options,
  );
  const queued = problems.length === 0 || problems.some(({ message }) => /already/i.test(message));
  if (!queued) throw graphqlRefused(doing, problems);
  return toPullRequest(api, now);
}

async function disable(
  api: RepositoryApi,
  id: number,
  options: RequestOptions = {},
): Promise<void> {
  const { nodeId, scheduled, queued } = await scheduleOf(api, id, options);
  const doing = `take back the automatic merge of pull request ${id} of "${api.fullName}"`;
  const isDone = async () => {
    const now = await scheduleOf(api, id, options);
    return !now.scheduled && !now.queued;
  };
  const steps = [
    scheduled && {
      query:
        'mutation($input:DisablePullRequestAutoMergeInput!){disablePullRequestAutoMerge(input:$input){clientMutationId}}',
      input: { pullRequestId: nodeId },
    },
    queued && {
      query:
        'mutation($input:DequeuePullRequestInput!){dequeuePullRequest(input:$input){clientMutationId}}',
      input: { id: nodeId },
    },
  ];
  for (const step of steps) {
    if (step === false) continue;
    const problems = await mutate(api, { ...step, doing, isDone }, options);
    if (problems.length > 0 && !(await isDone())) throw graphqlRefused(doing, problems);
  }
}

/** Sends a mutation, and looks whether it was done when its answer is lost. @returns What GitHub has against it. */
async function mutate(
  api: RepositoryApi,
  step: {
    readonly query: string;
    readonly input: object;
    readonly doing: string;
    readonly isDone: () => Promise<boolean>;
  },
  { signal }: RequestOptions,
): Promise<readonly GraphqlProblem[]> {
  const { query, input, doing, isDone } = step;
  try {
    const request = { query, variables: { input }, doing, signal };
    return (await sendGraphql(api, v.looseObject({}), request)).problems;
  } catch (error) {
    if (isUncertain(error) && (await isDone())) return [];
    throw error;
  }
}

const scheduleSchema = v.looseObject({
  repository: v.nullish(
    v.looseObject({
      pullRequest: v.nullish(
        v.looseObject({
          id: v.string(),
          isInMergeQueue: v.boolean(),
          autoMergeRequest: v.nullish(v.looseObject({})),
        }),
      ),
    }),
  ),
});

async function scheduleOf(
  api: RepositoryApi,
  id: number,
  { signal }: RequestOptions,
): Promise<{ readonly nodeId: string; readonly scheduled: boolean; readonly queued: boolean }> {
  const doing = `read how pull request ${id} of "${api.fullName}" is to be merged`;
  const { data, problems } = await sendGraphql(api, scheduleSchema, {
    query:
      'query($owner:String!,$name:String!,$number:Int!){repository(owner:$owner,name:$name){pullRequest(number:$number){id isInMergeQueue autoMergeRequest{enabledAt}}}}',
    variables: { owner: api.owner, name: api.name, number: id },
    doing,
    signal,
  });
  const pull = data?.repository?.pullRequest;
  if (!pull) throw graphqlRefused(doing, problems);
  return {
    nodeId: pull.id,
    scheduled: Boolean(pull.autoMergeRequest),
    queued: pull.isInMergeQueue,
  };
}
