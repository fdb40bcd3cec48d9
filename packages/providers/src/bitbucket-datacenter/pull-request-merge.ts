import { ProviderError } from '../errors.ts';
import type { HttpResponse } from '../http/http-message.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import { deleteMergedBranch } from '../merged-branch.ts';
import type { MergePullRequest, PullRequest } from '../pull-request-types.ts';
import { readSourceBranchMark } from '../source-branch-mark.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { removeBranch } from './branches.ts';
import { refused } from './errors.ts';
import { strategyId } from './merge-strategy.ts';
import {
  branchOf,
  isFromFork,
  pullRequestPath,
  requirePullRequest,
  toPullRequest,
} from './pull-request-answer.ts';
import { isOutOfDate } from './pull-request-edit.ts';
import { mergeabilitySchema, type PullRequestAnswer, pullRequestSchema } from './schemas.ts';

const MAX_ATTEMPTS = 3;
const LOOKS = 4;

/** A merge that is asked for: now, or by the server when checks and approvals allow it. */
export type MergeInput = MergePullRequest & { readonly id: number; readonly auto?: boolean };

/**
 * Merges a pull request, or with `auto` asks the server to: two requests, one more for a strategy, and one more to delete the branch.
 *
 * The head is compared right before, and the call carries the version of what was read. Whether a push makes a new version is not
 * documented: where it does not, what is pushed in that one round trip is merged too.
 */
export async function mergePullRequest(
  api: RepositoryApi,
  input: MergeInput,
  options: RequestOptions = {},
): Promise<PullRequest> {
  const { id } = input;
  const deadline = api.clock.now() + api.mergeTimeoutMs;
  let strategy: string | undefined;
  for (let attempts = 1; ; attempts += 1) {
    const before = await requirePullRequest(api, id, options);
    if (before.state === 'MERGED') return finish(api, { now: before, input }, options);
    checkMergeable(api, before, input);
    strategy ??= await strategyId(api, input.strategy, options);
    try {
      const { response, request } = await requestMerge(api, { before, input, strategy }, options);
      if (response.status === 200) {
        const now = parseAnswer(api, pullRequestSchema, { response, request });
        if (now.state === 'MERGED') return await finish(api, { now, input }, options);
        if (input.auto === true) return toPullRequest(api, now);
      } else if (!isOutOfDate(response)) {
        throw await explainRefusal(api, { input, response }, options);
      } else if (attempts === MAX_ATTEMPTS) {
        throw refused('PROVIDER_CONFLICT', `${nameOf(api, id)} keeps changing`, response);
      }
    } catch (error) {
      if (!isUncertain(error)) throw error;
      const merged = await awaitMerged(api, { id, deadline }, options);
      if (merged !== undefined) return finish(api, { now: merged, input }, options);
      if (attempts === MAX_ATTEMPTS) throw error;
    }
    if (api.clock.now() >= deadline) throw timedOut(api, id);
  }
}

function checkMergeable(
  api: RepositoryApi,
  { state, fromRef }: PullRequestAnswer,
  { id, expectedHead }: MergeInput,
): void {
  if (state !== 'OPEN') {
    throw new ProviderError(
      'PROVIDER_REJECTED',
      `${nameOf(api, id)} is declined, so it cannot be merged.`,
    );
  }
  const head = fromRef.latestCommit ?? undefined;
  if (expectedHead !== undefined && head !== expectedHead) {
    throw new ProviderError(
      'PROVIDER_CONFLICT',
      `The source of pull request ${id} of "${api.fullName}" is at "${head ?? 'no commit'}", not at "${expectedHead}".`,
    );
  }
}

async function requestMerge(
  api: RepositoryApi,
  {
    before,
    input,
    strategy,
  }: {
    readonly before: PullRequestAnswer;
    readonly input: MergeInput;
    readonly strategy: string | undefined;
  },
  { signal }: RequestOptions,
) {
  const { id, message, auto = false } = input;
  const request = {
    method: 'POST' as const,
    path: `${pullRequestPath(id)}/merge`,
    query: [['version', String(before.version)]] as const,
    json: {
      ...(strategy === undefined ? {} : { strategyId: strategy }),
      ...(message === undefined ? {} : { message }),
      ...(auto ? { autoMerge: true } : {}),
    },
    // 403 also stands for a repository that does not merge by itself.
    expect: auto ? [200, 403, 409] : [200, 409],
    doing: `merge pull request ${id} of "${api.fullName}"`,
    signal,
  };
  return { request, response: await send(api, request) };
}

