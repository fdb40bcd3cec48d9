import { describe, expect, it } from 'vitest';
import { DeliveryMemory } from './delivery-memory.ts';

describe('DeliveryMemory', () => {
  it('knows a delivery for a day', () => {
    let now = 0;
    const memory = new DeliveryMemory(() => now);
    expect(memory.has('a')).toBe(false);
    memory.add('a');
    now = 86_399_999;
    expect(memory.has('a')).toBe(true);
    now = 86_400_000;
    expect(memory.has('a')).toBe(false);
  });

  it('keeps a bounded number, and forgets the oldest', () => {
    const memory = new DeliveryMemory(() => 0);
    for (let index = 0; index < 20_001; index += 1) memory.add(String(index));
    expect([memory.has('0'), memory.has('1'), memory.has('20000')]).toEqual([false, true, true]);
  });
});
