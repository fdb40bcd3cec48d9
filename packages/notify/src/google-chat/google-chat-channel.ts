import type { Channel } from '../channel.ts';
import { type ChatChannelOptions, chatChannel } from '../chat/chat-channel.ts';
import { type AnswerReader, answerMembers, membersOf } from '../http/send.ts';
import { renderGoogleChatMessage } from './google-chat-message.ts';

/** How to reach a space in Google Chat. `url` is the address of a webhook, `https://chat.googleapis.com/v1/spaces/…/messages?key=…&token=…`. */
export interface GoogleChatChannelOptions extends ChatChannelOptions {}

/** One message a second for each space (https://developers.google.com/workspace/chat/limits). */
const rate = { messages: 1, perMs: 1_000 } as const;

const readAnswer: AnswerReader = ({ status, text }) => {
  const error = membersOf(answerMembers(text)['error']);
  return {
    // The 403 of a proxy in between is no error of Google's form.
    gone: status === 403 && error['status'] === 'PERMISSION_DENIED',
    retryAfterMs: retryDelayMs(error['details']),
  };
};

/** Reads `google.rpc.RetryInfo`, such as `{"retryDelay": "3.5s"}` (https://cloud.google.com/apis/design/errors#error_payloads). */
function retryDelayMs(details: unknown): number | undefined {
  if (!Array.isArray(details)) return undefined;
  for (const detail of details.slice(0, 10)) {
    const delay = membersOf(detail)['retryDelay'];
    const seconds =
      typeof delay === 'string' ? /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(delay)?.[1] : undefined;
    if (seconds !== undefined) return Math.ceil(Number(seconds) * 1000);
  }
  return undefined;
}

/**
 * Makes a channel that posts cards to Google Chat through a webhook, at most one a second. Events about one branch, service or pipeline of one
 * repository go to one thread.
 *
 * Does no I/O. 404 and the 403 of Google itself switch the channel off (`NOTIFY_CHANNEL_GONE`).
 *
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` for an address that cannot be used, such as a webhook of another service
 *
 * @example
 * ```ts
 * import { Secret } from '@bowline/gitops-errors';
 * import { googleChatChannel } from '@bowline/gitops-notify/google-chat';
 *
 * const url = new Secret('https://chat.googleapis.com/v1/spaces/AAAA/messages?key=a-key&token=a-token');
 * const channel = googleChatChannel({ url });
 * console.log(channel.name);
 * //=> google-chat
 * ```
 */
export function googleChatChannel(options: GoogleChatChannelOptions): Channel {
  return chatChannel(
    {
      service: 'google-chat',
      rate,
      render: renderGoogleChatMessage,
      // Without it a webhook ignores the thread of a message, or refuses one whose thread is gone.
      complete: (url) =>
        url.searchParams.set('messageReplyOption', 'REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD'),
      readAnswer,
    },
    options,
  );
}
