import type { Channel } from '../channel.ts';
import { type ChatChannelOptions, chatChannel } from '../chat/chat-channel.ts';
import { NotifyError } from '../errors.ts';
import { type AnswerReader, answerMembers } from '../http/send.ts';
import { renderDiscordMessage } from './discord-message.ts';

/** How to reach a channel in Discord. `url` is the address of a webhook, `https://discord.com/api/webhooks/…`; a `thread_id` in it is kept. */
export interface DiscordChannelOptions extends ChatChannelOptions {
  /**
   * Replaces the name of the webhook: 1 to 80 characters, without "discord" and "clyde".
   *
   * @default the name that the webhook has in Discord
   */
  readonly username?: string | undefined;
}

/** 30 messages a minute for all webhooks of a channel (https://discord.com/developers/docs/topics/rate-limits and what is seen). */
const rate = { messages: 30, perMs: 60_000 } as const;
/** Of a user name (https://discord.com/developers/docs/resources/user#usernames-and-nicknames). */
const MAX_USERNAME = 80;
const UNKNOWN_WEBHOOK = 10_015;

const readAnswer: AnswerReader = ({ status, text }) => {
  const { code, retry_after: retryAfter } = answerMembers(text);
  return {
    // 401 is a wrong token, which is the end of an address whatever else it says.
    gone: status === 401 || code === UNKNOWN_WEBHOOK,
    // Seconds, with a fraction (https://discord.com/developers/docs/topics/rate-limits#exceeding-a-rate-limit).
    ...(typeof retryAfter === 'number' && retryAfter >= 0
      ? { retryAfterMs: Math.ceil(retryAfter * 1000) }
      : {}),
  };
};

/**
 * Makes a channel that posts embeds to Discord through a webhook, at most 30 a minute.
 *
 * Does no I/O. Asks Discord to answer when the message is made (`wait=true`), so that a refused message is an error. 401 and 404 switch the channel off
 * (`NOTIFY_CHANNEL_GONE`).
 *
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` for an address or a name that cannot be used, such as a webhook of another service
 *
 * @example
 * ```ts
 * import { Secret } from '@bowline/gitops-errors';
 * import { discordChannel } from '@bowline/gitops-notify/discord';
 *
 * const url = new Secret('https://discord.com/api/webhooks/000000000000000000/a-token');
 * const channel = discordChannel({ url, username: 'Bowline' });
 * console.log(channel.name);
 * //=> discord
 * ```
 */
export function discordChannel(options: DiscordChannelOptions): Channel {
  const { username } = options;
  if (username !== undefined && !isUsername(username))
    throw new NotifyError(
      'NOTIFY_INVALID_ARGUMENT',
      `The "username" of channel "${options.name ?? 'discord'}" must have 1 to ${MAX_USERNAME} visible characters, without "discord" and "clyde".`,
    );
  return chatChannel(
    {
      service: 'discord',
      rate,
      render: (event) => ({
        ...(username === undefined ? {} : { username }),
        ...renderDiscordMessage(event),
      }),
      complete: (url) => url.searchParams.set('wait', 'true'),
      readAnswer,
    },
    options,
  );
}

function isUsername(name: string): boolean {
  return (
    name.trim() !== '' &&
    name.length <= MAX_USERNAME &&
    !/\p{Cc}|discord|clyde/iu.test(name) &&
    name.isWellFormed()
  );
}
