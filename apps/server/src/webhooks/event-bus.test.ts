import { describe, expect, it } from 'vitest';
import { createEventBus } from './event-bus.ts';

describe('createEventBus', () => {
  it('gives every event to every subscriber, in order, after the publisher has gone on', async () => {
    const bus = createEventBus<number>({ onError: () => undefined });
    const first: number[] = [];
    const second: number[] = [];
    bus.subscribe((event) => void first.push(event));
    bus.subscribe(async (event) => {
      await Promise.resolve();
      second.push(event);
    });
    for (const event of [1, 2, 3]) expect(bus.publish(event)).toBe(true);
    expect(first).toEqual([]);
    await bus.settled();
    expect([first, second]).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
    bus.publish(4);
    await bus.settled();
    expect(first).toEqual([1, 2, 3, 4]);
  });

  it('lets one that fails, and one that is slow, disturb nobody else', async () => {
    const errors: unknown[] = [];
    const bus = createEventBus<number>({ limit: 2, onError: (error) => errors.push(error) });
    const seen: number[] = [];
    const gate = Promise.withResolvers<void>();
    bus.subscribe(() => {
      throw new Error('broken');
    });
    bus.subscribe((event) => void seen.push(event));
    bus.subscribe(() => gate.promise);
    bus.publish(1);
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    expect([seen, errors.length]).toEqual([[1], 1]);
    // One is being handled, two may wait, and the next finds no room anywhere.
    expect([bus.publish(2), bus.publish(3), bus.publish(4)]).toEqual([true, true, false]);
    gate.resolve();
    await bus.settled();
    expect(seen).toEqual([1, 2, 3]);
  });

  it('forgets who has left', async () => {
    const bus = createEventBus<number>({ onError: () => undefined });
    const seen: number[] = [];
    const leave = bus.subscribe((event) => void seen.push(event));
    leave();
    expect(bus.publish(1)).toBe(true);
    await bus.settled();
    expect(seen).toEqual([]);
  });
});
