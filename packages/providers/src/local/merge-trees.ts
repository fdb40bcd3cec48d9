import { mergeText } from './merge-text.ts';
import type { ObjectStore } from './object-store.ts';
import {
  EMPTY_TREE,
  fromName,
  isFile,
  isTree,
  readTree,
  type TreeEntry,
  writeTree,
} from './tree.ts';

/** Files above this size are not merged line by line, in bytes. */
const MAX_MERGE_BYTES = 16 * 1024 * 1024;
const MAX_DEPTH = 256;

/** The result of a merge: a tree, or the paths that conflict. */
export type TreeMerge =
  | { readonly tree: string; readonly conflicts?: never }
  | { readonly tree?: never; readonly conflicts: readonly string[] };

/** The trees of a three-way merge. */
interface ThreeTrees {
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
}

/**
 * Merges two trees that have grown from one, as `git merge -X no-renames` does: files by their lines, everything else whole.
 *
 * A conflict is: the same lines changed on both sides; changed here and deleted there; added on both sides with other content;
 * a file here and a folder there; other modes; symbolic links, submodules and binary files changed on both sides. Merge
 * drivers of `.gitattributes` are not run.
 */
export async function mergeTrees(objects: ObjectStore, trees: ThreeTrees): Promise<TreeMerge> {
  const conflicts: string[] = [];
  const entry = (oid: string): TreeEntry => ({ mode: '40000', oid });
  const merger = new TreeMerger(objects, conflicts);
  const merged = await merger.merge(
    { base: entry(trees.base), ours: entry(trees.ours), theirs: entry(trees.theirs) },
    [],
  );
  if (conflicts.length > 0) return { conflicts: conflicts.map(fromName).sort() };
  return { tree: merged?.oid ?? (await objects.write('tree', new Uint8Array())) };
}

interface Three {
  readonly base: TreeEntry | undefined;
  readonly ours: TreeEntry | undefined;
  readonly theirs: TreeEntry | undefined;
}

class TreeMerger {
  readonly #objects: ObjectStore;
  readonly #conflicts: string[];

  constructor(objects: ObjectStore, conflicts: string[]) {
    this.#objects = objects;
    this.#conflicts = conflicts;
  }

  async merge(three: Three, path: readonly string[]): Promise<TreeEntry | undefined> {
    const { base, ours, theirs } = three;
    if (same(ours, theirs) || same(base, theirs)) return ours;
    if (same(base, ours)) return theirs;
    const all = [base, ours, theirs];
    // A folder that one side lacks is an empty one: what is in it decides, file by file.
    if (all.every((entry) => entry === undefined || isTree(entry)) && path.length < MAX_DEPTH) {
      return this.#mergeFolders(three, path);
    }
    // A file became a folder (or the other way round) here and was deleted there: what was is gone on both sides.
    if (theirs === undefined && base !== undefined && isTree(base) !== isTree(ours)) return ours;
    if (ours === undefined && base !== undefined && isTree(base) !== isTree(theirs)) return theirs;
    const merged = await this.#mergeFile(three);
    if (merged === undefined) this.#conflicts.push(path.join('/'));
    return merged;
  }

  async #mergeFolders(three: Three, path: readonly string[]): Promise<TreeEntry | undefined> {
    const base = readTree(this.#objects, three.base?.oid ?? EMPTY_TREE);
    const ours = readTree(this.#objects, three.ours?.oid ?? EMPTY_TREE);
    const theirs = readTree(this.#objects, three.theirs?.oid ?? EMPTY_TREE);
    const merged = new Map<string, TreeEntry>();
    for (const name of new Set([...base.keys(), ...ours.keys(), ...theirs.keys()])) {
      const entry = await this.merge(
        { base: base.get(name), ours: ours.get(name), theirs: theirs.get(name) },
        [...path, name],
      );
      if (entry !== undefined) merged.set(name, entry);
    }
    if (this.#conflicts.length > 0) return undefined;
    const oid = await writeTree(this.#objects, merged);
    return oid === undefined ? undefined : { mode: '40000', oid };
  }

  async #mergeFile({ base, ours, theirs }: Three): Promise<TreeEntry | undefined> {
    if (ours === undefined || theirs === undefined || !isFile(ours) || !isFile(theirs))
      return undefined;
    if (base !== undefined && !isFile(base)) return undefined;
    // Added on both sides: as if both had begun with an empty file, and no mode is older than the other.
    const { mode: baseMode = '', oid: baseOid } = base ?? {};
    const mode = pick(baseMode, ours.mode, theirs.mode);
    const oid =
      pick(baseOid ?? '', ours.oid, theirs.oid) ??
      (await this.#mergeContent(baseOid, ours.oid, theirs.oid));
    return mode === undefined || oid === undefined ? undefined : { mode, oid };
  }

  async #mergeContent(
    base: string | undefined,
    ours: string,
    theirs: string,
  ): Promise<string | undefined> {
    const contents = [base, ours, theirs].map((oid) =>
      oid === undefined ? Buffer.alloc(0) : this.#objects.read(oid, 'blob'),
    );
    if (contents.some((content) => content.length > MAX_MERGE_BYTES || isBinary(content))) {
      return undefined;
    }
    const [b = '', o = '', t = ''] = contents.map((content) => content.toString('latin1'));
    const merged = await mergeText({ base: b, ours: o, theirs: t });
    return merged === undefined
      ? undefined
      : this.#objects.write('blob', Buffer.from(merged, 'latin1'));
  }
}

/** The three-way choice of a value; `undefined` when all three differ. */
function pick(base: string, ours: string, theirs: string): string | undefined {
  if (ours === theirs || base === theirs) return ours;
  return base === ours ? theirs : undefined;
}

function same(a: TreeEntry | undefined, b: TreeEntry | undefined): boolean {
  return a?.oid === b?.oid && a?.mode === b?.mode;
}

/** Tells whether Git would call a content binary: a NUL in the first 8,000 bytes. */
export function isBinary(content: Buffer): boolean {
  return content.subarray(0, 8000).includes(0);
}
