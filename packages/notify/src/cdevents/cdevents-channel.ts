import type { Secret } from '@bowline/gitops-errors';
import type { Channel } from '../channel.ts';
import { endpoint } from '../http/endpoint.ts';
import { checkedHeaders } from '../http/headers.ts';
import { sendJson } from '../http/send.ts';
import { type HttpTransport, httpTransport, type TransportOptions } from '../http/transport.ts';
import { keysOf, signWebhook } from '../webhook/signature.ts';
import { type CloudEventMode, cloudEventMessage } from './cloud-event.ts';
import { assertSource, toCdEvent } from './to-cd-event.ts';

/** How to reach a receiver of CDEvents, such as an event broker. */
export interface CdEventsChannelOptions extends TransportOptions {
  /** An https address; http only to this machine and with `allowPrivateAddresses`. Treated as a secret. */
  readonly url: Secret | string;
  /** Names the program that tells the events: a URI reference such as `https://gitops.example.com`. */
  readonly source: string;
  /**
   * How an event stands in a request: `binary` has the attributes in `ce-` headers, `structured` has all in one JSON body.
   *
   * @default 'binary'
   */
  readonly mode?: CloudEventMode | undefined;
  /**
   * Signs every delivery as Standard Webhooks 1 says. `whsec_` and base64, or plain text of 16 bytes or more; several while one is being replaced.
   *
   * @default no signature
   */
  readonly secret?: Secret | readonly Secret[] | undefined;
  /**
   * Sent with every delivery, for a receiver that wants `Authorization`. Those of the protocols and of the signature cannot be set. A `Secret` in them, and the value of one whose name
   * says that it is a credential, is hidden wherever it turns up.
   */
  readonly headers?: Readonly<Record<string, Secret | string>> | undefined;
  /** Names the channel in results. @default 'cdevents' */
  readonly name?: string | undefined;
  /** Gives the time that is signed. @default the system clock */
  readonly clock?: (() => Date) | undefined;
  /** Replaces the way to the network, with its checks of addresses; for a proxy. @default `node:https` to checked addresses */
  readonly transport?: HttpTransport | undefined;
}

/**
 * Makes a channel that posts events as CDEvents over CloudEvents HTTP. Does no I/O.
 *
 * With a `secret`, a delivery has the headers `webhook-id`, `webhook-timestamp` and `webhook-signature`, which `verifySignature` of
 * `@bowline/gitops-notify/webhook` checks. The signature covers the body, which holds all of the event in both modes; the `ce-` headers only repeat it.
 *
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` for an address, source, secret or header that cannot be used
 *
 * @example
 * ```ts
 * import { Secret } from '@bowline/gitops-errors';
 * import { cdeventsChannel } from '@bowline/gitops-notify/cdevents';
 *
 * const channel = cdeventsChannel({
 *   url: new Secret('https://broker.example.com/events'),
 *   source: 'https://gitops.example.com',
 * });
 * console.log(channel.name);
 * //=> cdevents
 * ```
 */
export function cdeventsChannel(options: CdEventsChannelOptions): Channel {
  const { source, secret, mode = 'binary', name = 'cdevents' } = options;
  const url = endpoint(options.url, {
    channel: name,
    allowPrivateAddresses: options.allowPrivateAddresses === true,
  });
  // What cannot be used is found when the channel is made, not at the first event.
  assertSource(source);
  if (secret !== undefined) keysOf(secret);
  const headers = checkedHeaders(name, options.headers ?? {});
  const clock = options.clock ?? (() => new Date());
  const transport = options.transport ?? httpTransport(options);
  return {
    name,
    async deliver(event, { signal }) {
      const message = cloudEventMessage(toCdEvent(event, { source }), mode);
      const { id } = event;
      const timestamp = Math.floor(clock().getTime() / 1000);
      const signed =
        secret === undefined
          ? {}
          : {
              'webhook-id': id,
              'webhook-timestamp': String(timestamp),
              'webhook-signature': signWebhook({ id, timestamp, body: message.body }, secret),
            };
      await sendJson(
        {
          url,
          headers: { ...headers, 'user-agent': 'bowline-gitops', ...message.headers, ...signed },
          body: message.body,
        },
        { channel: name, transport, signal },
      );
    },
  };
}
