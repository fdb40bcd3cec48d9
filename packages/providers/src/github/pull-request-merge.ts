import { ProviderError } from '../errors.ts';
import type { HttpResponse } from '../http/http-message.ts';
import { send, sendForJson } from '../http/json-api.ts';
import { deleteMergedBranch } from '../merged-branch.ts';
import { invalid } from '../names.ts';
import type { MergePullRequest, MergeStrategy, PullRequest } from '../pull-request-types.ts';
import { readSourceBranchMark } from '../source-branch-mark.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { deleteBranch } from './branches.ts';
import { refused } from './errors.ts';
import {
  checkPullRequestId,
  isFromFork,
  requirePullRequest,
  stateOf,
  toPullRequest,
} from './pull-request-answer.ts';
import { type PullRequestAnswer, repositorySchema } from './schemas.ts';

/** What GitHub calls the strategies that it has. */
export type MergeMethod = 'merge' | 'squash' | 'rebase';

/** A merge of one pull request. */
export type MergeInput = MergePullRequest & { readonly id: number };

const MAX_LOST = 3;
const MAX_LATE = 3;

/**
 * Merges a pull request and waits until GitHub says merged: two requests when it may be merged, and one more to delete its branch.
 *
 * The state is read when GitHub refuses: 405 stands for merged already, in conflict, blocked, and for "not known yet", which is
 * waited for.
 */
export async function mergePullRequest(
  api: RepositoryApi,
  input: MergeInput,
  options: RequestOptions = {},
): Promise<PullRequest> {
  const { id, expectedHead } = input;
  let method = methodOf(input.strategy);
  const deadline = api.clock.now() + api.mergeTimeoutMs;
  let lost = 0;
  let late = 0;
  for (let delay = 1000; ; delay = Math.min(delay * 2, 10_000)) {
    let refusal: HttpResponse | undefined;
    let failure: ProviderError | undefined;
    try {
      refusal = await requestMerge(api, { input, method }, options);
    } catch (error) {
      // PUT is repeated by itself; what is lost after that may still be under way.
      if (!(error instanceof ProviderError) || !error.retryable || isLimit(error)) throw error;
      failure = error;
      lost += 1;
    }
    const now = await requirePullRequest(api, id, options);
    if (stateOf(now) === 'merged') return finish(api, { now, input }, options);
    if (failure !== undefined && lost === MAX_LOST) throw failure;
    if (refusal !== undefined) {
      const other = await otherMethod(api, { refusal, input, method }, options);
      if (other !== undefined) {
        method = other;
        continue;
      }
      const reason = whyNot(api, { now, refusal, expectedHead });
      const again = reason?.code === 'PROVIDER_MERGE_BLOCKED' && isLate(now, refusal);
      if (again) late += 1;
      if (reason !== undefined && (!again || late === MAX_LATE)) throw reason;
    }
    const left = deadline - api.clock.now();
    if (left <= 0) throw timedOut(api, id);
    await api.clock.sleep(Math.min(delay, left), options.signal);
  }
}

function isLimit({ code }: ProviderError): boolean {
  return code === 'PROVIDER_RATE_LIMITED';
}

/** Reads the strategy as GitHub names it. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function methodOf(strategy: MergeStrategy | undefined): MergeMethod | undefined {
  if (strategy !== 'fast-forward') return strategy;
  throw invalid(
    'GitHub cannot merge a pull request by "fast-forward", only by merge, squash and rebase.',
  );
}

/** Asks for the merge. @returns The refusal; `undefined` when it was done, or is under way. */
async function requestMerge(
  api: RepositoryApi,
  { input, method }: { readonly input: MergeInput; readonly method: MergeMethod | undefined },
  { signal }: RequestOptions,
): Promise<HttpResponse | undefined> {
  const { id, expectedHead, message } = input;
  const [title = '', ...rest] = (message ?? '').split('\n');
  const response = await send(api, {
    method: 'PUT',
    path: `/pulls/${checkPullRequestId(id)}/merge`,
    json: {
      ...(expectedHead === undefined ? {} : { sha: expectedHead }),
      ...(method === undefined ? {} : { merge_method: method }),
      ...(message === undefined
        ? {}
        : { commit_title: title.trimEnd(), commit_message: rest.join('\n').trim() }),
    },
    expect: [200, 405, 409, 422],
    doing: `merge pull request ${id} of "${api.fullName}"`,
    signal,
  });
  // What the merge made is read from the pull request, which everybody else goes by too.
  return response.status === 200 ? undefined : response;
}

