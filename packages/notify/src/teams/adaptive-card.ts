import { describeEvent, type EventDescription, type EventTone } from '../describe-event.ts';
import type { GitOpsEvent } from '../event.ts';
import { cleanLink, cleanText } from '../text.ts';
import { inert } from './inert.ts';

/** The largest message that is sent, in bytes of JSON. Teams takes 28 KB; failures are reported from 21 KB on. */
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

interface Limits {
  readonly value: number;
  readonly items: number;
  readonly links: number;
}

// Tried in this order until the message fits. The last one fits whatever an event holds.
const limits: readonly Limits[] = [
  { value: 300, items: 10, links: 5 },
  { value: 200, items: 5, links: 3 },
  { value: 100, items: 3, links: 2 },
  { value: 60, items: 0, links: 1 },
];

/**
 * Renders an event as a message with one Adaptive Card of version 1.4, for a Teams workflow.
 *
 * Text from outside stands only in `TextRun`s, where Teams reads no Markdown: clients disagree on how to escape it elsewhere. It is redacted,
 * freed of control and invisible characters and cut to length; `<at>` and `{{DATE(…)}}` lose their meaning. Only http(s) addresses become buttons.
 * The message is at most 20 KB of JSON: long lists end in "… and 12 more".
 */
export function renderAdaptiveCard(event: GitOpsEvent): AdaptiveCardMessage {
  const description = describeEvent(event);
  let message: AdaptiveCardMessage | undefined;
  for (const limit of limits) {
    message = render(description, limit);
    if (Buffer.byteLength(JSON.stringify(message), 'utf8') <= MAX_MESSAGE_BYTES) return message;
  }
  // `limits` is not empty, and a test holds the last one to the size with the largest event.
  return message ?? render(description, { value: 60, items: 0, links: 0 });
}

function render(description: EventDescription, limit: Limits): AdaptiveCardMessage {
  const actions = description.links
    .map((link) => ({ title: show(link.title, 40), url: cleanLink(link.url) }))
    .flatMap(({ title, url }): OpenUrlAction[] =>
      url === undefined ? [] : [{ type: 'Action.OpenUrl', title: title || 'Open', url }],
    )
    .slice(0, limit.links);
  const card: AdaptiveCard = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [
      {
        type: 'Container',
        style: styles[description.tone],
        bleed: true,
        items: [
          {
            type: 'TextBlock',
            text: description.title,
            size: 'Large',
            weight: 'Bolder',
            wrap: true,
          },
        ],
      },
      ...description.facts.map(({ title, value }) => factRow(title, show(value, limit.value))),
      ...changeList(description.changes, limit),
    ],
    ...(actions.length === 0 ? {} : { actions }),
  };
  return {
    type: 'message',
    attachments: [
      { contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content: card },
    ],
  };
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
        items: [{ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: value || '–' }] }],
      },
    ],
  };
}

function changeList(changes: readonly string[], limit: Limits): AdaptiveCardElement[] {
  if (changes.length === 0) return [];
  const shown = changes.slice(0, limit.items).map(
    (change): AdaptiveCardElement => ({
      type: 'RichTextBlock',
      spacing: 'Small',
      inlines: [{ type: 'TextRun', text: show(change, limit.value) }],
    }),
  );
  const left = changes.length - shown.length;
  const more = shown.length === 0 ? `${left} in all` : `… and ${left} more`;
  return [
    { type: 'TextBlock', text: 'Changes', weight: 'Bolder', wrap: true, spacing: 'Medium' },
    ...shown,
    ...(left === 0
      ? []
      : [{ type: 'TextBlock', text: more, isSubtle: true, wrap: true, spacing: 'Small' } as const]),
  ];
}

function show(text: string, max: number): string {
  return inert(cleanText(text, max));
}
