import { type Answer, jsonBody, member } from '../forge/exchange.ts';
import {
  failure,
  type GitlabExchange,
  type GitlabRoute,
  notFound,
  page,
  text,
} from './exchange.ts';
import type { JobState, SimulatedPipeline } from './pipeline-state.ts';
import { variableRoutes } from './variable-routes.ts';

function basic(
  { repository, web }: GitlabExchange,
  run: SimulatedPipeline,
): Record<string, unknown> {
  return {
    id: run.id,
    iid: run.iid,
    project_id: repository.id,
    sha: run.sha,
    ref: run.ref,
    status: run.status,
    source: 'api',
    created_at: run.createdAt,
    updated_at: run.finishedAt ?? run.createdAt,
    web_url: `${web}/-/pipelines/${run.id}`,
  };
}

function full(exchange: GitlabExchange, run: SimulatedPipeline): Record<string, unknown> {
  return {
    ...basic(exchange, run),
    before_sha: '0'.repeat(40),
    tag: false,
    yaml_errors: run.yamlErrors,
    started_at: run.startedAt,
    finished_at: run.finishedAt,
    duration: null,
  };
}

async function trigger(exchange: GitlabExchange): Promise<Answer> {
  const { repository } = exchange;
  const body = jsonBody(exchange);
  const ref = text(body['ref']);
  const sha = await repository.branch(ref);
  if (sha === undefined) return failure(400, { base: ['Reference not found'] });
  const list = Array.isArray(body['variables']) ? body['variables'] : [];
  const variables = list.map((variable) => ({
    key: text(member(variable, 'key')),
    value: text(member(variable, 'value')),
  }));
  return { status: 201, json: full(exchange, repository.pipelines.add({ ref, sha, variables })) };
}

async function list(exchange: GitlabExchange): Promise<Answer> {
  const { repository, query } = exchange;
  const [ref, sha] = [query.get('ref'), query.get('sha')];
  const found = repository.pipelines.runs
    .filter((run) => (ref ?? run.ref) === run.ref && (sha ?? run.sha) === run.sha)
    .map((run) => basic(exchange, run));
  return page(exchange, query.get('sort') === 'asc' ? found : found.reverse());
}

/** Runs a handler on the pipeline that the path names. */
function withRun(
  handler: (exchange: GitlabExchange, run: SimulatedPipeline) => Promise<Answer>,
): (exchange: GitlabExchange) => Promise<Answer> {
  return async (exchange) => {
    const run = exchange.repository.pipelines.find(exchange.parts[0] ?? '');
    return run === undefined ? notFound('Not found') : handler(exchange, run);
  };
}

async function cancel(exchange: GitlabExchange, run: SimulatedPipeline): Promise<Answer> {
  // It takes a moment: the runner is told first.
  if (run.status === 'running') run.status = 'canceling';
  else if (run.status === 'pending') run.status = 'canceled';
  return { status: 200, json: full(exchange, run) };
}

async function retry(exchange: GitlabExchange, run: SimulatedPipeline): Promise<Answer> {
  exchange.repository.pipelines.retry(run);
  return { status: 201, json: full(exchange, run) };
}

function jobJson({ web }: GitlabExchange, job: JobState): object {
  return {
    id: job.id,
    name: job.name,
    stage: 'deploy',
    status: job.status,
    failure_reason: job.failureReason,
    allow_failure: false,
    created_at: '2026-11-20T08:00:00.000Z',
    started_at: job.startedAt,
    finished_at: job.finishedAt,
    web_url: `${web}/-/jobs/${job.id}`,
  };
}

async function readJob(exchange: GitlabExchange): Promise<Answer> {
  const job = exchange.repository.pipelines.job(exchange.parts[0] ?? '');
  return job === undefined ? notFound('Not found') : { status: 200, json: jobJson(exchange, job) };
}

/** The log of a job, with a range where the storage keeps to one. */
async function trace(exchange: GitlabExchange): Promise<Answer> {
  const { repository, parts, headers } = exchange;
  const job = repository.pipelines.job(parts[0] ?? '');
  if (job === undefined) return notFound('Not found');
  const bytes = Buffer.from(job.log ?? '');
  const plain = { 'content-type': 'text/plain' };
  const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
  if (from === undefined || to === undefined || !repository.pipelines.ranges) {
    return { status: 200, bytes, headers: plain };
  }
  const start = Number(from);
  if (start >= bytes.length) return { status: 416 };
  const end = Math.min(Number(to) + 1, bytes.length);
  return {
    status: 206,
    bytes: bytes.subarray(start, end),
    headers: { ...plain, 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` },
  };
}

/** Pipelines, their jobs and logs, and variables. */
export const pipelineRoutes: readonly GitlabRoute[] = [
  ['GET', /^\/pipelines$/, list],
  ['POST', /^\/pipeline$/, trigger],
  [
    'GET',
    /^\/pipelines\/(\d+)$/,
    withRun(async (exchange, run) => ({ status: 200, json: full(exchange, run) })),
  ],
  [
    'GET',
    /^\/pipelines\/(\d+)\/variables$/,
    withRun(async (_, run) => ({
      status: 200,
      json: run.variables.map((variable) => ({
        variable_type: 'env_var',
        raw: false,
        ...variable,
      })),
    })),
  ],
  ['POST', /^\/pipelines\/(\d+)\/cancel$/, withRun(cancel)],
  ['POST', /^\/pipelines\/(\d+)\/retry$/, withRun(retry)],
  [
    'GET',
    /^\/pipelines\/(\d+)\/jobs$/,
    withRun(async (exchange, run) =>
      page(
        exchange,
        run.jobs.map((job) => jobJson(exchange, job)),
      ),
    ),
  ],
  [
    'GET',
    /^\/pipelines\/(\d+)\/bridges$/,
    withRun(async (exchange, run) =>
      page(
        exchange,
        run.bridges.map((job) => jobJson(exchange, job)),
      ),
    ),
  ],
  ['GET', /^\/jobs\/(\d+)$/, readJob],
  ['GET', /^\/jobs\/(\d+)\/trace$/, trace],
  ...variableRoutes,
];
