import {
  describeEvent,
  type EventDescription,
  type EventFact,
  type EventTone,
} from '../describe-event.ts';
import type { GitOpsEvent } from '../event.ts';
import { cleanLink, cleanText, truncate } from '../text.ts';

/** An event as far as one message shows it: clean texts of bounded length, which the channel has to escape. */
export interface ShownEvent {
  /** Written by this package. */
  readonly title: string;
  readonly tone: EventTone;
  /** At most 20; titles are written by this package, values are never empty. */
  readonly facts: readonly EventFact[];
  /** Stands above the changes. Written by this package. */
  readonly changesTitle: string;
  /** The first of the changes, never empty. */
  readonly changes: readonly string[];
  /** Counts the changes that are not shown, such as `… and 12 more`; `undefined` when all are. Written by this package. */
  readonly more: string | undefined;
  /** Http(s) addresses alone; titles may be text from outside and are never empty. */
  readonly links: readonly { readonly title: string; readonly url: string }[];
}

/** How a channel makes its message and knows that it is small enough. */
export interface MessageShape<Message> {
  readonly render: (shown: ShownEvent) => Message;
  /** Holds every limit of the service against the message. */
  readonly fits: (message: Message) => boolean;
}

interface Bounds {
  /** Of a value or a change, in characters. */
  readonly text: number;
  readonly changes: number;
  readonly links: number;
}

const MAX_FACTS = 20;
const MAX_LIST_ITEMS = 50;
const MAX_LINK_TITLE = 40;
/** Stands where a text has nothing to see: services refuse an empty one. */
const NOTHING = '–';
const widest: Bounds = { text: 300, changes: 10, links: 5 };
const narrowest: Bounds = { text: 60, changes: 0, links: 0 };
// Tried in this order until the message fits. The narrowest fits whatever an event holds: at most 20 × 60 characters from outside, which no
// escape makes longer than six times.
const steps: readonly Bounds[] = [
  widest,
  { text: 200, changes: 5, links: 3 },
  { text: 100, changes: 3, links: 2 },
  { text: 60, changes: 0, links: 1 },
];

/**
 * Renders an event with as much of it as fits the limits of the service.
 *
 * Texts are redacted and cleaned once, and cut between code points before they are escaped, so that no cut can fall into an escape sequence or a link.
 */
export function fitMessage<Message>(event: GitOpsEvent, shape: MessageShape<Message>): Message {
  const whole = clean(describeEvent(event));
  for (const bounds of steps) {
    const message = shape.render(show(whole, bounds));
    if (shape.fits(message)) return message;
  }
  return shape.render(show(whole, narrowest));
}

interface CleanDescription
  extends Pick<EventDescription, 'title' | 'tone' | 'facts' | 'changesTitle' | 'links'> {
  readonly changes: readonly string[];
  readonly changeCount: number;
}

function clean(description: EventDescription): CleanDescription {
  const { title, tone, facts, changes, changesTitle, links } = description;
  const left = facts.length - MAX_FACTS;
  return {
    title,
    tone,
    facts: [
      ...facts.slice(0, left > 0 ? MAX_FACTS - 1 : MAX_FACTS).map(cleanFact),
      ...(left > 0 ? [{ title: 'Further facts', value: moreThan(left + 1) }] : []),
    ],
    changes: changes
      .slice(0, widest.changes)
      .map((change) => cleanText(change, widest.text) || NOTHING),
    changesTitle,
    changeCount: changes.length,
    links: links
      .flatMap(({ title, url }) => {
        const address = cleanLink(url);
        return address === undefined
          ? []
          : [{ title: cleanText(title, MAX_LINK_TITLE) || 'Open', url: address }];
      })
      .slice(0, widest.links),
  };
}

function cleanFact({ title, value, list }: EventFact): EventFact {
  return list === undefined
    ? { title, value: cleanText(value, widest.text) }
    : { title, value, list: listOf(list) };
}

/** Keeps the length of a long list without cleaning all of it. */
function listOf(list: readonly string[]): readonly string[] {
  const items = list.slice(0, MAX_LIST_ITEMS).map((item) => cleanText(item, widest.text));
  return [...items, ...Array.from<string>({ length: list.length - items.length }).fill('')];
}

function show(whole: CleanDescription, bounds: Bounds): ShownEvent {
  const changes = whole.changes
    .slice(0, bounds.changes)
    .map((change) => truncate(change, bounds.text));
  const left = whole.changeCount - changes.length;
  return {
    title: whole.title,
    tone: whole.tone,
    facts: whole.facts.map(({ title, value, list }) => ({
      title,
      value:
        (list === undefined ? truncate(value, bounds.text) : joined(list, bounds.text)) || NOTHING,
    })),
    changesTitle: whole.changesTitle,
    changes,
    more: left === 0 ? undefined : changes.length === 0 ? `${left} in all` : moreThan(left),
    links: whole.links.slice(0, bounds.links),
  };
}

/** Joins as many items as fit, and counts the others. */
function joined(list: readonly string[], max: number): string {
  // Half of the room for one item, so that the first one and the count fit always.
  const items = list.slice(0, MAX_LIST_ITEMS).map((item) => truncate(item, Math.floor(max / 2)));
  for (let count = items.length; count > 0; count -= 1) {
    const left = list.length - count;
    const text = [...items.slice(0, count), ...(left === 0 ? [] : [moreThan(left)])].join(', ');
    if (Array.from(text).length <= max) return text;
  }
  return '';
}

function moreThan(left: number): string {
  return `… and ${left} more`;
}
