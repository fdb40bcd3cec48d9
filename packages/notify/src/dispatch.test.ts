import { Secret } from '@bowline/gitops-errors';
import {
  type Channel,
  createEvent,
  type DispatchOptions,
  dispatch,
  NotifyError,
  notifyErrorCodes,
} from '@bowline/gitops-notify';
import { describe, expect, it } from 'vitest';

const event = createEvent('branch.created', {
  actor: { name: 'Ada Lovelace' },
  data: { branch: 'shop/web-2.1.0', source: 'prod' },
});

function failing(name: string, ...failures: unknown[]): Channel {
  return {
    name,
    async deliver(_, { attempt }) {
      const failure = failures[Math.min(attempt, failures.length) - 1];
      if (failure !== 'delivered') throw failure;
    },
  };
}
const unavailable = () => new NotifyError('NOTIFY_UNAVAILABLE', 'It is down.');

describe('createEvent', () => {
  it('gives an id, the time of the clock and the severity of the type', () => {
    const made = createEvent(
      'pull-request.merged',
      {
        actor: { name: 'ci' },
        data: {
          pullRequest: { id: 1, title: 't', source: 's', destination: 'd', webUrl: 'https://x.y/' },
        },
      },
      { clock: () => new Date('2026-11-20T20:30:00Z') },
    );
    expect(made).toMatchObject({ time: '2026-11-20T20:30:00.000Z', severity: 'success' });
    expect(made.id).toMatch(/^evt_[0-9a-f-]{36}$/);
    expect(event.severity).toBe('info');
    expect(event.id).not.toBe(made.id);
  });

  it.each(['', 'a.b', 'a b', 'a\nb', 'é', 'x'.repeat(129)])('refuses the id %j', (id) => {
    const { actor, data } = event;
    expect(() => createEvent('branch.created', { id, actor, data })).toThrow(
      expect.objectContaining({ code: 'NOTIFY_INVALID_EVENT' }),
    );
  });

  it('refuses a clock without a time', () => {
    const { actor, data } = event;
    const clock = () => new Date(Number.NaN);
    expect(() => createEvent('branch.created', { actor, data }, { clock })).toThrow(
      expect.objectContaining({ code: 'NOTIFY_INVALID_EVENT' }),
    );
  });
});

