import type { FastifyReply } from 'fastify';
import { afterEach, expect, it, vi } from 'vitest';
import { streamEvents } from './event-stream.ts';

afterEach(() => void vi.useRealTimers());

it('work that does not begin leaves no heartbeat behind, which would keep the process alive', () => {
  vi.useFakeTimers();
  const refused = () => {
    throw new Error('The key belongs to another request.');
  };
  expect(() => streamEvents({} as FastifyReply, refused)).toThrow('another request');
  expect(vi.getTimerCount()).toBe(0);
});
