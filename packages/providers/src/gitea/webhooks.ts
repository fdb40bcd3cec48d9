import { send, sendForJson } from '../http/json-api.ts';
import { checkWebAddress, invalid, printable } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { createWebhookOnce } from '../webhook-creation.ts';
import type { Webhook, WebhookInput, Webhooks, WebhookTopic } from '../webhook-types.ts';
import { type RepositoryApi, sendForList } from './api.ts';
import { webhookSchema } from './schemas.ts';

// The server tells of a deleted branch by `delete` alone. Names that a version does not know are passed over by it, and then the
// answer lacks the topic.
const events: Readonly<Record<WebhookTopic, readonly string[]>> = {
  push: ['push', 'delete'],
  tag: ['create', 'delete'],
  'pull-request': [
    'pull_request',
    'pull_request_comment',
    'pull_request_review',
    'pull_request_sync',
  ],
  pipeline: ['status', 'workflow_run'],
};

/** Webhooks of one repository. Their description is not kept: Gitea before 1.26 and Forgejo have no place for it. */
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
  const pages = sendForList(api, webhookSchema, {
    path: '/hooks',
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
  const json = { type: 'gitea', ...subscription(input) };
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
    method: 'PATCH',
    path: hookPath(id),
    json: subscription(input),
    // All that is set is named, so a second time changes nothing.
    idempotent: true,
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
    path: hookPath(id),
    expect: [204, 404],
    doing: `delete webhook "${id}" of "${api.fullName}"`,
    signal,
  });
  return response.status === 204 || response.attempts > 1;
}

function hookPath(id: string): string {
  if (!/^[1-9]\d{0,15}$/.test(id)) throw invalid(`"${printable(id)}" is not the id of a webhook.`);
  return `/hooks/${id}`;
}

function subscription(input: WebhookInput): Record<string, unknown> {
  const { url, topics, secret } = input;
  checkWebAddress(url, 'address of a webhook');
  if (topics.length === 0) throw invalid('A webhook has no topics.');
  const value = secret?.reveal();
  if (value === '') throw invalid('The secret of a webhook is empty.');
  return {
    active: true,
    events: [...new Set(topics.flatMap((topic) => events[topic]))],
    config: { url, content_type: 'json', ...(value === undefined ? {} : { secret: value }) },
  };
}

function toWebhook(answer: {
  readonly id: number;
  readonly active: boolean;
  readonly events: readonly string[];
  readonly config: { readonly url: string };
}): Webhook {
  const has = (name: string) => answer.events.includes(name);
  const topics: WebhookTopic[] = [];
  if (has('push')) topics.push('push');
  if (has('create')) topics.push('tag');
  if (answer.events.some((name) => name.startsWith('pull_request'))) topics.push('pull-request');
  if (has('status') || has('workflow_run')) topics.push('pipeline');
  return { id: String(answer.id), url: answer.config.url, active: answer.active, topics };
}
