import * as v from 'valibot';
import { ProviderError } from '../errors.ts';
import type { HttpResponse } from '../http/http-message.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import type { MergePullRequest, MergeStrategy, PullRequest } from '../pull-request-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { refused } from './errors.ts';
import {
  noPullRequest,
  pullRequestPath,
  readPullRequest,
  sameCommit,
  toFullPullRequest,
} from './pull-request-answer.ts';
import { mergeTaskSchema, type PullRequestAnswer, pullRequestSchema } from './schemas.ts';

const strategies: Readonly<Record<MergeStrategy, string>> = {
  merge: 'merge_commit',
  squash: 'squash',
  'fast-forward': 'fast_forward',
  rebase: 'rebase_fast_forward',
};

const MAX_MESSAGE_BYTES = 128 * 1024;
const MAX_ATTEMPTS = 3;

type MergeInput = MergePullRequest & { readonly id: number };

/**
 * Merges a pull request and waits until Bitbucket says merged.
 *
 * The merge call takes no expected head. The head is compared right before it, so a push in the round trip between the two
 * requests is merged too; Bitbucket itself answers 409 when refs move while it merges.
 */
export async function mergePullRequest(
  api: RepositoryApi,
  input: MergeInput,
  options: RequestOptions = {},
): Promise<PullRequest> {
  const path = `${pullRequestPath(input.id)}/merge`;
  if (input.message !== undefined && Buffer.byteLength(input.message) > MAX_MESSAGE_BYTES) {
    throw new ProviderError(
      'PROVIDER_INVALID_ARGUMENT',
      `The message of a merge is longer than ${MAX_MESSAGE_BYTES} bytes.`,
    );
  }
  const deadline = api.clock.now() + api.mergeTimeoutMs;
  for (let attempts = 1; ; attempts += 1) {
    const before = await readPullRequest(api, input.id, options);
    if (before === undefined) throw noPullRequest(api, input.id);
    if (before.state === 'MERGED') return toFullPullRequest(api, before, options);
    checkMergeable(api, before, input);
    try {
      const answer = await requestMerge(api, { path, before, input, deadline }, options);
      if (answer?.state === 'MERGED') return await toFullPullRequest(api, answer, options);
    } catch (error) {
      if (!isUncertain(error)) throw error;
      const merged = await awaitMerged(api, { id: input.id, deadline, reads: 4 }, options);
      if (merged !== undefined) return toFullPullRequest(api, merged, options);
      if (attempts === MAX_ATTEMPTS) throw error;
      continue;
    }
    const taken = { id: input.id, deadline, reads: Number.POSITIVE_INFINITY };
    const merged = await awaitMerged(api, taken, options);
    if (merged !== undefined) return toFullPullRequest(api, merged, options);
    throw timedOut(api, input.id);
  }
}

function checkMergeable(api: RepositoryApi, pull: PullRequestAnswer, input: MergeInput): void {
  if (pull.state !== 'OPEN') {
    throw new ProviderError(
      'PROVIDER_REJECTED',
      `Pull request ${pull.id} of "${api.fullName}" is ${pull.state.toLowerCase()}, so it cannot be merged.`,
    );
  }
  const head = pull.source.commit?.hash;
  if (
    input.expectedHead !== undefined &&
    (head === undefined || !sameCommit(head, input.expectedHead))
  ) {
    throw new ProviderError(
      'PROVIDER_CONFLICT',
      `The source of pull request ${pull.id} of "${api.fullName}" is at "${head ?? 'no commit'}", not at "${input.expectedHead}".`,
    );
  }
  const allowed = pull.destination.branch.merge_strategies;
  if (input.strategy !== undefined && allowed && !allowed.includes(strategies[input.strategy])) {
    throw new ProviderError(
      'PROVIDER_MERGE_BLOCKED',
      `Branch "${pull.destination.branch.name}" of "${api.fullName}" does not allow the merge strategy "${strategies[input.strategy]}", only ${allowed.join(', ')}.`,
    );
  }
}

