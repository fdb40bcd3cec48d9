import { inspect } from 'node:util';
import { Secret } from '@bowline/gitops-errors';
import { type Channel, dispatch } from '@bowline/gitops-notify';
import { discordChannel } from '@bowline/gitops-notify/discord';
import { googleChatChannel } from '@bowline/gitops-notify/google-chat';
import {
  type ChatChannelOptions,
  type HttpTransport,
  slackChannel,
} from '@bowline/gitops-notify/slack';
import { teamsChannel } from '@bowline/gitops-notify/teams';
import { describe, expect, it } from 'vitest';
import { sampleEvents } from './sample-events.ts';

/** A credential of its own for each place, since what one channel has made known as a secret is hidden for all. */
function canary(place: string): string {
  return `canary${place}0123456789abcdefABCDEF`;
}

// Made like real addresses, with a canary in every place that is secret.
const addresses = {
  slack: `https://hooks.slack.com/services/T0CANARY0/B0CANARY0/${canary('Slack')}`,
  discord: `https://discord.com/api/webhooks/112233445566778899/${canary('Discord')}-_x`,
  'google-chat': `https://chat.googleapis.com/v1/spaces/AAAASPACE0/messages?key=${canary('Key')}&token=${canary('Token')}%3D`,
  teams: `https://default0a1b.0c.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/${canary('Flow')}/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers&sv=1.0&sig=${canary('Sig')}`,
} as const;
const makers: Readonly<Record<keyof typeof addresses, (options: ChatChannelOptions) => Channel>> = {
  slack: slackChannel,
  discord: discordChannel,
  'google-chat': googleChatChannel,
  teams: teamsChannel,
};
const services = Object.keys(makers) as (keyof typeof addresses)[];
const pairs = services.flatMap((channel) =>
  services.filter((other) => other !== channel).map((other) => [channel, other] as const),
);

function refusal(make: () => Channel): unknown {
  try {
    make();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('The address was taken.');
}

describe('the address of a webhook', () => {
  it.each(services)('of %s is taken by its channel, as a secret and as text', (service) => {
    const url = addresses[service];
    expect(makers[service]({ url }).name).toBe(service);
    expect(makers[service]({ url: new Secret(url), name: 'ops' }).name).toBe('ops');
  });

  it.each(pairs)(
    'given to %s is refused when it is one of %s, with a pointer',
    (channel, other) => {
      const error = refusal(() => makers[channel]({ url: addresses[other], name: 'ops' }));
      expect(error).toMatchObject({
        code: 'NOTIFY_INVALID_ARGUMENT',
        hint: expect.stringContaining(`"${other}"`),
        message: expect.stringContaining('"ops"'),
      });
      expect(inspect(error)).not.toMatch(/canary/i);
    },
  );

  it.each(services)('of an Office 365 connector is refused by %s as retired', (service) => {
    const url = 'https://acme.webhook.office.com/webhookb2/0/IncomingWebhook/canary/1';
    expect(refusal(() => makers[service]({ url }))).toMatchObject({
      code: 'NOTIFY_CHANNEL_RETIRED',
      permanent: true,
    });
  });

  it.each([
    ['slack', 'https://hooks.slack.com/triggers/T0/1/2', 'workflow'],
    ['slack', 'https://hooks.slack.com/workflows/T0/A0/1/2', 'workflow'],
    ['slack', 'https://slack.com/api/chat.postMessage', 'API'],
    ['slack', 'https://acme.slack.com/archives/C0', 'page'],
    ['slack', 'https://hooks.slack.com./', 'page'],
    ['discord', 'https://discord.com/channels/1/2', 'page'],
    ['discord', 'https://discord.com/api/webhooks/1/canary/slack', 'suffix'],
    ['discord', 'https://discordapp.com/api/webhooks/1/canary/github', 'suffix'],
    ['google-chat', 'https://chat.google.com/room/AAAA', 'page'],
    ['google-chat', 'https://chat.googleapis.com/v1/spaces/AAAA', 'page'],
    ['teams', 'https://teams.microsoft.com/l/channel/1', 'page'],
  ] as const)('is refused by %s when it is %s', (service, url, what) => {
    const error = refusal(() => makers[service]({ url }));
    expect(error).toMatchObject({
      code: 'NOTIFY_INVALID_ARGUMENT',
      message: expect.stringContaining(what),
      hint: expect.stringMatching(/webhook|workflow/),
    });
    expect(inspect(error)).not.toContain('canary');
  });

  it.each([
    ['discord', 'https://ptb.discord.com/api/v10/webhooks/1/token?thread_id=2'],
    ['discord', 'https://discordapp.com/api/webhooks/1/token'],
    ['slack', 'https://mattermost.example.com/hooks/0123456789'],
    ['slack', 'https://hooks.slack-gov.com/services/T0/B0/1'],
    ['google-chat', 'https://relay.example.com/'],
  ] as const)('of %s may be %s', (service, url) => {
    expect(makers[service]({ url }).name).toBe(service);
  });
});

describe('a secret address', () => {
  const event = sampleEvents['job.failed'];

  function expectHidden(value: unknown): void {
    expect(inspect(value, { depth: 10 }) + JSON.stringify(value)).not.toContain('canary');
  }

  const sayings: readonly ((url: URL) => string)[] = [
    (url) => url.href,
    (url) => `No webhook at ${url.pathname}${url.search}`,
    (url) => `Unknown path ${url.pathname}`,
    (url) => JSON.stringify({ message: `bad query ${url.search}` }),
    (url) => `Unknown: ${[...url.searchParams.values(), ...url.pathname.split('/')].join(' ')}`,
  ];

  it.each(services)(
    'of %s stands in no result, also when the service says it back',
    async (service) => {
      for (const say of sayings)
        for (const status of [400, 403, 404, 429, 500, 302]) {
          const transport: HttpTransport = async ({ url }) => ({
            status,
            retryAfter: undefined,
            text: say(url),
          });
          const channel = makers[service]({ url: new Secret(addresses[service]), transport });
          const results = await dispatch(event, [channel], { attempts: 1 });
          expect(results).toMatchObject([{ status: 'failed', error: { details: { status } } }]);
          expectHidden(results);
          expectHidden(channel);
        }
    },
  );

  it.each(services)('of %s stands in no error of the network', async (service) => {
    const transport: HttpTransport = async ({ url }) => {
      throw new Error(`getaddrinfo failed for ${url.href} and ${url.pathname.split('/').at(-1)}`);
    };
    const channel = makers[service]({ url: new Secret(addresses[service]), transport });
    const { signal } = new AbortController();
    const error = await channel.deliver(event, { signal, attempt: 1 }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'NOTIFY_UNAVAILABLE', retryable: true });
    expectHidden(error);
  });
});
