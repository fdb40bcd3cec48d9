import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { isFolder, readTree, type Tree, type TreeEntry } from './trees.ts';

const MAX_FILES = 10_000;

/** A file that differs between two trees. */
export interface TreeDifference {
  readonly path: string;
  readonly before: TreeEntry | undefined;
  readonly after: TreeEntry | undefined;
}

/** Lists the files that differ between two commits, sorted by path. Folders that are equal are not read. */
export async function diffTrees(
  api: RepositoryApi,
  { before, after }: { readonly before: string; readonly after: string },
  options: RequestOptions,
): Promise<{ readonly differences: readonly TreeDifference[]; readonly truncated: boolean }> {
  const differences: TreeDifference[] = [];
  const folders = [{ prefix: '', before, after } as Pair];
  for (let pair = folders.shift(); pair !== undefined; pair = folders.shift()) {
    const [old, now] = await Promise.all([
      readOrNone(api, pair.before, options),
      readOrNone(api, pair.after, options),
    ]);
    for (const name of new Set([...old.keys(), ...now.keys()])) {
      const [left, right] = [old.get(name), now.get(name)];
      if (left?.oid === right?.oid && left?.mode === right?.mode) continue;
      const path = `${pair.prefix}${name}`;
      const folder = { before: folderOf(left), after: folderOf(right) };
      if (folder.before !== undefined || folder.after !== undefined) {
        folders.push({ prefix: `${path}/`, ...folder });
      }
      const file = { before: fileOf(left), after: fileOf(right) };
      if (file.before === undefined && file.after === undefined) continue;
      if (differences.length === MAX_FILES) return { differences, truncated: true };
      differences.push({ path, ...file });
    }
  }
  differences.sort((left, right) => (left.path < right.path ? -1 : 1));
  return { differences, truncated: false };
}

interface Pair {
  readonly prefix: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

async function readOrNone(
  api: RepositoryApi,
  oid: string | undefined,
  options: RequestOptions,
): Promise<Tree> {
  return oid === undefined ? new Map() : readTree(api, oid, options);
}

function folderOf(entry: TreeEntry | undefined): string | undefined {
  return isFolder(entry) ? entry?.oid : undefined;
}

function fileOf(entry: TreeEntry | undefined): TreeEntry | undefined {
  return isFolder(entry) ? undefined : entry;
}
