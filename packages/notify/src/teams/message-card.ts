import { describeEvent, type EventTone } from '../describe-event.ts';
import type { GitOpsEvent } from '../event.ts';
import { cleanLink, cleanText } from '../text.ts';
import { MAX_MESSAGE_BYTES } from './adaptive-card.ts';
import { inert } from './inert.ts';

/** A card of the older kind, for receivers that still take it (https://learn.microsoft.com/outlook/actionable-messages/message-card-reference). */
export interface MessageCard {
  readonly '@type': 'MessageCard';
  readonly '@context': 'https://schema.org/extensions';
  /** Six hex digits. */
  readonly themeColor: string;
  readonly summary: string;
  readonly title: string;
  readonly sections: readonly {
    readonly markdown: false;
    readonly facts: readonly { readonly name: string; readonly value: string }[];
  }[];
  readonly potentialAction?: readonly {
    readonly '@type': 'OpenUri';
    readonly name: string;
    readonly targets: readonly [{ readonly os: 'default'; readonly uri: string }];
  }[];
}

// The first three are the colours that readers of ngen-gitops know.
const colours: Readonly<Record<EventTone, string>> = {
  done: '28A745',
  changed: '0078D4',
  proposed: '6F42C1',
  noted: '6E7781',
  failed: 'D73A49',
};

interface Limits {
  readonly value: number;
  readonly items: number;
  readonly links: number;
}

const limits: readonly Limits[] = [
  { value: 300, items: 10, links: 4 },
  { value: 150, items: 4, links: 2 },
  { value: 60, items: 0, links: 1 },
];

/**
 * Renders an event as a MessageCard of at most 20 KB. Markdown is switched off in it, and angle brackets of outside text are replaced, since it takes some HTML.
 */
export function renderMessageCard(event: GitOpsEvent): MessageCard {
  let card = render(event, { value: 60, items: 0, links: 0 });
  for (const limit of limits) {
    const larger = render(event, limit);
    if (Buffer.byteLength(JSON.stringify(larger), 'utf8') > MAX_MESSAGE_BYTES) continue;
    card = larger;
    break;
  }
  return card;
}

function render(event: GitOpsEvent, limit: Limits): MessageCard {
  const { title, tone, facts, changes, links } = describeEvent(event);
  const shown = changes.slice(0, limit.items).map((change, index) => ({
    name: `Change ${index + 1}`,
    value: show(change, limit.value),
  }));
  const left = changes.length - shown.length;
  const actions = links
    .map((link) => ({ name: show(link.title, 40) || 'Open', uri: cleanLink(link.url) }))
    .flatMap(({ name, uri }) =>
      uri === undefined
        ? []
        : [{ '@type': 'OpenUri' as const, name, targets: [{ os: 'default', uri }] as const }],
    )
    .slice(0, limit.links);
  return {
    '@type': 'MessageCard',
    '@context': 'https://schema.org/extensions',
    themeColor: colours[tone],
    summary: title,
    title,
    sections: [
      {
        markdown: false,
        facts: [
          ...facts.map((one) => ({ name: one.title, value: show(one.value, limit.value) })),
          ...shown,
          ...(left === 0 ? [] : [{ name: 'Changes', value: `… and ${left} more` }]),
        ],
      },
    ],
    ...(actions.length === 0 ? {} : { potentialAction: actions }),
  };
}

function show(text: string, max: number): string {
  return inert(cleanText(text, max)).replace(/</g, '‹').replace(/>/g, '›');
}
