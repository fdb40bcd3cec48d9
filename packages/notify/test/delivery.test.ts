import { redact, Secret } from '@bowline/gitops-errors';
import { type DispatchOptions, dispatch } from '@bowline/gitops-notify';
import { renderAdaptiveCard, teamsChannel } from '@bowline/gitops-notify/teams';
import { renderWebhookBody, verifySignature, webhookChannel } from '@bowline/gitops-notify/webhook';
import { describe, expect, it } from 'vitest';
import { type Behaviour, startReceiver, statuses } from './receiver.ts';
import { sampleEvents } from './sample-events.ts';

const event = sampleEvents['promotion.merged'];
const secret = new Secret('whsec_c2VjcmV0IG9mIGVub3VnaCBieXRlcyBmb3IgdGVzdHM=');

async function deliver(behave: Behaviour, options: DispatchOptions = {}) {
  const receiver = await startReceiver(behave);
  const pauses: number[] = [];
  const channel = webhookChannel({ url: receiver.url, secret, allowPrivateAddresses: true });
  const [result] = await dispatch(event, [channel], {
    sleep: async (ms) => void pauses.push(ms),
    random: () => 1,
    ...options,
  });
  if (result === undefined) throw new Error('There is no result.');
  return { result, pauses, received: receiver.received, port: receiver.port };
}

