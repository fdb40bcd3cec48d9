import { fitMessage, type ShownEvent } from '../chat/fit-message.ts';
import { toneMarks } from '../chat/tone.ts';
import type { GitOpsEvent } from '../event.ts';
import { threadId } from '../event-subject.ts';

/** The largest message, in bytes with its cards (https://developers.google.com/workspace/chat/api/reference/rest/v1/spaces.messages/create). */
export const MAX_MESSAGE_BYTES = 32_000;

/** A message as a webhook of Google Chat takes it, with the widgets that this package uses. */
export interface GoogleChatMessage {
  readonly cardsV2: readonly [{ readonly cardId: string; readonly card: GoogleChatCard }];
  /** What a notification shows, where cards cannot. */
  readonly fallbackText: string;
  /** The same for all events of one branch, service or pipeline of a repository. */
  readonly thread: { readonly threadKey: string };
}

/** A card of a {@link GoogleChatMessage}. */
export interface GoogleChatCard {
  readonly header: { readonly title: string };
  readonly sections: readonly {
    readonly header?: string;
    readonly widgets: readonly GoogleChatWidget[];
  }[];
}

/** One part of a card. The text of a paragraph takes some HTML, in which all text from outside is escaped. */
export type GoogleChatWidget =
  | { readonly textParagraph: { readonly text: string } }
  | {
      readonly buttonList: {
        readonly buttons: readonly {
          readonly text: string;
          readonly onClick: { readonly openLink: { readonly url: string } };
        }[];
      };
    };

/**
 * Renders an event as a message with one card, for a webhook of Google Chat.
 *
 * Text from outside is escaped, so that no HTML, mention or address in it is live. At most 32,000 bytes of JSON: long lists end in "… and 12 more".
 * Events about one branch, service or pipeline of one repository have the same thread key.
 */
export function renderGoogleChatMessage(event: GitOpsEvent): GoogleChatMessage {
  const thread = { threadKey: threadId(event) };
  return fitMessage(event, {
    render: (shown): GoogleChatMessage => ({ ...render(shown), thread }),
    fits: (message) => Buffer.byteLength(JSON.stringify(message), 'utf8') <= MAX_MESSAGE_BYTES,
  });
}

function render(shown: ShownEvent): Omit<GoogleChatMessage, 'thread'> {
  const heading = `${toneMarks[shown.tone]} ${shown.title}`;
  const { facts, changes, more, links } = shown;
  const [first] = facts;
  const lines = [
    ...changes.map((change) => `• ${escapeHtml(change)}`),
    ...(more === undefined ? [] : [`<i>${more}</i>`]),
  ];
  return {
    cardsV2: [
      {
        cardId: 'event',
        card: {
          header: { title: heading },
          sections: [
            {
              widgets: [
                paragraph(facts.map(({ title, value }) => `<b>${title}:</b> ${escapeHtml(value)}`)),
              ],
            },
            ...(lines.length === 0
              ? []
              : [{ header: shown.changesTitle, widgets: [paragraph(lines)] }]),
            ...(links.length === 0
              ? []
              : [
                  {
                    widgets: [
                      {
                        buttonList: {
                          buttons: links.map(({ title, url }) => ({
                            text: inert(title),
                            onClick: { openLink: { url } },
                          })),
                        },
                      },
                    ],
                  },
                ]),
          ],
        },
      },
    ],
    fallbackText: first === undefined ? heading : `${heading}: ${inert(first.value)}`,
  };
}

function paragraph(lines: readonly string[]): GoogleChatWidget {
  return { textParagraph: { text: lines.join('<br>') } };
}

function escapeHtml(text: string): string {
  return unlinked(text).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** Takes the meaning from mentions, links and formats where Google Chat reads no HTML. Looks nearly the same to a reader. */
function inert(text: string): string {
  return unlinked(text)
    .replace(/</g, '‹')
    .replace(/>/g, '›')
    .replace(/[*_~`]/g, (mark) => `${JOINER}${mark}`);
}

const JOINER = '\u2060';

/** Parts the scheme of an address by a character without width, so that it is not turned into a link. */
function unlinked(text: string): string {
  return text.replace(/:(?=\/\/)/g, `:${JOINER}`);
}
