import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ChannelConfig } from '@bowline/gitops-config';
import { Secret } from '@bowline/gitops-errors';
import { createEvent, createRouteMemory, dispatch } from '@bowline/gitops-notify';
import { openChannels, type UnusableChannel } from '@bowline/gitops-operations/configured';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

interface Received {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Record<string, unknown>;
}

let received: Received[];
let server: ReturnType<typeof createServer>;
let base: string;
beforeEach(async () => {
  received = [];
  server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    request.on('end', () => {
      received.push({ path: request.url, headers: request.headers, body: JSON.parse(text) });
      response.writeHead(202).end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => new Promise((closed) => server.close(closed)));

const actor = { name: 'Ada' };
const branch = createEvent('branch.created', {
  actor,
  repository: { fullName: 'acme/shop' },
  data: { branch: 'a', source: 'prod' },
});
const failed = createEvent('job.failed', {
  actor,
  repository: { fullName: 'acme/shop' },
  data: {
    job: 'merge',
    error: { name: 'GitError', code: 'GIT_TIMEOUT', message: 'No answer.', retryable: true },
  },
});

function configured(channels: readonly ChannelConfig[], publicUrl?: string) {
  return { notifications: { channels }, server: publicUrl === undefined ? {} : { publicUrl } };
}

const refuse = ({ name, error }: UnusableChannel) => {
  throw new Error(`channel ${name} should be usable`, { cause: error });
};

describe('openChannels', () => {
  it('opens what is configured, each with its rules', async () => {
    const hook = { type: 'webhook', allowPrivateAddresses: true } as const;
    const channels = await openChannels(
      configured([
        { ...hook, name: 'all', url: `${base}/all` },
        { ...hook, name: 'failures', url: new Secret(`${base}/failures`), severity: 'error' },
        { ...hook, name: 'elsewhere', url: `${base}/elsewhere`, repositories: ['other/*'] },
        {
          ...hook,
          name: 'signed',
          url: `${base}/signed`,
          events: ['*.failed'],
          secret: new Secret('a key of some length'),
        },
      ]),
      { onUnusable: refuse },
    );
    const results = [await dispatch(branch, channels), await dispatch(failed, channels)];
    expect(
      results.map((each) => each.map(({ channel, status }) => `${channel} ${status}`)),
    ).toEqual([
      ['all delivered', 'failures skipped', 'elsewhere skipped', 'signed skipped'],
      ['all delivered', 'failures delivered', 'elsewhere skipped', 'signed delivered'],
    ]);
    expect(received.map(({ path }) => path).sort()).toEqual([
      '/all',
      '/all',
      '/failures',
      '/signed',
    ]);
    const signed = received.find(({ path }) => path === '/signed');
    expect(signed?.headers['webhook-signature']).toMatch(/^v1,/);
  });

  it('names the source of CDEvents: the channel, else the server, else the tool', async () => {
    const one = {
      type: 'cdevents',
      name: 'cd',
      url: `${base}/cd`,
      allowPrivateAddresses: true,
    } as const;
    const published = createEvent('pull-request.created', {
      actor,
      repository: { fullName: 'acme/shop' },
      data: {
        pullRequest: {
          id: 1,
          title: 'a',
          source: 'a',
          destination: 'prod',
          webUrl: 'https://a.org/1',
        },
      },
    });
    for (const config of [
      configured([{ ...one, source: '/mine', mode: 'structured' }], 'https://gitops.example.com'),
      configured([one], 'https://gitops.example.com'),
      configured([one]),
    ]) {
      const [result] = await dispatch(
        published,
        await openChannels(config, { onUnusable: refuse }),
      );
      expect(result).toMatchObject({ status: 'delivered' });
    }
    expect(received.map(({ headers }) => headers['ce-source'] ?? 'structured')).toEqual([
      'structured',
      'https://gitops.example.com',
      '/bowline/gitops',
    ]);
    expect(received[0]?.body).toMatchObject({ source: '/mine' });
  });

  it('opens every tool, and only those that are wanted', async () => {
    const url = (text: string) => new Secret(text);
    const config = configured([
      { type: 'teams', name: 'teams', url: url('https://a.environment.api.powerplatform.com/x') },
      { type: 'slack', name: 'slack', url: url('https://hooks.slack.com/services/T0/B0/abcdefgh') },
      { type: 'discord', name: 'discord', url: url('https://discord.com/api/webhooks/1/abcdefgh') },
      {
        type: 'google-chat',
        name: 'google-chat',
        url: url('https://chat.googleapis.com/v1/spaces/AAA/messages?key=abcdefgh&token=abcdefgh'),
      },
      {
        type: 'email',
        name: 'email',
        url: url('smtps://me:a-password@smtp.example.com'),
        from: 'gitops@example.com',
        to: ['ops@example.com'],
      },
    ]);
    const all = await openChannels(config, { onUnusable: refuse });
    expect(all.map(({ name }) => name)).toEqual([
      'teams',
      'slack',
      'discord',
      'google-chat',
      'email',
    ]);
    const some = await openChannels(config, { onUnusable: refuse, only: ['discord', 'none'] });
    expect(some.map(({ name }) => name)).toEqual(['discord']);
  });

  it('leaves out what cannot be used, and says why without its address', async () => {
    const unusable: UnusableChannel[] = [];
    const channels = await openChannels(
      configured([
        {
          type: 'teams',
          name: 'old',
          url: new Secret(
            'https://acme.webhook.office.com/webhookb2/CANARY-of-some-length-0123456789',
          ),
        },
        { type: 'webhook', name: 'good', url: 'https://ci.example.com/hook' },
        { type: 'webhook', name: 'odd', url: 'https://ci.example.com/hook', events: ['nothing.*'] },
      ]),
      { onUnusable: (channel) => unusable.push(channel) },
    );
    expect(channels.map(({ name }) => name)).toEqual(['good']);
    expect(unusable).toMatchObject([
      { name: 'old', error: { code: 'NOTIFY_CHANNEL_RETIRED' } },
      { name: 'odd', error: { code: 'NOTIFY_INVALID_ARGUMENT' } },
    ]);
    expect(String(unusable[0]?.error)).not.toContain('CANARY');
  });

  it('remembers what was told, by the clock that it is given', async () => {
    let time = 0;
    const routeMemory = createRouteMemory();
    const [channel] = await openChannels(
      configured([
        {
          type: 'webhook',
          name: 'a',
          url: `${base}/a`,
          allowPrivateAddresses: true,
          repeatMs: 60_000,
        },
      ]),
      { onUnusable: refuse, routeMemory, now: () => time },
    );
    if (channel === undefined) throw new Error('the channel should be open');
    const statuses: (string | undefined)[] = [];
    for (const at of [0, 59_999, 60_000]) {
      time = at;
      statuses.push((await dispatch(failed, [channel]))[0]?.status);
    }
    expect(statuses).toEqual(['delivered', 'skipped', 'delivered']);
  });
});
