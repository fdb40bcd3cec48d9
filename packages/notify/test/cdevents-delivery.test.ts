import { Secret } from '@bowline/gitops-errors';
import { type DispatchOptions, dispatch } from '@bowline/gitops-notify';
import {
  type CdEventsChannelOptions,
  cdeventsChannel,
  cloudEventMessage,
  toCdEvent,
} from '@bowline/gitops-notify/cdevents';
import { verifySignature } from '@bowline/gitops-notify/webhook';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contractCheck, hasContract } from './cdevents-contract.ts';
import { type Behaviour, startReceiver, statuses } from './receiver.ts';
import { sampleEvents } from './sample-events.ts';

const source = 'https://gitops.example.com/50%25';
const secret = new Secret('whsec_c2VjcmV0IG9mIGVub3VnaCBieXRlcyBmb3IgdGVzdHM=');
const event = {
  ...sampleEvents['deployment.succeeded'],
  data: { ...sampleEvents['deployment.succeeded'].data, environment: 'Zürich "1" 🚀' },
};

async function deliver(
  behave: Behaviour,
  options: Partial<CdEventsChannelOptions> & Pick<DispatchOptions, 'attempts'> = {},
) {
  const receiver = await startReceiver(behave);
  const { attempts, ...rest } = options;
  const channel = cdeventsChannel({
    url: receiver.url,
    source,
    allowPrivateAddresses: true,
    ...rest,
  });
  const [result] = await dispatch(event, [channel], { sleep: async () => {}, attempts });
  const [first] = receiver.received;
  if (first === undefined) throw new Error('Nothing was received.');
  return { result, received: receiver.received, first };
}

describe('binary mode', () => {
  it('has the attributes in headers and the CDEvent as the body', async () => {
    const { result, first } = await deliver(statuses(202));
    expect(result).toMatchObject({ channel: 'cdevents', status: 'delivered', attempts: 1 });
    expect(first.headers).toMatchObject({
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': event.id,
      'ce-source': 'https://gitops.example.com/50%2525',
      'ce-type': 'dev.cdevents.service.upgraded.0.3.0',
      'ce-subject': 'Z%C3%BCrich%20%221%22%20%F0%9F%9A%80/services/shop/web',
      'ce-time': event.time,
    });
    expect(first.headers).not.toHaveProperty('webhook-signature');
    expect(JSON.parse(first.body)).toEqual(
      JSON.parse(JSON.stringify(toCdEvent(event, { source }))),
    );
    if (hasContract) expect(contractCheck()(JSON.parse(first.body))).toEqual([]);
  });

  it('fits into the headers of a server also with the longest names, which still differ', async () => {
    const receiver = await startReceiver(statuses(202));
    const channel = cdeventsChannel({ url: receiver.url, source, allowPrivateAddresses: true });
    const named = (last: string) => ({
      ...event,
      data: {
        ...event.data,
        environment: '🚀'.repeat(5000),
        service: `${'🚀'.repeat(900)}${last}`,
      },
    });
    for (const one of [named('a'), named('b'), named('b')])
      expect(await dispatch(one, [channel], { attempts: 1 })).toMatchObject([
        { status: 'delivered' },
      ]);
    const [a, b, again] = receiver.received.map((one) => one.headers['ce-subject']);
    expect(a).not.toBe(b);
    expect(again).toBe(b);
    expect(a?.length).toBeLessThan(4_000);
  });

  it('encodes each header so that decoding gives the attribute, whatever it is', () => {
    const made = toCdEvent(event, { source });
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (id) => {
        const { headers } = cloudEventMessage({ ...made, subject: { id, content: {} } }, 'binary');
        const value = headers['ce-subject'] ?? '';
        expect(value).toMatch(/^[\u0021-\u007e]*$/);
        expect(decodeURIComponent(value)).toBe(id.toWellFormed());
      }),
    );
  });
});