describe('dispatch', () => {
  const noWait: DispatchOptions = { sleep: async () => {}, random: () => 0 };

  it('gives one result per channel, in their order, and lets none disturb another', async () => {
    const results = await dispatch(
      event,
      [
        failing('down', unavailable()),
        failing('fine', 'delivered'),
        failing('broken', new TypeError('x is not a function')),
        failing('gone', new NotifyError('NOTIFY_CHANNEL_GONE', 'It is gone.')),
        failing('late', unavailable(), 'delivered'),
        { ...failing('picky', 'delivered'), accepts: (one) => one.severity === 'error' },
      ],
      noWait,
    );
    expect(results).toMatchObject([
      { channel: 'down', status: 'failed', attempts: 3, permanent: false },
      { channel: 'fine', status: 'delivered', attempts: 1 },
      { channel: 'broken', status: 'failed', attempts: 1, error: { code: 'INTERNAL' } },
      { channel: 'gone', status: 'failed', attempts: 1, permanent: true },
      { channel: 'late', status: 'delivered', attempts: 2 },
      { channel: 'picky', status: 'skipped', attempts: 0 },
    ]);
  });

  it('has no results without channels', async () => {
    expect(await dispatch(event, [])).toEqual([]);
  });

  it('turns whatever a channel does into a result', async () => {
    const odd: Channel[] = [
      failing('undefined', undefined),
      failing('text', 'just a text'),
      {
        name: 'synchronous',
        deliver() {
          throw new Error('at once');
        },
      },
      {
        name: 'choosy',
        deliver: async () => {},
        accepts() {
          throw new Error('cannot decide');
        },
      },
    ];
    const results = await dispatch(event, odd, noWait);
    expect(results.map((result) => result.status)).toEqual(Array(4).fill('failed'));
    expect(results[3]).toMatchObject({ attempts: 0, error: { message: 'cannot decide' } });
  });

  it('ends in time when a channel ignores its signal', async () => {
    const deaf: Channel = { name: 'deaf', deliver: () => new Promise(() => {}) };
    const [result] = await dispatch(event, [deaf], { timeoutMs: 20 });
    expect(result).toMatchObject({ status: 'failed', error: { code: 'NOTIFY_TIMEOUT' } });
  });

  it('keeps the last real failure when the time is up during a pause', async () => {
    const [result] = await dispatch(event, [failing('down', unavailable())], {
      timeoutMs: 260,
      sleep: () => new Promise(() => {}),
      random: () => 0,
      now: () => 0,
    });
    // The injected clock stands still, so the pause of 250 ms is begun; the real timer ends it.
    expect(result).toMatchObject({ error: { code: 'NOTIFY_UNAVAILABLE' }, attempts: 1 });
  });

  it('spreads the pauses, and begins none that would not end in time', async () => {
    const pauses: number[] = [];
    const options = { sleep: async (ms: number) => void pauses.push(ms), attempts: 4 };
    await dispatch(event, [failing('a', unavailable())], { ...options, random: () => 0 });
    await dispatch(event, [failing('a', unavailable())], { ...options, random: () => 0.5 });
    expect(pauses).toEqual([250, 500, 1000, 375, 750, 1500]);
    const [late] = await dispatch(event, [failing('a', unavailable())], {
      ...options,
      random: () => 0,
      timeoutMs: 240,
    });
    expect(late).toMatchObject({ attempts: 1, error: { code: 'NOTIFY_UNAVAILABLE' } });
  });

  it('really waits between attempts when no other sleep is given', async () => {
    const channel = failing('late', unavailable(), 'delivered');
    const [result] = await dispatch(event, [channel], { random: () => 0 });
    expect(result).toMatchObject({ status: 'delivered', attempts: 2 });
    expect(result?.durationMs).toBeGreaterThanOrEqual(245);
  });

  it('stops in a pause when the caller stops', async () => {
    const stop = new AbortController();
    const sleeping: Channel = {
      name: 'down',
      async deliver() {
        queueMicrotask(() => setImmediate(() => stop.abort('enough')));
        throw unavailable();
      },
    };
    await expect(dispatch(event, [sleeping], { signal: stop.signal })).rejects.toBe('enough');
  });

  it('shows channels and results no secret', async () => {
    const token = new Secret('canary-dispatch-91c2');
    const seen: string[] = [];
    const leaky: Channel = {
      name: 'leaky',
      async deliver(one) {
        seen.push(JSON.stringify(one));
        throw new Error(`sent with ${token.reveal()}`);
      },
    };
    const secretive = { ...event, actor: { name: `ci ${token.reveal()}` } };
    const results = await dispatch(secretive, [leaky]);
    expect(seen).toHaveLength(1);
    expect(`${seen} ${JSON.stringify(results)}`).not.toContain(token.reveal());
  });

  it.each([
    { timeoutMs: 0 },
    { timeoutMs: Number.NaN },
    { attemptTimeoutMs: -1 },
    { timeoutMs: 2 ** 31 },
    { attempts: 0 },
    { attempts: 1.5 },
    { attempts: 11 },
  ])('refuses %o', async (options) => {
    await expect(dispatch(event, [], options)).rejects.toMatchObject({
      code: 'NOTIFY_INVALID_ARGUMENT',
    });
  });
});

describe('NotifyError', () => {
  it('has a sentence and a next step for every code, and knows which may pass', () => {
    for (const [code, info] of Object.entries(notifyErrorCodes)) {
      expect(code).toMatch(/^NOTIFY_[A-Z_]+$/);
      expect(info.summary).toMatch(/\.$/);
      expect(info.hint).toMatch(/\.$/);
    }
    expect(unavailable()).toMatchObject({ retryable: true, permanent: false });
    expect(new NotifyError('NOTIFY_REJECTED', 'No.')).toMatchObject({ retryable: false });
  });
});
