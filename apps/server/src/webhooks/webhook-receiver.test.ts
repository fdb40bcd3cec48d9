import { createHmac } from 'node:crypto';
import { Secret } from '@bowline/gitops-errors';
import type { WebhookEvent } from '@bowline/gitops-providers';
import { bitbucketCloud } from '@bowline/gitops-providers/bitbucket-cloud';
import Fastify from 'fastify';
import { afterEach, describe, expect, it } from 'vitest';
import { fromFastify } from '../fastify-errors.ts';
import { problemOf } from '../problem.ts';
import { createEventBus } from './event-bus.ts';
import { receiveWebhooks } from './webhook-receiver.ts';

const secret = 'canary-hook-secret-91';
const { verifyWebhook } = bitbucketCloud({
  auth: { type: 'bearer', token: new Secret('unused-token') },
});

const push = JSON.stringify({
  repository: { full_name: 'acme/shop' },
  push: {
    changes: [
      {
        old: { type: 'branch', name: 'main', target: { hash: 'a'.repeat(40) } },
        new: { type: 'branch', name: 'main', target: { hash: 'b'.repeat(40) } },
        commits: [{ hash: 'b'.repeat(40) }],
      },
    ],
  },
});

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function receiver(options: { limit?: number; former?: string } = {}) {
  const app = Fastify();
  closing.push(() => app.close());
  app.setErrorHandler((error, request, reply) => {
    const { status, headers, contentType, body } = problemOf(fromFastify(error), request.id);
    return reply.code(status).headers(headers).type(contentType).send(body);
  });
  const events: WebhookEvent[] = [];
  const counted: string[] = [];
  const bus = createEventBus<WebhookEvent>({ ...options, onError: () => undefined });
  bus.subscribe((event) => void events.push(event));
  const secrets = [secret, ...(options.former === undefined ? [] : [options.former])];
  receiveWebhooks(app, {
    secrets: { 'bitbucket-cloud': secrets.map((text) => new Secret(text)), github: [] },
    verify: async (_, delivery, key) => verifyWebhook?.(delivery, key),
    bus,
    clock: () => 0,
    count: (provider, outcome) => void counted.push(`${provider} ${outcome}`),
  });
  const deliver = (
    body: string | Buffer,
    more: { key?: string; provider?: string; headers?: Record<string, string> } = {},
  ) => {
    const { key = secret, provider = 'bitbucket-cloud', headers = {} } = more;
    const signature = createHmac('sha256', key).update(body).digest('hex');
    return app.inject({
      method: 'POST',
      url: `/v1/webhooks/${provider}`,
      payload: body,
      headers: {
        'content-type': 'application/json',
        'x-event-key': 'repo:push',
        'x-request-uuid': 'delivery-1',
        'x-hub-signature': `sha256=${signature}`,
        ...headers,
      },
    });
  };
  return { deliver, events, counted, bus };
}

describe('deliveries of forges', () => {
  it('are answered, then handled', async () => {
    const { deliver, events, bus, counted } = await receiver();
    const answer = await deliver(push);
    expect([answer.statusCode, answer.json()]).toEqual([202, { status: 'accepted' }]);
    await bus.settled();
    expect(events).toMatchObject([
      { type: 'push', repository: 'acme/shop', branch: 'main', deliveryId: 'delivery-1' },
    ]);
    expect(counted).toEqual(['bitbucket-cloud accepted']);
  });

  it('that come again are handled once', async () => {
    const { deliver, events, bus } = await receiver();
    await deliver(push);
    const again = await deliver(push, { headers: { 'x-attempt-number': '2' } });
    expect([again.statusCode, again.json()]).toEqual([202, { status: 'duplicate' }]);
    await deliver(push, { headers: { 'x-request-uuid': 'delivery-2' } });
    await bus.settled();
    expect(events.map(({ deliveryId }) => deliveryId)).toEqual(['delivery-1', 'delivery-2']);
  });

  it('of a kind that has no meaning here are taken and ignored', async () => {
    const { deliver } = await receiver();
    const answer = await deliver('{}', { headers: { 'x-event-key': 'repo:fork' } });
    expect([answer.statusCode, answer.json()]).toEqual([202, { status: 'ignored' }]);
  });

  it('signed with the former secret are taken while it is configured', async () => {
    const { deliver } = await receiver({ former: 'the-former-secret' });
    expect((await deliver(push, { key: 'the-former-secret' })).statusCode).toBe(202);
    expect((await deliver(push, { key: 'another-secret' })).statusCode).toBe(401);
  });

  it('find nothing where a forge has no secret', async () => {
    const { deliver } = await receiver();
    for (const provider of ['github', 'gitlab', 'nonsense', '__proto__', 'constructor', '..%2f']) {
      expect([provider, (await deliver(push, { provider })).statusCode]).toEqual([provider, 404]);
    }
    // And do not take what is sent there.
    const large = Buffer.alloc(3 * 1024 * 1024 + 1, 0x20);
    expect((await deliver(large, { provider: 'github' })).statusCode).toBe(404);
  });

  it('without a right signature are refused, whatever they hold', async () => {
    const { deliver, events, bus } = await receiver();
    const wrong = [
      await deliver(push, { key: 'wrong' }),
      await deliver(push, { headers: { 'x-hub-signature': '' } }),
      await deliver('', { key: 'wrong' }),
      await deliver('{"__proto__":{}}', { key: 'wrong' }),
      await deliver('null', { key: 'wrong', headers: { 'content-type': 'text/plain' } }),
    ];
    expect(wrong.map(({ statusCode }) => statusCode)).toEqual(wrong.map(() => 401));
    expect(JSON.stringify(wrong.map(({ body }) => body))).not.toContain(secret);
    await bus.settled();
    expect(events).toEqual([]);
  });

  it('that are genuine and cannot be read are refused with a reason', async () => {
    const { deliver } = await receiver();
    for (const body of ['', 'null', '[]', '{}', '{"push":{"changes":"x"}}', Buffer.from([0xff])]) {
      const answer = await deliver(body);
      expect([String(body), answer.statusCode, answer.json().code]).toEqual([
        String(body),
        400,
        'PROVIDER_WEBHOOK_MALFORMED',
      ]);
    }
  });

  it('that are too large are refused before they are checked', async () => {
    const { deliver, counted } = await receiver();
    expect((await deliver(Buffer.alloc(3 * 1024 * 1024 + 1, 0x20))).statusCode).toBe(413);
    expect(counted).toEqual([]);
  });

  it('that find no room are refused, so that the forge sends them again', async () => {
    const { deliver } = await receiver({ limit: 0 });
    const full = await deliver(push);
    expect([full.statusCode, full.json().code]).toEqual([503, 'SERVER_BUSY']);
    expect(full.headers['retry-after']).toBeDefined();
    const again = await deliver(push);
    expect(again.json().code).toBe('SERVER_BUSY');
  });

  it('of somebody else do not keep genuine ones of the same address out', async () => {
    const { deliver } = await receiver();
    for (let guess = 0; guess < 100; guess += 1) await deliver(push, { key: `guess ${guess}` });
    expect((await deliver(push)).statusCode).toBe(202);
  });
});