/** Finds a method that the repository allows, when none was asked for and that of GitHub is not allowed. */
async function otherMethod(
  api: RepositoryApi,
  tried: {
    readonly refusal: HttpResponse;
    readonly input: MergeInput;
    readonly method: MergeMethod | undefined;
  },
  { signal }: RequestOptions,
): Promise<MergeMethod | undefined> {
  const { refusal, input, method } = tried;
  if (input.strategy !== undefined || method !== undefined) return undefined;
  if (!/(?:merges?|commits?) (?:are|is) not allowed/i.test(textOf(refusal))) return undefined;
  return preferredMethod(api, { signal });
}

/** Tells which method the repository allows, of several the first. */
export async function preferredMethod(
  api: RepositoryApi,
  { signal }: RequestOptions,
): Promise<MergeMethod | undefined> {
  const settings = await sendForJson(api, repositorySchema, {
    path: '',
    expect: [200],
    doing: `read the merge settings of "${api.fullName}"`,
    signal,
  });
  if (settings.allow_merge_commit) return 'merge';
  if (settings.allow_squash_merge) return 'squash';
  return settings.allow_rebase_merge ? 'rebase' : undefined;
}

/** Tells why a pull request is not merged; `undefined` when it may be in a moment. */
function whyNot(
  api: RepositoryApi,
  state: {
    readonly now: PullRequestAnswer;
    readonly refusal: HttpResponse;
    readonly expectedHead: string | undefined;
  },
): ProviderError | undefined {
  const { now, refusal, expectedHead } = state;
  const what = `Pull request ${now.number} of "${api.fullName}"`;
  if (stateOf(now) !== 'open') {
    return refused('PROVIDER_REJECTED', `${what} is closed, so it cannot be merged`, refusal);
  }
  const moved = expectedHead !== undefined && now.head.sha !== expectedHead;
  const said = textOf(refusal);
  if (moved || refusal.status === 409 || /head branch was modified/i.test(said)) {
    return refused(
      'PROVIDER_CONFLICT',
      `The source of pull request ${now.number} of "${api.fullName}" is at "${now.head.sha}", not at "${expectedHead ?? 'the commit that was read'}"`,
      refusal,
    );
  }
  // 405 has its own words for a destination that moved while it merged, and none for "still being worked out".
  if (/base branch was modified/i.test(said)) return undefined;
  if (now.mergeable === null && refusal.status === 405 && !isBlocked(said)) return undefined;
  if (now.mergeable === false || now.mergeable_state === 'dirty') {
    return refused('PROVIDER_MERGE_CONFLICT', `${what} does not merge`, refusal);
  }
  return refused('PROVIDER_MERGE_BLOCKED', `${what} is not merged`, refusal);
}

/** Tells whether a refusal without a reason is out of date: what GitHub did not know when it refused it has worked out since, and it may be merged. */
function isLate({ mergeable, mergeable_state }: PullRequestAnswer, refusal: HttpResponse) {
  const ready = mergeable === true && /^(?:clean|unstable|has_hooks)$/.test(mergeable_state ?? '');
  return ready && refusal.status === 405 && !isBlocked(textOf(refusal));
}

function isBlocked(said: string): boolean {
  return /not allowed|required|draft|review|merge queue|protected|status check|rule/i.test(said);
}

function textOf(response: HttpResponse): string {
  return Buffer.from(response.body).toString('utf8').slice(0, 65_536);
}

/** Deletes the source branch when that is wanted. */
async function finish(
  api: RepositoryApi,
  { now, input }: { readonly now: PullRequestAnswer; readonly input: MergeInput },
  options: RequestOptions,
): Promise<PullRequest> {
  const wanted =
    input.deleteSourceBranch ?? readSourceBranchMark(now.body ?? '').deleteSourceBranch;
  if (wanted && !isFromFork(now)) {
    const { ref, sha } = now.head;
    await deleteMergedBranch(`Pull request ${now.number} of "${api.fullName}"`, () =>
      deleteBranch(api, ref, { ...options, expectedHead: sha }),
    );
  }
  return toPullRequest(api, now);
}

function timedOut(api: RepositoryApi, id: number): ProviderError {
  return new ProviderError(
    'PROVIDER_TIMEOUT',
    `Pull request ${id} of "${api.fullName}" was not merged within ${api.mergeTimeoutMs} ms.`,
  );
}
