import type { Secret } from '@bowline/gitops-errors';
import type { Channel } from '../channel.ts';
import { NotifyError } from '../errors.ts';
import { endpoint } from '../http/endpoint.ts';
import { sendJson } from '../http/send.ts';
import { type HttpTransport, httpTransport, type TransportOptions } from '../http/transport.ts';
import { renderAdaptiveCard } from './adaptive-card.ts';
import { renderMessageCard } from './message-card.ts';

/** How to reach a channel in Microsoft Teams. */
export interface TeamsChannelOptions extends TransportOptions {
  /**
   * The address that the Teams workflow "Send webhook alerts to a channel" shows. All of it is a credential (`sig=`), so it is treated as a secret
   * also when it is given as text.
   */
  readonly url: Secret | string;
  /**
   * The shape of the message. `message-card` is for receivers of your own that still take the older kind; Teams itself no longer does.
   *
   * @default 'adaptive-card'
   */
  readonly format?: 'adaptive-card' | 'message-card' | undefined;
  /** Names the channel in results. @default 'teams' */
  readonly name?: string | undefined;
  /** Replaces the way to the network, with its checks of addresses; for a proxy. @default `node:https` to checked addresses */
  readonly transport?: HttpTransport | undefined;
}

const retired = /^(?:(?:.+\.)?webhook\.office(?:365)?\.com|outlook\.office(?:365)?\.com)\.?$/i;

/**
 * Makes a channel that posts cards to Microsoft Teams through a Workflows webhook.
 *
 * Does no I/O. Teams answers 202 when the workflow has taken the message, which is not yet a card on the screen.
 *
 * @throws NotifyError `NOTIFY_CHANNEL_RETIRED` for the address of an Office 365 connector: they ended on 18 to 22 May 2026.
 * `NOTIFY_INVALID_ARGUMENT` for an address that cannot be used.
 *
 * @example
 * ```ts
 * import { Secret } from '@bowline/gitops-errors';
 * import { teamsChannel } from '@bowline/gitops-notify/teams';
 *
 * const url = 'https://default0.00.environment.api.powerplatform.com/powerautomate/automations/direct/workflows/1/triggers/manual/paths/invoke?sig=0';
 * const channel = teamsChannel({ url: new Secret(url) });
 * console.log(channel.name);
 * //=> teams
 * ```
 */
export function teamsChannel(options: TeamsChannelOptions): Channel {
  const name = options.name ?? 'teams';
  const url = endpoint(options.url, {
    channel: name,
    allowPrivateAddresses: options.allowPrivateAddresses === true,
  });
  if (retired.test(url.hostname))
    throw new NotifyError(
      'NOTIFY_CHANNEL_RETIRED',
      `The address of channel "${name}" is an Office 365 connector at "${url.hostname}", which Microsoft retired in May 2026.`,
    );
  const transport = options.transport ?? httpTransport(options);
  const render = options.format === 'message-card' ? renderMessageCard : renderAdaptiveCard;
  return {
    name,
    deliver: (event, { signal }) =>
      sendJson(
        {
          url,
          headers: {
            'content-type': 'application/json; charset=utf-8',
            'user-agent': 'bowline-gitops',
          },
          body: JSON.stringify(render(event)),
        },
        { channel: name, transport, signal },
      ),
  };
}
