import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { linkSignals } from './linked-signal.ts';

it('aborts with the reason of the first of its signals, and of itself', () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const reason = new Error('second');
  const linked = linkSignals(first.signal, second.signal);
  expect(linked.signal.aborted).toBe(false);
  second.abort(reason);
  first.abort(new Error('first'));
  expect(linked.signal.reason).toBe(reason);
  expect(linkSignals(second.signal).signal.reason).toBe(reason);
  const own = linkSignals();
  own.abort(reason);
  expect(own.signal.reason).toBe(reason);
});

it('leaves nothing on a signal that outlives it', () => {
  const { signal } = new AbortController();
  const linked = linkSignals(signal);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  linked.release();
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
