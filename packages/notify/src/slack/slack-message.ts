import { fitMessage, type ShownEvent } from '../chat/fit-message.ts';
import { toneMarks } from '../chat/tone.ts';
import type { GitOpsEvent } from '../event.ts';

/**
 * The largest message that is sent, in characters of JSON. Slack answers `msg_blocks_too_long` from about 13,200 characters of all blocks on
 * (https://github.com/slackapi/bolt-js/issues/2509).
 */
export const MAX_MESSAGE_CHARACTERS = 13_000;
/** The most blocks in a message (https://docs.slack.dev/reference/block-kit/blocks). This package uses at most 4. */
export const MAX_BLOCKS = 50;
/** The longest address of a link, as for the `url` of a button (https://docs.slack.dev/reference/block-kit/block-elements/button-element). */
export const MAX_LINK_CHARACTERS = 3_000;

/** A message as an incoming webhook of Slack takes it, with the blocks that this package uses. */
export interface SlackMessage {
  /** What a notification shows, where blocks cannot. */
  readonly text: string;
  readonly mrkdwn: false;
  readonly unfurl_links: false;
  readonly unfurl_media: false;
  readonly blocks: readonly SlackBlock[];
}

/** One block of a {@link SlackMessage}. */
export type SlackBlock =
  | {
      readonly type: 'header';
      readonly text: { readonly type: 'plain_text'; readonly text: string; readonly emoji: true };
    }
  | { readonly type: 'rich_text'; readonly elements: readonly (SlackSection | SlackList)[] };

/** A paragraph of a rich text block. */
export interface SlackSection {
  readonly type: 'rich_text_section';
  readonly elements: readonly (SlackText | SlackLink)[];
}

/** A list of a rich text block. */
export interface SlackList {
  readonly type: 'rich_text_list';
  readonly style: 'bullet';
  readonly elements: readonly SlackSection[];
}

/**
 * Text that Slack shows as it is: mentions, links and formats are elements of their own in rich text
 * (https://docs.slack.dev/reference/block-kit/blocks/rich-text-block).
 */
export interface SlackText {
  readonly type: 'text';
  readonly text: string;
  readonly style?: { readonly bold?: true; readonly italic?: true };
}

/** A link of a rich text block. */
export interface SlackLink {
  readonly type: 'link';
  readonly url: string;
  readonly text: string;
}

/**
 * Renders an event as a message for an incoming webhook of Slack.
 *
 * Text from outside stands only in rich text, where Slack reads no markup, and escaped in the notification. Links are links and no buttons: a button
 * asks the app behind the webhook, which has nothing that answers. Within every limit of Block Kit: long lists end in "… and 12 more".
 */
export function renderSlackMessage(event: GitOpsEvent): SlackMessage {
  return fitMessage(event, {
    render,
    fits: (message) =>
      JSON.stringify(message).length <= MAX_MESSAGE_CHARACTERS &&
      message.blocks.length <= MAX_BLOCKS,
  });
}

function render(shown: ShownEvent): SlackMessage {
  const heading = `${toneMarks[shown.tone]} ${shown.title}`;
  const [first] = shown.facts;
  const links = shown.links.filter(({ url }) => url.length <= MAX_LINK_CHARACTERS);
  return {
    text: escapeMarkup(first === undefined ? heading : `${heading}: ${first.value}`),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: heading, emoji: true } },
      {
        type: 'rich_text',
        elements: [
          section(
            shown.facts.flatMap(({ title, value }, index) => [
              { type: 'text', text: `${index === 0 ? '' : '\n'}${title}: `, style: { bold: true } },
              { type: 'text', text: value },
            ]),
          ),
        ],
      },
      ...changeBlock(shown),
      ...(links.length === 0
        ? []
        : [
            {
              type: 'rich_text',
              elements: [
                section(
                  links.flatMap(({ title, url }, index): (SlackText | SlackLink)[] => [
                    ...(index === 0 ? [] : [{ type: 'text', text: '  ·  ' } as const]),
                    { type: 'link', url, text: title },
                  ]),
                ),
              ],
            } as const,
          ]),
    ],
  };
}

function changeBlock({ changesTitle, changes, more }: ShownEvent): SlackBlock[] {
  if (changes.length === 0 && more === undefined) return [];
  const list: SlackList = {
    type: 'rich_text_list',
    style: 'bullet',
    elements: changes.map((change) => section([{ type: 'text', text: change }])),
  };
  return [
    {
      type: 'rich_text',
      elements: [
        section([{ type: 'text', text: changesTitle, style: { bold: true } }]),
        ...(changes.length === 0 ? [] : [list]),
        ...(more === undefined
          ? []
          : [section([{ type: 'text', text: more, style: { italic: true } }])]),
      ],
    },
  ];
}

function section(elements: readonly (SlackText | SlackLink)[]): SlackSection {
  return { type: 'rich_text_section', elements };
}

/** Escapes the three characters of mrkdwn (https://docs.slack.dev/messaging/formatting-message-text#escaping). */
function escapeMarkup(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
