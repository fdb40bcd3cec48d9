import { redactData } from '@bowline/gitops-errors';
import type { GitOpsEvent } from './event.ts';
import { cleanLink, hostOf, redactHidden, truncate } from './text.ts';

interface Limits {
  readonly text: number;
  readonly items: number;
  readonly depth: number;
}

const limits: readonly Limits[] = [
  { text: 8_192, items: 500, depth: 10 },
  { text: 1_024, items: 100, depth: 5 },
  { text: 256, items: 20, depth: 4 },
  { text: 64, items: 8, depth: 4 },
];

/** Plain data that fits, and its JSON. */
export interface BoundData {
  readonly data: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/**
 * Takes the members of an event that a program reads. Of the address in a `webhook.changed` event only the host is kept; links are http(s) alone.
 */
export function eventMembers(event: GitOpsEvent) {
  const { severity, actor, repository, links, causedBy } = event;
  return {
    severity,
    actor,
    repository,
    causedBy,
    links: (links ?? []).filter((link) => cleanLink(link.url) !== undefined),
    data:
      event.type === 'webhook.changed'
        ? { ...event.data, url: `https://${hostOf(event.data.url)}` }
        : event.data,
  };
}

/**
 * Redacts data and makes its JSON fit: of what is too large, texts and lists are cut and `truncated` is true.
 *
 * @returns `undefined` when it is larger even so.
 */
export function boundData(
  data: Readonly<Record<string, unknown>>,
  maxBytes: number,
): BoundData | undefined {
  for (const limit of limits) {
    const cut = { any: false };
    // Lists are cut first, since redaction is most of the work; texts are redacted before they are cut.
    const bounded = redactData(bound(data, limit, cut)) as Record<string, unknown>;
    const whole = cut.any ? { ...bounded, truncated: true } : bounded;
    const text = JSON.stringify(whole);
    if (Buffer.byteLength(text, 'utf8') <= maxBytes) return { data: whole, text };
  }
  return undefined;
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
