import { boundData, eventMembers } from '../bound-event.ts';
import { NotifyError } from '../errors.ts';
import type { GitOpsEvent } from '../event.ts';
import { truncate } from '../text.ts';

/** The largest body that is sent, in bytes. */
export const MAX_BODY_BYTES = 256 * 1024;

/**
 * Renders an event as the JSON that a webhook receives: `id`, `type`, `timestamp`, `severity`, `actor`, `repository`, `causedBy`, `links` and `data`.
 *
 * Redacted. At most 256 KB: of a larger event, texts and lists are cut and `truncated` is true. Of the address in a `webhook.changed` event only the
 * host is sent, as `https://host/`. Other addresses are http(s), or left out.
 *
 * @throws NotifyError `NOTIFY_INVALID_EVENT` when it is larger than that even so
 */
export function renderWebhookBody(event: GitOpsEvent): string {
  const { id, type, time } = event;
  const bounded = boundData({ id, type, timestamp: time, ...eventMembers(event) }, MAX_BODY_BYTES);
  if (bounded !== undefined) return bounded.text;
  throw new NotifyError(
    'NOTIFY_INVALID_EVENT',
    `The event "${truncate(id, 128)}" is larger than ${MAX_BODY_BYTES} bytes.`,
  );
}
