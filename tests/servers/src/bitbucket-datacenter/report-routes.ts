import { type Answer, jsonBody } from '../forge/exchange.ts';
import { type DatacenterExchange, type DatacenterRoute, failure, page } from './exchange.ts';

async function setBuild(exchange: DatacenterExchange): Promise<Answer> {
  const { repository, parts } = exchange;
  const [sha = ''] = parts;
  if ((await repository.store.commit(sha)) === undefined) {
    return failure(
      400,
      'validation.ArgumentValidationException',
      `"${sha}" is not a commit of this repository.`,
    );
  }
  const body = jsonBody(exchange);
  const key = String(body['key']);
  if (key === '' || key.length > 255 || String(body['url']).length > 450) {
    return failure(400, 'validation.ArgumentValidationException', 'key or url is too long');
  }
  const builds = repository.builds.get(sha) ?? new Map<string, Record<string, unknown>>();
  const now = repository.now();
  builds.set(key, {
    ...body,
    projectKey: repository.key,
    repositorySlug: repository.slug,
    createdDate: builds.get(key)?.['createdDate'] ?? now,
    updatedDate: now,
  });
  repository.builds.set(sha, builds);
  return { status: 204 };
}

async function listHooks(exchange: DatacenterExchange): Promise<Answer> {
  return page(exchange, [...exchange.repository.hooks.values()]);
}

async function createHook(exchange: DatacenterExchange): Promise<Answer> {
  const { repository } = exchange;
  const id = repository.nextId();
  const now = repository.now();
  const hook = { ...jsonBody(exchange), id, createdDate: now, updatedDate: now };
  repository.hooks.set(String(id), hook);
  return { status: 201, json: hook };
}

async function readHook({ repository, parts }: DatacenterExchange): Promise<Answer> {
  const hook = repository.hooks.get(parts[0] ?? '');
  return hook === undefined ? noHook : { status: 200, json: hook };
}

async function updateHook(exchange: DatacenterExchange): Promise<Answer> {
  const { repository, parts } = exchange;
  const former = repository.hooks.get(parts[0] ?? '');
  if (former === undefined) return noHook;
  const { id, createdDate } = former;
  const hook = { ...jsonBody(exchange), id, createdDate, updatedDate: repository.now() };
  repository.hooks.set(String(id), hook);
  return { status: 200, json: hook };
}

async function deleteHook({ repository, parts }: DatacenterExchange): Promise<Answer> {
  return repository.hooks.delete(parts[0] ?? '') ? { status: 204 } : noHook;
}

const noHook = failure(404, 'webhooks.NoSuchWebhookException', 'No such webhook.');

/** Builds and webhooks. */
export const reportRoutes: readonly DatacenterRoute[] = [
  ['POST', /^\/commits\/([^/]+)\/builds$/, setBuild],
  ['GET', /^\/webhooks$/, listHooks],
  ['POST', /^\/webhooks$/, createHook],
  ['GET', /^\/webhooks\/([^/]+)$/, readHook],
  ['PUT', /^\/webhooks\/([^/]+)$/, updateHook],
  ['DELETE', /^\/webhooks\/([^/]+)$/, deleteHook],
];
