import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { crc32, deflateSync, inflateSync } from 'node:zlib';
import { GitError } from '../errors.ts';
import { applyDelta } from './delta.ts';
import { damaged } from './pkt-line.ts';

export type ObjectType = 'commit' | 'tree' | 'blob' | 'tag';

export interface GitObject {
  readonly type: ObjectType;
  readonly data: Buffer;
}

export interface PackEntry {
  readonly id: string;
  readonly offset: number;
  readonly crc: number;
}

export interface ReadPackOptions {
  readonly maxObjectBytes: number;
  /** Called now and then, and rejects when the caller has had enough. */
  readonly check?: (() => void) | undefined;
  readonly onEntries?: ((done: number, total: number) => void) | undefined;
}

const TYPES: Readonly<Record<number, ObjectType>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const OFFSET_DELTA = 6;
const REF_DELTA = 7;
const TRAILER = 20;
const CACHE_BYTES = 32 * 1024 * 1024;
const MAX_CHAIN = 5000;
const PAUSE_EVERY_BYTES = 8 * 1024 * 1024;

/** The id of an object. */
export function objectId(object: GitObject): string {
  const head = `${object.type} ${object.data.length}\0`;
  return createHash('sha1').update(head).update(object.data).digest('hex');
}

interface RawEntry {
  readonly type: number;
  /** The object, or the delta. */
  readonly data: Buffer;
  readonly base: number | string | undefined;
  readonly end: number;
}

/**
 * A pack in memory, with every object checked (gitformat-pack).
 *
 * isomorphic-git leaves out objects that it cannot read and sees a cut-off pack only later; here the checksum, each length
 * and each delta are looked at before anything is believed.
 */
export class Pack {
  readonly bytes: Buffer;
  readonly entries: PackEntry[] = [];
  readonly #offsets = new Map<string, number>();
  readonly #maxObjectBytes: number;
  readonly #cache = new Map<number, GitObject>();
  #cached = 0;

  private constructor(bytes: Buffer, maxObjectBytes: number) {
    this.bytes = bytes;
    this.#maxObjectBytes = maxObjectBytes;
  }

  /** @throws {@link GitError} `GIT_REMOTE_INVALID_ANSWER` for a pack that is cut off or damaged. */
  static async read(bytes: Buffer, options: ReadPackOptions): Promise<Pack> {
    const end = bytes.length - TRAILER;
    if (end < 12 || bytes.toString('latin1', 0, 4) !== 'PACK') throw damaged('it is not a pack');
    if (bytes.readUInt32BE(4) !== 2) throw damaged('the version of the pack is not known');
    const sum = createHash('sha1').update(bytes.subarray(0, end)).digest();
    if (!sum.equals(bytes.subarray(end)))
      throw damaged('the checksum of the pack does not fit, so a part is missing or changed');
    const pack = new Pack(bytes, options.maxObjectBytes);
    await pack.#index(bytes.readUInt32BE(8), options);
    return pack;
  }

  has(id: string): boolean {
    return this.#offsets.has(id);
  }

  get(id: string): GitObject | undefined {
    const offset = this.#offsets.get(id);
    return offset === undefined ? undefined : this.#object(offset);
  }

  async #index(total: number, options: ReadPackOptions): Promise<void> {
    const waiting: { readonly offset: number; readonly crc: number }[] = [];
    let offset = 12;
    let sincePause = 0;
    for (let done = 0; done < total; done += 1) {
      const raw = this.#raw(offset);
      const crc = crc32(this.bytes.subarray(offset, raw.end));
      const type = TYPES[raw.type];
      if (type !== undefined) this.#remember(offset, { type, data: raw.data });
      if (typeof raw.base === 'string' && !this.#offsets.has(raw.base))
        waiting.push({ offset, crc });
      else this.#add(offset, crc);
      sincePause += raw.data.length + (raw.end - offset);
      offset = raw.end;
      if (sincePause > PAUSE_EVERY_BYTES) {
        sincePause = 0;
        options.onEntries?.(done, total);
        await setImmediate();
        options.check?.();
      }
    }
    if (offset !== this.bytes.length - TRAILER) throw damaged('the pack has bytes after its end');
    this.#resolve(waiting);
    options.onEntries?.(total, total);
  }

  /** Deltas may stand before the object that they name, so they are tried again while that helps. */
  #resolve(waiting: readonly { readonly offset: number; readonly crc: number }[]): void {
    let left = waiting;
    while (left.length > 0) {
      const still: typeof waiting = left.filter((one) => {
        const { base } = this.#raw(one.offset);
        if (typeof base !== 'string' || !this.#offsets.has(base)) return true;
        this.#add(one.offset, one.crc);
        return false;
      });
      if (still.length === left.length) throw damaged('a delta in the pack has no base');
      left = still;
    }
  }

