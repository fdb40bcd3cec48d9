import type { CiJob, CiPhase, CiRun, CiRunFilter } from '../ci-types.ts';
import { ProviderError } from '../errors.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { nextLink, sendForPages } from '../http/pages.ts';
import { isUncertain } from '../http/transport-error.ts';
import { checkRefName, checkSha, invalid, printable } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { toJob, toRun } from './ci-answer.ts';
import {
  type JobAnswer,
  jobSchema,
  jobsSchema,
  type RunAnswer,
  runSchema,
  runsSchema,
} from './ci-schemas.ts';
import { refused } from './errors.ts';

/** Checks the id of a run or job, for an address. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function checkId(id: string, what: string): string {
  if (/^[1-9]\d{0,18}$/.test(id)) return id;
  throw invalid(`"${printable(id)}" is not the id of a ${what} of GitHub Actions.`);
}

// What GitHub calls the runs of a phase.
const statuses: Readonly<Record<CiPhase, readonly string[]>> = {
  running: ['in_progress'],
  completed: ['completed'],
  queued: ['queued', 'requested', 'pending'],
  waiting: ['waiting', 'action_required'],
};

/** Lists runs, newest first. GitHub gives 1000 at most as soon as there is a filter. */
export async function* listRuns(
  api: RepositoryApi,
  filter: CiRunFilter = {},
  options: RequestOptions = {},
): AsyncGenerator<CiRun, void, undefined> {
  const { branch, sha, phase } = filter;
  if (branch !== undefined) checkRefName(branch, 'branch');
  if (sha !== undefined) checkSha(sha);
  const words = phase === undefined ? [undefined] : statuses[phase];
  const lists = words.map((status) => listAnswers(api, { branch, sha, status }, options));
  for await (const answer of newestFirst(lists)) {
    const run = toRun(api, answer);
    // A run may have gone on since it was looked for.
    if (phase === undefined || run.phase === phase) yield run;
  }
}

function listAnswers(
  api: RepositoryApi,
  filter: Pick<CiRunFilter, 'branch' | 'sha'> & { readonly status: string | undefined },
  { signal }: RequestOptions,
): AsyncIterable<RunAnswer> {
  const { branch, sha, status } = filter;
  return sendForPages(
    api,
    {
      page: runsSchema,
      read: (page, response) => ({ items: page.workflow_runs, next: nextLink(response) }),
    },
    {
      path: '/actions/runs',
      query: [
        ...(branch === undefined ? [] : [['branch', branch] as const]),
        ...(sha === undefined ? [] : [['head_sha', sha] as const]),
        ...(status === undefined ? [] : [['status', status] as const]),
        ['per_page', '100'],
      ],
      expect: [200],
      doing: `list the runs of "${api.fullName}"`,
      signal,
    },
  );
}

/** Puts lists together. GitHub looks for one word at a time; few runs wait, so that several lists are read whole. */
async function* newestFirst(
  lists: readonly AsyncIterable<RunAnswer>[],
): AsyncGenerator<RunAnswer, void, undefined> {
  const [only, ...others] = lists;
  if (only !== undefined && others.length === 0) return yield* only;
  const all = new Map<number, RunAnswer>();
  for (const list of lists) for await (const run of list) all.set(run.id, run);
  yield* [...all.values()].sort((one, other) => other.id - one.id);
}

/** Reads a run; `undefined` when there is none. */
export async function getRun(
  api: RepositoryApi,
  id: string,
  options: RequestOptions = {},
): Promise<CiRun | undefined> {
  const answer = await readRun(api, id, options);
  return answer === undefined ? undefined : toRun(api, answer);
}

/** Reads a run. @throws ProviderError `PROVIDER_NOT_FOUND` */
async function requireRun(api: RepositoryApi, id: string, options: RequestOptions): Promise<CiRun> {
  const run = await getRun(api, id, options);
  if (run === undefined) throw noRun(api, id);
  return run;
}

