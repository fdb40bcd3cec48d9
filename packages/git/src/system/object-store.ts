import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { deflate } from 'node:zlib';
import { type GitObject, objectId } from '../isomorphic/pack.ts';
import type { ObjectSink } from '../isomorphic/tree-edit.ts';
import type { ObjectReader } from './object-reader.ts';

const compress = promisify(deflate);

/**
 * Reads through git and writes loose objects by itself: a commit costs no process however many files it changes.
 *
 * The format is `zlib("<type> <size>\0" + content)` below `objects/<2 digits>/<38 digits>` (gitformat-loose(5)).
 */
export class ObjectStore implements ObjectSink {
  readonly #reader: ObjectReader;
  readonly #folder: string;
  readonly #written = new Map<string, GitObject>();

  constructor(reader: ObjectReader, gitFolder: string) {
    this.#reader = reader;
    this.#folder = join(gitFolder, 'objects');
  }

  async read(id: string): Promise<GitObject | undefined> {
    return this.#written.get(id) ?? this.#reader.read(id);
  }

  async write(object: GitObject): Promise<string> {
    const id = objectId(object);
    if (this.#written.has(id)) return id;
    // What git already has in a pack is written once more; to ask first would cost more, and in a partial clone a round trip.
    const header = Buffer.from(`${object.type} ${object.data.length}\0`, 'latin1');
    const bytes = await compress(Buffer.concat([header, object.data]), { level: 1 });
    const folder = join(this.#folder, id.slice(0, 2));
    await mkdir(folder, { recursive: true });
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC;
    const file = await open(join(folder, id.slice(2)), flags, 0o600);
    try {
      await file.writeFile(bytes);
    } finally {
      await file.close();
    }
    this.#written.set(id, object);
    return id;
  }
}
