import { fitMessage, type ShownEvent } from '../chat/fit-message.ts';
import type { EventTone } from '../describe-event.ts';
import type { GitOpsEvent } from '../event.ts';
import { inert } from './inert.ts';

/**
 * The largest message that is sent, in bytes of JSON. Teams takes 28 KB (https://learn.microsoft.com/microsoftteams/limits-specifications-teams); failures
 * are reported from 21 KB on.
 */
export const MAX_MESSAGE_BYTES = 20 * 1024;

/** A message with one Adaptive Card, as a Teams workflow takes it. */
export interface AdaptiveCardMessage {
  readonly type: 'message';
  readonly attachments: readonly [
    {
      readonly contentType: 'application/vnd.microsoft.card.adaptive';
      readonly contentUrl: null;
      readonly content: AdaptiveCard;
    },
  ];
}

/** An Adaptive Card of version 1.4 (https://adaptivecards.io/schemas/adaptive-card.json), with the elements that this package uses. */
export interface AdaptiveCard {
  readonly $schema: 'http://adaptivecards.io/schemas/adaptive-card.json';
  readonly type: 'AdaptiveCard';
  readonly version: '1.4';
  readonly msteams: { readonly width: 'Full' };
  readonly body: readonly AdaptiveCardElement[];
  readonly actions?: readonly OpenUrlAction[];
}

/** A button that opens a page. */
export interface OpenUrlAction {
  readonly type: 'Action.OpenUrl';
  readonly title: string;
  readonly url: string;
}

/** Text that the client shows as it is: Markdown has no meaning in a `TextRun`. */
export interface TextRun {
  readonly type: 'TextRun';
  readonly text: string;
  readonly weight?: 'Bolder';
  readonly isSubtle?: boolean;
}

/** One element of a card. */
export type AdaptiveCardElement =
  | {
      readonly type: 'TextBlock';
      readonly text: string;
      readonly wrap: true;
      readonly size?: 'Large';
      readonly weight?: 'Bolder';
      readonly isSubtle?: boolean;
      readonly spacing?: 'None' | 'Small' | 'Medium';
    }
  | {
      readonly type: 'RichTextBlock';
      readonly inlines: readonly TextRun[];
      readonly spacing?: 'None' | 'Small' | 'Medium';
    }
  | {
      readonly type: 'Container';
      readonly style: 'good' | 'accent' | 'attention' | 'emphasis';
      readonly bleed: true;
      readonly items: readonly AdaptiveCardElement[];
    }
  | {
      readonly type: 'ColumnSet';
      readonly spacing: 'Small';
      readonly columns: readonly {
        readonly type: 'Column';
        readonly width: string;
        readonly items: readonly AdaptiveCardElement[];
      }[];
    };

const styles = {
  done: 'good',
  changed: 'accent',
  proposed: 'accent',
  noted: 'emphasis',
  failed: 'attention',
} as const satisfies Record<EventTone, string>;

/**
 * Renders an event as a message with one Adaptive Card of version 1.4, for a Teams workflow.
 *
 * Text from outside stands only in `TextRun`s, where Teams reads no Markdown: clients disagree on how to escape it elsewhere. It is redacted,
 * freed of control and invisible characters and cut to length; `<at>` and `{{DATE(…)}}` lose their meaning. Only http(s) addresses become buttons.
 * The message is at most 20 KB of JSON: long lists end in "… and 12 more".
 */
export function renderAdaptiveCard(event: GitOpsEvent): AdaptiveCardMessage {
  return fitMessage(event, { render, fits: isSmallEnough });
}

/** Tells whether Teams shows a message for certain. */
export function isSmallEnough(message: unknown): boolean {
  return Buffer.byteLength(JSON.stringify(message), 'utf8') <= MAX_MESSAGE_BYTES;
}

function render(shown: ShownEvent): AdaptiveCardMessage {
  const card: AdaptiveCard = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [
      {
        type: 'Container',
        style: styles[shown.tone],
        bleed: true,
        items: [
          { type: 'TextBlock', text: shown.title, size: 'Large', weight: 'Bolder', wrap: true },
        ],
      },
      ...shown.facts.map(({ title, value }) => factRow(title, value)),
      ...changeList(shown),
    ],
    ...(shown.links.length === 0 ? {} : { actions: shown.links.map(openUrl) }),
  };
  return {
    type: 'message',
    attachments: [
      { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card },
    ],
  };
}

function openUrl({ title, url }: ShownEvent['links'][number]): OpenUrlAction {
  return { type: 'Action.OpenUrl', title: inert(title), url };
}

function factRow(title: string, value: string): AdaptiveCardElement {
  return {
    type: 'ColumnSet',
    spacing: 'Small',
    columns: [
      {
        type: 'Column',
        width: '130px',
        items: [{ type: 'TextBlock', text: title, weight: 'Bolder', wrap: true }],
      },
      {
        type: 'Column',
        width: 'stretch',
        items: [{ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: inert(value) }] }],
      },
    ],
  };
}

function changeList({ changesTitle, changes, more }: ShownEvent): AdaptiveCardElement[] {
  if (changes.length === 0 && more === undefined) return [];
  return [
    { type: 'TextBlock', text: changesTitle, weight: 'Bolder', wrap: true, spacing: 'Medium' },
    ...changes.map(
      (change): AdaptiveCardElement => ({
        type: 'RichTextBlock',
        spacing: 'Small',
        inlines: [{ type: 'TextRun', text: inert(change) }],
      }),
    ),
    ...(more === undefined
      ? []
      : [{ type: 'TextBlock', text: more, isSubtle: true, wrap: true, spacing: 'Small' } as const]),
  ];
}
