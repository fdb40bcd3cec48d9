import { parseAnswer, send, sendForJson } from '../http/json-api.ts';
import { checkWebAddress, invalid } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { createWebhookOnce } from '../webhook-creation.ts';
import type { Webhook, WebhookInput, Webhooks, WebhookTopic } from '../webhook-types.ts';
import { type RepositoryApi, sendForPages } from './api.ts';
import { type WebhookAnswer, webhookSchema } from './schemas.ts';

// There is one event for pushes of branches and of tags, and none for builds; the delivery tells which of the two it was.
const events: Readonly<Record<WebhookTopic, readonly string[]>> = {
  push: ['repo:refs_changed'],
  tag: ['repo:refs_changed'],
  'pull-request': [
    'pr:opened',
    'pr:modified',
    'pr:from_ref_updated',
    'pr:reviewer:approved',
    'pr:merged',
    'pr:declined',
    'pr:comment:added',
  ],
  pipeline: [],
};

const MAX_SECRET = 255;

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
    path: '/webhooks',
    query: [['limit', '100']],
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
  const json = { ...subscription(input), configuration: configurationOf(input, {}) };
  return createWebhookOnce(
    {
      list: () => listWebhooks(api, { signal }),
      create: async () =>
        toWebhook(
          await sendForJson(api, webhookSchema, {
            method: 'POST',
            path: '/webhooks',
            json,
            expect: [200, 201],
            doing: `create a webhook of "${api.fullName}"`,
            signal,
          }),
        ),
    },
    input.url,
  );
}

/** Replaces a webhook. Its secret is part of what is replaced, so a former one is read and sent back. */
async function updateWebhook(
  api: RepositoryApi,
  { id, input }: { readonly id: string; readonly input: WebhookInput },
  { signal }: RequestOptions = {},
): Promise<Webhook> {
  const json = subscription(input);
  const path = `/webhooks/${encodeURIComponent(id)}`;
  const read = {
    path,
    expect: [200],
    doing: `read webhook "${id}" of "${api.fullName}"`,
    signal,
  };
  const former = parseAnswer(api, webhookSchema, {
    response: await send(api, read),
    request: read,
  });
  const answer = await sendForJson(api, webhookSchema, {
    method: 'PUT',
    path,
    json: { ...json, configuration: configurationOf(input, former.configuration ?? {}) },
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
    path: `/webhooks/${encodeURIComponent(id)}`,
    expect: [204, 404],
    doing: `delete webhook "${id}" of "${api.fullName}"`,
    signal,
  });
  return response.status === 204 || response.attempts > 1;
}

function subscription(input: WebhookInput): Record<string, unknown> {
  const { url, topics, secret, description = 'Bowline' } = input;
  checkWebAddress(url, 'address of a webhook');
  const wanted = [...new Set(topics.flatMap((topic) => events[topic]))];
  if (wanted.length === 0) {
    throw invalid(
      topics.length === 0
        ? 'A webhook has no topics.'
        : 'Bitbucket Data Center has no webhook for "pipeline": builds run elsewhere.',
    );
  }
  const value = secret?.reveal();
  if (value !== undefined && (value === '' || value.length > MAX_SECRET)) {
    throw invalid(`The secret of a webhook is empty or longer than ${MAX_SECRET} characters.`);
  }
  return { name: description, url, active: true, events: wanted, sslVerificationRequired: true };
}

function configurationOf(
  { secret }: WebhookInput,
  former: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  return secret === undefined ? { ...former } : { ...former, secret: secret.reveal() };
}

function toWebhook(answer: WebhookAnswer): Webhook {
  const has = (prefix: string) => answer.events?.some((event) => event.startsWith(prefix)) === true;
  const topics: WebhookTopic[] = [];
  if (has('repo:refs_changed')) topics.push('push');
  if (has('pr:')) topics.push('pull-request');
  return { id: String(answer.id), url: answer.url, active: answer.active ?? true, topics };
}
