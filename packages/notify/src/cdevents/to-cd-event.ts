import { boundData, eventMembers } from '../bound-event.ts';
import { assertEventId } from '../create-event.ts';
import { NotifyError } from '../errors.ts';
import type { GitOpsEvent } from '../event.ts';
import { chainId } from '../event-subject.ts';
import type { CdEvent } from './cd-event.ts';
import { cdSubjectOf } from './cd-subject.ts';
import { isUriReference } from './clean-uri.ts';

// CloudEvents asks for events of at most 64 KiB; the rest is room for the envelope and the names.
const MAX_CUSTOM_DATA_BYTES = 48 * 1024;
const MAX_SOURCE = 512;

/** Who tells of an event. */
export interface ToCdEventOptions {
  /** Names the program that tells it: a URI reference of at most 512 characters, such as `https://gitops.example.com` or `/bowline/prod`. */
  readonly source: string;
}

/**
 * Translates an event into a CDEvent of version 0.5.1. Pure: the same event gives the same CDEvent.
 *
 * Types that CDEvents lacks become custom events, `dev.cdeventsx.bowline-<what>.<happened>.0.1.0`. `context.id` is the id of the event, and `chainId` is made of
 * the names of what the event belongs to: events of one pull request, promotions included, have the same; so have those of one commit (push, pipeline, sync,
 * deployment), and those of one branch before it has a pull request. Everything that the schema has no place for is in `customData`, redacted, with `truncated: true` when it had to be cut to 48 KB.
 *
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` when the source is no URI reference, `NOTIFY_INVALID_EVENT` when the id or time of the event breaks a rule
 *
 * @example
 * ```ts
 * import { createEvent } from '@bowline/gitops-notify';
 * import { toCdEvent } from '@bowline/gitops-notify/cdevents';
 *
 * const event = createEvent('deployment.succeeded', {
 *   actor: { name: 'Ada Lovelace' },
 *   data: { service: 'shop/web', environment: 'prod', image: 'registry.example.com/shop/web:2.1.0' },
 * });
 * const { context, subject } = toCdEvent(event, { source: 'https://gitops.example.com' });
 * console.log(context.type, subject.id, subject.content['artifactId']);
 * //=> dev.cdevents.service.deployed.0.3.0 prod/services/shop/web pkg:oci/web?repository_url=registry.example.com/shop/web&tag=2.1.0
 * ```
 */
export function toCdEvent(event: GitOpsEvent, options: ToCdEventOptions): CdEvent {
  assertSource(options.source);
  assertEventId(event.id);
  const { type, id, content } = cdSubjectOf(event);
  const { causedBy } = event;
  if (causedBy !== undefined) assertEventId(causedBy);
  return {
    context: {
      specversion: '0.5.1',
      id: event.id,
      source: options.source,
      type,
      timestamp: timestampOf(event),
      chainId: chainId(event),
      ...(causedBy === undefined
        ? {}
        : { links: [{ linkType: 'PATH', from: { contextId: causedBy } }] }),
    },
    subject: { id, content },
    customData: customDataOf(event),
    customDataContentType: 'application/json',
  };
}

/**
 * Throws unless text can be the source of an event.
 *
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT`
 */
export function assertSource(source: string): void {
  if (source.length > MAX_SOURCE || !isUriReference(source))
    throw new NotifyError(
      'NOTIFY_INVALID_ARGUMENT',
      `The source of CDEvents must be a URI reference of 1 to ${MAX_SOURCE} characters.`,
    );
}

function timestampOf(event: GitOpsEvent): string {
  const time = new Date(event.time);
  const text = Number.isNaN(time.getTime()) ? '' : time.toISOString();
  // Beyond the year 9999 ISO 8601 has a form of its own, which RFC 3339 does not allow.
  if (/^\d{4}-/.test(text)) return text;
  throw new NotifyError('NOTIFY_INVALID_EVENT', `The event "${event.id}" has no valid time.`);
}

function customDataOf(event: GitOpsEvent): Readonly<Record<string, unknown>> {
  const { type } = event;
  const bounded = boundData({ type, ...eventMembers(event) }, MAX_CUSTOM_DATA_BYTES);
  // The subject still says what happened, so an event that cannot be made to fit goes out without the rest.
  return bounded?.data ?? { severity: event.severity, truncated: true };
}
