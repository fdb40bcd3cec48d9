import type { GitOpsEvent } from '@bowline/gitops-notify';

const kept = new Set(['type', 'id', 'time', 'severity', 'url', 'webUrl', 'action', 'job']);

/** Makes every text of an event 500 characters long and every list 250 items, so that no channel can show all of it. */
export function oversized(event: GitOpsEvent): GitOpsEvent {
  return grow(event, '') as GitOpsEvent;
}

function grow(value: unknown, key: string): unknown {
  if (typeof value === 'string')
    return kept.has(key) ? value : value.padEnd(500, ' & more of it 🚀');
  if (Array.isArray(value))
    return Array.from({ length: 250 }, (_, index) => grow(value[index % value.length], key));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, grow(item, name)]));
}
