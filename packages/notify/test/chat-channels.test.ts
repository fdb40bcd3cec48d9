import { Secret } from '@bowline/gitops-errors';
import { type Channel, dispatch } from '@bowline/gitops-notify';
import { discordChannel, renderDiscordMessage } from '@bowline/gitops-notify/discord';
import { googleChatChannel, renderGoogleChatMessage } from '@bowline/gitops-notify/google-chat';
import {
  type ChatChannelOptions,
  renderSlackMessage,
  slackChannel,
} from '@bowline/gitops-notify/slack';
import { teamsChannel } from '@bowline/gitops-notify/teams';
import { describe, expect, it } from 'vitest';
import { type Behaviour, startReceiver, statuses } from './receiver.ts';
import { sampleEvents } from './sample-events.ts';

const event = sampleEvents['promotion.merged'];
const makers: Readonly<Record<string, (options: ChatChannelOptions) => Channel>> = {
  slack: slackChannel,
  discord: discordChannel,
  'google-chat': googleChatChannel,
  teams: teamsChannel,
};
const all = Object.entries(makers);

function maker(name: string): (options: ChatChannelOptions) => Channel {
  const make = makers[name];
  if (make === undefined) throw new Error(`There is no channel "${name}".`);
  return make;
}

function answer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): Behaviour {
  return (response) => {
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

async function deliver(name: string, behave: Behaviour, options: { attempts?: number } = {}) {
  const receiver = await startReceiver(behave);
  const pauses: number[] = [];
  const clock = { time: 0 };
  const sleep = async (ms: number) => {
    clock.time += ms;
  };
  const channel = maker(name)({
    url: new Secret(receiver.url),
    allowPrivateAddresses: true,
    now: () => clock.time,
    sleep,
  });
  const [result] = await dispatch(event, [channel], {
    attempts: options.attempts ?? 1,
    random: () => 1,
    sleep: async (ms) => {
      pauses.push(ms);
      clock.time += ms;
    },
  });
  return { result, pauses, received: receiver.received };
}

describe('what each service receives', () => {
  it('Slack: blocks', async () => {
    const { result, received } = await deliver('slack', answer(200, 'ok'));
    expect(result).toMatchObject({ channel: 'slack', status: 'delivered', attempts: 1 });
    expect(received[0]?.path).toBe('/hooks/gitops');
    expect(received[0]?.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'bowline-gitops',
    });
    expect(JSON.parse(received[0]?.body ?? '')).toEqual(renderSlackMessage(event));
  });

  it('Discord: an embed, with wait=true and without losing what the address asks for', async () => {
    const receiver = await startReceiver(answer(200, { id: '1' }));
    const channel = discordChannel({
      url: `${receiver.url}?thread_id=42&wait=false`,
      username: 'Bowline',
      allowPrivateAddresses: true,
    });
    expect(await dispatch(event, [channel])).toMatchObject([{ status: 'delivered' }]);
    expect(receiver.received[0]?.path).toBe('/hooks/gitops?thread_id=42&wait=true');
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toEqual({
      username: 'Bowline',
      ...renderDiscordMessage(event),
    });
  });

  it('Google Chat: a card in the thread of the branch', async () => {
    const { received } = await deliver('google-chat', answer(200, {}));
    expect(received[0]?.path).toBe(
      '/hooks/gitops?messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD',
    );
    expect(JSON.parse(received[0]?.body ?? '')).toEqual(renderGoogleChatMessage(event));
    const key = (type: keyof typeof sampleEvents) =>
      renderGoogleChatMessage(sampleEvents[type]).thread.threadKey;
    expect(key('pull-request.created')).toBe(key('pull-request.merged'));
    expect(key('branch.created')).toBe(key('image.updated'));
    expect(key('branch.created')).not.toBe(key('commit.reported'));
  });

  it.each(['', ' ', 'x'.repeat(81), 'my Discord bot', 'Clyde', 'a\u0000b', '\ud800'])(
    'Discord refuses the user name %j',
    (username) => {
      expect(() => discordChannel({ url: 'https://relay.example.com/', username })).toThrow(
        expect.objectContaining({ code: 'NOTIFY_INVALID_ARGUMENT' }),
      );
    },
  );
});

describe('an answer that is the end of a channel', () => {
  it.each([
    ...all.flatMap(([name]) => [404, 410].map((status) => [name, status, ''] as const)),
    ['slack', 403, 'action_prohibited'],
    ['slack', 403, 'invalid_token'],
    ['slack', 404, 'no_service'],
    ['slack', 410, 'channel_is_archived'],
    ['discord', 401, { message: 'Invalid Webhook Token', code: 50_027 }],
    ['discord', 404, { message: 'Unknown Webhook', code: 10_015 }],
    ['google-chat', 403, { error: { code: 403, status: 'PERMISSION_DENIED' } }],
    ['google-chat', 404, { error: { code: 404, status: 'NOT_FOUND' } }],
  ] as const)('%s: %d %j', async (name, status, body) => {
    const { result, received } = await deliver(name, answer(status, body), { attempts: 3 });
    expect(result).toMatchObject({
      status: 'failed',
      attempts: 1,
      permanent: true,
      error: { code: 'NOTIFY_CHANNEL_GONE', retryable: false, details: { status } },
    });
    expect(received).toHaveLength(1);
  });
});

describe('an answer that is the end of one message', () => {
  it.each([
    ...all.map(([name]) => [name, 413, ''] as const),
    ['slack', 400, 'invalid_payload'],
    ['slack', 403, '<html>blocked by the proxy, not action_prohibited</html>'],
    ['discord', 400, { code: 50_035, message: 'Invalid Form Body' }],
    ['discord', 403, '<html>proxy</html>'],
    ['discord', 400, 'null'],
    ['discord', 400, '[1,'],
    ['google-chat', 400, { error: { code: 400, status: 'INVALID_ARGUMENT' } }],
    ['google-chat', 403, '<html>proxy</html>'],
    ['google-chat', 403, { error: 'PERMISSION_DENIED' }],
    ['teams', 401, ''],
  ] as const)('%s: %d %j', async (name, status, body) => {
    const { result } = await deliver(name, answer(status, body), { attempts: 3 });
    expect(result).toMatchObject({
      status: 'failed',
      attempts: 1,
      permanent: false,
      error: { code: 'NOTIFY_REJECTED', retryable: false, details: { status } },
    });
  });
});

describe('an answer that may pass', () => {
  it.each(all.map(([name]) => name))('%s: 500 is tried again', async (name) => {
    const { result } = await deliver(name, statuses(500, 503, 200), { attempts: 3 });
    expect(result).toMatchObject({ status: 'delivered', attempts: 3 });
  });

  const info = { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '4.5s' };
  it.each([
    ['slack', 'ratelimited', { 'retry-after': '3' }, 3_000],
    ['discord', { retry_after: 1.337, global: false }, {}, 1_337],
    ['discord', { retry_after: 0.25 }, { 'retry-after': '2' }, 2_000],
    ['discord', { retry_after: 'soon' }, {}, 500],
    ['discord', { retry_after: -1 }, {}, 500],
    ['google-chat', { error: { code: 429, status: 'RESOURCE_EXHAUSTED' } }, {}, 500],
    ['google-chat', { error: { code: 429, details: [null, 1, info] } }, {}, 4_500],
    ['teams', '', { 'retry-after': '2' }, 2_000],
  ] as const)('%s: 429 %j %j waits', async (name, body, headers, wait) => {
    const limited: Behaviour = (response, index) =>
      (index === 0 ? answer(429, body, headers) : answer(200, 'ok'))(response, index);
    const { result, pauses, received } = await deliver(name, limited, { attempts: 2 });
    expect(result).toMatchObject({ status: 'delivered', attempts: 2 });
    expect(received).toHaveLength(2);
    // 500 ms are the back-off of `dispatch`, where the service does not say how long.
    expect(pauses).toEqual([wait]);
  });

  it('holds back the next event too, and leaves the wait to dispatch when it is long', async () => {
    const receiver = await startReceiver(answer(429, { retry_after: 30 }));
    const channel = discordChannel({ url: receiver.url, allowPrivateAddresses: true });
    const options = { attempts: 1 };
    await dispatch(event, [channel], options);
    const [second] = await dispatch(event, [channel], options);
    expect(second).toMatchObject({ error: { code: 'NOTIFY_RATE_LIMITED' }, permanent: false });
    expect(receiver.received).toHaveLength(1);
  });
});

describe('the rate of a service', () => {
  it.each([
    ['slack', 3, [1_000, 1_000]],
    ['google-chat', 3, [1_000, 1_000]],
    ['teams', 9, [1_000, 1_000]],
    ['discord', 30, []],
  ] as const)('%s sends %d messages with the waits %j', async (name, count, waits) => {
    const receiver = await startReceiver(statuses(200));
    const slept: number[] = [];
    const clock = { time: 0 };
    const channel = maker(name)({
      url: receiver.url,
      allowPrivateAddresses: true,
      now: () => clock.time,
      sleep: async (ms) => {
        slept.push(ms);
        clock.time += ms;
      },
    });
    for (let sent = 0; sent < count; sent += 1)
      expect(await dispatch(event, [channel])).toMatchObject([{ status: 'delivered' }]);
    expect(slept).toEqual(waits);
    expect(receiver.received).toHaveLength(count);
  });

  it('Discord refuses the 31st message of a minute, and says when it may be sent', async () => {
    const receiver = await startReceiver(statuses(204));
    const channel = discordChannel({
      url: receiver.url,
      allowPrivateAddresses: true,
      now: () => 0,
    });
    const { signal } = new AbortController();
    for (let sent = 0; sent < 30; sent += 1) await channel.deliver(event, { signal, attempt: 1 });
    await expect(channel.deliver(event, { signal, attempt: 1 })).rejects.toMatchObject({
      code: 'NOTIFY_RATE_LIMITED',
      retryAfterMs: 60_000,
    });
    expect(receiver.received).toHaveLength(30);
  });

  it('waits no longer than the attempt', async () => {
    const receiver = await startReceiver(statuses(200));
    const channel = slackChannel({
      url: receiver.url,
      allowPrivateAddresses: true,
      now: () => 0,
    });
    await dispatch(event, [channel]);
    const [result] = await dispatch(event, [channel], { attempts: 1, attemptTimeoutMs: 20 });
    expect(result).toMatchObject({ status: 'failed', error: { code: 'NOTIFY_TIMEOUT' } });
    expect(receiver.received).toHaveLength(1);
  });
});
