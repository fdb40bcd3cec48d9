import type * as v from 'valibot';
import { ProviderError } from '../errors.ts';
import { send, sendForJson } from '../http/json-api.ts';
import { checkWebAddress, invalid } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { createWebhookOnce } from '../webhook-creation.ts';
import type { Webhook, WebhookInput, Webhooks, WebhookTopic } from '../webhook-types.ts';
import { type RepositoryApi, sendForList } from './api.ts';
import { checkNumber } from './names.ts';
import { hookSchema } from './schemas.ts';

/** Webhooks of one project. */
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
  const hooks = sendForList(api, hookSchema, {
    path: '/hooks',
    query: [['per_page', '100']],
    expect: [200],
    doing: `list the webhooks of "${api.fullName}"`,
    signal,
  });
  for await (const hook of hooks) yield toWebhook(hook);
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
          await sendForJson(api, hookSchema, {
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
  const path = `/hooks/${checkNumber(id, 'webhook')}`;
  const json = subscription(input);
  if (input.secret === undefined) await requireSameAddress(api, { id, input }, { signal });
  const answer = await sendForJson(api, hookSchema, {
    method: 'PUT',
    path,
    json,
    expect: [200],
    doing: `update webhook ${id} of "${api.fullName}"`,
    signal,
  });
  return toWebhook(answer);
}

/**
 * Refuses to take a webhook to another address without naming its secret: GitLab forgets the token then, so that it is not told to
 * whoever listens there, and all deliveries would come without.
 */
async function requireSameAddress(
  api: RepositoryApi,
  { id, input }: { readonly id: string; readonly input: WebhookInput },
  { signal }: RequestOptions,
): Promise<void> {
  const now = await sendForJson(api, hookSchema, {
    path: `/hooks/${id}`,
    expect: [200],
    doing: `read webhook ${id} of "${api.fullName}"`,
    signal,
  });
  if (now.url === input.url || now.token_present === false) return;
  throw invalid(
    `Webhook ${id} of "${api.fullName}" cannot get another address without its secret: GitLab would forget the one that it has.`,
  );
}

async function deleteWebhook(
  api: RepositoryApi,
  id: string,
  { signal }: RequestOptions = {},
): Promise<boolean> {
  const response = await send(api, {
    method: 'DELETE',
    path: `/hooks/${checkNumber(id, 'webhook')}`,
    expect: [204, 404],
    doing: `delete webhook ${id} of "${api.fullName}"`,
    signal,
  });
  // After a lost answer the second attempt finds nothing, because the first one did it.
  return response.status === 204 || response.attempts > 1;
}

function subscription(input: WebhookInput): Record<string, unknown> {
  const { url, topics, secret, description = 'Bowline' } = input;
  checkWebAddress(url, 'address of a webhook');
  if (topics.length === 0) {
    throw new ProviderError('PROVIDER_INVALID_ARGUMENT', 'A webhook has no topics.');
  }
  const token = secret?.reveal();
  // It comes back in a header.
  if (token !== undefined && !/^[\x21-\x7e]{1,255}$/.test(token)) {
    throw invalid(
      'The secret of a webhook is empty, longer than 255 characters, or has one that no header carries.',
    );
  }
  const has = (topic: WebhookTopic) => topics.includes(topic);
  return {
    url,
    name: description.slice(0, 255),
    push_events: has('push'),
    tag_push_events: has('tag'),
    merge_requests_events: has('pull-request'),
    note_events: has('pull-request'),
    pipeline_events: has('pipeline'),
    enable_ssl_verification: true,
    ...(token === undefined ? {} : { token }),
  };
}

function toWebhook(answer: v.InferOutput<typeof hookSchema>): Webhook {
  const topics: WebhookTopic[] = [];
  if (answer.push_events === true) topics.push('push');
  if (answer.tag_push_events === true) topics.push('tag');
  if (answer.merge_requests_events === true) topics.push('pull-request');
  if (answer.pipeline_events === true) topics.push('pipeline');
  // GitLab stops calling after too many failures, for a time or for good.
  const active = !/disabled/.test(answer.alert_status ?? '');
  return { id: String(answer.id), url: answer.url, active, topics };
}
