import { type Answer, jsonBody } from '../forge/exchange.ts';
import { type BitbucketExchange, type BitbucketRoute, failure, page } from './exchange.ts';

function store(exchange: BitbucketExchange, uuid: string): object {
  const former = exchange.repository.hooks.get(uuid);
  const hook = {
    // What is not sent stays, of all members for the secret alone.
    secret: former?.['secret'],
    ...jsonBody(exchange),
    type: 'webhook_subscription',
    uuid,
    subject_type: 'repository',
    created_at: former?.['created_at'] ?? exchange.repository.now(),
  };
  exchange.repository.hooks.set(uuid, hook);
  return shown(hook);
}

/** The secret itself never comes back. */
function shown({ secret, ...hook }: Readonly<Record<string, unknown>>): object {
  return { ...hook, secret_set: typeof secret === 'string' };
}

async function update(exchange: BitbucketExchange): Promise<Answer> {
  const [uuid = ''] = exchange.parts;
  if (!exchange.repository.hooks.has(uuid)) return failure(404, 'No such webhook');
  return { status: 200, json: store(exchange, uuid) };
}

async function remove(exchange: BitbucketExchange): Promise<Answer> {
  const [uuid = ''] = exchange.parts;
  return exchange.repository.hooks.delete(uuid) ? { status: 204 } : failure(404, 'No such webhook');
}

/** Webhooks. */
export const hookRoutes: readonly BitbucketRoute[] = [
  [
    'GET',
    /^\/hooks$/,
    async (exchange) => page(exchange, [...exchange.repository.hooks.values()].map(shown)),
  ],
  [
    'POST',
    /^\/hooks$/,
    async (exchange) => ({ status: 201, json: store(exchange, exchange.repository.newUuid()) }),
  ],
  ['PUT', /^\/hooks\/([^/]+)$/, update],
  ['DELETE', /^\/hooks\/([^/]+)$/, remove],
];
