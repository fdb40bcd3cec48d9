import { Secret } from '@bowline/gitops-errors';
import type { CiRun, TriggerRun } from '../ci-types.ts';
import { ProviderError } from '../errors.ts';
import { parseAnswer, send, sendForJson } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import { checkRefName, invalid } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { getBranch } from './branches.ts';
import { toRun } from './ci-answer.ts';
import { pipelineAnswers, pipelinePath } from './ci-runs.ts';
import { type PipelineAnswer, pipelineSchema, pipelineVariablesSchema } from './ci-schemas.ts';
import { checkVariableName } from './ci-variables.ts';

interface Start {
  readonly branch: string;
  readonly variables: readonly { readonly key: string; readonly value: string }[];
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
    if (!isUncertain(error)) throw await refusal(api, { error, branch, list }, options);
    const start = { branch, variables: list };
    const made = await findStarted(api, { start, after: last?.id ?? 0 }, options);
    if (made === undefined) throw error;
    return toRun(api, made);
  }
}

/** Tells a branch that is not there from other reasons, which GitLab answers with 400 as well, and names the setting that holds up variables. */
async function refusal(
  api: RepositoryApi,
  {
    error,
    branch,
    list,
  }: { readonly error: unknown; readonly branch: string; readonly list: readonly unknown[] },
  options: RequestOptions,
): Promise<unknown> {
  if (!(error instanceof ProviderError) || error.details?.['status'] !== 400) return error;
  const { message, details } = error;
  if ((await getBranch(api, branch, options)) === undefined) {
    return new ProviderError('PROVIDER_NOT_FOUND', message, { details });
  }
  if (list.length === 0 || !/pipeline variables/i.test(message)) return error;
  return new ProviderError(error.code, message, {
    hint: 'Let the role of the account use pipeline variables: Settings, CI/CD, Variables; or start it without.',
    details,
  });
}

async function newest(
  api: RepositoryApi,
  options: RequestOptions,
): Promise<PipelineAnswer | undefined> {
  for await (const answer of pipelineAnswers(api, [['per_page', '1']], options)) return answer;
  return undefined;
}

/** Finds the pipeline that a lost answer was about: others may have started some at the same time, with other variables. */
async function findStarted(
  api: RepositoryApi,
  { start, after }: { readonly start: Start; readonly after: number },
  options: RequestOptions,
): Promise<PipelineAnswer | undefined> {
  const query = [
    ['ref', start.branch],
    // A push in between starts one, too; that is not the one of this call.
    ['source', 'api'],
    ['per_page', '20'],
  ] as const;
  for await (const answer of pipelineAnswers(api, query, options)) {
    if (answer.id <= after) return undefined;
    if (await hasVariables(api, { id: answer.id, start }, options)) return answer;
  }
  return undefined;
}

async function hasVariables(
  api: RepositoryApi,
  { id, start }: { readonly id: number; readonly start: Start },
  { signal }: RequestOptions,
): Promise<boolean> {
  const request = {
    path: `${pipelinePath(String(id))}/variables`,
    // 403: they are shown to who started it, so somebody else did.
    expect: [200, 403],
    doing: `read the variables of pipeline ${id} of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  if (response.status === 403) return false;
  const found = parseAnswer(api, pipelineVariablesSchema, { response, request });
  const values = new Map(found.map(({ key, value }) => [key, value ?? '']));
  return (
    values.size === start.variables.length &&
    start.variables.every(({ key, value }) => values.get(key) === value)
  );
}
