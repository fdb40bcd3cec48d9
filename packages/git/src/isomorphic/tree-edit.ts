import { GitError } from '../errors.ts';
import type { TreeChange } from '../types.ts';
import {
  formatTree,
  isFolder,
  type ObjectSource,
  type RawTreeEntry,
  readTree,
} from './git-objects.ts';
import type { GitObject } from './pack.ts';

/** Where new objects go. */
export interface ObjectSink extends ObjectSource {
  /** @returns The id of the object. */
  write(object: GitObject): string | Promise<string>;
}

interface ChangeNode {
  change?: TreeChange;
  readonly below: Map<string, ChangeNode>;
}

/**
 * Applies changes to a tree, reading and writing only the folders along their paths.
 *
 * Entries that no change names keep their mode, name and content byte for byte. A folder that becomes empty disappears.
 *
 * @returns The id of the new tree.
 * @throws {@link GitError} `GIT_INVALID_ARGUMENT` when a change would turn a folder or submodule into a file, or a file
 *   into a folder, without deleting it.
 */
export async function editTree(
  objects: ObjectSink,
  tree: string,
  changes: readonly TreeChange[],
): Promise<string> {
  const root: ChangeNode = { below: new Map() };
  // Deletions first, so that a file may give way to a folder of its name in the same commit.
  for (const change of changes) {
    let node = root;
    for (const segment of change.path.split('/')) {
      let next = node.below.get(segment);
      if (next === undefined) {
        next = { below: new Map() };
        node.below.set(segment, next);
      }
      node = next;
    }
    node.change = change;
  }
  const edited = await editFolder(objects, { id: tree, node: root, path: '' });
  return edited ?? (await objects.write({ type: 'tree', data: Buffer.alloc(0) }));
}

async function editFolder(
  objects: ObjectSink,
  folder: { readonly id: string | undefined; readonly node: ChangeNode; readonly path: string },
): Promise<string | undefined> {
  const before = folder.id === undefined ? [] : await readTree(objects, folder.id);
  const entries = new Map(before.map((entry) => [entry.name.toString('latin1'), entry]));
  for (const [segment, node] of folder.node.below) {
    const name = Buffer.from(segment, 'utf8');
    const key = name.toString('latin1');
    const path = folder.path === '' ? segment : `${folder.path}/${segment}`;
    const entry = await editEntry(objects, { entry: entries.get(key), name, node, path });
    if (entry === undefined) entries.delete(key);
    else entries.set(key, entry);
  }
  if (entries.size === 0) return undefined;
  return objects.write({ type: 'tree', data: formatTree([...entries.values()]) });
}

async function editEntry(
  objects: ObjectSink,
  at: {
    readonly entry: RawTreeEntry | undefined;
    readonly name: Buffer;
    readonly node: ChangeNode;
    readonly path: string;
  },
): Promise<RawTreeEntry | undefined> {
  const { name, node, path } = at;
  let { entry } = at;
  const { change } = node;
  if (change?.type === 'delete' && entry !== undefined && !isFolder(entry)) entry = undefined;
  else if (change !== undefined && entry !== undefined && isFolder(entry))
    throw new GitError('GIT_INVALID_ARGUMENT', `The path "${path}" is a folder, not a file.`);
  if (change?.type === 'write') {
    if (node.below.size > 0)
      throw new GitError(
        'GIT_INVALID_ARGUMENT',
        `The path "${path}" would be a file and a folder.`,
      );
    const mode = change.mode ?? entry?.mode ?? '100644';
    if (mode === '160000')
      throw new GitError('GIT_INVALID_ARGUMENT', `The path "${path}" is a submodule, not a file.`);
    const data = Buffer.from(change.content);
    return { mode, name, id: await objects.write({ type: 'blob', data }) };
  }
  if (node.below.size === 0) return entry;
  if (entry !== undefined && !isFolder(entry)) {
    // Deleting below a file is deleting what is not there; writing below it would lose the file.
    if (!writes(node)) return entry;
    throw new GitError('GIT_INVALID_ARGUMENT', `The path "${path}" is a file, not a folder.`);
  }
  const id = await editFolder(objects, { id: entry?.id, node, path });
  return id === undefined ? undefined : { mode: '40000', name, id };
}

function writes(node: ChangeNode): boolean {
  if (node.change?.type === 'write') return true;
  return [...node.below.values()].some(writes);
}
