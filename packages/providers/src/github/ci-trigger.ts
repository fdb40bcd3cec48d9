import { Secret } from '@bowline/gitops-errors';
import type { CiRun, TriggerRun } from '../ci-types.ts';
import { ProviderError } from '../errors.ts';
import type { HttpResponse } from '../http/http-message.ts';
import { parseAnswer, send, sendForJson } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import { checkRefName, invalid, printable } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { toRun } from './ci-answer.ts';
import { getRun } from './ci-runs.ts';
import { dispatchSchema, type RunAnswer, runsSchema } from './ci-schemas.ts';
import { refused } from './errors.ts';

// A run shows up some seconds after it was asked for.
const LOOKS = 6;

/**
 * Starts a run of a workflow: the runs that are there, the dispatch, and the run that came of it.
 *
 * github.com says which run that is. An Enterprise Server does not, and nobody does when the answer is lost: then the first run is
 * taken that was not there before.
 */
export async function triggerRun(
  api: RepositoryApi,
  { branch, workflow, variables = {} }: TriggerRun,
  options: RequestOptions = {},
): Promise<CiRun> {
  checkRefName(branch, 'branch');
  const start: Dispatch = {
    path: `/actions/workflows/${workflowPath(workflow)}`,
    branch,
    inputs: inputsOf(variables),
    doing: `start workflow "${workflow}" on branch "${branch}" of "${api.fullName}"`,
  };
  const [latest] = await listStarted(api, { start, most: 1 }, options);
  const former = latest?.id ?? 0;
  try {
    const response = await dispatch(api, start, options);
    if (response.status === 200) {
      const answered = { response, request: { method: 'POST', doing: start.doing } } as const;
      const { workflow_run_id: id } = parseAnswer(api, dispatchSchema, answered);
      return await startedRun(api, { start, id: String(id) }, options);
    }
  } catch (error) {
    if (!isUncertain(error)) throw error;
    const made = await awaitRun(api, { start, former }, options);
    if (made === undefined) throw error;
    return toRun(api, made);
  }
  const made = await awaitRun(api, { start, former }, options);
  if (made !== undefined) return toRun(api, made);
  throw notShown(start);
}

interface Dispatch {
  readonly path: string;
  readonly branch: string;
  readonly inputs: Readonly<Record<string, string>>;
  readonly doing: string;
}

function workflowPath(workflow: string | undefined): string {
  if (workflow === undefined) throw invalid('A run of GitHub needs the file of its workflow.');
  const name = workflow.replace(/^\.github\/workflows\//, '');
  if (/^[\w-][\w .-]{0,199}$/.test(name)) return encodeURIComponent(name);
  throw invalid(
    `"${printable(workflow)}" is not a workflow of GitHub: a file in ".github/workflows", or its id.`,
  );
}

function inputsOf(variables: Readonly<Record<string, string | Secret>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => {
      if (!(value instanceof Secret)) return [name, value];
      throw invalid(
        `Input "${printable(name)}" is a secret, and GitHub shows inputs to everybody who sees the run.`,
      );
    }),
  );
}

async function dispatch(
  api: RepositoryApi,
  { path, branch, inputs, doing }: Dispatch,
  { signal }: RequestOptions,
): Promise<HttpResponse> {
  const request = {
    method: 'POST',
    path: `${path}/dispatches`,
    expect: [200, 204, 422],
    doing,
    signal,
  } as const;
  const json = { ref: branch, ...(Object.keys(inputs).length === 0 ? {} : { inputs }) };
  let response = await send(api, { ...request, json: { ...json, return_run_details: true } });
  // An older server does not know it. What it refuses it has not done.
  if (response.status === 422 && textOf(response).includes('return_run_details')) {
    response = await send(api, { ...request, json });
  }
  if (response.status !== 422) return response;
  const missing = /no ref found/i.test(textOf(response));
  throw refused(
    missing ? 'PROVIDER_NOT_FOUND' : 'PROVIDER_REJECTED',
    `GitHub did not ${doing}`,
    response,
  );
}

function textOf(response: HttpResponse): string {
  return Buffer.from(response.body).toString('utf8').slice(0, 65_536);
}

/** Reads the newest runs that were started by hand. Without that workflow it is `PROVIDER_NOT_FOUND`. */
async function listStarted(
  api: RepositoryApi,
  { start, most }: { readonly start: Dispatch; readonly most: number },
  { signal }: RequestOptions,
): Promise<readonly RunAnswer[]> {
  const { path, branch, doing } = start;
  const { workflow_runs } = await sendForJson(api, runsSchema, {
    path: `${path}/runs`,
    query: [
      ['event', 'workflow_dispatch'],
      ['branch', branch],
      ['per_page', String(most)],
    ],
    expect: [200],
    doing,
    signal,
  });
  return workflow_runs;
}

/** Reads the run that GitHub says it has started, which may take a moment to be there. */
async function startedRun(
  api: RepositoryApi,
  { start, id }: { readonly start: Dispatch; readonly id: string },
  options: RequestOptions,
): Promise<CiRun> {
  const run = await look(api, () => getRun(api, id, options), options);
  if (run === undefined) throw notShown(start);
  return run;
}

/** Finds the first run that was not there before: who starts one at the same time has a later one. */
function awaitRun(
  api: RepositoryApi,
  { start, former }: { readonly start: Dispatch; readonly former: number },
  options: RequestOptions,
): Promise<RunAnswer | undefined> {
  const find = async () =>
    (await listStarted(api, { start, most: 20 }, options)).filter(({ id }) => id > former).at(-1);
  return look(api, find, options);
}

async function look<T>(
  api: RepositoryApi,
  find: () => Promise<T | undefined>,
  { signal }: RequestOptions,
): Promise<T | undefined> {
  for (let looks = 1; looks <= LOOKS; looks += 1) {
    const found = await find();
    if (found !== undefined) return found;
    if (looks < LOOKS) await api.clock.sleep(1000 * looks, signal);
  }
  return undefined;
}

function notShown({ doing }: Dispatch): ProviderError {
  return new ProviderError(
    'PROVIDER_TIMEOUT',
    `GitHub took the order to ${doing}, but shows no run of it yet.`,
    { hint: 'List the runs in a moment; starting it again would make a second one.' },
  );
}
