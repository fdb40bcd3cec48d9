import type * as v from 'valibot';
import { send, sendForJson } from '../http/json-api.ts';
import { sendForLinkedPages } from '../http/pages.ts';
import { checkWebAddress, invalid, printable } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { createWebhookOnce } from '../webhook-creation.ts';
import type { Webhook, WebhookInput, Webhooks, WebhookTopic } from '../webhook-types.ts';
import type { RepositoryApi } from './api.ts';
import { webhookSchema } from './schemas.ts';

// `create` and `delete` tell of tags too, but not of the commit; a push does.
const events: Readonly<Record<WebhookTopic, readonly string[]>> = {
  push: ['push'],
  tag: ['push'],
  // A comment on the conversation (`issue_comment`) comes without the branches.
  'pull-request': ['pull_request', 'pull_request_review', 'pull_request_review_comment'],
  pipeline: ['workflow_run', 'check_suite', 'status'],
};

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
  const pages = sendForLinkedPages(api, webhookSchema, {
    path: '/hooks',
    query: [['per_page', '100']],
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
  checkInput(input);
  return createWebhookOnce(
    {
      list: () => listWebhooks(api, { signal }),
      create: async () =>
        toWebhook(
          await sendForJson(api, webhookSchema, {
            method: 'POST',
            path: '/hooks',
            json: { name: 'web', active: true, events: eventsOf(input), config: configOf(input) },
            expect: [201],
            doing: `create a webhook of "${api.fullName}"`,
            signal,
          }),
        ),
    },
    input.url,
  );
}

/**
 * Replaces a webhook. GitHub forgets the secret when a `config` comes without one, so that the secret stays only if the address is
 * changed by the call for the configuration alone: one request with a secret, two without.
 */
async function updateWebhook(
  api: RepositoryApi,
  { id, input }: { readonly id: string; readonly input: WebhookInput },
  { signal }: RequestOptions = {},
): Promise<Webhook> {
  checkInput(input);
  const path = hookPath(id);
  const doing = `update webhook "${id}" of "${api.fullName}"`;
  const request = { method: 'PATCH', expect: [200], doing, idempotent: true, signal } as const;
  const config = configOf(input);
  if (input.secret === undefined)
    await send(api, { ...request, path: `${path}/config`, json: config });
  const answer = await sendForJson(api, webhookSchema, {
    ...request,
    path,
    json: {
      active: true,
      events: eventsOf(input),
      ...(input.secret === undefined ? {} : { config }),
    },
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
  if (!/^\d{1,15}$/.test(id))
    throw invalid(`"${printable(id)}" is not the id of a webhook of GitHub.`);
  return `/hooks/${id}`;
}

function checkInput({ url, topics, secret }: WebhookInput): void {
  checkWebAddress(url, 'address of a webhook');
  if (topics.length === 0) throw invalid('A webhook has no topics.');
  if (secret?.reveal().trim() === '') throw invalid('The secret of a webhook is empty.');
}

function eventsOf({ topics }: WebhookInput): readonly string[] {
  return [...new Set(topics.flatMap((topic) => events[topic]))];
}

function configOf({ url, secret }: WebhookInput): object {
  return {
    url,
    content_type: 'json',
    // "0" checks the certificate of the receiver.
    insecure_ssl: '0',
    ...(secret === undefined ? {} : { secret: secret.reveal() }),
  };
}

function toWebhook({
  id,
  active,
  events: subscribed,
  config,
}: v.InferOutput<typeof webhookSchema>) {
  const has = (topic: WebhookTopic) => events[topic].some((event) => subscribed.includes(event));
  const all = subscribed.includes('*');
  const shown = ['push', 'pull-request', 'pipeline'] as const;
  const topics = shown.filter((topic) => all || has(topic));
  return { id: String(id), url: config.url ?? '', active, topics };
}
