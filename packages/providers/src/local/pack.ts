import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { applyDelta } from './delta.ts';
import { damaged, type GitObject, type ObjectType, tooLarge } from './git-object.ts';

const FANOUT_BYTES = 8 + 256 * 4;
const MAX_DELTA_DEPTH = 4096;
/** Indexes up to this size are kept in memory, in bytes: about 250,000 objects. */
const MAX_WHOLE_INDEX = 8 * 1024 * 1024;
const types: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const OFS_DELTA = 6;
const REF_DELTA = 7;

type ReadAt = (position: number, length: number) => Buffer;

/** Reads `length` bytes at a position; fewer at the end of the file. */
function readAt(fd: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const count = readSync(fd, buffer, filled, length - filled, position + filled);
    if (count === 0) break;
    filled += count;
  }
  return buffer.subarray(0, filled);
}

/**
 * Reads objects out of one pack and its index (version 2), each by a few small reads: the
 * pack is never loaded, and the index only while it is small.
 *
 * Source: gitformat-pack(5).
 */
export class Pack {
  readonly #base: string;
  #fanout: Buffer | undefined;
  #wholeIndex: Buffer | undefined;

  /** @param base The path of the pack without `.pack`. */
  constructor(base: string) {
    this.#base = base;
  }

  /** Finds the position of an object in the pack. */
  find(oid: string): number | undefined {
    const whole = this.#wholeIndex;
    if (whole !== undefined) {
      return this.#find((position, length) => whole.subarray(position, position + length), oid);
    }
    const fd = openSync(`${this.#base}.idx`, 'r');
    try {
      const { size } = fstatSync(fd);
      if (size <= MAX_WHOLE_INDEX) this.#wholeIndex = readAt(fd, 0, size);
      return this.#find((position, length) => readAt(fd, position, length), oid);
    } finally {
      closeSync(fd);
    }
  }

  #find(read: ReadAt, oid: string): number | undefined {
    this.#fanout ??= this.#readFanout(read);
    const fanout = this.#fanout;
    const name = Buffer.from(oid, 'hex');
    const first = name[0] ?? 0;
    const start = first === 0 ? 0 : fanout.readUInt32BE(8 + (first - 1) * 4);
    const end = fanout.readUInt32BE(8 + first * 4);
    const count = fanout.readUInt32BE(8 + 255 * 4);
    if (end < start || end > count) throw damaged(`pack index "${this.#base}.idx"`);
    const names = read(FANOUT_BYTES + start * 20, (end - start) * 20);
    let low = 0;
    let high = Math.floor(names.length / 20);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = name.compare(names, middle * 20, middle * 20 + 20);
      if (order === 0) return this.#offset(read, count, start + middle);
      if (order < 0) high = middle;
      else low = middle + 1;
    }
    return undefined;
  }

  #readFanout(read: ReadAt): Buffer {
    const fanout = read(0, FANOUT_BYTES);
    if (
      fanout.length < FANOUT_BYTES ||
      fanout.readUInt32BE(0) !== 0xff744f63 ||
      fanout.readUInt32BE(4) !== 2
    ) {
      throw damaged(`pack index "${this.#base}.idx" (only version 2 is known)`);
    }
    return fanout;
  }

  #offset(read: ReadAt, count: number, index: number): number {
    const small = FANOUT_BYTES + count * 24;
    const entry = read(small + index * 4, 4);
    if (entry.length < 4) throw damaged(`pack index "${this.#base}.idx"`);
    const value = entry.readUInt32BE(0);
    if (value < 0x8000_0000) return value;
    const large = read(small + count * 4 + (value - 0x8000_0000) * 8, 8);
    if (large.length < 8) throw damaged(`pack index "${this.#base}.idx"`);
    return Number(large.readBigUInt64BE(0));
  }

  /**
   * Reads the object at a position.
   *
   * @param resolve Reads the base of a delta that is named by its id.
   */
  read(
    position: number,
    options: { readonly maxBytes: number; readonly resolve: (oid: string) => GitObject },
  ): GitObject {
    const fd = openSync(`${this.#base}.pack`, 'r');
    try {
      const size = fstatSync(fd).size;
      const deltas: Buffer[] = [];
      let at = position;
      for (let depth = 0; depth < MAX_DELTA_DEPTH; depth += 1) {
        const entry = readEntry(fd, { at, fileSize: size, maxBytes: options.maxBytes });
        if ('type' in entry) return applyAll(entry, deltas, options.maxBytes);
        deltas.push(entry.delta);
        if ('oid' in entry) return applyAll(options.resolve(entry.oid), deltas, options.maxBytes);
        at = entry.base;
      }
      throw damaged(`a chain of more than ${MAX_DELTA_DEPTH} deltas in "${this.#base}.pack"`);
    } finally {
      closeSync(fd);
    }
  }
}

function applyAll(base: GitObject, deltas: readonly Buffer[], maxBytes: number): GitObject {
  const content = deltas.reduceRight<Buffer>(
    (current, delta) => applyDelta(current, delta, maxBytes),
    base.content,
  );
  return { type: base.type, content };
}

type Entry =
  | GitObject
  | { readonly delta: Buffer; readonly base: number }
  | { readonly delta: Buffer; readonly oid: string };

function readEntry(
  fd: number,
  where: { readonly at: number; readonly fileSize: number; readonly maxBytes: number },
): Entry {
  const header = readAt(fd, where.at, 64);
  let used = 0;
  const byte = (): number => {
    const value = header[used];
    if (value === undefined) throw damaged('a pack entry');
    used += 1;
    return value;
  };
  let current = byte();
  const kind = (current >> 4) & 7;
  let size = current & 15;
  for (let factor = 16; current & 0x80; factor *= 128) {
    current = byte();
    size += (current & 0x7f) * factor;
    if (!Number.isSafeInteger(size)) throw damaged('a pack entry');
  }
  if (size > where.maxBytes) throw tooLarge(size, where.maxBytes);
  const inflate = () => inflateAt(fd, { ...where, at: where.at + used, size });
  const type = types[kind];
  if (type !== undefined) return { type, content: inflate() };
  if (kind === REF_DELTA) {
    const oid = header.subarray(used, used + 20).toString('hex');
    used += 20;
    return { delta: inflate(), oid };
  }
  if (kind !== OFS_DELTA) throw damaged('a pack entry of an unknown type');
  current = byte();
  let distance = current & 0x7f;
  while (current & 0x80) {
    current = byte();
    distance = (distance + 1) * 128 + (current & 0x7f);
  }
  if (distance <= 0 || distance > where.at) throw damaged('the base of a delta');
  return { delta: inflate(), base: where.at - distance };
}

function inflateAt(
  fd: number,
  where: { readonly at: number; readonly fileSize: number; readonly size: number },
): Buffer {
  const available = where.fileSize - where.at;
  // The most that zlib makes of this many bytes; other writers may need more, hence the second try with all there is up to 4 x.
  const bound = where.size + (where.size >> 8) + 256;
  for (const length of [Math.min(bound, available), Math.min(bound * 4 + 65_536, available)]) {
    try {
      const content = inflateSync(readAt(fd, where.at, length), {
        maxOutputLength: Math.max(where.size, 1),
      });
      if (content.length === where.size) return content;
    } catch (error) {
      if (length === available || length > bound) throw damaged('a packed object', error);
    }
  }
  throw damaged('a packed object');
}
