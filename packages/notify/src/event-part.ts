import type { ErrorData } from '@bowline/gitops-errors';
import type { EventType, GitOpsEvent } from './event.ts';

/** The kinds of change that have a colour. */
export type EventTone = 'done' | 'changed' | 'proposed' | 'noted' | 'failed';

/** One line of what, where and by whom. */
export interface EventFact {
  /** Written by this package. */
  readonly title: string;
  readonly value: string;
  /** The items of `value`, for a channel that cuts between them. */
  readonly list?: readonly string[] | undefined;
}

/** A button to a page. */
export interface EventButton {
  readonly title: string;
  readonly url: string;
}

/** What the type of an event alone decides of its description. */
export interface EventPart {
  readonly title: string;
  readonly tone: EventTone;
  readonly facts: readonly (EventFact | undefined)[];
  readonly changes?: readonly string[] | undefined;
  /** Stands above the changes. @default 'Changes' */
  readonly changesTitle?: string;
  readonly links?: readonly (EventButton | undefined)[];
}

/** One way to describe for each of some types. */
export type PartTable<Type extends EventType> = {
  readonly [Name in Type]: (event: GitOpsEvent<Name>) => EventPart;
};

/** Makes a line, unless there is nothing to say. */
export function fact(title: string, value: string | number | undefined): EventFact | undefined {
  return value === undefined || value === '' ? undefined : { title, value: String(value) };
}

/** Makes the lines of a failure. They come before what it happened to: they are what a reader looks for. */
export function errorFacts(error: ErrorData): readonly (EventFact | undefined)[] {
  return [fact('Error', error.message), fact('Code', error.code), fact('Next step', error.hint)];
}

/** Makes a button, unless there is no address. */
export function link(title: string, url: string | undefined): EventButton | undefined {
  return url === undefined || url === '' ? undefined : { title, url };
}

/** Shortens object ids only: the beginning of anything else may be that of a credential, which is known by its whole. */
export function short(sha: string | undefined): string | undefined {
  return sha !== undefined && /^[0-9a-f]{40,64}$/i.test(sha) ? sha.slice(0, 12) : sha;
}
