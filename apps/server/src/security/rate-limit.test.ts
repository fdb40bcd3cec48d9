import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RateLimiter } from './rate-limit.ts';

describe('RateLimiter', () => {
  it('allows a burst of a minute, then as many as are refilled, and says when', () => {
    let now = 0;
    const limiter = new RateLimiter(60, () => now);
    const verdicts = Array.from({ length: 61 }, () => limiter.take('a'));
    expect(verdicts.map(({ allowed }) => allowed).lastIndexOf(true)).toBe(59);
    expect(verdicts[60]).toEqual({ allowed: false, remaining: 0, retryAfterSeconds: 1 });
    expect(limiter.take('b').allowed).toBe(true);
    now = 1_000;
    expect([limiter.take('a').allowed, limiter.take('a').allowed]).toEqual([true, false]);
    now = 10_000_000;
    expect(limiter.take('a').remaining).toBe(59);
  });

  it('never allows more than a burst and the refill, whatever the times are', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5_000), { maxLength: 300 }), (pauses) => {
        let now = 0;
        const limiter = new RateLimiter(10, () => now);
        let allowed = 0;
        for (const pause of pauses) {
          now += pause;
          if (limiter.take('a').allowed) allowed += 1;
        }
        expect(allowed).toBeLessThanOrEqual(10 + (now * 10) / 60_000 + 1e-6);
      }),
    );
  });

  it('after the time that it names there is one again', () => {
    let now = 0;
    const limiter = new RateLimiter(7, () => now);
    for (let count = 0; count < 7; count += 1) limiter.take('a');
    now += limiter.take('a').retryAfterSeconds * 1_000;
    expect(limiter.take('a').allowed).toBe(true);
  });

  it('keeps a bounded number of keys', () => {
    const limiter = new RateLimiter(1, () => 0);
    limiter.take('first');
    for (let key = 0; key < 20_000; key += 1) limiter.take(String(key));
    expect(limiter.take('first').allowed).toBe(true);
    expect(limiter.take('19999').allowed).toBe(false);
  });
});
