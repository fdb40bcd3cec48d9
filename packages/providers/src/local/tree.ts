import { damaged } from './git-object.ts';
import type { ObjectStore } from './object-store.ts';

/** The id of the tree without an entry. */
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/** An entry of a tree. */
export interface TreeEntry {
  /** As Git writes it: `100644`, `100755`, `120000`, `160000`, `40000`, or something older. */
  readonly mode: string;
  readonly oid: string;
}

/**
 * The entries of one folder. The names are byte strings (latin1), so that a name which is not UTF-8 survives; see
 * {@link toName} and {@link fromName}.
 */
type Tree = ReadonlyMap<string, TreeEntry>;

/** Turns a part of a path into the byte string that trees hold. */
export function toName(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Turns the byte string of a tree into text. */
export function fromName(name: string): string {
  return Buffer.from(name, 'latin1').toString('utf8');
}

export function isTree(entry: TreeEntry | undefined): boolean {
  return entry?.mode === '40000';
}

/** Tells whether an entry is a regular file. */
export function isFile(entry: TreeEntry): boolean {
  return entry.mode.startsWith('100');
}

/** Reads one folder. @throws ProviderError `PROVIDER_BAD_RESPONSE` when it is damaged. */
export function readTree(objects: ObjectStore, oid: string): Tree {
  if (oid === EMPTY_TREE) return new Map();
  const content = objects.read(oid, 'tree');
  const entries = new Map<string, TreeEntry>();
  let at = 0;
  while (at < content.length) {
    const space = content.indexOf(0x20, at);
    const end = content.indexOf(0, space);
    if (space === -1 || end === -1 || end + 21 > content.length) throw damaged(`tree ${oid}`);
    const mode = content.toString('latin1', at, space).replace(/^0/, '');
    const name = content.toString('latin1', space + 1, end);
    if (!/^[1-7][0-7]{4,5}$/.test(mode) || name === '' || name.includes('/') || entries.has(name)) {
      throw damaged(`tree ${oid}`);
    }
    entries.set(name, { mode, oid: content.toString('hex', end + 1, end + 21) });
    at = end + 21;
  }
  return entries;
}

/** Writes one folder and returns its id; `undefined` when it has no entry, since Git has no empty folders. */
export async function writeTree(objects: ObjectStore, tree: Tree): Promise<string | undefined> {
  if (tree.size === 0) return undefined;
  // Git sorts by bytes, a folder as if its name ended with a slash.
  const key = (name: string, entry: TreeEntry) => (isTree(entry) ? `${name}/` : name);
  const sorted = [...tree].sort(([a, left], [b, right]) => (key(a, left) < key(b, right) ? -1 : 1));
  const parts = sorted.flatMap(([name, { mode, oid }]) => [
    Buffer.from(`${mode} ${name}\0`, 'latin1'),
    Buffer.from(oid, 'hex'),
  ]);
  return objects.write('tree', Buffer.concat(parts));
}

/** Finds an entry by its path below a tree. Reads the folders on the way and nothing else. */
export function findEntry(
  objects: ObjectStore,
  tree: string,
  parts: readonly string[],
): TreeEntry | undefined {
  let entry: TreeEntry | undefined = { mode: '40000', oid: tree };
  for (const part of parts) {
    if (entry === undefined || !isTree(entry)) return undefined;
    entry = readTree(objects, entry.oid).get(toName(part));
  }
  return entry;
}
