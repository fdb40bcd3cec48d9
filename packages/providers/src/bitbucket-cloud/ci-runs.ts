import type { CiJob, CiRun, CiRunFilter, TriggerRun } from '../ci-types.ts';
import { ProviderError } from '../errors.ts';
import { parseAnswer, send, sendForJson } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import { checkRefName, checkSha, invalid, printable } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForPages } from './api.ts';
import { progressOf, toRun } from './ci-answer.ts';
import { type PipelineAnswer, pipelineSchema, stepSchema } from './ci-schemas.ts';
import { checkVariableName, variableText } from './ci-variables.ts';

const uuid = /^\{[0-9a-fA-F-]{36}\}$/;

/** Encodes the id of a pipeline or step: its UUID in braces. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function pathOfUuid(id: string, what: string): string {
  if (!uuid.test(id)) throw invalid(`"${printable(id)}" is not the UUID of a ${what}, in braces.`);
  return encodeURIComponent(id);
}

/** Starts a pipeline. @throws ProviderError */
export async function triggerRun(
  api: RepositoryApi,
  { branch, workflow, variables = {} }: TriggerRun,
  options: RequestOptions = {},
): Promise<CiRun> {
  checkRefName(branch, 'branch');
  const target = {
    type: 'pipeline_ref_target',
    ref_type: 'branch',
    ref_name: branch,
    ...(workflow === undefined ? {} : { selector: { type: 'custom', pattern: workflow } }),
  };
  return start(
    api,
    {
      target,
      variables: Object.entries(variables).map(([key, value]) => ({
        type: 'pipeline_variable',
        key: checkVariableName(key),
        ...variableText(value),
      })),
    },
    options,
  );
}

interface StartBody {
  readonly target: Readonly<Record<string, unknown>> & { readonly ref_name?: unknown };
  readonly variables: readonly object[];
}

async function start(
  api: RepositoryApi,
  { target, variables }: StartBody,
  { signal }: RequestOptions,
): Promise<CiRun> {
  // What is newer than the last one and runs on the same target is what a lost answer was about.
  const last = await newest(api, { signal });
  const json = { type: 'pipeline', target, ...(variables.length === 0 ? {} : { variables }) };
  try {
    const answer = await sendForJson(api, pipelineSchema, {
      method: 'POST',
      path: '/pipelines',
      json,
      expect: [201],
      doing: `start a pipeline on "${String(target.ref_name)}" of "${api.fullName}"`,
      signal,
    });
    return toRun(api, answer);
  } catch (error) {
    if (!isUncertain(error)) throw error;
    const made = await findStarted(api, { target, after: last?.build_number ?? 0 }, { signal });
    if (made === undefined) throw error;
    return toRun(api, made);
  }
}

async function newest(
  api: RepositoryApi,
  { signal }: RequestOptions,
): Promise<PipelineAnswer | undefined> {
  for await (const answer of pipelines(api, [['pagelen', '1']], { signal })) return answer;
  return undefined;
}

async function findStarted(
  api: RepositoryApi,
  { target, after }: { readonly target: StartBody['target']; readonly after: number },
  options: RequestOptions,
): Promise<PipelineAnswer | undefined> {
  for await (const answer of pipelines(api, [['pagelen', '20']], options)) {
    if (answer.build_number <= after) return undefined;
    const wanted = target['selector'] as { readonly pattern?: unknown } | undefined;
    const custom = answer.target?.selector?.type === 'custom';
    const pattern = custom ? answer.target?.selector?.pattern : undefined;
    if (answer.target?.ref_name === target.ref_name && pattern === wanted?.pattern) return answer;
  }
  return undefined;
}

function pipelines(
  api: RepositoryApi,
  query: readonly (readonly [string, string])[],
  { signal }: RequestOptions,
) {
  return sendForPages(api, pipelineSchema, {
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

async function readPipeline(
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
  const pages = sendForPages(api, stepSchema, {
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
  await send(api, {
    method: 'POST',
    path: `/pipelines/${pathOfUuid(id, 'pipeline')}/stopPipeline`,
    // 400 says that it is completed, which the run that is read then shows.
    expect: [204, 400],
    doing: `stop pipeline ${id} of "${api.fullName}"`,
    idempotent: true,
    signal: options.signal,
  });
  return requireRun(api, id, options);
}

/** Starts a pipeline like a former one: the same commit, pipeline and variables. Bitbucket's API has no call for it. */
export async function rerunRun(
  api: RepositoryApi,
  id: string,
  options: RequestOptions & { readonly failedOnly?: boolean | undefined } = {},
): Promise<CiRun> {
  if (options.failedOnly === true) {
    throw new ProviderError(
      'PROVIDER_REJECTED',
      `Bitbucket cannot run the failed steps of pipeline ${id} alone again by its API.`,
      { hint: 'Run the whole pipeline again, or use "Rerun failed steps" on its page.' },
    );
  }
  const former = await readPipeline(api, id, options);
  if (former === undefined) throw noPipeline(api, id);
  const { target } = former;
  if (progressOf(former.state).phase !== 'completed') {
    throw new ProviderError('PROVIDER_REJECTED', `Pipeline ${id} has not ended yet.`);
  }
  if (target?.type !== 'pipeline_ref_target' || typeof target.ref_name !== 'string') {
    throw new ProviderError(
      'PROVIDER_REJECTED',
      `Pipeline ${id} did not run on a branch or tag, so it cannot be started again by the API.`,
      { hint: 'Use "Rerun" on the page of the pipeline.' },
    );
  }
  if (former.variables?.some(({ secured }) => secured === true) === true) {
    throw new ProviderError(
      'PROVIDER_REJECTED',
      `Pipeline ${id} had secured variables, which Bitbucket does not show again.`,
      { hint: 'Start it anew with its variables, or use "Rerun" on the page of the pipeline.' },
    );
  }
  const { ref_type, ref_name, commit, selector } = target;
  const hash = commit?.hash ?? undefined;
  return start(
    api,
    {
      target: {
        type: 'pipeline_ref_target',
        ref_type,
        ref_name,
        ...(hash === undefined ? {} : { commit: { type: 'commit', hash } }),
        ...(selector?.type === 'custom'
          ? { selector: { type: 'custom', pattern: selector.pattern } }
          : {}),
      },
      variables: (former.variables ?? []).map(({ key, value }) => ({
        type: 'pipeline_variable',
        key,
        value: value ?? '',
        secured: false,
      })),
    },
    options,
  );
}

async function requireRun(api: RepositoryApi, id: string, options: RequestOptions): Promise<CiRun> {
  const run = await getRun(api, id, options);
  if (run === undefined) throw noPipeline(api, id);
  return run;
}

function noPipeline(api: RepositoryApi, id: string): ProviderError {
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
