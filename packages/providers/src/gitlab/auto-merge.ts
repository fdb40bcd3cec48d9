import { ProviderError } from '../errors.ts';
import { parseAnswer, send, sendForJson } from '../http/json-api.ts';
import type { AutoMerge, PullRequest } from '../pull-request-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { refused } from './errors.ts';
import { planMerge } from './merge-settings.ts';
import { readinessOf } from './merge-status.ts';
import { pullRequestPath, requirePullRequest, toPullRequest } from './pull-request-answer.ts';
import {
  checkOpen,
  isBehind,
  keepSourceBranch,
  MAX_MERGE_ATTEMPTS,
  type MergeInput,
  mergeBody,
  mergePullRequest,
  notMergeable,
  pauses,
} from './pull-request-merge.ts';
import { mergeRequestSchema, versionSchema } from './schemas.ts';

/** Merges by GitLab itself. */
export function autoMerge(api: RepositoryApi, version: VersionLookup): AutoMerge {
  return {
    enable: (id, input, options) => enable({ api, version }, { id, ...input }, options),
    disable: (id, options) => disable(api, id, options),
  };
}

/** Tells the version of the instance, such as `18.4.0-ee`. */
export type VersionLookup = (options: RequestOptions) => Promise<string>;

/** Asks for the version of an instance once, and again only after a failure. */
export function versionLookup(api: Pick<RepositoryApi, 'http' | 'forge'>): VersionLookup {
  let known: string | undefined;
  return async ({ signal }) => {
    known ??= (
      await sendForJson({ ...api, path: '' }, versionSchema, {
        path: '/version',
        expect: [200],
        doing: 'read the version of GitLab',
        signal,
      })
    ).version;
    return known;
  };
}

async function enable(
  { api, version }: { readonly api: RepositoryApi; readonly version: VersionLookup },
  input: MergeInput,
  options: RequestOptions = {},
): Promise<PullRequest> {
  const plan = await planMerge(api, input, options);
  const waits = pauses(api, api.clock.now() + api.mergeTimeoutMs);
  for (let attempts = 1; ; attempts += 1) {
    let before = await requirePullRequest(api, input.id, options);
    while (
      before.state === 'locked' ||
      (before.state === 'opened' && readinessOf(before).type === 'wait') ||
      (await isBehind(api, { before, expectedHead: input.expectedHead }, options))
    ) {
      await waits(options);
      before = await requirePullRequest(api, input.id, options);
    }
    if (before.state === 'merged') return toPullRequest(api, before);
    checkOpen(api, before, input.expectedHead);
    if (before.merge_when_pipeline_succeeds === true) return toPullRequest(api, before);
    const readiness = readinessOf(before);
    if (readiness.type === 'ready') return mergePullRequest(api, input, options);
    if (readiness.type === 'conflict') throw notMergeable(api, before, readiness);
    await keepSourceBranch(api, { before, input }, options);
    const member = memberOf(await version(options));
    const json = { ...mergeBody(before, input, plan), [member]: true };
    const outcome = await schedule(api, { input, json }, options);
    if (!(outcome instanceof ProviderError)) return outcome;
    // Of a new merge request GitLab may not know yet that there is a pipeline to wait for.
    if (readiness.type !== 'pipeline' || attempts === MAX_MERGE_ATTEMPTS) throw outcome;
    await waits(options);
  }
}

/** Asks GitLab to merge later. @returns The error of a 405, which may pass. @throws ProviderError */
async function schedule(
  api: RepositoryApi,
  { input, json }: { readonly input: MergeInput; readonly json: object },
  options: RequestOptions,
): Promise<PullRequest | ProviderError> {
  const request = {
    method: 'PUT' as const,
    path: `${pullRequestPath(input.id)}/merge`,
    json,
    expect: [200, 401, 405, 406, 409, 422],
    doing: `merge merge request ${input.id} of "${api.fullName}" when it may be`,
    signal: options.signal,
  };
  const response = await send(api, request);
  if (response.status === 200) {
    return toPullRequest(api, parseAnswer(api, mergeRequestSchema, { response, request }));
  }
  // Scheduled or merged already, by an earlier attempt or by somebody else.
  const now = await requirePullRequest(api, input.id, options);
  if (now.state === 'merged' || now.merge_when_pipeline_succeeds === true) {
    return toPullRequest(api, now);
  }
  const what = `Merge request ${input.id} of "${api.fullName}"`;
  if (response.status === 409) {
    throw refused(
      'PROVIDER_CONFLICT',
      `${what} is at another commit than the one that was looked at`,
      response,
    );
  }
  if (response.status === 401) {
    throw refused('PROVIDER_FORBIDDEN', `${what} may not be merged by this account`, response);
  }
  const { status } = readinessOf(now);
  const reason = `${what} is not scheduled to be merged, its status is "${status}"`;
  const error = refused('PROVIDER_MERGE_BLOCKED', reason, response);
  if (response.status === 405) return error;
  throw error;
}

/** The name of the member that schedules: it is another one since 17.11. */
function memberOf(version: string): 'auto_merge' | 'merge_when_pipeline_succeeds' {
  const [, major = '0', minor = '0'] = /^(\d{1,4})\.(\d{1,4})/.exec(version) ?? [];
  const recent = Number(major) > 17 || (Number(major) === 17 && Number(minor) >= 11);
  return recent ? 'auto_merge' : 'merge_when_pipeline_succeeds';
}

async function disable(
  api: RepositoryApi,
  id: number,
  { signal }: RequestOptions = {},
): Promise<void> {
  const response = await send(api, {
    method: 'POST',
    path: `${pullRequestPath(id)}/cancel_merge_when_pipeline_succeeds`,
    // 405 and 406: it is closed, merged, or not scheduled.
    expect: [200, 201, 405, 406],
    doing: `take back the automatic merge of merge request ${id} of "${api.fullName}"`,
    idempotent: true,
    signal,
  });
  if (response.status < 400) return;
  const now = await requirePullRequest(api, id, { signal });
  if (now.merge_when_pipeline_succeeds !== true || now.state !== 'opened') return;
  throw new ProviderError(
    'PROVIDER_REJECTED',
    `Merge request ${id} of "${api.fullName}" is still scheduled to be merged.`,
  );
}
