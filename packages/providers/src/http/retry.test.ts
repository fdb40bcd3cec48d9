import { describe, expect, it } from 'vitest';
import type { Clock } from './clock.ts';
import { rateLimitDelay, retryAfter, transientDelay } from './retry.ts';

const clock = (random = 1): Clock => ({
  now: () => Date.parse('2026-11-20T08:00:00Z'),
  random: () => random,
  sleep: async () => undefined,
});

describe('retryAfter', () => {
  it.each([
    ['0', 0],
    ['7', 7000],
    [' 1.5 ', 1500],
    ['Fri, 20 Nov 2026 08:00:30 GMT', 30_000],
    ['Fri, 20 Nov 2026 07:00:00 GMT', 0],
    ['', undefined],
    ['soon', undefined],
    ['-5', undefined],
    ['1e9', undefined],
    ['99999999999', undefined],
    ['2026-11-20', undefined],
  ])('reads %j as %j', (value, expected) => {
    expect(retryAfter(new Headers({ 'retry-after': value }), clock())).toBe(expected);
  });

  it('is undefined without the header', () => {
    expect(retryAfter(new Headers(), clock())).toBeUndefined();
  });
});

describe('the delays', () => {
  it('double, and lie between half and the whole', () => {
    expect([1, 2, 3].map((attempt) => transientDelay(attempt, clock(1)))).toEqual([
      500, 1000, 2000,
    ]);
    expect([1, 2, 3].map((attempt) => transientDelay(attempt, clock(0)))).toEqual([250, 500, 1000]);
    expect([1, 2].map((attempt) => rateLimitDelay(attempt, clock(1)))).toEqual([10_000, 20_000]);
    expect(rateLimitDelay(1, clock(0))).toBe(5000);
  });
});
