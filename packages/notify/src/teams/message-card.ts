import { fitMessage, type ShownEvent } from '../chat/fit-message.ts';
import { toneColours } from '../chat/tone.ts';
import type { GitOpsEvent } from '../event.ts';
import { isSmallEnough } from './adaptive-card.ts';
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

/**
 * Renders an event as a MessageCard of at most 20 KB. Markdown is switched off in it, and angle brackets of outside text are replaced, since it takes some HTML.
 */
export function renderMessageCard(event: GitOpsEvent): MessageCard {
  return fitMessage(event, { render, fits: isSmallEnough });
}

function render({
  title,
  tone,
  facts,
  changesTitle,
  changes,
  more,
  links,
}: ShownEvent): MessageCard {
  return {
    '@type': 'MessageCard',
    '@context': 'https://schema.org/extensions',
    themeColor: toneColours[tone],
    summary: title,
    title,
    sections: [
      {
        markdown: false,
        facts: [
          ...facts.map((one) => ({ name: one.title, value: show(one.value) })),
          ...changes.map((change, index) => ({
            name: `${changesTitle} (${index + 1})`,
            value: show(change),
          })),
          ...(more === undefined ? [] : [{ name: changesTitle, value: more }]),
        ],
      },
    ],
    ...(links.length === 0
      ? {}
      : {
          potentialAction: links.map(({ title: name, url }) => ({
            '@type': 'OpenUri',
            name: show(name),
            targets: [{ os: 'default', uri: url }],
          })),
        }),
  };
}

function show(text: string): string {
  return inert(text).replace(/</g, '‹').replace(/>/g, '›');
}
