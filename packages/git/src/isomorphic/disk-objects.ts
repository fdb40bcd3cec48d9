import fs from 'node:fs';
import git from 'isomorphic-git';
import { type GitObject, type ObjectType, objectId, type Pack } from './pack.ts';
import type { ObjectSink } from './tree-edit.ts';

/** The objects of a repository on disk, with the packs that were just received in front of them. */
export class DiskObjects implements ObjectSink {
  readonly #gitdir: string;
  readonly #packs: Pack[] = [];
  #cache = {};

  constructor(gitdir: string) {
    this.#gitdir = gitdir;
  }

  /** Serves a pack from memory that is on disk as well. */
  addPack(pack: Pack): void {
    this.#packs.push(pack);
    // isomorphic-git remembers which packs there are.
    this.#cache = {};
  }

  async read(id: string): Promise<GitObject | undefined> {
    for (const pack of this.#packs) {
      const object = pack.get(id);
      if (object !== undefined) return object;
    }
    try {
      const { type, object } = await git.readObject({
        fs,
        gitdir: this.#gitdir,
        oid: id,
        format: 'content',
        cache: this.#cache,
      });
      return { type: type as ObjectType, data: Buffer.from(object as Uint8Array) };
    } catch (error) {
      if (error instanceof git.Errors.NotFoundError) return undefined;
      throw error;
    }
  }

  async write(object: GitObject): Promise<string> {
    const id = objectId(object);
    // isomorphic-git would write a loose copy of what is in a pack.
    if ((await this.read(id)) !== undefined) return id;
    return git.writeObject({
      fs,
      gitdir: this.#gitdir,
      type: object.type,
      object: object.data,
      format: 'content',
    });
  }
}
