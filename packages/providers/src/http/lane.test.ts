import { describe, expect, it } from 'vitest';
import { Lane } from './lane.ts';

function clockAt(start: number) {
  let now = start;
  return {
    now: () => now,
    random: () => 1,
    sleep: async (milliseconds: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      now += milliseconds;
    },
  };
}

const request = { doing: 'read x' };

describe('a lane', () => {
  it('runs writes in their order, also after one that failed', async () => {
    const lane = new Lane();
    const seen: string[] = [];
    const write = (name: string, fails = false) =>
      lane.inTurn(async () => {
        seen.push(`${name} begins`);
        await new Promise((done) => setImmediate(done));
        seen.push(`${name} ends`);
        if (fails) throw new Error(name);
        return name;
      });
    const results = await Promise.allSettled([write('a'), write('b', true), write('c')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(seen).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  });

  it('waits for the end of a rest, of several for the last, and then no more', async () => {
    const lane = new Lane();
    const clock = clockAt(1000);
    lane.rest(6000);
    lane.rest(3000);
    const limits = { clock, deadline: 100_000, longest: 60_000 };
    await lane.rested(request, limits);
    expect(clock.now()).toBe(6000);
    await lane.rested(request, limits);
    expect(clock.now()).toBe(6000);
  });

  it.each([
    ['the longest wait', { deadline: 100_000, longest: 4999 }],
    ['the deadline', { deadline: 6000, longest: 60_000 }],
  ])('fails at once, with the time, when that is beyond %s', async (_, limits) => {
    const lane = new Lane();
    const clock = clockAt(1000);
    lane.rest(6000);
    await expect(lane.rested(request, { clock, ...limits })).rejects.toMatchObject({
      code: 'PROVIDER_RATE_LIMITED',
      retryable: true,
      details: { retryAfter: '5' },
      message:
        'The forge wants no requests before 1970-01-01T00:00:06.000Z, so nothing was sent to read x.',
    });
    expect(clock.now()).toBe(1000);
  });

  it('gives up the wait with the signal', async () => {
    const lane = new Lane();
    lane.rest(6000);
    const signal = AbortSignal.abort('enough');
    const limits = { clock: clockAt(1000), deadline: 100_000, longest: 60_000 };
    await expect(lane.rested({ ...request, signal }, limits)).rejects.toBe('enough');
  });
});
