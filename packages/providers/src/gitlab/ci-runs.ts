import { Secret } from '@bowline/gitops-errors';
import type { CiJob, CiRun, CiRunFilter, TriggerRun } from '../ci-types.ts';
import { ProviderError } from '../errors.ts';
import { parseAnswer, send, sendForJson } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import { checkRefName, checkSha, invalid } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForList } from './api.ts';
import { progressOf, toJob, toRun } from './ci-answer.ts';
import { type JobAnswer, jobSchema, type PipelineAnswer, pipelineSchema } from './ci-schemas.ts';
import { checkVariableName } from './ci-variables.ts';
import { checkNumber } from './names.ts';

/** The path of a pipeline in the API. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
function pipelinePath(id: string): string {
  return `/pipelines/${checkNumber(id, 'pipeline')}`;
}

/** The path of a job in the API. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function jobPath(id: string): string {
  return `/jobs/${checkNumber(id, 'job')}`;
}

/** Starts a pipeline. @throws ProviderError */
export async function triggerRun(
  api: RepositoryApi,
  { branch, workflow, variables = {} }: TriggerRun,
  options: RequestOptions = {},
): Promise<CiRun> {
  checkRefName(branch, 'branch');
  if (workflow !== undefined) {
    throw invalid('A pipeline of GitLab has no workflow to choose: the branch has one file.');
  }
  const list = Object.entries(variables).map(([key, value]) => {
    // The page of a pipeline shows them to everybody who may see it.
    if (value instanceof Secret) {
      throw invalid(`Variable "${key}" is a secret, and GitLab shows the variables of a pipeline.`);
    }
    return { key: checkVariableName(key), value, variable_type: 'env_var' };
  });
  // What is newer than the last one and runs on the same branch is what a lost answer was about.
  const last = await newest(api, options);
  try {
    const answer = await sendForJson(api, pipelineSchema, {
      method: 'POST',
      path: '/pipeline',
      json: { ref: branch, ...(list.length === 0 ? {} : { variables: list }) },
      expect: [201],
      doing: `start a pipeline on "${branch}" of "${api.fullName}"`,
      signal: options.signal,
    });
    return toRun(api, answer);
  } catch (error) {
    if (!isUncertain(error)) throw list.length > 0 ? withVariableHint(error) : error;
    const made = await findStarted(api, { branch, after: last?.id ?? 0 }, options);
    if (made === undefined) throw error;
    return toRun(api, made);
  }
}

/** Names the setting that keeps the variables of a run from whoever may start one. */
function withVariableHint(error: unknown): unknown {
  if (!(error instanceof ProviderError) || !/pipeline variables/i.test(error.message)) return error;
  return new ProviderError(error.code, error.message, {
    hint: 'Let the role of the account use pipeline variables: Settings, CI/CD, Variables; or start it without.',
    ...(error.details === undefined ? {} : { details: error.details }),
  });
}

type Query = readonly (readonly [string, string])[];

function pipelines(api: RepositoryApi, query: Query, { signal }: RequestOptions) {
  return sendForList(api, pipelineSchema, {
    path: '/pipelines',
    query: [['order_by', 'id'], ['sort', 'desc'], ...query],
    expect: [200],
    doing: `list the pipelines of "${api.fullName}"`,
    signal,
  });
}

async function newest(
  api: RepositoryApi,
  options: RequestOptions,
): Promise<PipelineAnswer | undefined> {
  for await (const answer of pipelines(api, [['per_page', '1']], options)) return answer;
  return undefined;
}

async function findStarted(
  api: RepositoryApi,
  { branch, after }: { readonly branch: string; readonly after: number },
  options: RequestOptions,
): Promise<PipelineAnswer | undefined> {
  const query: Query = [
    ['ref', branch],
    // A push in between starts one, too; that is not the one of this call.
    ['source', 'api'],
    ['per_page', '20'],
  ];
  for await (const answer of pipelines(api, query, options)) {
    return answer.id > after ? answer : undefined;
  }
  return undefined;
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
  for await (const answer of pipelines(api, query, options)) {
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
