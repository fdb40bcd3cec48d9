import { InternalError } from '@bowline/gitops-errors';
import type { FileChange } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import { invalid, splitPath } from './names.ts';
import type { ObjectStore } from './object-store.ts';
import { EMPTY_TREE, isFile, isTree, readTree, type TreeEntry, toName, writeTree } from './tree.ts';

const CONCURRENT_WRITES = 32;

/** The changes inside of one folder. */
interface FolderEdit {
  readonly files: Map<string, FileChange>;
  readonly folders: Map<string, FolderEdit>;
}

/**
 * Applies changes to a tree and returns the id of the new one. Only folders on the way to a change are read and written, so
 * modes and names of everything else stay as they are.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT` for a path that cannot be written, `PROVIDER_NOT_FOUND` for a file to delete
 * that is not there.
 */
export async function editTree(
  objects: ObjectStore,
  tree: string,
  changes: readonly FileChange[],
): Promise<string> {
  const edit = groupByFolder(changes);
  const blobs = await writeBlobs(objects, changes);
  return (
    (await editFolder({ objects, blobs }, tree, edit)) ??
    (await objects.write('tree', new Uint8Array()))
  );
}

function groupByFolder(changes: readonly FileChange[]): FolderEdit {
  const root: FolderEdit = { files: new Map(), folders: new Map() };
  for (const change of changes) {
    const parts = splitPath(change.path);
    const last = toName(parts.at(-1) ?? '');
    let folder = root;
    for (const part of parts.slice(0, -1).map(toName)) {
      const next = folder.folders.get(part) ?? { files: new Map(), folders: new Map() };
      folder.folders.set(part, next);
      folder = next;
    }
    if (folder.files.has(last))
      throw invalid(`path "${change.path}" is changed twice in one commit`);
    // fsck refuses it, since such a link leads readers of the file astray (CVE-2018-11235).
    if (change.type === 'write' && change.mode === '120000' && /^\.git/i.test(last)) {
      throw invalid(`path "${change.path}" cannot be a symbolic link`);
    }
    folder.files.set(last, change);
  }
  return root;
}

/** Writes the contents, some at a time: each waits for the disk. */
async function writeBlobs(objects: ObjectStore, changes: readonly FileChange[]): Promise<Blobs> {
  const writes = changes.filter((change) => change.type === 'write');
  const blobs = new Map<FileChange, string>();
  for (let start = 0; start < writes.length; start += CONCURRENT_WRITES) {
    await Promise.all(
      writes.slice(start, start + CONCURRENT_WRITES).map(async (change) => {
        blobs.set(change, await objects.write('blob', change.content));
      }),
    );
  }
  return blobs;
}

type Blobs = ReadonlyMap<FileChange, string>;

interface Edit {
  readonly objects: ObjectStore;
  readonly blobs: Blobs;
}

async function editFolder(
  { objects, blobs }: Edit,
  tree: string | undefined,
  edit: FolderEdit,
): Promise<string | undefined> {
  const entries = new Map(tree === undefined ? [] : readTree(objects, tree));
  for (const [name, change] of edit.files) {
    if (change.type === 'delete') deleteEntry(entries, name, change.path);
  }
  for (const [name, folder] of edit.folders) {
    const entry = entries.get(name);
    if (entry !== undefined && !isTree(entry)) {
      throw invalid(`path "${firstPath(folder)}" leads through something that is not a folder`);
    }
    const oid = await editFolder({ objects, blobs }, entry?.oid, folder);
    if (oid === undefined || oid === EMPTY_TREE) entries.delete(name);
    else entries.set(name, { mode: '40000', oid });
  }
  for (const [name, change] of edit.files) {
    if (change.type === 'write')
      entries.set(name, newEntry(entries.get(name), change, blobs.get(change)));
  }
  return writeTree(objects, entries);
}

function deleteEntry(entries: Map<string, TreeEntry>, name: string, path: string): void {
  const entry = entries.get(name);
  if (entry === undefined || isTree(entry)) {
    throw new ProviderError('PROVIDER_NOT_FOUND', `there is no file "${path}" to delete`);
  }
  entries.delete(name);
}

function newEntry(
  before: TreeEntry | undefined,
  change: Extract<FileChange, { readonly type: 'write' }>,
  oid: string | undefined,
): TreeEntry {
  if (before !== undefined && !isFile(before) && before.mode !== '120000') {
    throw invalid(
      `path "${change.path}" is a ${isTree(before) ? 'folder' : 'submodule'}, not a file`,
    );
  }
  if (oid === undefined) throw new InternalError(`the content of "${change.path}" was not written`);
  return { mode: change.mode ?? before?.mode ?? '100644', oid };
}

function firstPath(folder: FolderEdit): string {
  for (const change of folder.files.values()) return change.path;
  for (const below of folder.folders.values()) return firstPath(below);
  return '';
}
