import { ProviderError } from '../errors.ts';
import type { HttpResponse } from '../http/http-message.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import type { MergePullRequest, PullRequest } from '../pull-request-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { getBranch } from './branches.ts';
import { readRefusal, refused } from './errors.ts';
import { type MergePlan, planMerge } from './merge-settings.ts';
import { type MergeReadiness, readinessOf } from './merge-status.ts';
import { pullRequestPath, requirePullRequest, toPullRequest } from './pull-request-answer.ts';
import { isFromFork } from './pull-request-create.ts';
import { rebaseSource } from './rebase.ts';
import { type MergeRequestAnswer, mergeRequestSchema } from './schemas.ts';

/** A merge request and how it is to be merged. */
export type MergeInput = MergePullRequest & { readonly id: number };

/** How many times a merge is asked for that GitLab answers with 405, which also comes in the first minutes of a merge request. */
export const MAX_MERGE_ATTEMPTS = 5;

/**
 * Merges a merge request and waits until GitLab says merged.
 *
 * The head that was looked at goes along, so that GitLab refuses when it is another one by then.
 */
export async function mergePullRequest(
  api: RepositoryApi,
  input: MergeInput,
  options: RequestOptions = {},
): Promise<PullRequest> {
  pullRequestPath(input.id);
  const plan = await planMerge(api, input, options);
  const waits = pauses(api, api.clock.now() + api.mergeTimeoutMs);
  let expected = input.expectedHead;
  for (let attempts = 0; ; ) {
    const before = await requirePullRequest(api, input.id, options);
    if (before.state === 'merged') return toPullRequest(api, before);
    if (await isBehind(api, { before, expectedHead: expected }, options)) {
      await waits(options);
      continue;
    }
    checkOpen(api, before, expected);
    const readiness = readinessOf(before);
    if (readiness.type === 'rebase' && plan.rebase) {
      expected = await rebaseSource(
        api,
        { before, waits, guarded: expected !== undefined },
        options,
      );
      continue;
    }
    if (before.state === 'locked' || readiness.type === 'wait') {
      await waits(options);
      continue;
    }
    if (readiness.type !== 'ready') throw notMergeable(api, before, readiness);
    const answer = await requestMerge(api, { before, input, plan }, options);
    if (answer.merged !== undefined) return toPullRequest(api, answer.merged);
    attempts += 1;
    if (attempts === MAX_MERGE_ATTEMPTS) throw answer.error;
    await waits(options);
  }
}

/**
 * Tells whether the branch is at the expected head and the merge request does not know yet: GitLab takes notice of a push a moment
 * after it. One request, and only when the two differ.
 */
export async function isBehind(
  api: RepositoryApi,
  {
    before,
    expectedHead,
  }: { readonly before: MergeRequestAnswer; readonly expectedHead: string | undefined },
  options: RequestOptions,
): Promise<boolean> {
  if (expectedHead === undefined || before.sha === expectedHead) return false;
  if (before.state !== 'opened' || isFromFork(before)) return false;
  return (await getBranch(api, before.source_branch, options))?.sha === expectedHead;
}

/** Refuses what is closed, or at another head. @throws ProviderError `PROVIDER_REJECTED`, `PROVIDER_CONFLICT` */
export function checkOpen(
  api: RepositoryApi,
  before: MergeRequestAnswer,
  expectedHead: string | undefined,
): void {
  if (before.state === 'closed') {
    throw new ProviderError(
      'PROVIDER_REJECTED',
      `Merge request ${before.iid} of "${api.fullName}" is closed, so it cannot be merged.`,
    );
  }
  if (expectedHead === undefined || before.sha === expectedHead) return;
  throw new ProviderError(
    'PROVIDER_CONFLICT',
    `The source of merge request ${before.iid} of "${api.fullName}" is at "${before.sha ?? 'no commit'}", not at "${expectedHead}".`,
  );
}

/** Makes the error of a merge request that GitLab does not merge, with GitLab's own word for it. */
export function notMergeable(
  api: RepositoryApi,
  before: MergeRequestAnswer,
  { type, status }: MergeReadiness,
): ProviderError {
  const what = `Merge request ${before.iid} of "${api.fullName}"`;
  const said = before.merge_error ? `: ${before.merge_error}` : '';
  if (type === 'conflict') {
    return new ProviderError(
      'PROVIDER_MERGE_CONFLICT',
      `${what} does not merge (${status})${said}.`,
    );
  }
  const hints: Partial<Record<MergeReadiness['type'], string>> = {
    pipeline: 'Wait for its pipeline, or ask for an automatic merge.',
    rebase: 'The project wants the source to be rebased: merge with the strategy "rebase".',
  };
  const hint = hints[type];
  return new ProviderError(
    'PROVIDER_MERGE_BLOCKED',
    `${what} is not merged: its status is "${status}"${said}.`,
    hint === undefined ? {} : { hint },
  );
}

