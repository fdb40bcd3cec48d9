import { type Answer, jsonBody, member } from '../forge/exchange.ts';
import { failure, type GitHubExchange, type GitHubRoute, page, route } from './exchange.ts';

function shown({ self }: GitHubExchange, hook: Record<string, unknown>): object {
  const { secret, ...config } = hook['config'] as Record<string, unknown>;
  const url = `${self}/hooks/${hook['id']}`;
  return {
    ...hook,
    // A secret that is set comes back as stars.
    config: { ...config, ...(secret === undefined ? {} : { secret: '********' }) },
    url,
    test_url: `${url}/test`,
    ping_url: `${url}/pings`,
  };
}

async function create(exchange: GitHubExchange): Promise<Answer> {
  const { repository } = exchange;
  const { config, events, active } = jsonBody(exchange);
  const same = (hook: Record<string, unknown>) =>
    member(hook, 'config', 'url') === member(config, 'url') &&
    JSON.stringify(hook['events']) === JSON.stringify(events);
  if ([...repository.hooks.values()].some(same)) {
    const error = {
      resource: 'Hook',
      code: 'custom',
      message: 'Hook already exists on this repository',
    };
    return failure(422, 'Validation Failed', [error]);
  }
  const now = repository.now();
  const hook = {
    type: 'Repository',
    id: repository.nextId(),
    name: 'web',
    active,
    events,
    config,
    created_at: now,
    updated_at: now,
    last_response: { code: null, status: 'unused', message: null },
  };
  repository.hooks.set(hook.id, hook);
  return { status: 201, json: shown(exchange, hook) };
}

function find({ repository, parts }: GitHubExchange): Record<string, unknown> | undefined {
  return repository.hooks.get(Number(parts[0]));
}

async function update(exchange: GitHubExchange): Promise<Answer> {
  const hook = find(exchange);
  if (hook === undefined) return failure(404, 'Not Found');
  // A configuration that comes here replaces the former one, its secret with it.
  Object.assign(hook, jsonBody(exchange));
  return { status: 200, json: shown(exchange, hook) };
}

async function configure(exchange: GitHubExchange): Promise<Answer> {
  const hook = find(exchange);
  if (hook === undefined) return failure(404, 'Not Found');
  hook['config'] = { ...(hook['config'] as object), ...jsonBody(exchange) };
  const { secret: _, ...config } = hook['config'] as Record<string, unknown>;
  return { status: 200, json: config };
}

async function remove({ repository, parts }: GitHubExchange): Promise<Answer> {
  return repository.hooks.delete(Number(parts[0])) ? { status: 204 } : failure(404, 'Not Found');
}

/** Webhooks. */
export const hookRoutes: readonly GitHubRoute[] = [
  route('GET', '/hooks', async (exchange) =>
    page(
      exchange,
      [...exchange.repository.hooks.values()].map((hook) => shown(exchange, hook)),
    ),
  ),
  route('POST', '/hooks', create),
  route('PATCH', '/hooks/{hook_id}', update),
  route('PATCH', '/hooks/{hook_id}/config', configure),
  route('DELETE', '/hooks/{hook_id}', remove),
];