/** Asks why a merge was refused: one answer stands for conflicts, checks, and a pull request that is closed. */
async function explainRefusal(
  api: RepositoryApi,
  { input, response }: { readonly input: MergeInput; readonly response: HttpResponse },
  options: RequestOptions,
): Promise<ProviderError> {
  const { id } = input;
  const what = nameOf(api, id);
  if (response.status === 403) {
    return refused('PROVIDER_MERGE_BLOCKED', `${what} is not merged by the server`, response);
  }
  const request = {
    path: `${pullRequestPath(id)}/merge`,
    expect: [200, 409],
    doing: `see whether pull request ${id} of "${api.fullName}" can be merged`,
    signal: options.signal,
  };
  const looked = await send(api, request);
  if (looked.status === 409) {
    return refused('PROVIDER_REJECTED', `${what} is closed, so it cannot be merged`, response);
  }
  const { conflicted, outcome, vetoes } = parseAnswer(api, mergeabilitySchema, {
    response: looked,
    request,
  });
  if (conflicted === true || outcome === 'CONFLICTED') {
    return refused('PROVIDER_MERGE_CONFLICT', `${what} does not merge`, response);
  }
  const words = (vetoes ?? []).flatMap(({ summaryMessage, detailedMessage }) => {
    const said = [summaryMessage, detailedMessage].filter(Boolean).join(' ');
    return said === '' ? [] : [said.replace(/[\s\p{Cc}]+/gu, ' ').slice(0, 500)];
  });
  if (words.length === 0) {
    return refused('PROVIDER_MERGE_BLOCKED', `${what} is not merged`, response);
  }
  return new ProviderError(
    'PROVIDER_MERGE_BLOCKED',
    `${what} is not merged: ${words.slice(0, 10).join(' ')}`,
    { details: { status: response.status } },
  );
}

/** Reads the pull request a few times until it is merged: after a lost answer the merge may be under way. */
async function awaitMerged(
  api: RepositoryApi,
  { id, deadline }: { readonly id: number; readonly deadline: number },
  options: RequestOptions,
): Promise<PullRequestAnswer | undefined> {
  for (let looks = 0; looks < LOOKS; looks += 1) {
    const now = await requirePullRequest(api, id, options);
    if (now.state === 'MERGED') return now;
    const left = deadline - api.clock.now();
    if (left <= 0) throw timedOut(api, id);
    await api.clock.sleep(Math.min(1000 * 2 ** looks, left), options.signal);
  }
  return undefined;
}

/** Deletes the source branch when that is wanted. */
async function finish(
  api: RepositoryApi,
  { now, input }: { readonly now: PullRequestAnswer; readonly input: MergeInput },
  options: RequestOptions,
): Promise<PullRequest> {
  const { fromRef, description } = now;
  const wanted =
    input.deleteSourceBranch ?? readSourceBranchMark(description ?? '').deleteSourceBranch;
  const head = fromRef.latestCommit;
  if (wanted && head && fromRef.id.startsWith('refs/heads/') && !isFromFork(now)) {
    await deleteMergedBranch(nameOf(api, now.id), () =>
      removeBranch(api, branchOf(fromRef.id), { ...options, expectedHead: head }),
    );
  }
  return toPullRequest(api, now);
}

function nameOf(api: RepositoryApi, id: number): string {
  return `Pull request ${id} of "${api.fullName}"`;
}

function timedOut(api: RepositoryApi, id: number): ProviderError {
  return new ProviderError(
    'PROVIDER_TIMEOUT',
    `${nameOf(api, id)} was not merged within ${api.mergeTimeoutMs} ms.`,
  );
}
