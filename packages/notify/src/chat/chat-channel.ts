import type { Secret } from '@bowline/gitops-errors';
import type { Channel } from '../channel.ts';
import { NotifyError } from '../errors.ts';
import type { GitOpsEvent } from '../event.ts';
import { endpoint } from '../http/endpoint.ts';
import { type AnswerReader, sendJson } from '../http/send.ts';
import { type HttpTransport, httpTransport, type TransportOptions } from '../http/transport.ts';
import { assertAddressOf, type ChatService } from './address-kind.ts';
import { type MessageRate, type RateLimitOptions, rateLimit } from './rate-limit.ts';

/** How to reach a channel of a chat service. */
export interface ChatChannelOptions
  extends TransportOptions,
    Pick<RateLimitOptions, 'now' | 'sleep'> {
  /** The address of the webhook. All of it is a credential, so it is treated as a secret also when it is given as text. */
  readonly url: Secret | string;
  /** Names the channel in results. @default the name of the service, such as `slack` */
  readonly name?: string | undefined;
  /** Replaces the way to the network, with its checks of addresses; for a proxy. @default `node:https` to checked addresses */
  readonly transport?: HttpTransport | undefined;
}

/** What tells one chat service from another. */
export interface ChatSpecification {
  readonly service: ChatService;
  readonly rate: MessageRate;
  readonly render: (event: GitOpsEvent) => unknown;
  /** Adds to the address what the service wants with every message. */
  readonly complete?: (url: URL) => void;
  readonly readAnswer?: AnswerReader;
}

/**
 * Makes a channel that posts one JSON message per event to a webhook of a chat service, below the rate of that service. Does no I/O.
 *
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` and `NOTIFY_CHANNEL_RETIRED` for an address that cannot be used
 */
export function chatChannel(
  specification: ChatSpecification,
  options: ChatChannelOptions,
): Channel {
  const { service, rate, render, complete, readAnswer } = specification;
  const name = options.name ?? service;
  const url = endpoint(options.url, {
    channel: name,
    allowPrivateAddresses: options.allowPrivateAddresses === true,
  });
  assertAddressOf(service, url, name);
  complete?.(url);
  const transport = options.transport ?? httpTransport(options);
  const limit = rateLimit(rate, { channel: name, now: options.now, sleep: options.sleep });
  return {
    name,
    async deliver(event, { signal }) {
      const body = JSON.stringify(render(event));
      await limit.turn(signal);
      try {
        await sendJson(
          {
            url,
            headers: {
              'content-type': 'application/json; charset=utf-8',
              'user-agent': 'bowline-gitops',
            },
            body,
          },
          { channel: name, transport, signal, readAnswer },
        );
      } catch (thrown) {
        if (thrown instanceof NotifyError && thrown.code === 'NOTIFY_RATE_LIMITED')
          limit.hold(thrown.retryAfterMs ?? 0);
        throw thrown;
      }
    },
  };
}
