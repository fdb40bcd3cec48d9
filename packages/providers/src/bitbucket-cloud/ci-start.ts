import type { CiRun, TriggerRun } from '../ci-types.ts';
import { ProviderError } from '../errors.ts';
import type { HttpResponse } from '../http/http-message.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import { checkRefName } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { getBranch } from './branches.ts';
import { progressOf, toRun } from './ci-answer.ts';
import { noPipeline, pipelines, readPipeline } from './ci-runs.ts';
import { type PipelineAnswer, pipelineSchema } from './ci-schemas.ts';
import { checkVariableName, variableText } from './ci-variables.ts';
import { refused } from './errors.ts';

/** Starts a pipeline. @throws ProviderError */
export async function triggerRun(
  api: RepositoryApi,
  { branch, workflow, variables = {} }: TriggerRun,
  options: RequestOptions = {},
): Promise<CiRun> {
  checkRefName(branch, 'branch');
  const target: StartTarget = {
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

interface StartTarget {
  readonly type: 'pipeline_ref_target';
  readonly ref_type: string | undefined;
  readonly ref_name: string;
  readonly commit?: { readonly type: 'commit'; readonly hash: string };
  readonly selector?: { readonly type: 'custom'; readonly pattern: string };
}

interface StartBody {
  readonly target: StartTarget;
  readonly variables: readonly { readonly key: string }[];
}

async function start(api: RepositoryApi, body: StartBody, options: RequestOptions): Promise<CiRun> {
  const { target, variables } = body;
  // What is newer than the last one and runs on the same target is what a lost answer was about.
  const last = await newest(api, options);
  const request = {
    method: 'POST' as const,
    path: '/pipelines',
    json: { type: 'pipeline', target, ...(variables.length === 0 ? {} : { variables }) },
    expect: [201, 400],
    doing: `start a pipeline on "${target.ref_name}" of "${api.fullName}"`,
    signal: options.signal,
  };
  try {
    const response = await send(api, request);
    if (response.status === 400) throw await explainRefusal(api, { target, response }, options);
    return toRun(api, parseAnswer(api, pipelineSchema, { response, request }));
  } catch (error) {
    if (!isUncertain(error)) throw error;
    const after = last?.build_number ?? 0;
    let made = await findStarted(api, { body, after }, options);
    if (made === undefined) {
      // Bitbucket may still be at work when its gateway gives up.
      await api.clock.sleep(1000, options.signal);
      made = await findStarted(api, { body, after }, options);
    }
    if (made === undefined) throw error;
    return toRun(api, made);
  }
}

/** Tells why no pipeline was started: 400 stands for every reason. */
async function explainRefusal(
  api: RepositoryApi,
  { target, response }: { readonly target: StartTarget; readonly response: HttpResponse },
  options: RequestOptions,
): Promise<ProviderError> {
  const { ref_type, ref_name } = target;
  const missing = ref_type === 'branch' && (await getBranch(api, ref_name, options)) === undefined;
  return refused(
    missing ? 'PROVIDER_NOT_FOUND' : 'PROVIDER_REJECTED',
    `No pipeline can be started on "${ref_name}" of "${api.fullName}"`,
    response,
  );
}

async function newest(
  api: RepositoryApi,
  options: RequestOptions,
): Promise<PipelineAnswer | undefined> {
  for await (const answer of pipelines(api, [['pagelen', '1']], options)) return answer;
  return undefined;
}

async function findStarted(
  api: RepositoryApi,
  { body, after }: { readonly body: StartBody; readonly after: number },
  options: RequestOptions,
): Promise<PipelineAnswer | undefined> {
  for await (const answer of pipelines(api, [['pagelen', '20']], options)) {
    if (answer.build_number <= after) return undefined;
    if (isStartOf(body, answer)) return answer;
  }
  return undefined;
}

/** Tells whether a pipeline is what was asked for: the same target and the same variables, and started by no push or schedule. */
function isStartOf({ target, variables }: StartBody, answer: PipelineAnswer): boolean {
  const { target: made, trigger } = answer;
  if (/push|schedule|parent/i.test(`${trigger?.type ?? ''} ${trigger?.name ?? ''}`)) return false;
  const pattern = made?.selector?.type === 'custom' ? made.selector.pattern : undefined;
  const commit = target.commit?.hash;
  const names = (list: readonly { readonly key: string }[]) =>
    JSON.stringify(list.map(({ key }) => key).sort());
  return (
    made?.ref_name === target.ref_name &&
    (pattern ?? undefined) === target.selector?.pattern &&
    (commit === undefined || made.commit?.hash === commit) &&
    // A list may leave the variables out.
    (!answer.variables?.length || names(answer.variables) === names(variables))
  );
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
        ref_type: ref_type ?? undefined,
        ref_name,
        ...(hash === undefined ? {} : { commit: { type: 'commit', hash } }),
        ...(selector?.type === 'custom' && typeof selector.pattern === 'string'
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
