import type { Secret } from '@bowline/gitops-errors';
import type { Channel } from '../channel.ts';
import { assertEventId } from '../create-event.ts';
import { endpoint } from '../http/endpoint.ts';
import { checkedHeaders } from '../http/headers.ts';
import { sendJson } from '../http/send.ts';
import { type HttpTransport, httpTransport, type TransportOptions } from '../http/transport.ts';
import { keysOf, signWebhook } from './signature.ts';
import { renderWebhookBody } from './webhook-body.ts';

/** How to reach a program that takes events. */
export interface WebhookChannelOptions extends TransportOptions {
  /** An https address; http only to this machine and with `allowPrivateAddresses`. Treated as a secret. */
  readonly url: Secret | string;
  /**
   * Signs every delivery. `whsec_` and base64, or plain text of 16 bytes or more; several while one is being replaced.
   *
   * @default no signature
   */
  readonly secret?: Secret | readonly Secret[] | undefined;
  /**
   * Sent with every delivery, for a receiver that wants `Authorization`. Those of the protocol and of the signature cannot be set. A `Secret` in them, and the value of one whose name
   * says that it is a credential, is hidden wherever it turns up.
   */
  readonly headers?: Readonly<Record<string, Secret | string>> | undefined;
  /** Names the channel in results. @default 'webhook' */
  readonly name?: string | undefined;
  /** Gives the time that is signed. @default the system clock */
  readonly clock?: (() => Date) | undefined;
  /** Replaces the way to the network, with its checks of addresses; for a proxy. @default `node:https` to checked addresses */
  readonly transport?: HttpTransport | undefined;
}

/**
 * Makes a channel that posts events as JSON, signed as Standard Webhooks 1 says (https://www.standardwebhooks.com).
 *
 * `webhook-id` is the id of the event, the same for every attempt and receiver. Does no I/O.
 *
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` for an address, secret or header that cannot be used
 */
export function webhookChannel(options: WebhookChannelOptions): Channel {
  const name = options.name ?? 'webhook';
  const url = endpoint(options.url, {
    channel: name,
    allowPrivateAddresses: options.allowPrivateAddresses === true,
  });
  const { secret } = options;
  // A bad secret is found when the channel is made, not at the first event.
  if (secret !== undefined) keysOf(secret);
  const headers = checkedHeaders(name, options.headers ?? {});
  const clock = options.clock ?? (() => new Date());
  const transport = options.transport ?? httpTransport(options);
  return {
    name,
    async deliver(event, { signal }) {
      assertEventId(event.id);
      const body = renderWebhookBody(event);
      const timestamp = Math.floor(clock().getTime() / 1000);
      const signed =
        secret === undefined
          ? {}
          : { 'webhook-signature': signWebhook({ id: event.id, timestamp, body }, secret) };
      await sendJson(
        {
          url,
          headers: {
            ...headers,
            'content-type': 'application/json; charset=utf-8',
            'user-agent': 'bowline-gitops',
            'webhook-id': event.id,
            'webhook-timestamp': String(timestamp),
            ...signed,
          },
          body,
        },
        { channel: name, transport, signal },
      );
    },
  };
}
