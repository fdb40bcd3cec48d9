import type { EventData, EventSeverity, EventType } from './event.ts';
import type { EventOutcome } from './run-parts.ts';

type Severity<Type extends EventType> = EventSeverity | ((data: EventData[Type]) => EventSeverity);

const outcomes: ReadonlyMap<EventOutcome, EventSeverity> = new Map([
  ['success', 'success'],
  ['failure', 'error'],
  ['error', 'error'],
  ['cancelled', 'warning'],
]);
const byOutcome = ({ outcome }: { readonly outcome: EventOutcome }) =>
  outcomes.get(outcome) ?? 'info';

// All types, so that a rule of routing can be checked against their names.
const severities: { readonly [Type in EventType]: Severity<Type> } = {
  'branch.created': 'info',
  'branch.deleted': 'info',
  'push.received': 'info',
  'image.updated': 'info',
  'pull-request.created': 'info',
  'pull-request.updated': 'info',
  'pull-request.reviewed': 'info',
  'pull-request.closed': 'info',
  'pull-request.merged': 'success',
  'promotion.proposed': 'info',
  'promotion.merged': 'success',
  'tag.created': 'info',
  'tag.deleted': 'info',
  'commit.reported': 'info',
  'webhook.changed': 'info',
  'job.failed': 'error',
  'deployment.started': 'info',
  'deployment.succeeded': 'success',
  'deployment.failed': 'error',
  'deployment.rolled-back': 'warning',
  'deployment.removed': 'info',
  'deployment.published': 'info',
  'environment.created': 'info',
  'environment.modified': 'info',
  'environment.deleted': 'info',
  'sync.succeeded': 'success',
  'sync.failed': 'error',
  'sync.drifted': 'warning',
  'pipeline.queued': 'info',
  'pipeline.started': 'info',
  'pipeline.finished': byOutcome,
  'task.started': 'info',
  'task.finished': byOutcome,
};

/** The names of all types of events. */
export const eventTypes = Object.keys(severities) as readonly EventType[];

/** Tells how much an event matters when its maker does not say. */
export function defaultSeverity<Type extends EventType>(
  type: Type,
  data: EventData[Type],
): EventSeverity {
  const severity: Severity<Type> = severities[type];
  return typeof severity === 'function' ? severity(data) : severity;
}
