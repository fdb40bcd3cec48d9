import { type Answer, jsonBody } from '../forge/exchange.ts';
import {
  failure,
  type GitlabExchange,
  type GitlabRoute,
  notFound,
  page,
  text,
} from './exchange.ts';

const events = [
  'push_events',
  'tag_push_events',
  'merge_requests_events',
  'note_events',
  'pipeline_events',
  'enable_ssl_verification',
];

/** A webhook as GitLab shows it: never with its token. */
function hookJson(id: number, hook: Readonly<Record<string, unknown>>): object {
  return {
    id,
    url: hook['url'],
    name: hook['name'] ?? '',
    created_at: hook['created_at'],
    ...Object.fromEntries(events.map((name) => [name, hook[name] === true])),
    alert_status: hook['alert_status'],
    disabled_until: null,
    project_id: hook['project_id'],
  };
}

async function create(exchange: GitlabExchange): Promise<Answer> {
  const { repository } = exchange;
  const body = jsonBody(exchange);
  if (!URL.canParse(text(body['url']))) return failure(422, 'Invalid url given');
  const id = repository.nextId();
  const hook = {
    // What is left out is pushes.
    push_events: true,
    ...body,
    created_at: repository.now(),
    alert_status: 'executable',
    project_id: repository.id,
  };
  repository.hooks.set(id, hook);
  return { status: 201, json: hookJson(id, hook) };
}

async function update(exchange: GitlabExchange): Promise<Answer> {
  const id = Number(exchange.parts[0]);
  const hook = exchange.repository.hooks.get(id);
  if (hook === undefined) return notFound('Not found');
  const body = jsonBody(exchange);
  // A token that is not named again is not told to another address.
  if (body['url'] !== undefined && body['url'] !== hook['url']) delete hook['token'];
  Object.assign(hook, body);
  return { status: 200, json: hookJson(id, hook) };
}

/** Webhooks. */
export const hookRoutes: readonly GitlabRoute[] = [
  [
    'GET',
    /^\/hooks$/,
    async (exchange) =>
      page(
        exchange,
        [...exchange.repository.hooks].map(([id, hook]) => hookJson(id, hook)),
      ),
  ],
  [
    'GET',
    /^\/hooks\/(\d+)$/,
    async ({ repository, parts }) => {
      const id = Number(parts[0]);
      const hook = repository.hooks.get(id);
      return hook === undefined ? notFound('Not found') : { status: 200, json: hookJson(id, hook) };
    },
  ],
  ['POST', /^\/hooks$/, create],
  ['PUT', /^\/hooks\/(\d+)$/, update],
  [
    'DELETE',
    /^\/hooks\/(\d+)$/,
    async ({ repository, parts }) =>
      repository.hooks.delete(Number(parts[0])) ? { status: 204 } : notFound('Not found'),
  ],
];
