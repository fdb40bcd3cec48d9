import { type Answer, jsonBody } from '../forge/exchange.ts';
import { type BitbucketExchange, type BitbucketRoute, failure, page } from './exchange.ts';

function store(exchange: BitbucketExchange, uuid: string): Record<string, unknown> {
  const { secret, ...body } = jsonBody(exchange);
  const former = exchange.repository.hooks.get(uuid);
  const hook = {
    ...body,
    type: 'webhook_subscription',
    uuid,
    subject_type: 'repository',
    created_at: former?.['created_at'] ?? exchange.repository.now(),
    // The secret itself never comes back.
    secret_set: secret !== undefined || former?.['secret_set'] === true,
  };
  exchange.repository.hooks.set(uuid, hook);
  return hook;
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
  ['GET', /^\/hooks$/, async (exchange) => page(exchange, [...exchange.repository.hooks.values()])],
  [
    'POST',
    /^\/hooks$/,
    async (exchange) => ({ status: 201, json: store(exchange, exchange.repository.newUuid()) }),
  ],
  ['PUT', /^\/hooks\/([^/]+)$/, update],
  ['DELETE', /^\/hooks\/([^/]+)$/, remove],
];
