import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '@bowline/gitops-errors';
import type { Clock } from '../http/clock.ts';
import { headerValues, requireSecret, unverified } from '../webhook-signature.ts';
import type { WebhookDelivery } from '../webhook-types.ts';

const TOLERANCE_SECONDS = 300;
const MAX_SIGNATURES = 10;
const MIN_KEY = 16;

/**
 * Checks that a delivery is of GitLab. The secret decides how, so that nobody else can choose the weaker way:
 *
 * - A signing token (`whsec_…`): the delivery must be signed, as Standard Webhooks has it (HMAC-SHA256 over id, time and raw bytes, at
 *   most five minutes old). A plain token is not looked at, so taking the signature away does not help.
 * - Any other secret: `X-Gitlab-Token` must be the secret. A delivery that is signed as well cannot be checked with it and is refused.
 *
 * @throws ProviderError `PROVIDER_WEBHOOK_UNVERIFIED`
 */
export function verifyProof(delivery: WebhookDelivery, secret: Secret, clock: Clock): void {
  const text = requireSecret(delivery, secret);
  if (text.startsWith('whsec_')) {
    verifySigned(delivery, text, clock);
    return;
  }
  if (headerValues(delivery.headers, 'webhook-signature').length > 0) {
    throw unverified('it is signed, but the secret is no signing token ("whsec_…")');
  }
  const token = onlyValue(delivery, 'x-gitlab-token');
  // Of hashes, since the comparison wants values of one length and must not tell that of the secret.
  if (!timingSafeEqual(hashOf(token), hashOf(text))) throw unverified('its token is wrong');
}

function verifySigned(delivery: WebhookDelivery, secret: string, clock: Clock): void {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  if (key.byteLength < MIN_KEY) throw unverified('the signing token is not one of GitLab');
  const [id, time, value] = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) =>
    onlyValue(delivery, name),
  );
  if (id === undefined || id === '' || id.includes('.'))
    throw unverified('its id has another form');
  if (time === undefined || !/^\d{1,12}$/.test(time)) throw unverified('its time has another form');
  if (Math.abs(clock.now() / 1000 - Number(time)) > TOLERANCE_SECONDS) {
    throw unverified(`it is more than ${TOLERANCE_SECONDS} seconds away from the time here`);
  }
  const expected = createHmac('sha256', key)
    .update(`${id}.${time}.`)
    .update(delivery.body)
    .digest();
  // Several, while a token is being replaced.
  const candidates = (value ?? '').split(' ').slice(0, MAX_SIGNATURES);
  const good = candidates.filter((candidate) => {
    const [, base64] = /^v1,([A-Za-z0-9+/]{43}=)$/.exec(candidate) ?? [];
    return base64 !== undefined && timingSafeEqual(expected, Buffer.from(base64, 'base64'));
  });
  if (good.length === 0) throw unverified('its signature is wrong');
}

function onlyValue({ headers }: WebhookDelivery, name: string): string {
  const [value, ...more] = headerValues(headers, name);
  if (value === undefined) throw unverified(`it has no "${name}"`);
  if (more.length > 0) throw unverified(`it has "${name}" several times`);
  return value;
}

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
