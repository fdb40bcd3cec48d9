import type { Channel } from '../channel.ts';
import { type ChatChannelOptions, chatChannel } from '../chat/chat-channel.ts';
import { renderAdaptiveCard } from './adaptive-card.ts';
import { renderMessageCard } from './message-card.ts';

/** How to reach a channel in Microsoft Teams. `url` is the address that the workflow "Send webhook alerts to a channel" shows. */
export interface TeamsChannelOptions extends ChatChannelOptions {
  /**
   * The shape of the message. `message-card` is for receivers of your own that still take the older kind; Teams itself no longer does.
   *
   * @default 'adaptive-card'
   */
  readonly format?: 'adaptive-card' | 'message-card' | undefined;
}

/** Four messages a second (https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using). */
const rate = { messages: 4, perMs: 1_000 } as const;

/**
 * Makes a channel that posts cards to Microsoft Teams through a Workflows webhook, at most four a second.
 *
 * Does no I/O. Teams answers 202 when the workflow has taken the message, which is not yet a card on the screen.
 *
 * @throws NotifyError `NOTIFY_CHANNEL_RETIRED` for the address of an Office 365 connector: they ended on 18 to 22 May 2026.
 * `NOTIFY_INVALID_ARGUMENT` for an address that cannot be used, such as a webhook of another service.
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
  const render = options.format === 'message-card' ? renderMessageCard : renderAdaptiveCard;
  return chatChannel({ service: 'teams', rate, render }, options);
}
