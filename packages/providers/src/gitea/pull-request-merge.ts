import { ProviderError } from '../errors.ts';
import type { HttpResponse } from '../http/http-message.ts';
import { send } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import type { MergePullRequest, MergeStrategy, PullRequest } from '../pull-request-types.ts';
import { readSourceBranchMark } from '../source-branch-mark.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { compare, compareCommits } from './comparison.ts';
import { readMergeRefusal } from './merge-refusal.ts';
import {
  pullRequestPath,
  requirePullRequest,
  stateOf,
  toPullRequest,
} from './pull-request-answer.ts';
import type { PullRequestAnswer } from './schemas.ts';

const strategies: Readonly<Record<MergeStrategy, string>> = {
  merge: 'merge',
  squash: 'squash',
  'fast-forward': 'fast-forward-only',
  rebase: 'rebase',
};

const MAX_ATTEMPTS = 3;
// Computing whether a pull request merges takes seconds; who still waits after these looks at what is in the way.
const WAITS_BEFORE_DOUBT = 4;

/** A merge that is asked for: now, or by the server when checks and approvals allow it. */
export type MergeInput = MergePullRequest & { readonly id: number; readonly auto?: boolean };

/**
 * Merges a pull request and waits until the server says merged, or with `auto` until it has taken the merge on.
 *
 * The server answers 405 "Please try again later" as long as it computes whether the pull request merges, and goes on with that when
 * it does not merge. So it is asked again until the deadline, and after 15 seconds both sides are compared: when they change the
 * same file it is a conflict.
 */
export async function mergePullRequest(
  api: RepositoryApi,
  input: MergeInput,
  options: RequestOptions = {},
): Promise<PullRequest> {
  const deadline = api.clock.now() + api.mergeTimeoutMs;
  let uncertain = 0;
  for (let waits = 0; ; ) {
    const before = await requirePullRequest(api, input.id, options);
    if (stateOf(before) === 'merged') return toPullRequest(api, before);
    checkMergeable(api, before, input);
    if (input.strategy === 'fast-forward') await checkFastForward(api, before, options);
    let outcome: MergeOutcome;
    try {
      outcome = await requestMerge(api, { before, input }, options);
    } catch (error) {
      if (!isUncertain(error)) {
        // A refusal may come after the merge, of what follows it, such as deleting a branch that is protected.
        const now = await requirePullRequest(api, input.id, options);
        if (stateOf(now) === 'merged') return toPullRequest(api, now);
        throw error;
      }
      const merged = await lookForMerge(api, { input, deadline }, options);
      if (merged !== undefined) return merged;
      uncertain += 1;
      if (uncertain === MAX_ATTEMPTS) throw error;
      continue;
    }
    if (outcome === 'scheduled') return toPullRequest(api, before);
    if (outcome === 'merged') {
      const merged = await lookForMerge(api, { input, deadline }, options);
      if (merged !== undefined) return merged;
    } else {
      if (outcome !== 'not-ready') {
        const now = await requirePullRequest(api, input.id, options);
        if (stateOf(now) === 'merged') return toPullRequest(api, now);
        throw outcome;
      }
      if (waits === WAITS_BEFORE_DOUBT && (await sameFiles(api, before, options))) {
        throw new ProviderError(
          'PROVIDER_MERGE_CONFLICT',
          `Pull request ${input.id} of "${api.fullName}" does not merge: both sides change the same files, and Gitea does not call it mergeable.`,
        );
      }
    }
    const left = deadline - api.clock.now();
    if (left <= 0) throw timedOut(api, input.id);
    await api.clock.sleep(Math.min(delayOf(waits), left), options.signal);
    waits += 1;
  }
}

/** 1, 2, 4, 8, 10, 10 … seconds. */
function delayOf(waits: number): number {
  return Math.min(1000 * 2 ** Math.min(waits, 4), 10_000);
}

function checkMergeable(api: RepositoryApi, pull: PullRequestAnswer, input: MergeInput): void {
  if (stateOf(pull) !== 'open') {
    throw new ProviderError(
      'PROVIDER_REJECTED',
      `Pull request ${pull.number} of "${api.fullName}" is declined, so it cannot be merged.`,
    );
  }
  const head = pull.head.sha ?? undefined;
  if (input.expectedHead !== undefined && head !== input.expectedHead) {
    throw new ProviderError(
      'PROVIDER_CONFLICT',
      `The source of pull request ${pull.number} of "${api.fullName}" is at "${head ?? 'no commit'}", not at "${input.expectedHead}".`,
    );
  }
}

