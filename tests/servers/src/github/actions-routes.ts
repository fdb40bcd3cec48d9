import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, jsonBody } from '../forge/exchange.ts';
import type { ActionsState, JobState, RunState } from './actions-state.ts';
import { failure, type GitHubExchange, type GitHubRoute, page, route } from './exchange.ts';

function runJson({ repository, self, web }: GitHubExchange, run: RunState): object {
  const url = `${self}/actions/runs/${run.id}`;
  return {
    id: run.id,
    name: 'Deploy',
    node_id: 'WFR_x',
    head_branch: run.branch,
    head_sha: run.sha,
    path: `.github/workflows/${run.workflow}`,
    run_number: run.number,
    run_attempt: run.attempt,
    event: 'workflow_dispatch',
    status: run.status,
    conclusion: run.conclusion,
    workflow_id: 7,
    url,
    html_url: `${web}/actions/runs/${run.id}`,
    pull_requests: [],
    created_at: run.createdAt,
    updated_at: run.updatedAt,
    run_started_at: run.startedAt,
    repository: { full_name: repository.fullName },
    head_repository: { full_name: repository.fullName },
  };
}

function jobJson({ self, web }: GitHubExchange, run: RunState, job: JobState): object {
  const { status, conclusion, startedAt, completedAt } = job;
  return {
    id: job.id,
    run_id: run.id,
    run_url: `${self}/actions/runs/${run.id}`,
    run_attempt: job.attempt,
    node_id: 'CR_x',
    head_sha: run.sha,
    head_branch: run.branch,
    url: `${self}/actions/jobs/${job.id}`,
    html_url: `${web}/actions/runs/${run.id}/job/${job.id}`,
    status,
    conclusion,
    created_at: run.createdAt,
    started_at: startedAt ?? run.createdAt,
    completed_at: completedAt,
    name: job.name,
    steps: [
      {
        name: 'Set up job',
        status,
        conclusion,
        number: 1,
        started_at: startedAt,
        completed_at: completedAt,
      },
    ],
    check_run_url: self,
    labels: ['ubuntu-latest'],
    runner_id: null,
    runner_name: null,
    runner_group_id: null,
    runner_group_name: null,
    workflow_name: 'Deploy',
  };
}

function listRuns(exchange: GitHubExchange, workflow?: string): Answer {
  const { query } = exchange;
  const { actions } = exchange.repository;
  const visible = actions.runs.filter((run) => {
    if (run.hiddenLists === 0) return true;
    run.hiddenLists -= 1;
    return false;
  });
  const wanted = (name: string, value: string) => (query.get(name) ?? value) === value;
  const found = visible.filter(
    (run) =>
      (workflow === undefined || run.workflow === workflow) &&
      wanted('branch', run.branch) &&
      wanted('head_sha', run.sha) &&
      wanted('event', 'workflow_dispatch') &&
      (wanted('status', run.status) || query.get('status') === run.conclusion),
  );
  return page(
    exchange,
    found.toReversed().map((run) => runJson(exchange, run)),
    (workflow_runs) => ({ total_count: found.length, workflow_runs }),
  );
}

async function listRunsOf(exchange: GitHubExchange): Promise<Answer> {
  const [workflow = ''] = exchange.parts;
  return exchange.repository.actions.workflows.has(workflow)
    ? listRuns(exchange, workflow)
    : failure(404, 'Not Found');
}

async function dispatch(exchange: GitHubExchange): Promise<Answer> {
  const { repository, parts, self, web } = exchange;
  const { actions } = repository;
  const [workflow = ''] = parts;
  const { ref, inputs, return_run_details: details } = jsonBody(exchange);
  if (!actions.workflows.has(workflow)) return failure(404, 'Not Found');
  if (!actions.runDetails && details !== undefined) {
    return failure(422, 'Invalid request.\n\n"return_run_details" is not a permitted key.');
  }
  const sha = await repository.branch(String(ref));
  if (sha === undefined) return failure(422, `No ref found for: ${String(ref)}`);
  const run = actions.add({ workflow, branch: String(ref), sha, inputs: inputs ?? {} });
  if (details !== true) return { status: 204 };
  const [run_url, html_url] = [`${self}/actions/runs/${run.id}`, `${web}/actions/runs/${run.id}`];
  return { status: 200, json: { workflow_run_id: run.id, run_url, html_url } };
}

