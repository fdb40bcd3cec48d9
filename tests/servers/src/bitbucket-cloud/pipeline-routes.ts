import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Answer, jsonBody, member } from '../forge/exchange.ts';
import { type BitbucketExchange, type BitbucketRoute, failure, page } from './exchange.ts';
import type { PipelineRun, PipelineVariable, StepState } from './pipeline-state.ts';

function stateOf(of: {
  state: string;
  stage?: string;
  result: string | undefined;
  error?: string | undefined;
}) {
  const name = of.state;
  if (name === 'COMPLETED') {
    const result = {
      type: `pipeline_state_completed_${String(of.result).toLowerCase()}`,
      name: of.result,
      ...(of.error === undefined
        ? {}
        : { error: { key: 'plan-service.parse.error', message: of.error } }),
    };
    return { type: 'pipeline_state_completed', name, result };
  }
  if (name === 'IN_PROGRESS') {
    const stage = { type: 'pipeline_state_in_progress_stage', name: of.stage ?? 'RUNNING' };
    return { type: 'pipeline_state_in_progress', name, stage };
  }
  return { type: 'pipeline_state_pending', name };
}

function shownVariable({ uuid, key, value, secured }: PipelineVariable) {
  return { type: 'pipeline_variable', uuid, key, secured, ...(secured ? {} : { value }) };
}

function shownRun(run: PipelineRun) {
  return {
    type: 'pipeline',
    uuid: run.uuid,
    build_number: run.number,
    target: run.target,
    state: stateOf(run),
    variables: run.variables.map(shownVariable),
    trigger: { type: `pipeline_trigger_${run.trigger}`, name: run.trigger.toUpperCase() },
    created_on: run.createdOn,
    ...(run.completedOn === undefined ? {} : { completed_on: run.completedOn }),
  };
}

function shownStep(step: StepState) {
  return {
    type: 'pipeline_step',
    uuid: step.uuid,
    name: step.name,
    state: stateOf(step),
    ...(step.startedOn === undefined ? {} : { started_on: step.startedOn }),
    ...(step.completedOn === undefined ? {} : { completed_on: step.completedOn }),
  };
}

/** Cuts a list into pages as Pipelines does: against the document it names no next page (BCLOUD-20639). */
function numberedPage(exchange: BitbucketExchange, values: readonly unknown[]): Answer {
  const answer = page(exchange, values);
  if (answer.status !== 200) return answer;
  const { next: _, ...json } = answer.json as { readonly next?: string };
  return { ...answer, json };
}

async function list(exchange: BitbucketExchange): Promise<Answer> {
  const { query, repository } = exchange;
  const runs = repository.pipelines.runs.filter(
    ({ target }) =>
      [null, target['ref_name']].includes(query.get('target.branch')) &&
      [null, target['ref_name']].includes(query.get('target.ref_name')) &&
      [null, member(target, 'commit', 'hash')].includes(query.get('target.commit.hash')),
  );
  const newestFirst = query.get('sort') === '-created_on' ? runs.toReversed() : runs;
  return numberedPage(exchange, newestFirst.map(shownRun));
}

async function trigger(exchange: BitbucketExchange): Promise<Answer> {
  const { repository } = exchange;
  const { pipelines } = repository;
  const body = jsonBody(exchange);
  const { target } = body;
  const name = member(target, 'ref_name');
  const tip = typeof name === 'string' ? await repository.branch(name) : undefined;
  if (tip === undefined) return failure(400, `The branch "${String(name)}" could not be found.`);
  const selector = member(target, 'selector', 'pattern');
  if (selector !== undefined && !pipelines.custom.has(String(selector))) {
    return failure(
      400,
      `The custom pipeline "${String(selector)}" is not in bitbucket-pipelines.yml.`,
    );
  }
  const variables = Array.isArray(body['variables']) ? body['variables'] : [];
  const run = pipelines.add(
    { commit: { type: 'commit', hash: tip }, ...(target as Record<string, unknown>) },
    variables.map((variable) => pipelines.newVariable(fieldsOf(variable))),
  );
  const location = `${exchange.self}/pipelines/${encodeURIComponent(run.uuid)}`;
  return { status: 201, json: shownRun(run), headers: { location } };
}

function fieldsOf(body: unknown): Omit<PipelineVariable, 'uuid'> {
  return {
    key: String(member(body, 'key')),
    value: String(member(body, 'value')),
    secured: member(body, 'secured') === true,
  };
}

async function read({ repository, parts: [id = ''] }: BitbucketExchange): Promise<Answer> {
  const run = repository.pipelines.find(id);
  return run === undefined
    ? failure(404, 'No such pipeline')
    : { status: 200, json: shownRun(run) };
}

async function stop({ repository, parts: [id = ''] }: BitbucketExchange): Promise<Answer> {
  const run = repository.pipelines.find(id);
  if (run === undefined) return failure(404, 'No such pipeline');
  if (run.state === 'COMPLETED') return failure(400, 'The pipeline is already completed.');
  repository.pipelines.finish(id, 'STOPPED');
  return { status: 204 };
}

async function steps(exchange: BitbucketExchange): Promise<Answer> {
  const {
    repository,
    parts: [id = ''],
  } = exchange;
  const run = repository.pipelines.find(id);
  return run === undefined
    ? failure(404, 'No such pipeline')
    : numberedPage(exchange, run.steps.map(shownStep));
}