describe('a webhook', () => {
  it('receives the event once, signed, as JSON', async () => {
    const { result, received } = await deliver(statuses(204));
    expect(result).toMatchObject({ channel: 'webhook', status: 'delivered', attempts: 1 });
    const [one] = received;
    expect(received).toHaveLength(1);
    expect(one?.body).toBe(renderWebhookBody(event));
    expect(one?.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'webhook-id': event.id,
    });
    expect(verifySignature(one ?? { headers: {}, body: '' }, secret)).toMatchObject({
      valid: true,
      id: event.id,
    });
  });

  it('is tried again after 500, 429 and 408, with the same id and a signature of its own', async () => {
    const { result, received, pauses } = await deliver(statuses(500, 429, 408, 202), {
      attempts: 4,
    });
    expect(result).toMatchObject({ status: 'delivered', attempts: 4 });
    expect(new Set(received.map((one) => one.headers['webhook-id']))).toEqual(new Set([event.id]));
    for (const one of received) expect(verifySignature(one, secret).valid).toBe(true);
    expect(pauses).toEqual([500, 1000, 2000]);
  });

  it('gives up after the attempts it has', async () => {
    const { result, received } = await deliver(statuses(503));
    expect(result).toMatchObject({
      status: 'failed',
      attempts: 3,
      permanent: false,
      error: { code: 'NOTIFY_UNAVAILABLE', retryable: true, details: { status: 503 } },
    });
    expect(received).toHaveLength(3);
  });

  it.each([
    [400, 'NOTIFY_REJECTED', false],
    [401, 'NOTIFY_REJECTED', false],
    [413, 'NOTIFY_REJECTED', false],
    [404, 'NOTIFY_CHANNEL_GONE', true],
    [410, 'NOTIFY_CHANNEL_GONE', true],
  ])('is not tried again after %d: %s', async (status, code, permanent) => {
    const { result, received } = await deliver(statuses(status));
    expect(result).toMatchObject({ status: 'failed', attempts: 1, permanent, error: { code } });
    expect(received).toHaveLength(1);
  });

  it.each([301, 302, 303, 307, 308])(
    'is not followed through a redirect with %d',
    async (status) => {
      const target = await startReceiver(statuses(200));
      const { result } = await deliver((response) => {
        response.writeHead(status, { location: target.url }).end();
      });
      expect(result).toMatchObject({
        status: 'failed',
        error: { code: 'NOTIFY_REDIRECT_REFUSED' },
      });
      expect(target.received).toHaveLength(0);
    },
  );

  it('respects Retry-After, and gives up at once when it is longer than the time that is left', async () => {
    const after =
      (seconds: string): Behaviour =>
      (response, index) => {
        if (index === 0) response.writeHead(429, { 'retry-after': seconds }).end();
        else response.writeHead(202).end();
      };
    const short = await deliver(after('3'));
    expect(short).toMatchObject({ result: { status: 'delivered', attempts: 2 }, pauses: [3000] });
    const long = await deliver(after('999999999'));
    expect(long).toMatchObject({
      result: { status: 'failed', attempts: 1, error: { code: 'NOTIFY_RATE_LIMITED' } },
      pauses: [],
    });
    const odd = await deliver(after('Fri, 31 Dec 2100 23:59:59 GMT'));
    expect(odd).toMatchObject({ result: { status: 'delivered' }, pauses: [500] });
  });

  it('is tried again when the connection breaks', async () => {
    const { result, received } = await deliver((response, index) => {
      if (index < 2) response.destroy();
      else response.end('ok');
    });
    expect(result).toMatchObject({ status: 'delivered', attempts: 3 });
    expect(received).toHaveLength(3);
  });

  it('is tried again when it stalls, and the whole ends in time', async () => {
    const silent: Behaviour = () => {};
    const { result } = await deliver(silent, {
      attemptTimeoutMs: 30,
      timeoutMs: 5_000,
      attempts: 2,
    });
    expect(result).toMatchObject({
      status: 'failed',
      attempts: 2,
      error: { code: 'NOTIFY_TIMEOUT' },
    });
    const whole = await deliver(silent, { timeoutMs: 40 });
    expect(whole.result).toMatchObject({
      attempts: 1,
      error: { code: 'NOTIFY_TIMEOUT', message: 'The delivery was not done within 40 ms.' },
    });
  });

  it('needs no more than the status: an endless or broken answer does no harm', async () => {
    let written = 0;
    const flood: Behaviour = (response) => {
      response.writeHead(200);
      const block = Buffer.alloc(64 * 1024, 'x');
      const pump = () => {
        do written += block.length;
        while (!response.destroyed && response.write(block));
      };
      response.on('drain', pump);
      pump();
    };
    expect((await deliver(flood)).result).toMatchObject({ status: 'delivered' });
    // 64 KiB are read; the rest of this sits in the buffers of the sockets.
    expect(written).toBeLessThan(24 * 1024 * 1024);
    const broken: Behaviour = (response) => {
      response.writeHead(200, { 'content-length': '10' });
      response.write('12345', () => response.destroy());
    };
    expect((await deliver(broken)).result).toMatchObject({ status: 'delivered', attempts: 1 });
  });

  it('shows the beginning of a refusal, without secrets and control characters', async () => {
    const { result, port } = await deliver((response) => {
      response.writeHead(400).end(`no\u001b[31m Bearer ${secret.reveal()} ${'x'.repeat(100_000)}`);
    });
    const text = JSON.stringify(result);
    expect(result).toMatchObject({ error: { code: 'NOTIFY_REJECTED' } });
    expect(text).toContain('no[31m Bearer ***');
    expect(text.length).toBeLessThan(800);
    expect(text).not.toContain(secret.reveal());
    expect(text).not.toContain(`127.0.0.1:${port}/hooks/gitops`);
  });

  it('refuses an event with an id that would blur the signed text', async () => {
    const receiver = await startReceiver(statuses(200));
    const channel = webhookChannel({ url: receiver.url, secret, allowPrivateAddresses: true });
    expect(await dispatch({ ...event, id: 'evt_1.2' }, [channel])).toMatchObject([
      { status: 'failed', attempts: 1, error: { code: 'NOTIFY_INVALID_EVENT' } },
    ]);
    expect(receiver.received).toHaveLength(0);
  });

  it('ends when the caller stops, with the reason of the caller', async () => {
    const receiver = await startReceiver(() => {});
    const stop = new AbortController();
    const channel = webhookChannel({ url: receiver.url, allowPrivateAddresses: true });
    const running = dispatch(event, [channel], { signal: stop.signal });
    await receiver.arrived(1);
    const reason = new Error('stopped by the user');
    stop.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect(dispatch(event, [channel], { signal: stop.signal })).rejects.toBe(reason);
    expect(receiver.received).toHaveLength(1);
  });

  it.each<[string, Secret | string]>([
    ['Authorization', new Secret('Bearer canary-7f3a')],
    ['Authorization', 'Bearer canary-7f3b'],
    ['X-Api-Key', 'canary-7f3c'],
    ['X-Team', new Secret('canary-7f3d')],
  ])(
    'does not show the credential of %s, also when the receiver says it back',
    async (name, value) => {
      const text = typeof value === 'string' ? value : value.reveal();
      const token = text.replace('Bearer ', '');
      const receiver = await startReceiver((response) => {
        response.writeHead(401).end(`There is no token "${token}".`);
      });
      const channel = webhookChannel({
        url: receiver.url,
        headers: { [name]: value, 'X-Stage': 'production' },
        allowPrivateAddresses: true,
      });
      const results = await dispatch(event, [channel]);
      expect(receiver.received[0]?.headers).toMatchObject({
        [name.toLowerCase()]: text,
        'x-stage': 'production',
      });
      expect(receiver.received[0]?.headers).not.toHaveProperty('webhook-signature');
      expect(results).toMatchObject([
        { error: { message: expect.stringContaining('There is no token "***"') } },
      ]);
      expect(redact('production')).toBe('production');
    },
  );

  it('does not show the secret of its signature without its prefix', async () => {
    const receiver = await startReceiver((response) => {
      response.writeHead(401).end(`Tried ${secret.reveal().slice('whsec_'.length)}.`);
    });
    const channel = webhookChannel({ url: receiver.url, secret, allowPrivateAddresses: true });
    expect(await dispatch(event, [channel])).toMatchObject([
      { error: { message: expect.stringContaining('Tried ***.') } },
    ]);
  });
});

