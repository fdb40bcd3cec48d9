import type { Secret } from '@bowline/gitops-errors';
import { ProviderError } from '../errors.ts';
import { type Clock, systemClock } from '../http/clock.ts';
import type { ProviderKind } from '../vocabulary.ts';
import { headerValues } from '../webhook-signature.ts';
import type { WebhookDelivery, WebhookEvent } from '../webhook-types.ts';

/** The kinds of forges that send webhooks. */
export type WebhookSender = Exclude<ProviderKind, 'local'>;

/** How a delivery is checked. */
export interface VerifyWebhookOptions {
  /**
   * The forge that it is from. Say it wherever the address that was called tells, since whoever sends a delivery chooses its headers.
   *
   * @default what {@link detectWebhookSender} finds
   */
  readonly kind?: WebhookSender | undefined;
  /** Tells how old a signature with a time is. @default the clock of the machine */
  readonly clock?: Clock | undefined;
}

type Verify = (delivery: WebhookDelivery, secret: Secret, clock: Clock) => WebhookEvent | undefined;

const loaders: Readonly<Record<WebhookSender, () => Promise<Verify>>> = {
  'bitbucket-cloud': async () =>
    (await import('../bitbucket-cloud/webhook-events.ts')).verifyWebhook,
  'bitbucket-datacenter': async () =>
    (await import('../bitbucket-datacenter/webhook-events.ts')).verifyWebhook,
  github: async () => (await import('../github/webhook-events.ts')).verifyWebhook,
  gitlab: async () => (await import('../gitlab/webhook-events.ts')).verifyWebhook,
  gitea: async () => (await import('../gitea/webhook-events.ts')).verifyWebhook,
};

/**
 * Checks and reads a webhook delivery without a connection to its forge.
 *
 * The signature is taken over the raw bytes and compared in constant time. Exactly one signature of the one scheme of that forge is accepted;
 * a delivery without it throws, and so does every delivery when `secret` is empty.
 *
 * @returns The event, or `undefined` for a genuine delivery of a kind that has no meaning here.
 * @throws ProviderError `PROVIDER_WEBHOOK_UNVERIFIED` (also when no forge sends such headers), `PROVIDER_WEBHOOK_MALFORMED`
 *
 * @example
 * ```ts
 * import { createHmac } from 'node:crypto';
 * import { Secret } from '@bowline/gitops-errors';
 * import { verifyWebhook } from '@bowline/gitops-providers/webhooks';
 *
 * const body = Buffer.from('{"zen":"Keep it logically awesome."}');
 * const signature = createHmac('sha256', 'shared secret').update(body).digest('hex');
 * const headers = { 'x-github-event': 'ping', 'x-hub-signature-256': `sha256=${signature}` };
 * console.log(await verifyWebhook({ headers, body }, new Secret('shared secret')));
 * //=> undefined
 * ```
 */
export async function verifyWebhook(
  delivery: WebhookDelivery,
  secret: Secret,
  options: VerifyWebhookOptions = {},
): Promise<WebhookEvent | undefined> {
  const kind = options.kind ?? detectWebhookSender(delivery.headers);
  if (kind === undefined) {
    throw new ProviderError(
      'PROVIDER_WEBHOOK_UNVERIFIED',
      'A webhook delivery was refused: its headers are those of no forge that is known.',
    );
  }
  const verify = await loaders[kind]();
  return verify(delivery, secret, options.clock ?? systemClock);
}

/**
 * Tells by its headers which kind of forge sent a delivery; `undefined` when none of them does so.
 *
 * Gitea and Forgejo send GitHub's headers too, and are asked for first. This is a guess before anything is verified: it only says which check
 * comes next.
 */
export function detectWebhookSender(
  headers: WebhookDelivery['headers'],
): WebhookSender | undefined {
  const has = (name: string) => headerValues(headers, name).length > 0;
  if (has('x-gitea-event') || has('x-forgejo-event')) return 'gitea';
  if (has('x-gitlab-event')) return 'gitlab';
  if (has('x-github-event')) return 'github';
  if (!has('x-event-key')) return undefined;
  // Both Bitbuckets name their events in one header; Cloud names the hook too, Data Center the request.
  const [key = ''] = headerValues(headers, 'x-event-key');
  if (has('x-hook-uuid') || has('x-request-uuid')) return 'bitbucket-cloud';
  if (has('x-request-id') || /^(?:pr:|diagnostics:|repo:refs_changed$)/.test(key)) {
    return 'bitbucket-datacenter';
  }
  return 'bitbucket-cloud';
}
