import { Secret } from '@bowline/gitops-errors';
import * as v from 'valibot';
import type { CiRun, TriggerRun } from '../ci-types.ts';
import { ProviderError } from '../errors.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import { checkRefName, invalid, printable } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { toRun } from './ci-answer.ts';
import { requireRun, runAnswers } from './ci-runs.ts';
import { forgejoRunSchema, type RunAnswer, runDetailsSchema } from './schemas.ts';

/**
 * Starts a workflow, once.
 *
 * Gitea and Forgejo are each asked in their own way to say which run it is. Who does not say, or whose answer is lost, is asked for
 * the runs: the one that is newer than the last one before is it. Forgejo 11 shows no runs, so there a lost answer stays uncertain.
 */
export async function triggerRun(
  api: RepositoryApi,
  input: TriggerRun,
  { signal }: RequestOptions = {},
): Promise<CiRun> {
  const workflow = checkWorkflow(input.workflow);
  const branch = checkRefName(input.branch, 'branch');
  const inputs = inputsOf(input.variables ?? {});
  const last = await newestRun(api, { signal });
  const wanted = { workflow, branch, after: last === 'unknown' ? undefined : (last?.id ?? 0) };
  const request = {
    method: 'POST' as const,
    path: `/actions/workflows/${encodeURIComponent(workflow)}/dispatches`,
    query: [['return_run_details', 'true']] as const,
    json: { ref: branch, inputs, return_run_info: true },
    expect: [200, 201, 204],
    doing: `start workflow "${workflow}" on "${branch}" of "${api.fullName}"`,
    signal,
  };
  try {
    const response = await send(api, request);
    if (response.status !== 204) {
      const answer = parseAnswer(api, v.union([runDetailsSchema, forgejoRunSchema]), {
        response,
        request,
      });
      if ('workflow_run_id' in answer) {
        const id = String((answer as v.InferOutput<typeof runDetailsSchema>).workflow_run_id);
        return toRun(api, await requireRun(api, id, { signal }));
      }
      const { id, run_number } = answer as v.InferOutput<typeof forgejoRunSchema>;
      return toRun(api, { id, run_number, path: workflow, head_branch: branch, status: 'queued' });
    }
  } catch (error) {
    if (!isUncertain(error)) throw error;
    const made = await findStarted(api, wanted, { signal });
    if (made === undefined) throw error;
    return toRun(api, made);
  }
  const made = await findStarted(api, wanted, { signal });
  if (made !== undefined) return toRun(api, made);
  throw new ProviderError(
    'PROVIDER_BAD_RESPONSE',
    `Workflow "${workflow}" was started on "${branch}" of "${api.fullName}", but the server does not say which run it is.`,
    {
      hint: 'Look for the run on the page of the repository; starting it again makes a second one.',
    },
  );
}

interface Wanted {
  readonly workflow: string;
  readonly branch: string;
  /** The id of the newest run before; `undefined` where the server shows none. */
  readonly after: number | undefined;
}

async function newestRun(
  api: RepositoryApi,
  options: RequestOptions,
): Promise<RunAnswer | 'unknown' | undefined> {
  try {
    for await (const run of runAnswers(api, [], options)) return run;
    return undefined;
  } catch (error) {
    if (error instanceof ProviderError && error.code === 'PROVIDER_REJECTED') return 'unknown';
    throw error;
  }
}

async function findStarted(
  api: RepositoryApi,
  { workflow, branch, after }: Wanted,
  options: RequestOptions,
): Promise<RunAnswer | undefined> {
  if (after === undefined) return undefined;
  for await (const run of runAnswers(api, [], options)) {
    if (run.id <= after) return undefined;
    const file = run.path?.split('@')[0]?.split('/').at(-1);
    if (file === workflow && run.head_branch === branch) return run;
  }
  return undefined;
}

function checkWorkflow(workflow: string | undefined): string {
  if (workflow === undefined) throw invalid('A run of Gitea needs the file of its workflow.');
  if (!/^(?!\.{1,2}$)[\w. -]{1,255}$/.test(workflow)) {
    throw invalid(`"${printable(workflow)}" is not the name of a file in ".gitea/workflows".`);
  }
  return workflow;
}

function inputsOf(variables: Readonly<Record<string, string | Secret>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => {
      if (value instanceof Secret) {
        throw invalid(
          `The input "${printable(name)}" of a workflow is shown to everybody, so it takes no secret.`,
        );
      }
      return [name, value];
    }),
  );
}