describe('Teams', () => {
  it('receives the card, and 202 is enough', async () => {
    const receiver = await startReceiver(statuses(202));
    const channel = teamsChannel({
      url: `${receiver.url}?sig=canary`,
      allowPrivateAddresses: true,
    });
    const results = await dispatch(event, [channel]);
    expect(results).toMatchObject([{ channel: 'teams', status: 'delivered', attempts: 1 }]);
    expect(receiver.received[0]?.path).toBe('/hooks/gitops?sig=canary');
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toEqual(renderAdaptiveCard(event));
  });

  it('does not show its address, also when the receiver says it back', async () => {
    const receiver = await startReceiver((response) => {
      const { path } = receiver.received[0] ?? {};
      response.writeHead(400).end(`Bad request for ${path} (${path?.slice(0, path.indexOf('?'))})`);
    });
    const url = `${receiver.url}/0f9d-workflow-canary/invoke?sig=sig-canary-0123456789abcdef`;
    const channel = teamsChannel({ url, allowPrivateAddresses: true });
    const results = await dispatch(event, [channel]);
    expect(receiver.received[0]?.path).toContain('sig-canary');
    expect(results).toMatchObject([{ error: { message: expect.stringContaining('Bad request') } }]);
    expect(JSON.stringify(results)).not.toContain('canary');
  });

  it('can be sent the older kind of card by a receiver of your own', async () => {
    const receiver = await startReceiver(statuses(200));
    const channel = teamsChannel({
      url: receiver.url,
      format: 'message-card',
      name: 'relay',
      allowPrivateAddresses: true,
    });
    expect(await dispatch(event, [channel])).toMatchObject([{ channel: 'relay' }]);
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
      '@type': 'MessageCard',
      themeColor: '28A745',
    });
  });
});