type RunHandler = (exchange: GitHubExchange, run: RunState, actions: ActionsState) => Answer;

const ofRun = (handler: RunHandler) => async (exchange: GitHubExchange) => {
  const { actions } = exchange.repository;
  const run = actions.find(exchange.parts[0] ?? '');
  return run === undefined ? failure(404, 'Not Found') : handler(exchange, run, actions);
};

const cancel: RunHandler = (_, run, actions) => {
  if (run.status === 'completed')
    return failure(409, 'Cannot cancel a workflow run that is completed.');
  actions.finish(String(run.id), 'cancelled');
  return { status: 202, json: {} };
};

const rerun: RunHandler = (_, run, actions) => {
  if (run.status !== 'completed') return failure(403, 'This workflow is already running');
  actions.again(run);
  return { status: 201, json: {} };
};

const listJobs: RunHandler = (exchange, run) => {
  const jobs = run.jobs.filter(({ attempt }) => attempt === run.attempt);
  const shown = jobs.map((job) => jobJson(exchange, run, job));
  return page(exchange, shown, (items) => ({ total_count: jobs.length, jobs: items }));
};

async function readJob(exchange: GitHubExchange): Promise<Answer> {
  const [id = ''] = exchange.parts;
  const { runs } = exchange.repository.actions;
  const job = exchange.repository.actions.job(id);
  const run = runs.find(({ jobs }) => job !== undefined && jobs.includes(job));
  if (job === undefined || run === undefined) return failure(404, 'Not Found');
  return { status: 200, json: jobJson(exchange, run, job) };
}

async function readLog({ repository, parts, origin }: GitHubExchange): Promise<Answer> {
  const [id = ''] = parts;
  const { actions } = repository;
  const job = actions.job(id);
  if (job?.status === 'completed' && actions.lateLogs > 0) {
    actions.lateLogs -= 1;
    return failure(404, 'Not Found');
  }
  if (job?.status !== 'completed') return failure(404, 'Not Found');
  const storage = origin.replace('127.0.0.1', 'localhost');
  return {
    status: 302,
    headers: { location: `${storage}/storage/${repository.fullName}/${id}?signature=s` },
  };
}

/** The host that keeps the logs: it refuses whoever shows it a credential, as the real one does. */
export function logStorage(
  logOf: (fullName: string, job: string) => string | undefined,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    const [, fullName = '', id = ''] =
      /^\/storage\/(.+)\/([^/?]+)\?signature=s$/.exec(request.url ?? '') ?? [];
    if (id === '') return false;
    const bytes = Buffer.from(logOf(fullName, id) ?? '');
    const [, from] = /^bytes=(\d+)-\d*$/.exec(request.headers.range ?? '') ?? [];
    const start = Number(from ?? 0);
    if (request.headers.authorization !== undefined) response.writeHead(400);
    else if (from === undefined) response.writeHead(200, { 'content-type': 'text/plain' });
    else if (start >= bytes.length) response.writeHead(416);
    else {
      const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
      response.writeHead(206, { 'content-type': 'text/plain', 'content-range': range });
    }
    const whole = response.statusCode === 200 || response.statusCode === 206;
    response.end(whole ? bytes.subarray(start) : undefined);
    return true;
  };
}

/** Workflows, runs, jobs and logs. */
export const actionsRoutes: readonly GitHubRoute[] = [
  route('GET', '/actions/runs', async (exchange) => listRuns(exchange)),
  route('GET', '/actions/workflows/{workflow_id}/runs', listRunsOf),
  route('POST', '/actions/workflows/{workflow_id}/dispatches', dispatch),
  route(
    'GET',
    '/actions/runs/{run_id}',
    ofRun((exchange, run) => ({ status: 200, json: runJson(exchange, run) })),
  ),
  route('POST', '/actions/runs/{run_id}/cancel', ofRun(cancel)),
  route('POST', '/actions/runs/{run_id}/rerun', ofRun(rerun)),
  route('POST', '/actions/runs/{run_id}/rerun-failed-jobs', ofRun(rerun)),
  route('GET', '/actions/runs/{run_id}/jobs', ofRun(listJobs)),
  route('GET', '/actions/jobs/{job_id}', readJob),
  route('GET', '/actions/jobs/{job_id}/logs', readLog),
];
