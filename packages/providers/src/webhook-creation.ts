import { isUncertain } from './http/transport-error.ts';
import type { Webhook } from './webhook-types.ts';

/** The calls of one forge that a new webhook takes. */
export interface WebhookCalls {
  /** Lists all webhooks, each time anew. */
  list(): AsyncIterable<Webhook>;
  /** Sends the request that makes one, once. */
  create(): Promise<Webhook>;
}

/**
 * Creates a webhook, once: when the answer is lost, the one with its address that was not there before is it.
 *
 * @throws ProviderError of the call, when there is none.
 */
export async function createWebhookOnce(calls: WebhookCalls, url: string): Promise<Webhook> {
  const known = new Set<string>();
  for await (const { id } of calls.list()) known.add(id);
  try {
    return await calls.create();
  } catch (error) {
    if (!isUncertain(error)) throw error;
    for await (const hook of calls.list()) {
      if (!known.has(hook.id) && hook.url === url) return hook;
    }
    throw error;
  }
}
