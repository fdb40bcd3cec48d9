import { describeChanges } from './describe-changes.ts';
import { describeRuns } from './describe-runs.ts';
import type { GitOpsEvent } from './event.ts';
import {
  type EventButton,
  type EventFact,
  type EventPart,
  type EventTone,
  fact,
  link,
  type PartTable,
} from './event-part.ts';

export type { EventFact, EventTone } from './event-part.ts';

/** An event as a person reads it, the same for all chat channels. Texts are as they came: channels clean and escape them. */
export interface EventDescription {
  /** Written by this package, never text from outside. */
  readonly title: string;
  /** What kind of change it is; channels have a colour for each. */
  readonly tone: EventTone;
  readonly facts: readonly EventFact[];
  /** Further lines, of which a channel shows as many as fit. */
  readonly changes: readonly string[];
  /** Stands above the changes. Written by this package. */
  readonly changesTitle: string;
  /** Pages, the most important first. */
  readonly links: readonly EventButton[];
}

// One entry for each type: the compiler shows which is missing.
const parts: PartTable<GitOpsEvent['type']> = { ...describeChanges, ...describeRuns };

/** Puts an event into words. Every one says what happened, where, and who triggered it. An unknown type still says that it happened. */
export function describeEvent(event: GitOpsEvent): EventDescription {
  const part = describePart(event);
  const { repository, actor } = event;
  return {
    title: part.title,
    tone: part.tone,
    facts: [
      fact('Repository', repository?.fullName),
      ...part.facts,
      fact('Triggered By', actor.name || 'unknown'),
      fact('Time', readableTime(event.time)),
    ].filter((one) => one !== undefined),
    changes: part.changes ?? [],
    changesTitle: part.changesTitle ?? 'Changes',
    links: [
      ...(part.links ?? []),
      ...(event.links ?? []),
      link('Repository', repository?.webUrl),
      link('Trigger', actor.url),
    ].filter((one) => one !== undefined),
  };
}

function describePart(event: GitOpsEvent): EventPart {
  // An event of a newer version may have reached this one as plain data.
  if (!Object.hasOwn(parts, event.type))
    return { title: 'GitOps event', tone: 'noted', facts: [fact('Type', event.type)] };
  // The compiler cannot see that the function of a type takes the event of that type.
  const describe = parts[event.type] as (event: GitOpsEvent) => EventPart;
  return describe(event);
}

/** Without parts of a second, and in words that the zone is UTC. A time of another form stays as it is. */
function readableTime(time: string): string {
  return time.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z$/, '$1 $2 UTC');
}
