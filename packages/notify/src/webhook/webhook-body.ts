import { redactData } from '@bowline/gitops-errors';
import { hostOf } from '../describe-changes.ts';
import { NotifyError } from '../errors.ts';
import type { GitOpsEvent } from '../event.ts';
import { cleanLink, redactHidden, truncate } from '../text.ts';

/** The largest body that is sent, in bytes. */
export const MAX_BODY_BYTES = 256 * 1024;

interface Limits {
  readonly text: number;
  readonly items: number;
  readonly depth: number;
}

const limits: readonly Limits[] = [
  { text: 8_192, items: 500, depth: 10 },
  { text: 1_024, items: 100, depth: 5 },
  { text: 256, items: 20, depth: 4 },
];

/**
 * Renders an event as the JSON that a webhook receives: `id`, `type`, `timestamp`, `severity`, `actor`, `repository`, `links` and `data`.
 *
 * Redacted. At most 256 KB: of a larger event, texts and lists are cut and `truncated` is true. Of the address in a `webhook.changed` event only the
 * host is sent, as `https://host/`. Other addresses are http(s), or left out.
 *
 * @throws NotifyError `NOTIFY_INVALID_EVENT` when it is larger than that even so
 */
export function renderWebhookBody(event: GitOpsEvent): string {
  const { id, type, time, severity, actor, repository, links, data } = event;
  const shown =
    event.type === 'webhook.changed'
      ? { ...event.data, url: `https://${hostOf(event.data.url)}` }
      : data;
  const body = {
    id,
    type,
    timestamp: time,
    severity,
    actor,
    repository,
    links: (links ?? []).filter((link) => cleanLink(link.url) !== undefined),
    data: shown,
  };
  for (const limit of limits) {
    const cut = { any: false };
    // Lists are cut first, since redaction is most of the work; texts are redacted before they are cut.
    const bounded = redactData(bound(body, limit, cut));
    const text = JSON.stringify(
      cut.any && typeof bounded === 'object' ? { ...bounded, truncated: true } : bounded,
    );
    if (Buffer.byteLength(text, 'utf8') <= MAX_BODY_BYTES) return text;
  }
  throw new NotifyError(
    'NOTIFY_INVALID_EVENT',
    `The event "${truncate(id, 128)}" is larger than ${MAX_BODY_BYTES} bytes.`,
  );
}

function bound(value: unknown, limit: Limits, cut: { any: boolean }): unknown {
  if (typeof value === 'string') {
    const whole = redactHidden(value.toWellFormed());
    const text = truncate(whole, limit.text);
    if (text !== whole) cut.any = true;
    return text;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (limit.depth === 0) {
    cut.any = true;
    return undefined;
  }
  const below = { ...limit, depth: limit.depth - 1 };
  if ('toJSON' in value && typeof value.toJSON === 'function')
    return bound(value.toJSON(), below, cut);
  if (Array.isArray(value)) {
    if (value.length > limit.items) cut.any = true;
    return value.slice(0, limit.items).map((item) => bound(item, below, cut) ?? null);
  }
  const entries = Object.entries(value);
  if (entries.length > limit.items) cut.any = true;
  return Object.fromEntries(
    entries
      .slice(0, limit.items)
      .map(([key, item]) => [
        key,
        isAddress(key, item) ? cleanLink(item) : bound(item, below, cut),
      ]),
  );
}

function isAddress(key: string, value: unknown): value is string {
  return (key === 'url' || key === 'webUrl') && typeof value === 'string';
}
