import type { CiJob, CiRun, CiRunFilter } from '../ci-types.ts';
import { ProviderError } from '../errors.ts';
import { parseAnswer, send, sendForJson } from '../http/json-api.ts';
import { checkRefName, checkSha, invalid, printable } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForWrappedList } from './api.ts';
import { progressOf, toJob, toRun } from './ci-answer.ts';
import { jobSchema, type RunAnswer, runSchema } from './schemas.ts';
import { serverName } from './server-version.ts';

/** Checks the id of a run or job. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function pathOfId(id: string, what: string): string {
  if (!/^[1-9]\d{0,15}$/.test(id)) throw invalid(`"${printable(id)}" is not the id of a ${what}.`);
  return id;
}

/** Reads the runs as the server answers, newest first. @throws ProviderError `PROVIDER_REJECTED` where the server lacks the call */
export async function* runAnswers(
  api: RepositoryApi,
  query: readonly (readonly [string, string])[],
  { signal }: RequestOptions,
): AsyncGenerator<RunAnswer, void, undefined> {
  const runs = sendForWrappedList(
    api,
    { item: runSchema, member: 'workflow_runs' },
    {
      path: '/actions/runs',
      query,
      expect: [200],
      doing: `list the runs of "${api.fullName}"`,
      signal,
    },
  );
  try {
    yield* runs;
  } catch (error) {
    const absent = error instanceof ProviderError && error.code === 'PROVIDER_NOT_FOUND';
    throw absent ? await lacking(api, { signal }) : error;
  }
}

/** Lists runs, newest first. */
export async function* listRuns(
  api: RepositoryApi,
  { branch, sha, phase }: CiRunFilter = {},
  options: RequestOptions = {},
): AsyncGenerator<CiRun, void, undefined> {
  if (branch !== undefined) checkRefName(branch, 'branch');
  const query = [
    ...(branch === undefined ? [] : [['branch', branch] as const]),
    ...(sha === undefined ? [] : [['head_sha', checkSha(sha)] as const]),
  ];
  for await (const answer of runAnswers(api, query, options)) {
    const run = toRun(api, answer);
    if (phase === undefined || run.phase === phase) yield run;
  }
}

/** Reads a run. */
export async function getRun(
  api: RepositoryApi,
  id: string,
  options: RequestOptions = {},
): Promise<CiRun | undefined> {
  const answer = await readRun(api, id, options);
  return answer === undefined ? undefined : toRun(api, answer);
}

/** Reads a run as the server answers. @throws ProviderError `PROVIDER_REJECTED` where the server lacks the call */
export async function readRun(
  api: RepositoryApi,
  id: string,
  { signal }: RequestOptions = {},
): Promise<RunAnswer | undefined> {
  const request = {
    path: `/actions/runs/${pathOfId(id, 'run')}`,
    expect: [200, 404],
    doing: `read run ${id} of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  if (response.status === 200) return parseAnswer(api, runSchema, { response, request });
  await requireActions(api, { signal });
  return undefined;
}

/** Reads a run that must be there. @throws ProviderError `PROVIDER_NOT_FOUND` */
export async function requireRun(
  api: RepositoryApi,
  id: string,
  options: RequestOptions = {},
): Promise<RunAnswer> {
  const run = await readRun(api, id, options);
  if (run !== undefined) return run;
  throw new ProviderError('PROVIDER_NOT_FOUND', `"${api.fullName}" has no run ${id}.`);
}

/** Lists the jobs of a run. */
export async function* listJobs(
  api: RepositoryApi,
  id: string,
  { signal }: RequestOptions = {},
): AsyncGenerator<CiJob, void, undefined> {
  const jobs = sendForWrappedList(
    api,
    { item: jobSchema, member: 'jobs' },
    {
      path: `/actions/runs/${pathOfId(id, 'run')}/jobs`,
      expect: [200],
      doing: `list the jobs of run ${id} of "${api.fullName}"`,
      signal,
    },
  );
  try {
    for await (const job of jobs) yield toJob(job);
  } catch (error) {
    if (error instanceof ProviderError && error.code === 'PROVIDER_NOT_FOUND') {
      await requireRun(api, id, { signal });
    }
    throw error;
  }
}

/** Tells whether a job is completed. @throws ProviderError `PROVIDER_NOT_FOUND` */
export async function isJobCompleted(
  api: RepositoryApi,
  job: string,
  { signal }: RequestOptions = {},
): Promise<boolean> {
  const answer = await sendForJson(api, jobSchema, {
    path: `/actions/jobs/${pathOfId(job, 'job')}`,
    expect: [200],
    doing: `read job ${job} of "${api.fullName}"`,
    signal,
  });
  return progressOf(answer).phase === 'completed';
}

/** Tells "there is no such run" from "there is no such call": the list of all runs is there or not. */
async function requireActions(api: RepositoryApi, { signal }: RequestOptions): Promise<void> {
  const response = await send(api, {
    path: '/actions/runs',
    query: [['limit', '1']],
    expect: [200, 404],
    doing: `list the runs of "${api.fullName}"`,
    signal,
  });
  if (response.status === 404) throw await lacking(api, { signal });
}

/** Makes the error of a server that does not show its runs. */
async function lacking(api: RepositoryApi, options: RequestOptions): Promise<ProviderError> {
  const name = await serverName(api, options);
  return new ProviderError(
    'PROVIDER_REJECTED',
    `${name} has no calls for the runs of Actions, or Actions are switched off for "${api.fullName}".`,
    {
      hint: 'Runs, jobs, logs and reruns are in the API of Gitea 1.26; Forgejo 11 only starts workflows.',
    },
  );
}
