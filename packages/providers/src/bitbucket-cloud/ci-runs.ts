import type { CiJob, CiRun, CiRunFilter } from '../ci-types.ts';
import { ProviderError } from '../errors.ts';
import { parseAnswer, send, sendForJson } from '../http/json-api.ts';
import { checkRefName, checkSha, invalid, printable } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForNumberedPages } from './api.ts';
import { progressOf, toRun } from './ci-answer.ts';
import { type PipelineAnswer, pipelineSchema, stepSchema } from './ci-schemas.ts';
import { refused } from './errors.ts';

const uuid = /^\{[0-9a-fA-F-]{36}\}$/;

/** Encodes the id of a pipeline or step: its UUID in braces. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function pathOfUuid(id: string, what: string): string {
  if (!uuid.test(id)) throw invalid(`"${printable(id)}" is not the UUID of a ${what}, in braces.`);
  return encodeURIComponent(id);
}

/** Lists pipelines as Bitbucket answers, newest first. */
export function pipelines(
  api: RepositoryApi,
  query: readonly (readonly [string, string])[],
  { signal }: RequestOptions,
) {
  return sendForNumberedPages(api, pipelineSchema, {
    path: '/pipelines',
    query: [['sort', '-created_on'], ...query],
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
  const query = [
    ...(branch === undefined ? [] : [['target.branch', branch] as const]),
    ...(sha === undefined ? [] : [['target.commit.hash', checkSha(sha)] as const]),
    ['pagelen', '100'] as const,
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
  options: RequestOptions = {},
): Promise<CiRun | undefined> {
  const answer = await readPipeline(api, id, options);
  return answer === undefined ? undefined : toRun(api, answer);
}

/** Reads a pipeline as Bitbucket answers. */
export async function readPipeline(
  api: RepositoryApi,
  id: string,
  { signal }: RequestOptions,
): Promise<PipelineAnswer | undefined> {
  const request = {
    path: `/pipelines/${pathOfUuid(id, 'pipeline')}`,
    expect: [200, 404],
    doing: `read pipeline ${id} of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  return response.status === 404
    ? undefined
    : parseAnswer(api, pipelineSchema, { response, request });
}

/** Lists the steps of a pipeline, which are its jobs. */
export async function* listJobs(
  api: RepositoryApi,
  id: string,
  { signal }: RequestOptions = {},
): AsyncGenerator<CiJob, void, undefined> {
  const pages = sendForNumberedPages(api, stepSchema, {
    path: `/pipelines/${pathOfUuid(id, 'pipeline')}/steps`,
    query: [['pagelen', '100']],
    expect: [200],
    doing: `list the steps of pipeline ${id} of "${api.fullName}"`,
    signal,
  });
  for await (const step of pages) {
    yield {
      id: step.uuid,
      name: step.name ?? step.uuid,
      webUrl: undefined,
      steps: [],
      ...progressOf(step.state ?? undefined),
      startedAt: step.started_on ?? undefined,
      completedAt: step.completed_on ?? undefined,
    };
  }
}

/** Stops a pipeline. */
export async function cancelRun(
  api: RepositoryApi,
  id: string,
  options: RequestOptions = {},
): Promise<CiRun> {
  const response = await send(api, {
    method: 'POST',
    path: `/pipelines/${pathOfUuid(id, 'pipeline')}/stopPipeline`,
    // 400 says that it is completed.
    expect: [204, 400],
    doing: `stop pipeline ${id} of "${api.fullName}"`,
    idempotent: true,
    signal: options.signal,
  });
  const run = await getRun(api, id, options);
  if (run === undefined) throw noPipeline(api, id);
  if (response.status === 204 || run.phase === 'completed') return run;
  throw refused(
    'PROVIDER_REJECTED',
    `Pipeline ${id} of "${api.fullName}" is not stopped`,
    response,
  );
}

/** Makes the error of a pipeline that is not there. */
export function noPipeline(api: RepositoryApi, id: string): ProviderError {
  return new ProviderError('PROVIDER_NOT_FOUND', `"${api.fullName}" has no pipeline ${id}.`);
}

/** Tells whether a step is completed. @throws ProviderError `PROVIDER_NOT_FOUND` */
export async function isStepCompleted(
  api: RepositoryApi,
  { run, job }: { readonly run: string; readonly job: string },
  { signal }: RequestOptions = {},
): Promise<boolean> {
  const step = await sendForJson(api, stepSchema, {
    path: `/pipelines/${pathOfUuid(run, 'pipeline')}/steps/${pathOfUuid(job, 'step')}`,
    expect: [200],
    doing: `read step ${job} of pipeline ${run} of "${api.fullName}"`,
    signal,
  });
  return progressOf(step.state ?? undefined).phase === 'completed';
}
