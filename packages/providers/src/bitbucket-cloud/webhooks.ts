import { ProviderError } from '../errors.ts';
import { send, sendForJson } from '../http/json-api.ts';
import { checkWebAddress } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { createWebhookOnce } from '../webhook-creation.ts';
import type { Webhook, WebhookInput, Webhooks, WebhookTopic } from '../webhook-types.ts';
import { type RepositoryApi, sendForPages } from './api.ts';
import { webhookSchema } from './schemas.ts';

// Bitbucket has one event for pushes of branches and of tags; the delivery tells which it was.
const events: Readonly<Record<WebhookTopic, readonly string[]>> = {
  push: ['repo:push'],
  tag: ['repo:push'],
  'pull-request': [
    'pullrequest:created',
    'pullrequest:updated',
    'pullrequest:approved',
    'pullrequest:fulfilled',
    'pullrequest:rejected',
    'pullrequest:comment_created',
  ],
  pipeline: ['repo:commit_status_created', 'repo:commit_status_updated'],
};

const MAX_SECRET = 128;

/** Webhooks of one repository. */
export function webhooks(api: RepositoryApi): Webhooks {
  return {
    list: (options) => listWebhooks(api, options),
    create: (input, options) => createWebhook(api, input, options),
    update: (id, input, options) => updateWebhook(api, { id, input }, options),
    delete: (id, options) => deleteWebhook(api, id, options),
  };
}

async function* listWebhooks(
  api: RepositoryApi,
  { signal }: RequestOptions = {},
): AsyncGenerator<Webhook, void, undefined> {
  const pages = sendForPages(api, webhookSchema, {
    path: '/hooks',
    query: [['pagelen', '100']],
    expect: [200],
    doing: `list the webhooks of "${api.fullName}"`,
    signal,
  });
  for await (const hook of pages) yield toWebhook(hook);
}

async function createWebhook(
  api: RepositoryApi,
  input: WebhookInput,
  { signal }: RequestOptions = {},
): Promise<Webhook> {
  const json = subscription(input);
  return createWebhookOnce(
    {
      list: () => listWebhooks(api, { signal }),
      create: async () =>
        toWebhook(
          await sendForJson(api, webhookSchema, {
            method: 'POST',
            path: '/hooks',
            json,
            expect: [201],
            doing: `create a webhook of "${api.fullName}"`,
            signal,
          }),
        ),
    },
    input.url,
  );
}

async function updateWebhook(
  api: RepositoryApi,
  { id, input }: { readonly id: string; readonly input: WebhookInput },
  { signal }: RequestOptions = {},
): Promise<Webhook> {
  const answer = await sendForJson(api, webhookSchema, {
    method: 'PUT',
    path: `/hooks/${encodeURIComponent(id)}`,
    json: subscription(input),
    expect: [200],
    doing: `update webhook "${id}" of "${api.fullName}"`,
    signal,
  });
  return toWebhook(answer);
}

async function deleteWebhook(
  api: RepositoryApi,
  id: string,
  { signal }: RequestOptions = {},
): Promise<boolean> {
  const response = await send(api, {
    method: 'DELETE',
    path: `/hooks/${encodeURIComponent(id)}`,
    expect: [204, 404],
    doing: `delete webhook "${id}" of "${api.fullName}"`,
    signal,
  });
  return response.status === 204 || response.attempts > 1;
}

function subscription(input: WebhookInput): Record<string, unknown> {
  const { url, topics, secret, description = 'Bowline' } = input;
  checkWebAddress(url, 'address of a webhook');
  if (topics.length === 0) {
    throw new ProviderError('PROVIDER_INVALID_ARGUMENT', 'A webhook has no topics.');
  }
  const value = secret?.reveal();
  if (value !== undefined && (value === '' || value.length > MAX_SECRET)) {
    throw new ProviderError(
      'PROVIDER_INVALID_ARGUMENT',
      `The secret of a webhook is empty or longer than ${MAX_SECRET} characters.`,
    );
  }
  return {
    description,
    url,
    active: true,
    events: [...new Set(topics.flatMap((topic) => events[topic]))],
    ...(value === undefined ? {} : { secret: value }),
  };
}

function toWebhook(answer: {
  readonly uuid: string;
  readonly url: string;
  readonly active: boolean;
  readonly events: readonly string[];
}): Webhook {
  const has = (prefix: string) => answer.events.some((event) => event.startsWith(prefix));
  const topics: WebhookTopic[] = [];
  if (has('repo:push')) topics.push('push');
  if (has('pullrequest:')) topics.push('pull-request');
  if (has('repo:commit_status')) topics.push('pipeline');
  return { id: answer.uuid, url: answer.url, active: answer.active, topics };
}