async function readRun(
  api: RepositoryApi,
  id: string,
  { signal }: RequestOptions,
): Promise<RunAnswer | undefined> {
  const request = {
    path: `/actions/runs/${checkId(id, 'run')}`,
    expect: [200, 404],
    doing: `read run ${id} of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  return response.status === 404 ? undefined : parseAnswer(api, runSchema, { response, request });
}

/** Lists the jobs of the last attempt of a run. */
export async function* listJobs(
  api: RepositoryApi,
  id: string,
  { signal }: RequestOptions = {},
): AsyncGenerator<CiJob, void, undefined> {
  const pages = sendForPages(
    api,
    {
      page: jobsSchema,
      read: (page, response) => ({ items: page.jobs, next: nextLink(response) }),
    },
    {
      path: `/actions/runs/${checkId(id, 'run')}/jobs`,
      query: [
        ['filter', 'latest'],
        ['per_page', '100'],
      ],
      expect: [200],
      doing: `list the jobs of run ${id} of "${api.fullName}"`,
      signal,
    },
  );
  for await (const job of pages) yield toJob(job);
}

/** Reads a job. @throws ProviderError `PROVIDER_NOT_FOUND` */
export async function readJob(
  api: RepositoryApi,
  id: string,
  { signal }: RequestOptions,
): Promise<JobAnswer> {
  const request = {
    path: `/actions/jobs/${checkId(id, 'job')}`,
    expect: [200],
    doing: `read job ${id} of "${api.fullName}"`,
    signal,
  };
  return parseAnswer(api, jobSchema, { response: await send(api, request), request });
}

/** Cancels a run. */
export async function cancelRun(
  api: RepositoryApi,
  id: string,
  options: RequestOptions = {},
): Promise<CiRun> {
  await send(api, {
    method: 'POST',
    path: `/actions/runs/${checkId(id, 'run')}/cancel`,
    // 409 says that it is completed, which the run that is read then shows.
    expect: [202, 409],
    doing: `cancel run ${id} of "${api.fullName}"`,
    idempotent: true,
    signal: options.signal,
  });
  return requireRun(api, id, options);
}

const LOOKS = 6;

/** Runs a completed run again, as another attempt of it. The number of the attempt tells whether it has begun. */
export async function rerunRun(
  api: RepositoryApi,
  id: string,
  options: RequestOptions & { readonly failedOnly?: boolean | undefined } = {},
): Promise<CiRun> {
  const former = await readRun(api, id, options);
  if (former === undefined) throw noRun(api, id);
  const begun = async (): Promise<CiRun | undefined> => {
    const now = await readRun(api, id, options);
    if (now === undefined) throw noRun(api, id);
    return (now.run_attempt ?? 1) > (former.run_attempt ?? 1) ? toRun(api, now) : undefined;
  };
  let lost: ProviderError | undefined;
  try {
    const response = await send(api, {
      method: 'POST',
      path: `/actions/runs/${id}/${options.failedOnly === true ? 'rerun-failed-jobs' : 'rerun'}`,
      // 403 is a missing permission too, but then with other words.
      expect: [201, 403],
      doing: `run ${id} of "${api.fullName}" again`,
      signal: options.signal,
    });
    if (response.status === 403) throw notAgain(api, id, response);
  } catch (error) {
    if (!isUncertain(error)) throw error;
    lost = error;
  }
  for (let look = 1; look <= LOOKS; look += 1) {
    const run = await begun();
    if (run !== undefined) return run;
    if (look < LOOKS) await api.clock.sleep(1000 * look, options.signal);
  }
  throw (
    lost ??
    new ProviderError(
      'PROVIDER_TIMEOUT',
      `GitHub took the order to run ${id} of "${api.fullName}" again, but shows no new attempt yet.`,
    )
  );
}

function notAgain(
  api: RepositoryApi,
  id: string,
  response: Parameters<typeof refused>[2],
): ProviderError {
  const said = Buffer.from(response.body).toString('utf8').slice(0, 65_536);
  const state =
    /already running|in progress|cannot be re-?(?:run|tried)|unable to retry|over a month/i;
  return refused(
    state.test(said) ? 'PROVIDER_REJECTED' : 'PROVIDER_FORBIDDEN',
    `Run ${id} of "${api.fullName}" is not run again`,
    response,
  );
}

function noRun(api: RepositoryApi, id: string): ProviderError {
  return new ProviderError('PROVIDER_NOT_FOUND', `"${api.fullName}" has no run ${id}.`);
}
