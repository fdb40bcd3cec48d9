import { createHmac, timingSafeEqual } from 'node:crypto';
import { rememberSecret, type Secret } from '@bowline/gitops-errors';
import { NotifyError } from '../errors.ts';

const MIN_KEY_BYTES = 16;
const MAX_SIGNATURES = 16;

/** What is signed: the members of one delivery. */
export interface SignedParts {
  /** `webhook-id`: the same for every attempt. */
  readonly id: string;
  /** `webhook-timestamp`: when this attempt was sent, in whole seconds since 1970. */
  readonly timestamp: number;
  /** The raw body. */
  readonly body: string | Uint8Array;
}

/**
 * Signs a delivery as Standard Webhooks 1 says: HMAC-SHA256 over `id.timestamp.body`.
 *
 * @param secrets One, or several while one is being replaced: the receiver may know any of them. `whsec_` and base64, or plain text.
 * @returns The value of `webhook-signature`: `v1,` and base64, with a space between several.
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` for a secret of less than 16 bytes or one that is no base64 after `whsec_`
 */
export function signWebhook(parts: SignedParts, secrets: Secret | readonly Secret[]): string {
  return keysOf(secrets)
    .map((key) => `v1,${digest(parts, key)}`)
    .join(' ');
}

/** A delivery as a server receives it. */
export interface WebhookDelivery {
  /** Header names in any case. A header that came twice is an array. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body as it came, before any parsing. */
  readonly body: string | Uint8Array;
}

/** How strict {@link verifySignature} is. */
export interface VerifySignatureOptions {
  /** How far the clocks of both sides may be apart, and how old a delivery may be, in seconds. @default 300 */
  readonly toleranceSeconds?: number | undefined;
  /** @default the system clock */
  readonly clock?: (() => Date) | undefined;
}

/** What {@link verifySignature} found. */
export type SignatureCheck =
  | { readonly valid: true; readonly id: string; readonly timestamp: number }
  | {
      readonly valid: false;
      /** `malformed` when a header is missing, came twice or cannot be read; `expired` when the time is off; else `mismatch`. */
      readonly reason: 'malformed' | 'expired' | 'mismatch';
    };

/**
 * Checks the signature of a delivery, on the receiving side.
 *
 * Compares in constant time. A genuine delivery may come more than once: remember the `id` to drop the second one.
 *
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` for a secret that cannot be used, never for what a sender did
 *
 * @example
 * ```ts
 * import { Secret } from '@bowline/gitops-errors';
 * import { signWebhook, verifySignature } from '@bowline/gitops-notify/webhook';
 *
 * const secret = new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
 * const body = '{"test": 2432232314}';
 * const signature = signWebhook({ id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, body }, secret);
 * const headers = {
 *   'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
 *   'webhook-timestamp': '1614265330',
 *   'webhook-signature': signature,
 * };
 * const clock = () => new Date('2021-02-25T15:02:10Z');
 * console.log(verifySignature({ headers, body }, secret, { clock }).valid);
 * //=> true
 * ```
 */
export function verifySignature(
  delivery: WebhookDelivery,
  secrets: Secret | readonly Secret[],
  options: VerifySignatureOptions = {},
): SignatureCheck {
  const keys = keysOf(secrets);
  const id = header(delivery, 'webhook-id');
  const time = header(delivery, 'webhook-timestamp');
  const signatures = header(delivery, 'webhook-signature')?.split(' ').filter(Boolean) ?? [];
  if (!id || !time || !/^\d{1,12}$/.test(time)) return { valid: false, reason: 'malformed' };
  if (signatures.length === 0 || signatures.length > MAX_SIGNATURES)
    return { valid: false, reason: 'malformed' };
  const timestamp = Number(time);
  const now = (options.clock ?? (() => new Date()))().getTime() / 1000;
  // The comparison is written so that a clock without a time (NaN) refuses.
  if (!(Math.abs(now - timestamp) <= (options.toleranceSeconds ?? 300)))
    return { valid: false, reason: 'expired' };
  const expected = keys.map((key) =>
    Buffer.from(`v1,${digest({ id, timestamp: time, body: delivery.body }, key)}`, 'utf8'),
  );
  let valid = false;
  for (const signature of signatures) {
    const given = Buffer.from(signature, 'utf8');
    // The length of a signature is no secret, and `timingSafeEqual` throws when lengths differ.
    for (const one of expected)
      if (given.length === one.length && timingSafeEqual(given, one)) valid = true;
  }
  return valid ? { valid, id, timestamp } : { valid, reason: 'mismatch' };
}

interface DigestParts {
  readonly id: string;
  /** On the receiving side as it came: other digits for the same number were not signed. */
  readonly timestamp: number | string;
  readonly body: string | Uint8Array;
}

function digest({ id, timestamp, body }: DigestParts, key: Uint8Array): string {
  return createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
}

function header(delivery: WebhookDelivery, name: string): string | undefined {
  const found = Object.entries(delivery.headers).filter(
    ([key, value]) => key.toLowerCase() === name && value !== undefined,
  );
  const [first] = found;
  if (found.length !== 1 || first === undefined) return undefined;
  const value = first[1];
  if (typeof value === 'string') return value;
  return value?.length === 1 ? value[0] : undefined;
}

/**
 * Reads the keys of secrets.
 *
 * @throws NotifyError `NOTIFY_INVALID_ARGUMENT` when there is none, or one that cannot be used
 */
export function keysOf(secrets: Secret | readonly Secret[]): readonly Uint8Array[] {
  const list = 'reveal' in secrets ? [secrets] : secrets;
  if (list.length === 0)
    throw new NotifyError('NOTIFY_INVALID_ARGUMENT', 'A webhook signature needs a secret.');
  return list.map(keyOf);
}

function keyOf(secret: Secret): Uint8Array {
  const text = secret.reveal();
  if (!text.startsWith('whsec_')) return longEnough(Buffer.from(text, 'utf8'));
  const encoded = text.slice('whsec_'.length);
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded))
    throw new NotifyError(
      'NOTIFY_INVALID_ARGUMENT',
      'A webhook secret that begins with "whsec_" must go on in base64.',
    );
  // A receiver may quote it without the prefix.
  rememberSecret(encoded);
  return longEnough(Buffer.from(encoded, 'base64'));
}

function longEnough(key: Uint8Array): Uint8Array {
  if (key.length >= MIN_KEY_BYTES) return key;
  throw new NotifyError(
    'NOTIFY_INVALID_ARGUMENT',
    `A webhook secret must be ${MIN_KEY_BYTES} bytes or longer, and this one is ${key.length}.`,
  );
}
