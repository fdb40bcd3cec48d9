import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deflateSync, inflateSync } from 'node:zlib';
import { type GitOpsError, isGitOpsError } from '@bowline/gitops-errors';
import { ProviderError } from '../errors.ts';
import { damaged, type GitObject, type ObjectType, tooLarge } from './git-object.ts';
import { Pack } from './pack.ts';

/** The largest object that is read when nothing else is said, in bytes. */
export const MAX_OBJECT_BYTES = 256 * 1024 * 1024;
const CACHE_BYTES = 16 * 1024 * 1024;
const CACHE_MAX_OBJECT = 256 * 1024;
const HEADER_BYTES = 32;

/** Tells the code of a system error. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined;
}

/** Tells whether an error says that a file is not there. */
export function isAbsent(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/**
 * Reads and writes the objects of a repository: loose ones and packs, as Git does.
 *
 * Each object is checked against its id when it is read. Small reads are synchronous: a few microseconds each, where a trip
 * through the thread pool costs ten times that. New objects are always loose; `git gc` packs them.
 */
export class ObjectStore {
  readonly #directory: string;
  readonly #clock: () => Date;
  readonly #durable: boolean;
  readonly #cache = new Map<string, GitObject>();
  #cached = 0;
  #packs = new Map<string, Pack>();
  #packsStamp = '';

  /**
   * @param directory The `objects` folder.
   * @param options.durable False while a repository is built that nobody uses yet: then a write need not reach the disk.
   */
  constructor(
    directory: string,
    options: { readonly clock: () => Date; readonly durable?: boolean },
  ) {
    this.#directory = directory;
    this.#clock = options.clock;
    this.#durable = options.durable ?? true;
  }

  /**
   * Reads an object; `undefined` when there is none.
   *
   * @throws ProviderError `PROVIDER_LIMIT_EXCEEDED` above `maxBytes`, `PROVIDER_BAD_RESPONSE` when it is damaged.
   */
  find(oid: string, maxBytes: number = MAX_OBJECT_BYTES): GitObject | undefined {
    const known = this.#cache.get(oid);
    if (known !== undefined) return known;
    // Twice, since `git gc` may move an object into a pack between the two looks.
    const object =
      this.#readLoose(oid, maxBytes) ??
      this.#readPacked(oid, maxBytes) ??
      this.#readLoose(oid, maxBytes) ??
      this.#readPacked(oid, maxBytes);
    if (object === undefined) return undefined;
    if (hashOf(object.type, object.content) !== oid) throw damaged(`object ${oid}`);
    this.#remember(oid, object);
    return object;
  }

  /** Reads an object of one type that must be there. */
  read(oid: string, type: ObjectType): Buffer {
    const object = this.find(oid);
    if (object === undefined) throw damaged(`object ${oid} is missing: the history`);
    if (object.type !== type)
      throw damaged(`object ${oid} is a ${object.type}, not a ${type}: the history`);
    return object.content;
  }

  #remember(oid: string, object: GitObject): void {
    if (object.type === 'blob' || object.content.length > CACHE_MAX_OBJECT) return;
    this.#cache.set(oid, object);
    this.#cached += object.content.length + 100;
    for (const [oldest, { content }] of this.#cache) {
      if (this.#cached <= CACHE_BYTES) break;
      this.#cache.delete(oldest);
      this.#cached -= content.length + 100;
    }
  }

  #path(oid: string): string {
    return join(this.#directory, oid.slice(0, 2), oid.slice(2));
  }

  #readLoose(oid: string, maxBytes: number): GitObject | undefined {
    let packed: Buffer;
    try {
      packed = readFileSync(this.#path(oid));
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw readFailed(error, this.#path(oid));
    }
    let raw: Buffer;
    try {
      raw = inflateSync(packed, { maxOutputLength: maxBytes + HEADER_BYTES });
    } catch (error) {
      if (systemCode(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes + 1, maxBytes);
      throw damaged(`object ${oid}`, error);
    }
    const end = raw.indexOf(0);
    const header = /^(commit|tree|blob|tag) (\d{1,15})$/.exec(
      raw.subarray(0, Math.max(0, Math.min(end, HEADER_BYTES))).toString('latin1'),
    );
    const content = raw.subarray(end + 1);
    if (header === null || Number(header[2]) !== content.length) throw damaged(`object ${oid}`);
    if (content.length > maxBytes) throw tooLarge(content.length, maxBytes);
    return { type: header[1] as ObjectType, content };
  }

  #readPacked(oid: string, maxBytes: number): GitObject | undefined {
    for (const pack of this.#currentPacks()) {
      try {
        const position = pack.find(oid);
        if (position === undefined) continue;
        const resolve = (base: string): GitObject => {
          const object = this.find(base, maxBytes);
          if (object === undefined) throw damaged(`object ${base}`);
          return object;
        };
        return pack.read(position, { maxBytes, resolve });
      } catch (error) {
        // The pack was replaced by another process. The next look finds the new one.
        if (!isAbsent(error)) throw readFailed(error, join(this.#directory, 'pack'));
        this.#packsStamp = '';
      }
    }
    return undefined;
  }

  #currentPacks(): Iterable<Pack> {
    const directory = join(this.#directory, 'pack');
    try {
      const { mtimeNs, ino } = statSync(directory, { bigint: true });
      const stamp = `${mtimeNs}:${ino}`;
      if (stamp !== this.#packsStamp) {
        const names = readdirSync(directory)
          .filter((name) => /^pack-[0-9a-f]{40,64}\.idx$/.test(name))
          .map((name) => name.slice(0, -4));
        this.#packs = new Map(
          names.map((name) => [name, this.#packs.get(name) ?? new Pack(join(directory, name))]),
        );
        this.#packsStamp = stamp;
      }
      return this.#packs.values();
    } catch (error) {
      if (isAbsent(error)) return [];
      throw readFailed(error, directory);
    }
  }

  /** Writes an object and returns its id. A crash leaves a temporary file that `git gc` removes, never half an object. */
  async write(type: ObjectType, content: Uint8Array): Promise<string> {
    const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
    const oid = hashOf(type, bytes);
    const path = this.#path(oid);
    if (this.#freshen(path)) return oid;
    const packed = deflateSync(Buffer.concat([header(type, bytes), bytes]), { level: 1 });
    for (let attempt = 1; ; attempt += 1) {
      try {
        await this.#put(path, packed);
        return oid;
      } catch (error) {
        // `git gc` removes folders that are empty, also one that was just made for this object.
        if (!isAbsent(error) || attempt >= 10) throw writeFailed(error, path);
      }
    }
  }

  async #put(path: string, packed: Uint8Array): Promise<void> {
    const folder = dirname(path);
    await mkdir(folder, { recursive: true });
    const temporary = join(folder, `tmp_obj_${randomBytes(6).toString('hex')}`);
    const file = await open(temporary, 'wx', 0o444);
    try {
      try {
        await file.writeFile(packed);
        if (this.#durable) await file.datasync();
      } finally {
        await file.close();
      }
      await rename(temporary, path);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** Tells whether a loose object is there, and makes it young again so that `git prune` keeps it. */
  #freshen(path: string): boolean {
    try {
      const { mtime } = statSync(path);
      const now = this.#clock();
      if (now.getTime() - mtime.getTime() > 60_000) utimesSync(path, now, now);
      return true;
    } catch (error) {
      if (isAbsent(error)) return false;
      // Not ours to touch: write it again.
      if (systemCode(error) === 'EPERM' || systemCode(error) === 'EACCES') return false;
      throw readFailed(error, path);
    }
  }
}

function header(type: ObjectType, content: Uint8Array): Buffer {
  return Buffer.from(`${type} ${content.byteLength}\0`, 'latin1');
}

function hashOf(type: ObjectType, content: Uint8Array): string {
  return createHash('sha1').update(header(type, content)).update(content).digest('hex');
}

/** Turns a failed read into an error that names the file. An error of this package stays as it is. */
export function readFailed(error: unknown, path: string): GitOpsError {
  if (isGitOpsError(error)) return error;
  const code = systemCode(error);
  const forbidden = code === 'EACCES' || code === 'EPERM';
  return new ProviderError(
    forbidden ? 'PROVIDER_FORBIDDEN' : 'PROVIDER_UNAVAILABLE',
    `reading "${path}" failed (${code ?? 'unknown'})`,
    {
      cause: error,
      hint: forbidden ? 'Give this user the right to read the repository.' : 'Check the disk.',
    },
  );
}

/** Turns a failed write into an error that names the file. */
export function writeFailed(error: unknown, path: string): ProviderError {
  const code = systemCode(error);
  const forbidden = code === 'EACCES' || code === 'EPERM' || code === 'EROFS';
  return new ProviderError(
    forbidden ? 'PROVIDER_FORBIDDEN' : 'PROVIDER_UNAVAILABLE',
    `writing "${path}" failed (${code ?? 'unknown'})`,
    {
      cause: error,
      hint: forbidden
        ? 'Give this user the right to write in the repository.'
        : 'Check the disk, then run it again; nothing is half written.',
    },
  );
}
