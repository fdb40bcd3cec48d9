import { ProviderError } from '../errors.ts';
import type { ObjectStore } from './object-store.ts';
import { EMPTY_TREE, fromName, isTree, readTree, type TreeEntry } from './tree.ts';

/** One file that differs between two trees. */
export interface FileDifference {
  readonly path: string;
  readonly before: TreeEntry | undefined;
  readonly after: TreeEntry | undefined;
  /** The path of `before` when the file was moved without a change of its content. */
  readonly previousPath?: string;
}

const MAX_FILES = 100_000;
const MAX_DEPTH = 256;

/**
 * Lists the files that differ between two trees, sorted by path. Equal folders are not read.
 *
 * A file that went away and came back under another name with the same content is one renamed file.
 *
 * @throws ProviderError `PROVIDER_LIMIT_EXCEEDED` above 100,000 files.
 */
export function diffTrees(
  objects: ObjectStore,
  before: string,
  after: string,
): readonly FileDifference[] {
  const found: FileDifference[] = [];
  walk(objects, { before, after, path: [], found });
  return joinRenames(found.sort((a, b) => (a.path < b.path ? -1 : 1)));
}

interface Walk {
  readonly before: string;
  readonly after: string;
  readonly path: readonly string[];
  readonly found: FileDifference[];
}

function walk(objects: ObjectStore, { before, after, path, found }: Walk): void {
  if (path.length > MAX_DEPTH) {
    throw new ProviderError(
      'PROVIDER_LIMIT_EXCEEDED',
      `a tree is deeper than ${MAX_DEPTH} folders`,
    );
  }
  const left = readTree(objects, before);
  const right = readTree(objects, after);
  for (const name of new Set([...left.keys(), ...right.keys()])) {
    const a = left.get(name);
    const b = right.get(name);
    if (a?.oid === b?.oid && a?.mode === b?.mode) continue;
    const below = [...path, fromName(name)];
    const [fileA, folderA] = split(a);
    const [fileB, folderB] = split(b);
    if (folderA !== undefined || folderB !== undefined) {
      walk(objects, {
        before: folderA ?? EMPTY_TREE,
        after: folderB ?? EMPTY_TREE,
        path: below,
        found,
      });
    }
    if (fileA === undefined && fileB === undefined) continue;
    found.push({ path: below.join('/'), before: fileA, after: fileB });
    if (found.length > MAX_FILES) {
      throw new ProviderError('PROVIDER_LIMIT_EXCEEDED', `more than ${MAX_FILES} files differ`);
    }
  }
}

function split(
  entry: TreeEntry | undefined,
): readonly [file: TreeEntry | undefined, folder: string | undefined] {
  return isTree(entry) ? [undefined, entry?.oid] : [entry, undefined];
}

const EMPTY_BLOB = 'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391';

function joinRenames(found: readonly FileDifference[]): readonly FileDifference[] {
  const removed = new Map<string, FileDifference[]>();
  for (const item of found) {
    if (item.before === undefined || item.after !== undefined || item.before.oid === EMPTY_BLOB)
      continue;
    removed.set(item.before.oid, [...(removed.get(item.before.oid) ?? []), item]);
  }
  const moved = new Set<FileDifference>();
  const joined = found.map((item) => {
    if (item.before !== undefined || item.after === undefined) return item;
    const origin = removed.get(item.after.oid)?.shift();
    if (origin === undefined) return item;
    moved.add(origin);
    return { ...item, before: origin.before, previousPath: origin.path };
  });
  return joined.filter((item) => !moved.has(item));
}