describe('structured mode', () => {
  it('has all in one JSON document', async () => {
    const { first } = await deliver(statuses(200), { mode: 'structured' });
    expect(first.headers['content-type']).toBe('application/cloudevents+json; charset=utf-8');
    expect(Object.keys(first.headers).filter((name) => name.startsWith('ce-'))).toEqual([]);
    expect(JSON.parse(first.body)).toEqual({
      specversion: '1.0',
      id: event.id,
      source,
      type: 'dev.cdevents.service.upgraded.0.3.0',
      subject: 'Zürich "1" 🚀/services/shop/web',
      time: event.time,
      datacontenttype: 'application/json',
      data: JSON.parse(JSON.stringify(toCdEvent(event, { source }))),
    });
  });
});

describe.each(['binary', 'structured'] as const)('%s delivery', (mode) => {
  it('is signed when there is a secret, with the id of the event', async () => {
    const { received } = await deliver(statuses(500, 429, 200), { mode, secret });
    expect(received).toHaveLength(3);
    for (const one of received)
      expect(verifySignature(one, secret)).toMatchObject({ valid: true, id: event.id });
    const [first, , last] = received;
    expect(last?.body).toBe(first?.body);
    expect(verifySignature({ headers: {}, ...first, body: `${first?.body} ` }, secret).valid).toBe(
      false,
    );
  });

  it.each([
    [404, 'NOTIFY_CHANNEL_GONE', true],
    [410, 'NOTIFY_CHANNEL_GONE', true],
    [400, 'NOTIFY_REJECTED', false],
    [301, 'NOTIFY_REDIRECT_REFUSED', false],
  ])('is not tried again after %d', async (status, code, permanent) => {
    const { result, received } = await deliver(statuses(status), { mode });
    expect(result).toMatchObject({ status: 'failed', attempts: 1, permanent, error: { code } });
    expect(received).toHaveLength(1);
  });

  it('sends the headers of the configuration, without showing them', async () => {
    const headers = { authorization: new Secret('Bearer canary-9d1f'), 'x-team': 'shop' };
    const { first, result } = await deliver(
      (response) => void response.writeHead(401).end('There is no token "canary-9d1f".'),
      { mode, headers },
    );
    expect(result).toMatchObject({ error: { message: expect.stringContaining('no token') } });
    expect(first.headers).toMatchObject({ authorization: 'Bearer canary-9d1f', 'x-team': 'shop' });
    expect(JSON.stringify(result)).not.toContain('canary');
  });
});

describe('cdeventsChannel', () => {
  const url = 'https://broker.example.com/';

  it.each([
    ['http://broker.example.com/', {}],
    ['https://me:canary@broker.example.com/', {}],
    [url, { source: 'no uri' }],
    [url, { secret: new Secret('too-short') }],
    [url, { headers: { 'Ce-Type': 'canary' } }],
    [url, { headers: { 'webhook-id': 'canary' } }],
    [url, { headers: { 'x-a': 'canary\r\nb: c' } }],
  ])('refuses %s with %o when it is made', (address, options) => {
    expect(() => cdeventsChannel({ url: address, source, ...options })).toThrow(
      expect.objectContaining({
        code: 'NOTIFY_INVALID_ARGUMENT',
        message: expect.not.stringMatching(/canary|too-short/),
      }),
    );
  });

  it.each([
    'https://127.0.0.1/',
    'https://169.254.169.254/',
    'https://[::1]/',
    'https://10.0.0.1/',
  ])('does not connect to %s', async (address) => {
    const [result] = await dispatch(event, [cdeventsChannel({ url: address, source })]);
    expect(result).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: { code: 'NOTIFY_ADDRESS_REFUSED' },
    });
  });

  it('sends nothing for an event that cannot be translated', async () => {
    const receiver = await startReceiver(statuses(200));
    const channel = cdeventsChannel({ url: receiver.url, source, allowPrivateAddresses: true });
    expect(await dispatch({ ...event, time: 'never' }, [channel])).toMatchObject([
      { status: 'failed', attempts: 1, error: { code: 'NOTIFY_INVALID_EVENT' } },
    ]);
    expect(receiver.received).toHaveLength(0);
  });
});
