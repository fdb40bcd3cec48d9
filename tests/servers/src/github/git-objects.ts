import fs from 'node:fs';
import * as git from 'isomorphic-git';
import type { GitStore } from '../forge/git-store.ts';

const at = ({ gitdir }: GitStore) => ({ fs, gitdir });

/** Reads what a ref names itself: the tag object of an annotated tag. */
export async function targetOf(
  store: GitStore,
  ref: string,
): Promise<{ readonly oid: string; readonly type: string } | undefined> {
  if ((await store.ref(ref)) === undefined) return undefined;
  const oid = await git.resolveRef({ ...at(store), ref });
  return { oid, type: await typeOf(store, oid) };
}

async function typeOf(store: GitStore, oid: string): Promise<string> {
  return (await git.readObject({ ...at(store), oid, format: 'parsed' })).type;
}

/** Tells whether an object is there. */
export async function hasObject(store: GitStore, oid: string): Promise<boolean> {
  try {
    await git.readObject({ ...at(store), oid, format: 'content' });
    return true;
  } catch (error) {
    if (error instanceof git.Errors.NotFoundError) return false;
    throw error;
  }
}

export async function readTag(store: GitStore, oid: string): Promise<git.TagObject> {
  return (await git.readTag({ ...at(store), oid })).tag;
}

export function writeTag(store: GitStore, tag: git.TagObject): Promise<string> {
  return git.writeTag({ ...at(store), tag });
}

export function writeBlob(store: GitStore, blob: Uint8Array): Promise<string> {
  return git.writeBlob({ ...at(store), blob });
}

/** An entry of a new tree; without an oid the path is taken out. */
export interface TreeEdit {
  readonly path: string;
  readonly mode: string;
  readonly oid: string | undefined;
}

/** Writes a tree on top of another one. @returns `undefined` when a path that is to be taken out is not there. */
export async function editTree(
  store: GitStore,
  base: string | undefined,
  edits: readonly TreeEdit[],
): Promise<string | undefined> {
  const tree = base === undefined ? [] : (await git.readTree({ ...at(store), oid: base })).tree;
  const entries = new Map(tree.map((entry) => [entry.path, entry]));
  const below = new Map<string, TreeEdit[]>();
  for (const edit of edits) {
    const [name = '', ...rest] = edit.path.split('/');
    if (rest.length > 0) {
      below.set(name, [...(below.get(name) ?? []), { ...edit, path: rest.join('/') }]);
    } else if (edit.oid !== undefined) {
      entries.set(name, { path: name, mode: edit.mode, oid: edit.oid, type: 'blob' });
    } else if (!entries.delete(name)) {
      return undefined;
    }
  }
  for (const [name, inner] of below) {
    const old = entries.get(name);
    const oid = await editTree(store, old?.type === 'tree' ? old.oid : undefined, inner);
    if (oid === undefined) return undefined;
    if (oid === EMPTY_TREE) entries.delete(name);
    else entries.set(name, { path: name, mode: '040000', oid, type: 'tree' });
  }
  return git.writeTree({ ...at(store), tree: [...entries.values()] });
}

const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';