async function step({
  repository,
  parts: [run = '', id = ''],
}: BitbucketExchange): Promise<Answer> {
  const found = repository.pipelines.find(run)?.steps.find(({ uuid }) => uuid === id);
  return found === undefined
    ? failure(404, 'No such step')
    : { status: 200, json: shownStep(found) };
}

async function log(exchange: BitbucketExchange): Promise<Answer> {
  const {
    repository,
    parts: [run = '', id = ''],
    headers,
    origin,
  } = exchange;
  const found = repository.pipelines.find(run)?.steps.find(({ uuid }) => uuid === id);
  if (found?.log === undefined) return failure(404, 'The log does not exist.');
  if (found.state === 'COMPLETED' && repository.pipelines.storage) {
    // Another name of this machine is another host to a client.
    const storage = origin.replace('127.0.0.1', 'localhost');
    const place = `${storage}/storage/${repository.fullName}/${encodeURIComponent(id)}?signature=s`;
    return { status: 307, headers: { location: place } };
  }
  return rangeOf(Buffer.from(found.log), repository.pipelines.ranges ? headers.range : undefined);
}

function rangeOf(bytes: Buffer, range: string | undefined): Answer {
  const headers = { 'content-type': 'application/octet-stream' };
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? '') ?? [];
  if (from === undefined) return { status: 200, bytes, headers };
  const start = Number(from);
  if (start >= bytes.length) return { status: 416 };
  const end = Math.min(to === undefined || to === '' ? bytes.length : Number(to) + 1, bytes.length);
  return {
    status: 206,
    bytes: bytes.subarray(start, end),
    headers: { ...headers, 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` },
  };
}

/** The host that keeps the logs of completed steps: it refuses whoever shows it a credential. */
export function logStorage(
  logOf: (fullName: string, step: string) => string | undefined,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  return (request, response) => {
    const [, fullName, id] =
      /^\/storage\/(.+)\/([^/?]+)\?signature=s$/.exec(request.url ?? '') ?? [];
    if (fullName === undefined || id === undefined) return false;
    const text = logOf(fullName, decodeURIComponent(id));
    const answer: Answer =
      request.headers.authorization !== undefined
        ? { status: 400 }
        : text === undefined
          ? { status: 404 }
          : rangeOf(Buffer.from(text), request.headers.range);
    response.writeHead(answer.status, answer.headers);
    response.end(answer.bytes);
    return true;
  };
}

type Variables = (exchange: BitbucketExchange) => PipelineVariable[] | undefined;

const ofRepository: Variables = ({ repository }) => repository.pipelines.variables;
const ofEnvironment: Variables = ({ repository, parts: [id = ''] }) =>
  repository.pipelines.environments.find(({ uuid }) => uuid === id)?.variables;

function variableRoutes(path: string, of: Variables): readonly BitbucketRoute[] {
  const one = new RegExp(`^${path}/([^/]+)$`);
  const all = new RegExp(`^${path}$`);
  const find = (exchange: BitbucketExchange) => {
    const variables = of(exchange) ?? [];
    return { variables, at: variables.findIndex(({ uuid }) => uuid === exchange.parts.at(-1)) };
  };
  return [
    [
      'GET',
      all,
      async (exchange) => numberedPage(exchange, (of(exchange) ?? []).map(shownVariable)),
    ],
    [
      'POST',
      all,
      async (exchange) => {
        const variables = of(exchange);
        if (variables === undefined) return failure(404, 'No such environment');
        const fields = fieldsOf(jsonBody(exchange));
        if (variables.some(({ key }) => key === fields.key)) {
          return failure(409, `A variable named ${fields.key} already exists.`);
        }
        const made = exchange.repository.pipelines.newVariable(fields);
        variables.push(made);
        return { status: 201, json: shownVariable(made) };
      },
    ],
    [
      'PUT',
      one,
      async (exchange) => {
        const { variables, at } = find(exchange);
        const former = variables[at];
        if (former === undefined) return failure(404, 'No such variable');
        Object.assign(former, fieldsOf(jsonBody(exchange)));
        return { status: 200, json: shownVariable(former) };
      },
    ],
    [
      'DELETE',
      one,
      async (exchange) => {
        const { variables, at } = find(exchange);
        if (at < 0) return failure(404, 'No such variable');
        variables.splice(at, 1);
        return { status: 204 };
      },
    ],
  ];
}

/** Pipelines, their steps and logs, variables and environments. */
export const pipelineRoutes: readonly BitbucketRoute[] = [
  ['GET', /^\/pipelines$/, list],
  ['POST', /^\/pipelines$/, trigger],
  ['GET', /^\/pipelines\/([^/]+)$/, read],
  ['POST', /^\/pipelines\/([^/]+)\/stopPipeline$/, stop],
  ['GET', /^\/pipelines\/([^/]+)\/steps$/, steps],
  ['GET', /^\/pipelines\/([^/]+)\/steps\/([^/]+)$/, step],
  ['GET', /^\/pipelines\/([^/]+)\/steps\/([^/]+)\/log$/, log],
  ...variableRoutes('/pipelines_config/variables', ofRepository),
  ...variableRoutes('/deployments_config/environments/([^/]+)/variables', ofEnvironment),
  [
    'GET',
    /^\/environments$/,
    async (exchange) =>
      page(
        exchange,
        exchange.repository.pipelines.environments.map(({ uuid, name }) => ({
          type: 'deployment_environment',
          uuid,
          name,
        })),
      ),
  ],
];
