import { randomUUID } from 'node:crypto';
import { NotifyError } from './errors.ts';
import type { EventBase, EventData, EventSeverity, EventType, GitOpsEvent } from './event.ts';
import { defaultSeverity } from './event-severity.ts';

/** What the maker of an event says; the rest has a default. */
export interface EventInput<Type extends EventType>
  extends Pick<EventBase, 'actor' | 'repository' | 'links' | 'causedBy'> {
  readonly data: EventData[Type];
  /**
   * @default `error` for what failed, `warning` for drift, roll-backs and cancelled runs, `success` for merges and what succeeded, `info` for the others
   */
  readonly severity?: EventSeverity | undefined;
  /**
   * Names this event; see {@link EventBase.id}. A caller that may run twice for one happening gives its own.
   *
   * @default `evt_` and a random UUID
   */
  readonly id?: string | undefined;
}

/** Where the time and the id of an event come from. */
export interface CreateEventOptions {
  /** @default the system clock */
  readonly clock?: (() => Date) | undefined;
}

const eventId = /^[\w-]{1,128}$/;

/**
 * Makes an event of one type, with an id, the time and a severity.
 *
 * @throws NotifyError `NOTIFY_INVALID_EVENT` when a given id breaks its rule or the clock gives no valid time.
 *
 * @example
 * ```ts
 * import { createEvent, dispatch } from '@bowline/gitops-notify';
 * import { webhookChannel } from '@bowline/gitops-notify/webhook';
 *
 * const event = createEvent('tag.created', {
 *   actor: { name: 'Ada Lovelace' },
 *   repository: { fullName: 'acme/shop' },
 *   data: { tag: 'v2.1.0', sha: '9fceb02d0ae598e95dc970b74767f19372d61af8' },
 * });
 * const results = await dispatch(event, [webhookChannel({ url: 'https://ci.example.com/hooks/gitops' })]);
 * console.log(results.map((result) => `${result.channel}: ${result.status}`));
 * //=> ['webhook: delivered']
 * ```
 */
export function createEvent<Type extends EventType>(
  type: Type,
  input: EventInput<Type>,
  options: CreateEventOptions = {},
): GitOpsEvent<Type> {
  const id = input.id ?? `evt_${randomUUID()}`;
  assertEventId(id);
  if (input.causedBy !== undefined) assertEventId(input.causedBy);
  const time = (options.clock ?? (() => new Date()))();
  if (Number.isNaN(time.getTime()))
    throw new NotifyError(
      'NOTIFY_INVALID_EVENT',
      `The clock gave no valid time for event "${id}".`,
    );
  const base: EventBase = {
    id,
    time: time.toISOString(),
    severity: input.severity ?? defaultSeverity(type, input.data),
    actor: input.actor,
    ...(input.repository === undefined ? {} : { repository: input.repository }),
    ...(input.links === undefined ? {} : { links: input.links }),
    ...(input.causedBy === undefined ? {} : { causedBy: input.causedBy }),
  };
  // The compiler cannot see that `data` belongs to `type` while `Type` is open; the parameter list makes sure of it.
  return { ...base, type, data: input.data } as GitOpsEvent<Type>;
}

/** Throws unless the id can stand in a header and in signed text: a dot would blur where the id ends (Standard Webhooks). */
export function assertEventId(id: string): void {
  if (!eventId.test(id))
    throw new NotifyError(
      'NOTIFY_INVALID_EVENT',
      'The id of an event must be 1 to 128 letters, digits, "_" or "-".',
    );
}