/** Asks for the merge. `undefined`, or a pull request that is still open, when Bitbucket took it on but says nothing of its end. */
async function requestMerge(
  api: RepositoryApi,
  merge: {
    readonly path: string;
    readonly before: PullRequestAnswer;
    readonly input: MergeInput;
    readonly deadline: number;
  },
  options: RequestOptions,
): Promise<PullRequestAnswer | undefined> {
  const { path, before, input, deadline } = merge;
  const strategy =
    input.strategy === undefined
      ? (before.destination.branch.default_merge_strategy ?? undefined)
      : strategies[input.strategy];
  const request = {
    method: 'POST' as const,
    path,
    json: {
      type: 'pullrequest_merge_parameters',
      close_source_branch: input.deleteSourceBranch ?? before.close_source_branch ?? false,
      ...(strategy === undefined ? {} : { merge_strategy: strategy }),
      ...(input.message === undefined ? {} : { message: input.message }),
    },
    expect: [200, 202, 400, 409],
    doing: `merge pull request ${input.id} of "${api.fullName}"`,
    signal: options.signal,
  };
  const response = await send(api, request);
  if (response.status === 200) return parseAnswer(api, pullRequestSchema, { response, request });
  if (response.status === 202) return pollTask(api, { response, id: input.id, deadline }, options);
  throw mergeRefused(api, input.id, response);
}

async function pollTask(
  api: RepositoryApi,
  task: { readonly response: HttpResponse; readonly id: number; readonly deadline: number },
  options: RequestOptions,
): Promise<PullRequestAnswer | undefined> {
  const { id, deadline } = task;
  const location = task.response.headers.get('location');
  // Without an address the pull request itself tells how it goes.
  if (location === null || !URL.canParse(location, api.http.api.href)) return undefined;
  const path = new URL(location, api.http.api).href;
  for await (const _ of waits(api, deadline, options)) {
    const request = {
      path,
      expect: [200, 400, 404, 409],
      doing: `read how the merge of pull request ${id} of "${api.fullName}" goes`,
      signal: options.signal,
    };
    const response = await send(api, request);
    // The task is forgotten, which says nothing of its end: the pull request does.
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw mergeRefused(api, id, response);
    const answer = parseAnswer(api, mergeTaskSchema, { response, request });
    if (answer.task_status === 'PENDING') continue;
    const result = v.safeParse(pullRequestSchema, answer.merge_result);
    return result.success ? result.output : undefined;
  }
  throw timedOut(api, id);
}

/** Reads the pull request until it is merged, so many times at most: after a lost answer the merge may be under way. */
async function awaitMerged(
  api: RepositoryApi,
  wait: { readonly id: number; readonly deadline: number; readonly reads: number },
  options: RequestOptions,
): Promise<PullRequestAnswer | undefined> {
  const { id, deadline } = wait;
  let reads = 0;
  for await (const _ of waits(api, deadline, options)) {
    const now = await readPullRequest(api, id, options);
    if (now?.state === 'MERGED') return now;
    reads += 1;
    if (reads === wait.reads) return undefined;
  }
  throw timedOut(api, id);
}

/** Waits 1, 2, 4, 8, 10, 10 … seconds until the deadline. */
async function* waits(
  api: RepositoryApi,
  deadline: number,
  { signal }: RequestOptions,
): AsyncGenerator<void, void, undefined> {
  for (let delay = 1000; ; delay = Math.min(delay * 2, 10_000)) {
    const left = deadline - api.clock.now();
    if (left <= 0) return;
    await api.clock.sleep(Math.min(delay, left), signal);
    yield;
  }
}

function mergeRefused(api: RepositoryApi, id: number, response: HttpResponse): ProviderError {
  const what = `Pull request ${id} of "${api.fullName}"`;
  const said = Buffer.from(response.body).toString('utf8').slice(0, 65_536);
  if (/conflict/i.test(said))
    return refused('PROVIDER_MERGE_CONFLICT', `${what} does not merge`, response);
  if (response.status === 409 && !/approv|check|build|restrict|permission|task/i.test(said)) {
    return refused('PROVIDER_CONFLICT', `${what} changed while it was being merged`, response);
  }
  return refused('PROVIDER_MERGE_BLOCKED', `${what} is not merged`, response);
}

function timedOut(api: RepositoryApi, id: number): ProviderError {
  return new ProviderError(
    'PROVIDER_TIMEOUT',
    `Pull request ${id} of "${api.fullName}" was not merged within ${api.mergeTimeoutMs} ms.`,
  );
}
