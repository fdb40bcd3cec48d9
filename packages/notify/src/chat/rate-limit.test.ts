import { describe, expect, it } from 'vitest';
import { type MessageRate, rateLimit } from './rate-limit.ts';

/** A limit with a clock that moves by sleeping alone. */
function limitOf(rate: MessageRate) {
  const clock = { time: 1_000, slept: [] as number[] };
  const limit = rateLimit(rate, {
    channel: 'ops',
    now: () => clock.time,
    sleep: async (ms) => {
      clock.slept.push(ms);
      clock.time += ms;
    },
  });
  return { clock, limit, turn: (signal = new AbortController().signal) => limit.turn(signal) };
}

describe('rateLimit', () => {
  it('lets the first messages pass at once and spaces the others', async () => {
    const { clock, turn } = limitOf({ messages: 2, perMs: 1_000 });
    for (let count = 0; count < 5; count += 1) await turn();
    expect(clock.slept).toEqual([1_000, 1_000]);
    clock.time += 999;
    await turn();
    expect(clock.slept).toEqual([1_000, 1_000]);
    await turn();
    expect(clock.slept).toEqual([1_000, 1_000, 1]);
  });

  it('never allows more than the messages in any stretch of its time', async () => {
    const { clock, turn } = limitOf({ messages: 3, perMs: 500 });
    const sent: number[] = [];
    for (let count = 0; count < 40; count += 1) {
      clock.time += (count * 37) % 200;
      await turn();
      sent.push(clock.time);
    }
    for (const [index, time] of sent.entries())
      expect(time - (sent[index - 3] ?? Number.NEGATIVE_INFINITY)).toBeGreaterThanOrEqual(500);
  });

  it('gives turns that are asked for at once one after another', async () => {
    const slept: number[] = [];
    const limit = rateLimit(
      { messages: 1, perMs: 1_000 },
      { channel: 'ops', now: () => 0, sleep: async (ms) => void slept.push(ms) },
    );
    const { signal } = new AbortController();
    await Promise.all([limit.turn(signal), limit.turn(signal), limit.turn(signal)]);
    expect(slept).toEqual([1_000, 2_000]);
    // The fourth would have to wait longer than an attempt should.
    await expect(limit.turn(signal)).rejects.toMatchObject({
      code: 'NOTIFY_RATE_LIMITED',
      retryable: true,
      retryAfterMs: 3_000,
      message: expect.stringContaining('"ops"'),
    });
  });

  it('holds all turns back when the service asks for it', async () => {
    const { clock, limit, turn } = limitOf({ messages: 30, perMs: 60_000 });
    limit.hold(2_000);
    limit.hold(500);
    await turn();
    expect(clock.slept).toEqual([2_000]);
    limit.hold(60_000);
    await expect(turn()).rejects.toMatchObject({ retryAfterMs: 60_000 });
  });

  it('rejects with the reason of the signal, and gives the turn back', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped');
    const limit = rateLimit({ messages: 1, perMs: 2_000 }, { channel: 'ops', now: () => 0 });
    await limit.turn(stop.signal);
    const waiting = limit.turn(stop.signal);
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(limit.turn(stop.signal)).rejects.toBe(reason);
    // The turn that was given back is free: the next one waits 2,000 ms, and not 4,000.
    const other = new AbortController();
    const next = limit.turn(other.signal);
    other.abort(reason);
    await expect(next).rejects.toBe(reason);
  });

  it('gives back one turn alone where several have the same time', async () => {
    const slept: number[] = [];
    const stop = new AbortController();
    const limit = rateLimit(
      { messages: 2, perMs: 1_000 },
      {
        channel: 'ops',
        now: () => 0,
        sleep: async (ms, signal) => {
          slept.push(ms);
          if (signal === stop.signal) throw new Error('stopped');
        },
      },
    );
    const { signal } = new AbortController();
    for (let count = 0; count < 3; count += 1) await limit.turn(signal);
    await expect(limit.turn(stop.signal)).rejects.toThrow('stopped');
    for (let count = 0; count < 2; count += 1) await limit.turn(signal);
    // Two at 0, two at 1,000 (after one that gave its turn back), and the last at 2,000.
    expect(slept).toEqual([1_000, 1_000, 1_000, 2_000]);
  });
});