  #add(offset: number, crc: number): void {
    const id = objectId(this.#object(offset));
    this.#offsets.set(id, offset);
    this.entries.push({ id, offset, crc });
  }

  #object(offset: number): GitObject {
    const deltas: { readonly at: number; readonly data: Buffer }[] = [];
    let at = offset;
    let object = this.#cache.get(at);
    while (object === undefined) {
      const raw = this.#raw(at);
      const type = TYPES[raw.type];
      if (type !== undefined) {
        object = { type, data: raw.data };
        this.#remember(at, object);
        break;
      }
      if (deltas.length > MAX_CHAIN) throw damaged('a chain of deltas is too long');
      deltas.push({ at, data: raw.data });
      const next = typeof raw.base === 'string' ? this.#offsets.get(raw.base) : raw.base;
      if (next === undefined) throw damaged('a delta in the pack has no base');
      at = next;
      object = this.#cache.get(at);
    }
    for (const delta of deltas.reverse()) {
      const data = applyDelta(object.data, delta.data, this.#maxObjectBytes);
      object = { type: object.type, data };
      this.#remember(delta.at, object);
    }
    return object;
  }

  #remember(offset: number, object: GitObject): void {
    if (object.data.length > CACHE_BYTES / 4 || this.#cache.has(offset)) return;
    this.#cache.set(offset, object);
    this.#cached += object.data.length;
    for (const [oldest, dropped] of this.#cache) {
      if (this.#cached <= CACHE_BYTES) break;
      this.#cache.delete(oldest);
      this.#cached -= dropped.data.length;
    }
  }

  #raw(offset: number): RawEntry {
    const limit = this.bytes.length - TRAILER;
    let position = offset;
    const byte = (): number => {
      if (position >= limit) throw damaged('the pack ends inside an object');
      const value = this.bytes[position] ?? 0;
      position += 1;
      return value;
    };
    let head = byte();
    const type = (head >> 4) & 7;
    let size = head & 15;
    for (let scale = 16; head >= 128; scale *= 128) {
      head = byte();
      size += (head & 127) * scale;
      if (size > this.#maxObjectBytes) throw tooLarge(this.#maxObjectBytes);
    }
    let base: number | string | undefined;
    if (type === OFFSET_DELTA) {
      let next = byte();
      let distance = next & 127;
      while (next >= 128) {
        next = byte();
        distance = (distance + 1) * 128 + (next & 127);
      }
      base = offset - distance;
      if (base < 12 || base >= offset) throw damaged('a delta has its base outside the pack');
    } else if (type === REF_DELTA) {
      base = this.bytes.toString('hex', position, position + 20);
      position += 20;
    } else if (TYPES[type] === undefined) throw damaged('an object has an unknown type');
    const inflated = inflate(this.bytes.subarray(position, limit), size);
    return { type, data: inflated.data, base, end: position + inflated.used };
  }
}

function inflate(input: Buffer, size: number): { readonly data: Buffer; readonly used: number } {
  let result: { readonly buffer: Buffer; readonly engine: { readonly bytesWritten: number } };
  try {
    // With `info` set, zlib also says how far it has read; the type definitions do not know that.
    result = inflateSync(input, {
      info: true,
      chunkSize: Math.max(64, size + 1),
      maxOutputLength: Math.max(1, size),
    }) as unknown as typeof result;
  } catch (error) {
    throw new GitError('GIT_REMOTE_INVALID_ANSWER', 'An object in the pack cannot be inflated.', {
      cause: error,
    });
  }
  if (result.buffer.length !== size) throw damaged('an object in the pack has another length');
  return { data: result.buffer, used: result.engine.bytesWritten };
}

function tooLarge(limit: number): GitError {
  return new GitError('GIT_LIMIT_EXCEEDED', `An object is larger than ${limit} bytes.`);
}

/** Writes a pack of whole objects. */
export function writePack(objects: readonly GitObject[]): Buffer {
  const head = Buffer.alloc(12);
  head.write('PACK', 0, 'latin1');
  head.writeUInt32BE(2, 4);
  head.writeUInt32BE(objects.length, 8);
  const parts: Buffer[] = [head];
  for (const object of objects) parts.push(entryHead(object), deflateSync(object.data));
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return Buffer.concat([...parts, hash.digest()]);
}

const NUMBERS: Readonly<Record<ObjectType, number>> = { commit: 1, tree: 2, blob: 3, tag: 4 };

function entryHead(object: GitObject): Buffer {
  const bytes: number[] = [];
  let rest = Math.floor(object.data.length / 16);
  let byte = (NUMBERS[object.type] << 4) | (object.data.length % 16);
  while (rest > 0) {
    bytes.push(byte | 128);
    byte = rest % 128;
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...bytes, byte]);
}
