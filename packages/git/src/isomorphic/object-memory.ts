import { parseCommit, parseTree } from './git-objects.ts';
import { type GitObject, objectId, type Pack } from './pack.ts';
import type { ObjectSink } from './tree-edit.ts';

/**
 * Keeps the objects of a session in memory: the received packs as they came, and what was written since.
 *
 * A folder on disk measured worse in both: without file contents a 10,000-file repository is a pack of some hundred
 * kilobytes, and nothing can be left behind.
 */
export class ObjectMemory implements ObjectSink {
  readonly #packs: Pack[] = [];
  readonly #written = new Map<string, GitObject>();

  addPack(pack: Pack): void {
    if (pack.entries.length > 0) this.#packs.push(pack);
  }

  has(id: string): boolean {
    return this.#written.has(id) || this.#packs.some((pack) => pack.has(id));
  }

  get(id: string): GitObject | undefined {
    const written = this.#written.get(id);
    if (written !== undefined) return written;
    for (const pack of this.#packs) {
      const object = pack.get(id);
      if (object !== undefined) return object;
    }
    return undefined;
  }

  read(id: string): Promise<GitObject | undefined> {
    return Promise.resolve(this.get(id));
  }

  write(object: GitObject): string {
    const id = objectId(object);
    if (!this.has(id)) this.#written.set(id, object);
    return id;
  }

  /**
   * Lists what belongs to a commit and was written here: it is all that a push has to carry, since everything else came
   * from the server. Commits of attempts that were overtaken are left out.
   */
  writtenFor(commit: string): readonly GitObject[] {
    const found = new Map<string, GitObject>();
    const queue = [commit];
    for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
      const object = this.#written.get(id);
      if (object === undefined || found.has(id)) continue;
      found.set(id, object);
      if (object.type === 'tree') queue.push(...parseTree(object.data).map((entry) => entry.id));
      if (object.type !== 'commit') continue;
      const { tree, parents } = parseCommit(id, object.data);
      queue.push(tree, ...parents);
    }
    return [...found.values()];
  }

  clear(): void {
    this.#packs.length = 0;
    this.#written.clear();
  }
}
