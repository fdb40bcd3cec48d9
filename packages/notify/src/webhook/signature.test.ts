import { createHmac } from 'node:crypto';
import { Secret } from '@bowline/gitops-errors';
import { signWebhook, verifySignature } from '@bowline/gitops-notify/webhook';
import { describe, expect, it } from 'vitest';

// The published test vector of Standard Webhooks (and of Svix, where it comes from).
const vector = {
  secret: new Secret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'),
  id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  timestamp: 1_614_265_330,
  body: '{"test": 2432232314}',
  signature: 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
};
const clock = () => new Date(vector.timestamp * 1000);
const headers = {
  'webhook-id': vector.id,
  'webhook-timestamp': String(vector.timestamp),
  'webhook-signature': vector.signature,
};
const delivery = { headers, body: vector.body };
const other = new Secret('another secret of enough bytes');

describe('signWebhook', () => {
  it('gives the signature of the published test vector', () => {
    expect(signWebhook(vector, vector.secret)).toBe(vector.signature);
  });

  it('takes plain text as the key, byte for byte', () => {
    const expected = createHmac('sha256', 'another secret of enough bytes')
      .update(`${vector.id}.${vector.timestamp}.${vector.body}`)
      .digest('base64');
    expect(signWebhook(vector, other)).toBe(`v1,${expected}`);
  });

  it('signs with every secret while one is being replaced', () => {
    const both = signWebhook(vector, [other, vector.secret]);
    expect(both.split(' ')).toEqual([signWebhook(vector, other), vector.signature]);
    const check = { headers: { ...headers, 'webhook-signature': both }, body: vector.body };
    expect(verifySignature(check, vector.secret, { clock }).valid).toBe(true);
  });

  it.each([
    ['', 'An empty one'],
    ['short', 'A short one'],
    ['whsec_not base64!', 'Broken base64'],
    ['whsec_YWJj', 'Short base64'],
  ])('refuses the secret "%s" without showing it', (secret) => {
    expect(() => signWebhook(vector, new Secret(secret))).toThrow(
      expect.objectContaining({
        code: 'NOTIFY_INVALID_ARGUMENT',
        message: expect.not.stringContaining(secret || 'nothing to hide'),
      }),
    );
    expect(() => signWebhook(vector, [])).toThrow('needs a secret');
  });
});

describe('verifySignature', () => {
  it('accepts the genuine delivery, with header names in any case and the body as bytes', () => {
    const accepted = { valid: true, id: vector.id, timestamp: vector.timestamp };
    expect(verifySignature(delivery, vector.secret, { clock })).toEqual(accepted);
    const upper = Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name.toUpperCase(), [value]]),
    );
    const bytes = { headers: upper, body: Buffer.from(vector.body) };
    expect(verifySignature(bytes, [other, vector.secret], { clock })).toEqual(accepted);
  });

  it.each<[string, Readonly<Record<string, string | readonly string[] | undefined>>, string]>([
    ['another id', { 'webhook-id': 'msg_other' }, 'mismatch'],
    [
      'a time within tolerance that was not signed',
      { 'webhook-timestamp': '1614265331' },
      'mismatch',
    ],
    ['a time with leading zeros', { 'webhook-timestamp': '01614265330' }, 'mismatch'],
    ['a truncated signature', { 'webhook-signature': vector.signature.slice(0, -4) }, 'mismatch'],
    ['another version', { 'webhook-signature': vector.signature.replace('v1', 'v2') }, 'mismatch'],
    ['no version', { 'webhook-signature': vector.signature.slice(3) }, 'mismatch'],
    ['lower case', { 'webhook-signature': vector.signature.toLowerCase() }, 'mismatch'],
    ['text beyond ASCII', { 'webhook-signature': `v1,${'é'.repeat(22)}` }, 'mismatch'],
    ['an empty signature', { 'webhook-signature': '' }, 'malformed'],
    ['no signature', { 'webhook-signature': undefined }, 'malformed'],
    ['no id', { 'webhook-id': undefined }, 'malformed'],
    ['no time', { 'webhook-timestamp': '' }, 'malformed'],
    ['a time that is no number', { 'webhook-timestamp': '1e9' }, 'malformed'],
    ['two signature headers', { 'webhook-signature': [vector.signature, 'v1,x'] }, 'malformed'],
    ['two in different case', { 'Webhook-Signature': vector.signature }, 'malformed'],
    ['a thousand', { 'webhook-signature': 'v1,x '.repeat(1000) + vector.signature }, 'malformed'],
  ])('refuses %s', (_, changed, reason) => {
    const forged = { headers: { ...headers, ...changed }, body: vector.body };
    expect(verifySignature(forged, vector.secret, { clock })).toEqual({ valid: false, reason });
  });

  it('refuses another body and another secret', () => {
    const forged = { headers, body: '{"test": 2432232315}' };
    const refused = { valid: false, reason: 'mismatch' };
    expect(verifySignature(forged, vector.secret, { clock })).toEqual(refused);
    expect(verifySignature(delivery, other, { clock })).toEqual(refused);
  });

  it.each([
    [300, true],
    [301, false],
    [-300, true],
    [-301, false],
    [Number.NaN, false],
  ])('with clocks %d seconds apart: %s', (apart, valid) => {
    const late = () => new Date((vector.timestamp + apart) * 1000);
    expect(verifySignature(delivery, vector.secret, { clock: late }).valid).toBe(valid);
  });
});
