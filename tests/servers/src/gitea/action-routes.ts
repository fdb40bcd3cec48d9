import { type Answer, jsonBody } from '../forge/exchange.ts';
import type { RunState } from './action-state.ts';
import { failure, type GiteaExchange, type GiteaRoute, page, text, webOf } from './exchange.ts';

const absent = failure(404, "The target couldn't be found.");

function runJson(exchange: GiteaExchange, run: RunState): object {
  return {
    id: run.id,
    url: `${exchange.self}/actions/runs/${run.id}`,
    html_url: `${webOf(exchange)}/actions/runs/${run.number}`,
    display_title: `Run ${run.number}`,
    path: `${run.workflow}@refs/heads/${run.branch}`,
    event: 'workflow_dispatch',
    run_attempt: run.attempt,
    run_number: run.number,
    head_sha: run.sha,
    head_branch: run.branch,
    status: run.status,
    conclusion: run.conclusion ?? '',
    // Go's zero time stands for "not yet".
    started_at: run.startedAt ?? '0001-01-01T00:00:00Z',
    completed_at: run.completedAt ?? '0001-01-01T00:00:00Z',
  };
}

function jobJson(exchange: GiteaExchange, run: RunState): object {
  const {
    id: _,
    path: _path,
    display_title: _title,
    ...common
  } = runJson(exchange, run) as Record<string, unknown>;
  const { run_number: _number, event: _event, ...shared } = common;
  return {
    ...shared,
    id: run.job,
    name: 'build',
    run_id: run.id,
    run_url: `${exchange.self}/actions/runs/${run.id}`,
    created_at: run.createdAt,
    steps: [
      {
        name: 'Run make',
        number: 1,
        status: run.status,
        conclusion: run.conclusion ?? '',
        started_at: run.startedAt ?? '0001-01-01T00:00:00Z',
        completed_at: run.completedAt ?? '0001-01-01T00:00:00Z',
      },
    ],
  };
}

