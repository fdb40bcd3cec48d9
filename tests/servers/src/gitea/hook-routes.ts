import { type Answer, jsonBody, member } from '../forge/exchange.ts';
import { failure, type GiteaExchange, type GiteaRoute, page, text } from './exchange.ts';

const pullEvents = [
  'pull_request',
  'pull_request_assign',
  'pull_request_label',
  'pull_request_milestone',
  'pull_request_comment',
  'pull_request_review',
  'pull_request_review_request',
  'pull_request_sync',
];
const everywhere = ['push', 'create', 'delete', 'fork', 'issues', 'release', ...pullEvents];
const onlyGitea = ['status', 'workflow_run', 'workflow_job'];

/** Keeps the events that the server knows; `pull_request` stands for all of them. */
function eventsOf({ repository }: GiteaExchange, wanted: unknown): readonly string[] {
  const known = repository.flavour === 'gitea' ? [...everywhere, ...onlyGitea] : everywhere;
  const asked = Array.isArray(wanted) ? wanted.map(text) : ['push'];
  const all = asked.includes('pull_request') ? [...asked, ...pullEvents] : asked;
  return known.filter((event) => all.includes(event));
}

function store(
  exchange: GiteaExchange,
  id: number,
  former: Readonly<Record<string, unknown>> | undefined,
): object {
  const { repository } = exchange;
  const body = jsonBody(exchange);
  const now = repository.now();
  const url = member(body, 'config', 'url') ?? member(former, 'config', 'url');
  const secret = member(body, 'config', 'secret') ?? former?.['secret'];
  const hook = {
    id,
    type: 'gitea',
    branch_filter: '*',
    active: body['active'] ?? former?.['active'] ?? false,
    config: { content_type: 'json', url },
    events: body['events'] === undefined ? former?.['events'] : eventsOf(exchange, body['events']),
    authorization_header: '',
    created_at: former?.['created_at'] ?? now,
    updated_at: now,
  };
  repository.hooks.set(id, { ...hook, secret });
  // The secret itself never comes back.
  return hook;
}

function shown({ secret: _, ...hook }: Readonly<Record<string, unknown>>): object {
  return hook;
}

async function create(exchange: GiteaExchange): Promise<Answer> {
  const type = jsonBody(exchange)['type'];
  if (type !== 'gitea') return failure(422, `Invalid hook type: ${String(type)}`);
  return { status: 201, json: store(exchange, exchange.repository.nextId(), undefined) };
}

async function edit(exchange: GiteaExchange): Promise<Answer> {
  const id = Number(exchange.parts[0]);
  const former = exchange.repository.hooks.get(id);
  if (former === undefined) return failure(404, "The target couldn't be found.");
  return { status: 200, json: store(exchange, id, former) };
}

async function remove(exchange: GiteaExchange): Promise<Answer> {
  return exchange.repository.hooks.delete(Number(exchange.parts[0]))
    ? { status: 204 }
    : failure(404, "The target couldn't be found.");
}

/** Webhooks. */
export const hookRoutes: readonly GiteaRoute[] = [
  [
    'GET',
    /^\/hooks$/,
    async (exchange) => page(exchange, [...exchange.repository.hooks.values()].map(shown)),
  ],
  ['POST', /^\/hooks$/, create],
  ['PATCH', /^\/hooks\/(\d+)$/, edit],
  ['DELETE', /^\/hooks\/(\d+)$/, remove],
];
