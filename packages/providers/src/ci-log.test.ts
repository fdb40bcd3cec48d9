import { describe, expect, it } from 'vitest';
import { type LogSource, readLog } from './ci-log.ts';
import type { Clock } from './http/clock.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** A log that grows by one entry each time that somebody waits. */
function growing(parts: readonly string[], pieceBytes = 100) {
  let text = '';
  let left = [...parts];
  const sleeps: number[] = [];
  const reads: number[] = [];
  const source: LogSource = {
    async read(offset) {
      reads.push(offset);
      const piece = bytes(text).subarray(offset, offset + pieceBytes);
      return { bytes: piece, end: offset + piece.byteLength >= text.length };
    },
    completed: async () => left.length === 0,
  };
  const clock: Clock = {
    now: () => 0,
    random: () => 0,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      sleeps.push(ms);
      text += left[0] ?? '';
      left = left.slice(1);
    },
  };
  return { source, clock, sleeps, reads, write: (more: string) => (text += more) };
}

async function read(iterable: AsyncIterable<{ offset: number; bytes: Uint8Array }>) {
  const found: [number, string][] = [];
  for await (const chunk of iterable)
    found.push([chunk.offset, Buffer.from(chunk.bytes).toString()]);
  return found;
}

describe('readLog', () => {
  it('gives what there is and ends', async () => {
    const log = growing([]);
    log.write('0123456789');
    expect(await read(readLog(log.source, log.clock))).toEqual([[0, '0123456789']]);
    expect(await read(readLog(log.source, log.clock, { offset: 4 }))).toEqual([[4, '456789']]);
    expect(await read(readLog(log.source, log.clock, { offset: 10 }))).toEqual([]);
    expect(await read(readLog(log.source, log.clock, { offset: 11 }))).toEqual([]);
    expect(log.sleeps).toEqual([]);
  });

  it('reads a long log piece by piece', async () => {
    const log = growing([], 4);
    log.write('0123456789');
    expect(await read(readLog(log.source, log.clock))).toEqual([
      [0, '0123'],
      [4, '4567'],
      [8, '89'],
    ]);
  });

  it('follows until the job is completed, with growing waits, and misses no end', async () => {
    const log = growing(['a', '', '', '', '', '', 'b', 'c']);
    expect(await read(readLog(log.source, log.clock, { follow: true }))).toEqual([
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
    ]);
    expect(log.sleeps).toEqual([2000, 2000, 3000, 4500, 6750, 10_000, 10_000, 2000]);
  });

  it('stops when the caller does', async () => {
    const log = growing(['a', 'b', 'c']);
    const stop = new AbortController();
    const seen: string[] = [];
    const reading = (async () => {
      for await (const chunk of readLog(log.source, log.clock, {
        follow: true,
        signal: stop.signal,
      })) {
        seen.push(Buffer.from(chunk.bytes).toString());
        stop.abort('enough');
      }
    })();
    await expect(reading).rejects.toBe('enough');
    expect(seen).toEqual(['a']);
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('refuses the offset %d', async (offset) => {
    const log = growing([]);
    await expect(read(readLog(log.source, log.clock, { offset }))).rejects.toMatchObject({
      code: 'PROVIDER_INVALID_ARGUMENT',
    });
  });
});