/** What came of asking for a merge: a `ProviderError` says why it was refused. */
type MergeOutcome = 'merged' | 'scheduled' | 'not-ready' | ProviderError;

async function requestMerge(
  api: RepositoryApi,
  { before, input }: { readonly before: PullRequestAnswer; readonly input: MergeInput },
  { signal }: RequestOptions,
): Promise<MergeOutcome> {
  const { id, auto = false } = input;
  const response = await send(api, {
    method: 'POST',
    path: `${pullRequestPath(id)}/merge`,
    json: mergeBody(before, input),
    expect: [200, 201, 404, 405, 409],
    doing: `merge pull request ${id} of "${api.fullName}"`,
    signal,
  });
  if (response.status === 200) return 'merged';
  if (response.status === 201) return 'scheduled';
  return outcomeOf(response, { what: `Pull request ${id} of "${api.fullName}"`, auto });
}

function outcomeOf(
  response: HttpResponse,
  { what, auto }: { readonly what: string; readonly auto: boolean },
): MergeOutcome {
  const refusal = readMergeRefusal(response, what);
  return refusal === 'already-scheduled' ? (auto ? 'scheduled' : 'not-ready') : refusal;
}

/** The names in upper case are those of the versions before 1.26, which every later one takes too. */
function mergeBody(before: PullRequestAnswer, input: MergeInput): Record<string, unknown> {
  const preferred = before.base.repo?.default_merge_style;
  const strategy =
    input.strategy === undefined ? (preferred ?? 'merge') : strategies[input.strategy];
  const [title = '', ...rest] = (input.message ?? '').trim().split('\n');
  const marked = readSourceBranchMark(before.body ?? '').deleteSourceBranch ? true : undefined;
  const deleteSourceBranch = input.deleteSourceBranch ?? marked;
  return {
    // A way for people who merged by hand is none for a program.
    Do: strategy === 'manually-merged' || strategy === '' ? 'merge' : strategy,
    ...(title === '' ? {} : { MergeTitleField: title, MergeMessageField: rest.join('\n').trim() }),
    ...(input.expectedHead === undefined ? {} : { head_commit_id: input.expectedHead }),
    ...(deleteSourceBranch === undefined ? {} : { delete_branch_after_merge: deleteSourceBranch }),
    ...(input.auto === true ? { merge_when_checks_succeed: true } : {}),
  };
}

/** Reads the pull request a few times until it is merged: after a lost answer the merge may be under way. */
async function lookForMerge(
  api: RepositoryApi,
  { input, deadline }: { readonly input: MergeInput; readonly deadline: number },
  options: RequestOptions,
): Promise<PullRequest | undefined> {
  for (let reads = 0; reads < 4; reads += 1) {
    const now = await requirePullRequest(api, input.id, options);
    if (stateOf(now) === 'merged') return toPullRequest(api, now);
    const left = deadline - api.clock.now();
    if (left <= 0) throw timedOut(api, input.id);
    await api.clock.sleep(Math.min(delayOf(reads), left), options.signal);
  }
  return undefined;
}

/** The server answers a fast-forward of branches that have diverged with a plain 500, so that is looked at first. */
async function checkFastForward(
  api: RepositoryApi,
  pull: PullRequestAnswer,
  options: RequestOptions,
): Promise<void> {
  const [head, base] = [pull.head.sha, pull.base.sha];
  // What the server says of the merge base may be a moment old, but when it is the destination nothing is in the way.
  if (!head || !base || pull.merge_base === base) return;
  const { total_commits: behind } = await compareCommits(api, { base: head, head: base }, options);
  if (behind === 0) return;
  throw new ProviderError(
    'PROVIDER_MERGE_BLOCKED',
    `Pull request ${pull.number} of "${api.fullName}" cannot be fast-forwarded: its destination has moved on.`,
  );
}

/** Tells whether both sides of a pull request change the same file. */
async function sameFiles(
  api: RepositoryApi,
  { head, base }: PullRequestAnswer,
  options: RequestOptions,
): Promise<boolean> {
  if (!head.sha || !base.sha) return false;
  const [ours, theirs] = await Promise.all([
    compare(api, { base: head.sha, head: base.sha }, options),
    compare(api, { base: base.sha, head: head.sha }, options),
  ]);
  const paths = new Set(ours.files.map(({ path }) => path));
  return theirs.files.some(({ path }) => paths.has(path));
}

function timedOut(api: RepositoryApi, id: number): ProviderError {
  return new ProviderError(
    'PROVIDER_TIMEOUT',
    `Pull request ${id} of "${api.fullName}" was not merged within ${api.mergeTimeoutMs} ms.`,
  );
}
