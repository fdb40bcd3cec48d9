import { Secret } from '@bowline/gitops-errors';
import { dispatch } from '@bowline/gitops-notify';
import { type HostLookup, teamsChannel } from '@bowline/gitops-notify/teams';
import { type WebhookChannelOptions, webhookChannel } from '@bowline/gitops-notify/webhook';
import { describe, expect, it } from 'vitest';
import { startReceiver, statuses } from './receiver.ts';
import { sampleEvents } from './sample-events.ts';

const event = sampleEvents['tag.created'];

async function send(options: WebhookChannelOptions) {
  const [result] = await dispatch(event, [webhookChannel(options)], { attempts: 1 });
  return result;
}

describe('what an address may be', () => {
  it.each([
    ['not a url'],
    ['/relative'],
    ['http://ci.example.com/hook'],
    ['ftp://ci.example.com/hook'],
    ['file:///etc/passwd'],
    ['javascript:alert(1)'],
    ['https://user:canary-pw@ci.example.com/'],
    [`https://ci.example.com/${'x'.repeat(5000)}`],
  ])('refuses %s before anything is sent', (url) => {
    expect(() => webhookChannel({ url })).toThrow(
      expect.objectContaining({
        code: 'NOTIFY_INVALID_ARGUMENT',
        message: expect.not.stringContaining('canary-pw'),
      }),
    );
  });

  it.each([
    'https://acme.webhook.office.com/webhookb2/0/IncomingWebhook/canary/1',
    'https://ACME.WEBHOOK.OFFICE.COM./webhookb2/0/IncomingWebhook/canary/1',
    'https://outlook.office.com/webhook/0/IncomingWebhook/canary/1',
    'https://outlook.office365.com/webhook/0/IncomingWebhook/canary/1',
  ])('refuses the retired connector %s and says why', (url) => {
    for (const format of ['adaptive-card', 'message-card'] as const)
      expect(() => teamsChannel({ url: new Secret(url), format })).toThrow(
        expect.objectContaining({
          code: 'NOTIFY_CHANNEL_RETIRED',
          permanent: true,
          hint: expect.stringContaining('Send webhook alerts to a channel'),
          message: expect.not.stringContaining('canary'),
        }),
      );
  });

  it.each([
    'https://default0a1b.0c.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/1/triggers/manual/paths/invoke?api-version=1&sig=x',
    'https://prod-12.westeurope.logic.azure.com:443/workflows/1/triggers/manual/paths/invoke?sig=x',
    'https://notwebhook.office.com.example.com/',
  ])('takes %s', (url) => {
    expect(teamsChannel({ url }).name).toBe('teams');
  });
});

describe('which networks are reached', () => {
  it.each([
    'https://127.0.0.1/',
    'https://localhost/',
    'https://[::1]:6443/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://[::ffff:127.0.0.1]/',
    'https://10.1.2.3/',
    'https://192.168.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://[fd00:ec2::254]/',
    'https://[fe80::1]/',
    'https://0.0.0.0/',
  ])('refuses %s', async (url) => {
    expect(await send({ url })).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: { code: 'NOTIFY_ADDRESS_REFUSED', retryable: false },
    });
  });

  it('refuses the metadata services also where private addresses are allowed', async () => {
    for (const url of ['https://169.254.169.254/', 'https://168.63.129.16/', 'https://[fe80::1]/'])
      expect(await send({ url, allowPrivateAddresses: true })).toMatchObject({
        error: { code: 'NOTIFY_ADDRESS_REFUSED' },
      });
  });

  it('lets plain http reach this machine only', async () => {
    const lookup: HostLookup = async () => [{ address: '10.1.2.3', family: 4 }];
    for (const url of ['http://10.1.2.3/', 'http://intranet.example/', 'http://8.8.8.8/'])
      expect(await send({ url, lookup, allowPrivateAddresses: true })).toMatchObject({
        error: { code: 'NOTIFY_ADDRESS_REFUSED' },
      });
  });

  it('refuses a name of which one address is inside', async () => {
    const lookup: HostLookup = async () => [
      { address: '93.184.215.14', family: 4 },
      { address: '::ffff:10.0.0.1', family: 6 },
    ];
    expect(await send({ url: 'https://mixed.example/', lookup })).toMatchObject({
      error: { code: 'NOTIFY_ADDRESS_REFUSED' },
    });
  });

  it('connects to the address that was checked: a name is looked up once per attempt (DNS rebinding)', async () => {
    const receiver = await startReceiver(statuses(200));
    const answers = ['127.0.0.1', '169.254.169.254'];
    const asked: string[] = [];
    const lookup: HostLookup = async (hostname) => {
      asked.push(hostname);
      return [{ address: answers[asked.length - 1] ?? '169.254.169.254', family: 4 }];
    };
    const channel = webhookChannel({
      url: `http://rebind.example:${receiver.port}/`,
      lookup,
      allowPrivateAddresses: true,
    });
    expect(await dispatch(event, [channel])).toMatchObject([{ status: 'delivered' }]);
    expect(asked).toEqual(['rebind.example']);
    expect(await dispatch(event, [channel])).toMatchObject([
      { status: 'failed', error: { code: 'NOTIFY_ADDRESS_REFUSED' } },
    ]);
    expect(receiver.received).toHaveLength(1);
  });

  it('says so when a name has no address, and tries again', async () => {
    const lookup: HostLookup = async () => [];
    expect(await send({ url: 'https://nowhere.example/', lookup })).toMatchObject({
      error: {
        code: 'NOTIFY_UNAVAILABLE',
        retryable: true,
        message: expect.stringContaining('ENOTFOUND'),
      },
    });
  });
});

describe('headers of a webhook', () => {
  const url = 'https://ci.example.com/';
  it.each([
    { 'Content-Length': '0' },
    { HOST: 'other.example.com' },
    { 'Transfer-Encoding': 'chunked' },
    { 'webhook-signature': 'v1,x' },
    { 'X-Bad': 'canary-a\r\nX-Injected: 1' },
    { 'X Bad': 'canary' },
    { '': 'canary' },
  ])('refuses %o without showing its value', (headers) => {
    expect(() =>
      webhookChannel({ url, headers: { ...headers } as Record<string, string> }),
    ).toThrow(
      expect.objectContaining({
        code: 'NOTIFY_INVALID_ARGUMENT',
        message: expect.not.stringContaining('canary'),
      }),
    );
  });
});
