import type { CiJob, CiRun, CiRunFilter } from '../ci-types.ts';
import { ProviderError } from '../errors.ts';
import { parseAnswer, send, sendForJson } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import { checkRefName, checkSha } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForList } from './api.ts';
import { progressOf, toJob, toRun } from './ci-answer.ts';
import { type JobAnswer, jobSchema, pipelineSchema } from './ci-schemas.ts';
import { checkNumber } from './names.ts';

/** The path of a pipeline in the API. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function pipelinePath(id: string): string {
  return `/pipelines/${checkNumber(id, 'pipeline')}`;
}

/** The path of a job in the API. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function jobPath(id: string): string {
  return `/jobs/${checkNumber(id, 'job')}`;
}

type Query = readonly (readonly [string, string])[];

/** Reads pipelines as GitLab answers, newest first. */
export function pipelineAnswers(api: RepositoryApi, query: Query, { signal }: RequestOptions) {
  return sendForList(api, pipelineSchema, {
    path: '/pipelines',
    query: [['order_by', 'id'], ['sort', 'desc'], ...query],
    expect: [200],
    doing: `list the pipelines of "${api.fullName}"`,
    signal,
  });
}

/** Lists pipelines, newest first. */
export async function* listRuns(
  api: RepositoryApi,
  { branch, sha, phase }: CiRunFilter = {},
  options: RequestOptions = {},
): AsyncGenerator<CiRun, void, undefined> {
  if (branch !== undefined) checkRefName(branch, 'branch');
  const query: Query = [
    ...(branch === undefined ? [] : [['ref', branch] as const]),
    ...(sha === undefined ? [] : [['sha', checkSha(sha)] as const]),
    ['per_page', '100'],
  ];
  for await (const answer of pipelineAnswers(api, query, options)) {
    const run = toRun(api, answer);
    if (phase === undefined || run.phase === phase) yield run;
  }
}

/** Reads a pipeline. */
export async function getRun(
  api: RepositoryApi,
  id: string,
  { signal }: RequestOptions = {},
): Promise<CiRun | undefined> {
  const request = {
    path: pipelinePath(id),
    expect: [200, 404],
    doing: `read pipeline ${id} of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  return response.status === 404
    ? undefined
    : toRun(api, parseAnswer(api, pipelineSchema, { response, request }));
}

async function requireRun(api: RepositoryApi, id: string, options: RequestOptions): Promise<CiRun> {
  const run = await getRun(api, id, options);
  if (run !== undefined) return run;
  throw new ProviderError('PROVIDER_NOT_FOUND', `"${api.fullName}" has no pipeline ${id}.`);
}

/** Lists the jobs of a pipeline, then those that start a pipeline elsewhere, which have no log. */
export async function* listJobs(
  api: RepositoryApi,
  id: string,
  { signal }: RequestOptions = {},
): AsyncGenerator<CiJob, void, undefined> {
  for (const kind of ['jobs', 'bridges'] as const) {
    for await (const job of jobAnswers(api, { id, kind }, { signal })) yield toJob(job);
  }
}

function jobAnswers(
  api: RepositoryApi,
  { id, kind }: { readonly id: string; readonly kind: 'jobs' | 'bridges' },
  { signal }: RequestOptions,
) {
  return sendForList(api, jobSchema, {
    path: `${pipelinePath(id)}/${kind}`,
    query: [['per_page', '100']],
    expect: [200],
    doing: `list the jobs of pipeline ${id} of "${api.fullName}"`,
    signal,
  });
}

/**
 * Tells whether a job is completed. One that starts a pipeline elsewhere is found in the list of the pipeline alone.
 *
 * @throws ProviderError `PROVIDER_NOT_FOUND`
 */
export async function isJobCompleted(
  api: RepositoryApi,
  { run, job: id }: { readonly run: string; readonly job: string },
  { signal }: RequestOptions = {},
): Promise<boolean> {
  const request = {
    path: jobPath(id),
    expect: [200, 404],
    doing: `read job ${id} of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  const completed = ({ status }: JobAnswer) => progressOf(status, undefined).phase === 'completed';
  if (response.status === 200) return completed(parseAnswer(api, jobSchema, { response, request }));
  for await (const bridge of jobAnswers(api, { id: run, kind: 'bridges' }, { signal })) {
    if (String(bridge.id) === id) return completed(bridge);
  }
  throw new ProviderError(
    'PROVIDER_NOT_FOUND',
    `Pipeline ${run} of "${api.fullName}" has no job ${id}.`,
  );
}

/** Cancels a pipeline. */
export async function cancelRun(
  api: RepositoryApi,
  id: string,
  options: RequestOptions = {},
): Promise<CiRun> {
  // What GitLab answers for a completed one differs between versions, so it is not asked.
  const before = await requireRun(api, id, options);
  if (before.phase === 'completed') return before;
  const answer = await sendForJson(api, pipelineSchema, {
    method: 'POST',
    path: `${pipelinePath(id)}/cancel`,
    expect: [200, 201],
    doing: `cancel pipeline ${id} of "${api.fullName}"`,
    idempotent: true,
    signal: options.signal,
  });
  return toRun(api, answer);
}

/** Runs what failed or was cancelled in a pipeline again; GitLab's API has no call that runs all of it again. */
export async function rerunRun(
  api: RepositoryApi,
  id: string,
  options: RequestOptions = {},
): Promise<CiRun> {
  const before = await requireRun(api, id, options);
  if (before.phase !== 'completed') {
    throw new ProviderError('PROVIDER_REJECTED', `Pipeline ${id} has not ended yet.`);
  }
  if (before.result === 'success' || before.result === 'skipped') {
    throw new ProviderError(
      'PROVIDER_REJECTED',
      `Pipeline ${id} of "${api.fullName}" has nothing to run again: GitLab runs failed and cancelled jobs alone.`,
      { hint: 'Start a new pipeline on the branch.' },
    );
  }
  try {
    const answer = await sendForJson(api, pipelineSchema, {
      method: 'POST',
      path: `${pipelinePath(id)}/retry`,
      expect: [200, 201],
      doing: `run pipeline ${id} of "${api.fullName}" again`,
      signal: options.signal,
    });
    return toRun(api, answer);
  } catch (error) {
    if (!isUncertain(error)) throw error;
    const now = await requireRun(api, id, options);
    if (now.phase === 'completed') throw error;
    return now;
  }
}