/** The members of a merge call that both kinds of merges have. */
export function mergeBody(
  before: MergeRequestAnswer,
  input: MergeInput,
  plan: MergePlan,
): Readonly<Record<string, unknown>> {
  const { message, deleteSourceBranch } = input;
  return {
    sha: before.sha,
    ...(plan.squash === undefined ? {} : { squash: plan.squash }),
    ...(message === undefined
      ? {}
      : { merge_commit_message: message, squash_commit_message: message }),
    ...(deleteSourceBranch === undefined
      ? {}
      : { should_remove_source_branch: deleteSourceBranch }),
  };
}

/**
 * Keeps the source branch of a merge request that gives it up. The merge call cannot: either of the two wishes deletes it.
 */
export async function keepSourceBranch(
  api: RepositoryApi,
  { before, input }: { readonly before: MergeRequestAnswer; readonly input: MergeInput },
  { signal }: RequestOptions,
): Promise<void> {
  if (input.deleteSourceBranch !== false || before.force_remove_source_branch !== true) return;
  await send(api, {
    method: 'PUT',
    path: pullRequestPath(before.iid),
    json: { remove_source_branch: false },
    expect: [200],
    doing: `keep the source branch of merge request ${before.iid} of "${api.fullName}"`,
    signal,
  });
}

type MergeAnswer =
  | { readonly merged: MergeRequestAnswer }
  | { readonly merged: undefined; readonly error: ProviderError };

async function requestMerge(
  api: RepositoryApi,
  merge: {
    readonly before: MergeRequestAnswer;
    readonly input: MergeInput;
    readonly plan: MergePlan;
  },
  options: RequestOptions,
): Promise<MergeAnswer> {
  const { before, input, plan } = merge;
  await keepSourceBranch(api, merge, options);
  const request = {
    method: 'PUT' as const,
    path: `${pullRequestPath(input.id)}/merge`,
    json: mergeBody(before, input, plan),
    expect: [200, 401, 405, 406, 409, 422],
    doing: `merge merge request ${input.id} of "${api.fullName}"`,
    signal: options.signal,
  };
  // With the head it lands once at most, so the client may send it again; what came of it the merge request tells.
  const response = await send(api, request).catch((error: unknown) => {
    options.signal?.throwIfAborted();
    if (error instanceof ProviderError) return error;
    throw error;
  });
  if (!(response instanceof ProviderError) && response.status === 200) {
    const answer = parseAnswer(api, mergeRequestSchema, { response, request });
    if (answer.state === 'merged') return { merged: answer };
  }
  const now = await requirePullRequest(api, input.id, options);
  if (now.state === 'merged') return { merged: now };
  if (response instanceof ProviderError) throw response;
  return { merged: undefined, error: mergeRefused(api, now, response) };
}

/** Makes the error of a refused merge. @throws ProviderError unless it may be asked for again */
function mergeRefused(
  api: RepositoryApi,
  now: MergeRequestAnswer,
  response: HttpResponse,
): ProviderError {
  const what = `Merge request ${now.iid} of "${api.fullName}"`;
  if (response.status === 409) {
    throw refused(
      'PROVIDER_CONFLICT',
      `${what} is at another commit than the one that was looked at`,
      response,
    );
  }
  // The credential is good for reading, so it is the right to merge that is missing.
  if (response.status === 401) {
    throw refused('PROVIDER_FORBIDDEN', `${what} may not be merged by this account`, response);
  }
  const readiness = readinessOf(now);
  const conflict = now.has_conflicts === true || readiness.type === 'conflict';
  if (conflict || /conflict/i.test(readRefusal(response)?.message ?? '')) {
    throw refused('PROVIDER_MERGE_CONFLICT', `${what} does not merge`, response);
  }
  const error = refused('PROVIDER_MERGE_BLOCKED', `${what} is not merged`, response);
  if (response.status === 422 || response.status === 406) throw error;
  return error;
}

/** Waits 2, 4, 8, 10, 10 … seconds until the deadline. */
export function pauses(
  api: RepositoryApi,
  deadline: number,
): (options: RequestOptions) => Promise<void> {
  let delay = 2000;
  return async ({ signal }) => {
    const left = deadline - api.clock.now();
    if (left <= 0) {
      throw new ProviderError(
        'PROVIDER_TIMEOUT',
        `A merge request of "${api.fullName}" was not merged within ${api.mergeTimeoutMs} ms.`,
      );
    }
    await api.clock.sleep(Math.min(delay, left), signal);
    delay = Math.min(delay * 2, 10_000);
  };
}
