import type { CdEvent } from './cd-event.ts';

/** How an event stands in an HTTP message (CloudEvents HTTP protocol binding 1.0.2 §3). */
export type CloudEventMode = 'binary' | 'structured';

/** The part of an HTTP message that a CloudEvent decides. */
export interface CloudEventMessage {
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Puts a CDEvent into a CloudEvent 1.0 for HTTP.
 *
 * `binary`: the attributes are `ce-` headers and the body is the CDEvent. `structured`: the body is one JSON document with the CDEvent as its `data`.
 */
export function cloudEventMessage(event: CdEvent, mode: CloudEventMode): CloudEventMessage {
  const { context, subject } = event;
  const attributes = {
    specversion: '1.0',
    id: context.id,
    source: context.source,
    type: context.type,
    subject: subject.id,
    time: context.timestamp,
  };
  if (mode === 'structured')
    return {
      headers: { 'content-type': 'application/cloudevents+json; charset=utf-8' },
      body: JSON.stringify({ ...attributes, datacontenttype: 'application/json', data: event }),
    };
  const headers = Object.entries(attributes).map(([name, value]) => [
    `ce-${name}`,
    encodeHeader(value),
  ]);
  return {
    headers: { ...Object.fromEntries(headers), 'content-type': 'application/json' },
    body: JSON.stringify(event),
  };
}

/** Percent-encodes what the binding wants encoded in a header value (§3.1.3.2): all but visible ASCII, and `"` and `%` of that. */
function encodeHeader(value: string): string {
  return value
    .toWellFormed()
    .replace(/[^\u0021-\u007e]|["%]/gu, (character) =>
      Array.from(
        Buffer.from(character, 'utf8'),
        (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
      ).join(''),
    );
}
