import { GitError } from '../errors.ts';
import type { ObjectSource } from './git-objects.ts';
import { readObject } from './git-objects.ts';
import { inParallel } from './in-parallel.ts';
import { type IndexEntry, type IndexFile, indexEntry, withIndex } from './index-file.ts';
import { objectId } from './pack.ts';
import { type ListedFile, listTree } from './tree-listing.ts';
import type { WorkTree } from './work-tree.ts';

const MAX_NAMED = 10;

export interface CheckoutTarget {
  /** Tree that the index and the work tree come from; `undefined` before the first commit. */
  readonly from: string | undefined;
  readonly to: string;
}

/**
 * Moves index and work tree from one tree to another, as `git checkout` does: local changes of files that are the same in
 * both trees are kept, and nothing is touched when a change would be lost.
 *
 * @throws {@link GitError} `GIT_WORK_TREE_DIRTY` with the paths in `details.paths`.
 */
export async function checkOutTree(
  repository: {
    readonly gitdir: string;
    readonly workTree: WorkTree;
    readonly objects: ObjectSource;
  },
  target: CheckoutTarget,
): Promise<void> {
  const { gitdir, workTree, objects } = repository;
  const to = await listTree(objects, target.to);
  const from =
    target.from === undefined
      ? new Map<string, ListedFile>()
      : await listTree(objects, target.from);
  await withIndex(gitdir, (index) => moveFiles({ workTree, objects }, { from, to, index }));
}

async function moveFiles(
  repository: { readonly workTree: WorkTree; readonly objects: ObjectSource },
  move: {
    readonly from: ReadonlyMap<string, ListedFile>;
    readonly to: ReadonlyMap<string, ListedFile>;
    readonly index: IndexFile;
  },
): Promise<void> {
  const { workTree, objects } = repository;
  const { from, to, index } = move;
  if (index.conflicts.size > 0) throw dirty([...index.conflicts.keys()]);
  const changed = [...new Set([...from.keys(), ...to.keys()])].filter(
    (path) => !sameFile(from.get(path), to.get(path)),
  );
  const losses = await inParallel(changed, (path) =>
    wouldLose(workTree, { path, index, before: from.get(path), after: to.get(path) }),
  );
  const lost = changed.filter((_, at) => losses[at]);
  if (lost.length > 0) throw dirty(lost);
  for (const path of changed) {
    // What the index has forgotten is the user's own file by now.
    if (to.has(path) || !index.entries.has(path)) continue;
    await workTree.remove(path);
    index.entries.delete(path);
  }
  await inParallel(changed, async (path) => {
    const file = to.get(path);
    if (file === undefined) return;
    const submodule = file.mode === '160000';
    const content = submodule ? Buffer.alloc(0) : await readObject(objects, file.id, 'blob');
    const stats = await workTree.write(path, file, content);
    index.entries.set(path, indexEntry(path, { mode: modeNumber(file), id: file.id }, stats));
  });
}

function sameFile(a: ListedFile | undefined, b: ListedFile | undefined): boolean {
  return a?.id === b?.id && a?.mode === b?.mode;
}

export function modeNumber(file: ListedFile): number {
  return Number.parseInt(file.mode, 8);
}

interface PathChange {
  readonly path: string;
  readonly index: IndexFile;
  readonly before: ListedFile | undefined;
  readonly after: ListedFile | undefined;
}

async function wouldLose(workTree: WorkTree, change: PathChange): Promise<boolean> {
  const { path, index, before, after } = change;
  const entry = index.entries.get(path);
  if (entry !== undefined) {
    if (after !== undefined && isEntry(entry, after))
      return (await workTree.compare(entry, index.writtenAt)) === 'modified';
    if (before === undefined || !isEntry(entry, before)) return true;
    if ((await workTree.compare(entry, index.writtenAt)) !== 'modified') return false;
  } else if (before !== undefined && after !== undefined) return true; // deleted in the index, changed in the target
  if (after === undefined) return entry !== undefined;
  return blocked(workTree, { path, index, after });
}

/** True when something that Git does not know stands where a file has to go. */
async function blocked(
  workTree: WorkTree,
  change: { readonly path: string; readonly index: IndexFile; readonly after: ListedFile },
): Promise<boolean> {
  const { path, index, after } = change;
  const there = await workTree.find(path);
  if (there === undefined) {
    const obstacle = await workTree.obstacle(path);
    return obstacle !== undefined && !index.entries.has(obstacle);
  }
  if (there.kind === 'folder') {
    if (after.mode === '160000') return false;
    return holdsUnknown(workTree, path, index);
  }
  if (there.kind === 'other') return true;
  const data = await workTree.read(path, there.kind);
  return objectId({ type: 'blob', data }) !== after.id;
}

/** True when a folder that has to give way to a file holds anything that Git does not know. */
async function holdsUnknown(
  workTree: WorkTree,
  folder: string,
  index: IndexFile,
): Promise<boolean> {
  for (const entry of await workTree.list(folder)) {
    if (
      entry.folder
        ? await holdsUnknown(workTree, entry.path, index)
        : !index.entries.has(entry.path)
    )
      return true;
  }
  return false;
}

function isEntry(entry: IndexEntry, file: ListedFile): boolean {
  return entry.id === file.id && entry.mode === modeNumber(file);
}

function dirty(paths: readonly string[]): GitError {
  const named = paths.slice(0, MAX_NAMED).map((path) => `"${path}"`);
  const more = paths.length > MAX_NAMED ? ` and ${paths.length - MAX_NAMED} more` : '';
  return new GitError(
    'GIT_WORK_TREE_DIRTY',
    `Uncommitted changes would be overwritten: ${named.join(', ')}${more}.`,
    { details: { paths } },
  );
}
