import { GitError } from '../errors.ts';
import type { CommitInfo, Signature, TreeEntryMode } from '../types.ts';
import type { GitObject, ObjectType } from './pack.ts';
import { damaged } from './pkt-line.ts';

/** Where objects are read from. */
export interface ObjectSource {
  /** `undefined` when the object is not here. */
  read(id: string): Promise<GitObject | undefined>;
}

/** An entry as it stands in a tree: the mode's digits and the name's bytes survive whatever they are. */
export interface RawTreeEntry {
  readonly mode: string;
  readonly name: Buffer;
  readonly id: string;
}

/** Reads an object of a known type. */
export async function readObject(
  source: ObjectSource,
  id: string,
  type: ObjectType,
): Promise<Buffer> {
  const object = await source.read(id);
  if (object === undefined)
    throw new GitError('GIT_REF_NOT_FOUND', `There is no object "${id}" in the repository.`);
  if (object.type !== type) throw damaged(`the object "${id}" is a ${object.type}, not a ${type}`);
  return object.data;
}

export async function readTree(source: ObjectSource, id: string): Promise<RawTreeEntry[]> {
  return parseTree(await readObject(source, id, 'tree'));
}

export function parseTree(data: Buffer): RawTreeEntry[] {
  const entries: RawTreeEntry[] = [];
  for (let position = 0; position < data.length; ) {
    const space = data.indexOf(0x20, position);
    const nul = data.indexOf(0, space);
    if (space === -1 || nul === -1 || nul + 21 > data.length) throw damaged('a tree is cut off');
    const mode = data.toString('latin1', position, space);
    if (!/^[0-7]{5,6}$/.test(mode)) throw damaged('a tree has an entry without a mode');
    entries.push({
      mode,
      name: data.subarray(space + 1, nul),
      id: data.toString('hex', nul + 1, nul + 21),
    });
    position = nul + 21;
  }
  return entries;
}

/** Writes a tree with its entries in Git's order: by the bytes of the name, a folder's with a slash behind it. */
export function formatTree(entries: readonly RawTreeEntry[]): Buffer {
  const key = (entry: RawTreeEntry): Buffer =>
    isFolder(entry) ? Buffer.concat([entry.name, Buffer.from('/')]) : entry.name;
  const sorted = entries
    .map((entry) => ({ entry, key: key(entry) }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
  return Buffer.concat(
    sorted.flatMap(({ entry }) => [
      Buffer.from(`${entry.mode} `),
      entry.name,
      Buffer.from([0]),
      Buffer.from(entry.id, 'hex'),
    ]),
  );
}

export function isFolder(entry: { readonly mode: string }): boolean {
  return entry.mode === '40000' || entry.mode === '040000';
}

/** The mode as the rest of the package knows it. Old repositories have odd ones, such as 100664. */
export function entryMode(mode: string): TreeEntryMode {
  const bits = Number.parseInt(mode, 8);
  switch (bits & 0o170000) {
    case 0o040000:
      return '040000';
    case 0o120000:
      return '120000';
    case 0o160000:
      return '160000';
    default:
      return (bits & 0o100) === 0 ? '100644' : '100755';
  }
}

/** Finds an entry by its path; `undefined` when there is none. */
export async function findEntry(
  source: ObjectSource,
  tree: string,
  path: string,
): Promise<RawTreeEntry | undefined> {
  let entry: RawTreeEntry = { mode: '40000', name: Buffer.alloc(0), id: tree };
  for (const segment of path === '' ? [] : path.split('/')) {
    if (!isFolder(entry)) return undefined;
    const name = Buffer.from(segment, 'utf8');
    const found = (await readTree(source, entry.id)).find((one) => one.name.equals(name));
    if (found === undefined) return undefined;
    entry = found;
  }
  return entry;
}

export async function readCommit(source: ObjectSource, id: string): Promise<CommitInfo> {
  return parseCommit(id, await readObject(source, id, 'commit'));
}

export function parseCommit(sha: string, data: Buffer): CommitInfo {
  const text = data.toString('utf8');
  const end = text.indexOf('\n\n');
  const head = end === -1 ? text : text.slice(0, end);
  const message = end === -1 ? '' : text.slice(end + 2);
  const parents: string[] = [];
  let tree: string | undefined;
  let author: Signature | undefined;
  let committer: Signature | undefined;
  for (const line of head.split('\n')) {
    const space = line.indexOf(' ');
    const value = line.slice(space + 1);
    switch (line.slice(0, space)) {
      case 'tree':
        tree ??= value;
        break;
      case 'parent':
        parents.push(value);
        break;
      case 'author':
        author ??= parseSignature(value);
        break;
      case 'committer':
        committer ??= parseSignature(value);
        break;
    }
  }
  if (tree === undefined || author === undefined || committer === undefined)
    throw damaged(`the commit "${sha}" has no tree, author or committer`);
  return { sha, tree, parents, author, committer, message };
}

function parseSignature(text: string): Signature {
  const match = /^(.*?) ?<([^>]*)>(?: (-?\d+) ([+-])(\d\d)(\d\d))?/.exec(text);
  const [, name = '', email = '', seconds = '0', sign = '+', hours = '0', minutes = '0'] =
    match ?? [];
  const offset = Number(hours) * 60 + Number(minutes);
  return {
    name,
    email,
    timestamp: Number(seconds),
    timezoneOffset: sign === '-' && offset !== 0 ? -offset : offset,
  };
}

/** What a commit consists of. */
export interface CommitParts {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

/** Writes a commit; the signature, made over the bytes without it, becomes the header `gpgsig`. */
export async function formatCommit(
  parts: CommitParts,
  sign?: ((payload: Uint8Array) => Promise<string>) | undefined,
): Promise<Buffer> {
  const head = [
    `tree ${parts.tree}`,
    ...parts.parents.map((parent) => `parent ${parent}`),
    `author ${formatSignature(parts.author)}`,
    `committer ${formatSignature(parts.committer)}`,
  ].join('\n');
  const message = parts.message.endsWith('\n') ? parts.message : `${parts.message}\n`;
  if (message.includes('\0'))
    throw new GitError('GIT_INVALID_ARGUMENT', 'The commit message contains a NUL character.');
  const payload = Buffer.from(`${head}\n\n${message}`, 'utf8');
  if (sign === undefined) return payload;
  const armoured = (await sign(payload)).replace(/\n+$/, '').replaceAll('\n', '\n ');
  return Buffer.from(`${head}\ngpgsig ${armoured}\n\n${message}`, 'utf8');
}

export function formatSignature(person: Signature): string {
  const name = cleanName(person.name);
  const email = cleanName(person.email);
  if (name === '' || email === '')
    throw new GitError('GIT_IDENTITY_MISSING', 'A commit needs a name and an email of its author.');
  const offset = Math.abs(person.timezoneOffset);
  const zone = `${Math.floor(offset / 60)}`.padStart(2, '0') + `${offset % 60}`.padStart(2, '0');
  const sign = person.timezoneOffset < 0 ? '-' : '+';
  return `${name} <${email}> ${Math.floor(person.timestamp)} ${sign}${zone}`;
}

/** Drops what would break the header, as git does (ident.c): angle brackets and control characters. */
function cleanName(text: string): string {
  return text.replace(/[<>\p{Cc}]/gu, '').replace(/^[\s.,:;"'\\]+|[\s.,:;"'\\]+$/g, '');
}