async function dispatch(exchange: GiteaExchange): Promise<Answer> {
  const { repository, query } = exchange;
  const [workflow = ''] = exchange.parts;
  const body = jsonBody(exchange);
  const branch = text(body['ref']).replace(/^refs\/heads\//, '');
  const sha = await repository.branch(branch);
  if (sha === undefined) return failure(404, `reference '${branch}' doesn't exist`);
  if ((await repository.store.entry(sha, `.gitea/workflows/${workflow}`)) === undefined) {
    return failure(404, `workflow '${workflow}' doesn't exist`);
  }
  const inputs = (body['inputs'] ?? {}) as Record<string, unknown>;
  const run = repository.actions.dispatch({ workflow, branch, sha, inputs });
  if (repository.flavour === 'forgejo') {
    return body['return_run_info'] === true
      ? { status: 201, json: { id: run.id, run_number: run.number, jobs: ['build'] } }
      : { status: 204 };
  }
  if (query.get('return_run_details') !== 'true' || repository.actions.silent) {
    return { status: 204 };
  }
  const self = `${exchange.self}/actions/runs/${run.id}`;
  return { status: 200, json: { workflow_run_id: run.id, html_url: self, run_url: self } };
}

async function listRuns(exchange: GiteaExchange): Promise<Answer> {
  const { query, repository } = exchange;
  const runs = repository.actions.runs.filter(
    (run) =>
      (query.get('branch') ?? run.branch) === run.branch &&
      (query.get('head_sha') ?? run.sha) === run.sha,
  );
  return page(
    exchange,
    runs.toReversed().map((run) => runJson(exchange, run)),
    { wrap: (workflow_runs) => ({ total_count: runs.length, workflow_runs }) },
  );
}

function withRun(
  handler: (exchange: GiteaExchange, run: RunState) => Answer,
): (exchange: GiteaExchange) => Promise<Answer> {
  return async (exchange) => {
    const run = exchange.repository.actions.run(exchange.parts[0] ?? '');
    return run === undefined ? absent : handler(exchange, run);
  };
}

function rerun(exchange: GiteaExchange, run: RunState, answer: boolean): Answer {
  if (run.status !== 'completed') return failure(400, 'this workflow run is not done');
  exchange.repository.actions.again(run);
  return { status: 201, ...(answer ? { json: runJson(exchange, run) } : {}) };
}

async function readJob(exchange: GiteaExchange): Promise<Answer> {
  const run = exchange.repository.actions.ofJob(exchange.parts[0] ?? '');
  return run === undefined ? absent : { status: 200, json: jobJson(exchange, run) };
}

async function readLog(exchange: GiteaExchange): Promise<Answer> {
  const log = exchange.repository.actions.ofJob(exchange.parts[0] ?? '')?.log;
  if (log === undefined) return absent;
  return { status: 200, bytes: log, headers: { 'content-type': 'text/plain; charset=utf-8' } };
}

async function setVariable(exchange: GiteaExchange, known: boolean): Promise<Answer> {
  const { variables } = exchange.repository.actions;
  const name = (exchange.parts[0] ?? '').toUpperCase();
  if (variables.has(name) !== known) {
    return known ? absent : failure(409, `variable name already exists: ${name}`);
  }
  variables.set(name, text(jsonBody(exchange)['value']));
  return { status: known ? 204 : 201 };
}

async function setSecret(exchange: GiteaExchange): Promise<Answer> {
  const { secrets } = exchange.repository.actions;
  const name = (exchange.parts[0] ?? '').toUpperCase();
  const known = secrets.has(name);
  secrets.set(name, text(jsonBody(exchange)['data']));
  return { status: known ? 204 : 201 };
}

function remove(
  pick: (exchange: GiteaExchange) => Map<string, string>,
): (exchange: GiteaExchange) => Promise<Answer> {
  return async (exchange) =>
    pick(exchange).delete((exchange.parts[0] ?? '').toUpperCase()) ? { status: 204 } : absent;
}

async function listVariables(exchange: GiteaExchange): Promise<Answer> {
  const { variables } = exchange.repository.actions;
  return page(
    exchange,
    [...variables].map(([name, data]) => ({ owner_id: 0, repo_id: 1, name, data })),
  );
}

async function listSecrets(exchange: GiteaExchange): Promise<Answer> {
  const names = [...exchange.repository.actions.secrets.keys()];
  return page(
    exchange,
    names.map((name) => ({ name, created_at: '2026-11-20T08:00:00Z' })),
  );
}

/** Answers 404 on Forgejo 11, which lacks the call. */
function giteaOnly(
  handler: (exchange: GiteaExchange) => Promise<Answer>,
): (exchange: GiteaExchange) => Promise<Answer> {
  return async (exchange) => (exchange.repository.flavour === 'gitea' ? handler(exchange) : absent);
}

/** Actions: runs, jobs, logs, variables and secrets. */
export const actionRoutes: readonly GiteaRoute[] = [
  ['POST', /^\/actions\/workflows\/([^/]+)\/dispatches$/, dispatch],
  ['GET', /^\/actions\/runs$/, giteaOnly(listRuns)],
  [
    'GET',
    /^\/actions\/runs\/([^/]+)$/,
    giteaOnly(withRun((exchange, run) => ({ status: 200, json: runJson(exchange, run) }))),
  ],
  [
    'GET',
    /^\/actions\/runs\/([^/]+)\/jobs$/,
    giteaOnly(
      withRun((exchange, run) =>
        page(exchange, [jobJson(exchange, run)], { wrap: (jobs) => ({ total_count: 1, jobs }) }),
      ),
    ),
  ],
  [
    'POST',
    /^\/actions\/runs\/([^/]+)\/rerun$/,
    giteaOnly(withRun((exchange, run) => rerun(exchange, run, true))),
  ],
  [
    'POST',
    /^\/actions\/runs\/([^/]+)\/rerun-failed-jobs$/,
    giteaOnly(withRun((exchange, run) => rerun(exchange, run, false))),
  ],
  ['GET', /^\/actions\/jobs\/([^/]+)$/, giteaOnly(readJob)],
  ['GET', /^\/actions\/jobs\/([^/]+)\/logs$/, giteaOnly(readLog)],
  ['GET', /^\/actions\/variables$/, listVariables],
  ['POST', /^\/actions\/variables\/([^/]+)$/, (exchange) => setVariable(exchange, false)],
  ['PUT', /^\/actions\/variables\/([^/]+)$/, (exchange) => setVariable(exchange, true)],
  [
    'DELETE',
    /^\/actions\/variables\/([^/]+)$/,
    remove((exchange) => exchange.repository.actions.variables),
  ],
  ['GET', /^\/actions\/secrets$/, listSecrets],
  ['PUT', /^\/actions\/secrets\/([^/]+)$/, setSecret],
  [
    'DELETE',
    /^\/actions\/secrets\/([^/]+)$/,
    remove((exchange) => exchange.repository.actions.secrets),
  ],
];
