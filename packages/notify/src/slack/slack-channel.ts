import type { Channel } from '../channel.ts';
import { type ChatChannelOptions, chatChannel } from '../chat/chat-channel.ts';
import type { AnswerReader } from '../http/send.ts';
import { renderSlackMessage } from './slack-message.ts';

/** How to reach a channel in Slack. `url` is the address of an incoming webhook, `https://hooks.slack.com/services/…`. */
export interface SlackChannelOptions extends ChatChannelOptions {}

/** One message a second for each webhook (https://docs.slack.dev/apis/web-api/rate-limits#incoming-webhooks). */
const rate = { messages: 1, perMs: 1_000 } as const;

// https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors. A 403 of a proxy in between has another text.
const forbiddenForGood =
  /^\s*(?:action_prohibited|invalid_token|team_disabled|posting_to_general_channel_denied|channel_is_archived)\b/;

const readAnswer: AnswerReader = ({ status, text }) => ({
  gone: status === 403 && forbiddenForGood.test(text),
});

/**
 * Makes a channel that posts messages to Slack through an incoming webhook, at most one a second.
 *
 * Does no I/O. 404, 410 and the 403 of Slack itself switch the channel off (`NOTIFY_CHANNEL_GONE`).
 *
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` for an address that cannot be used, such as a webhook of another service
 *
 * @example
 * ```ts
 * import { Secret } from '@bowline/gitops-errors';
 * import { slackChannel } from '@bowline/gitops-notify/slack';
 *
 * const url = new Secret('https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX');
 * const channel = slackChannel({ url });
 * console.log(channel.name);
 * //=> slack
 * ```
 */
export function slackChannel(options: SlackChannelOptions): Channel {
  return chatChannel({ service: 'slack', rate, render: renderSlackMessage, readAnswer }, options);
}
