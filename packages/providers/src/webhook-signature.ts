import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Secret } from '@bowline/gitops-errors';
import { ProviderError } from './errors.ts';
import type { WebhookDelivery } from './webhook-types.ts';

const MAX_BODY = 5 * 1024 * 1024;

/** Reads a header in any case; several values are several, also when they stand in two spellings. */
export function headerValues(headers: WebhookDelivery['headers'], name: string): readonly string[] {
  return Object.entries(headers).flatMap(([key, value]) =>
    key.toLowerCase() === name && value !== undefined
      ? typeof value === 'string'
        ? [value]
        : [...value]
      : [],
  );
}

/**
 * Checks the HMAC-SHA256 of a webhook delivery over its raw bytes, in constant time.
 *
 * There must be exactly one header of that name, with `prefix` and 64 hex digits of either case. Nothing is believed while `secret`
 * is empty, since anybody could sign with nothing.
 *
 * @throws ProviderError `PROVIDER_WEBHOOK_UNVERIFIED`
 */
export function verifyHmacSha256(
  delivery: WebhookDelivery,
  secret: Secret,
  form: { readonly header: string; readonly prefix: string },
): void {
  const key = requireSecret(delivery, secret);
  const [value, ...more] = headerValues(delivery.headers, form.header);
  if (value === undefined) throw unverified('it is not signed');
  if (more.length > 0) throw unverified('it has several signatures');
  const hex = value.startsWith(form.prefix) ? value.slice(form.prefix.length) : '';
  if (!/^[0-9a-f]{64}$/i.test(hex)) throw unverified('its signature has another form');
  const expected = createHmac('sha256', key).update(delivery.body).digest();
  // Both are 32 bytes here; timingSafeEqual throws for different lengths.
  if (!timingSafeEqual(expected, Buffer.from(hex, 'hex')))
    throw unverified('its signature is wrong');
}

/**
 * Reads the secret that a delivery is checked with, before anything else is looked at.
 *
 * @throws ProviderError `PROVIDER_WEBHOOK_UNVERIFIED` while there is none, and for a body that is too large to be one.
 */
export function requireSecret(delivery: WebhookDelivery, secret: Secret): string {
  const key = secret.reveal();
  if (key.trim() === '') throw unverified('no secret is configured, so no delivery is taken');
  if (delivery.body.byteLength > MAX_BODY)
    throw unverified(`the body is larger than ${MAX_BODY} bytes`);
  return key;
}

/** Makes the error of a delivery that is not believed. */
export function unverified(reason: string): ProviderError {
  return new ProviderError(
    'PROVIDER_WEBHOOK_UNVERIFIED',
    `A webhook delivery was refused: ${reason}.`,
  );
}
