import { ProviderError } from '../errors.ts';
import { sendForJson } from '../http/json-api.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { treeSchema } from './schemas.ts';

const MAX_PAGES = 100;

/** An entry of a folder, with its mode as Git writes it: `100644`, `040000` … */
export interface TreeEntry {
  readonly mode: string;
  readonly oid: string;
}

/** The entries of one folder by name. */
export type Tree = ReadonlyMap<string, TreeEntry>;

/** Reads one folder: a tree, or the root of a commit. */
export async function readTree(
  api: RepositoryApi,
  oid: string,
  { signal }: RequestOptions,
): Promise<Tree> {
  const entries = new Map<string, TreeEntry>();
  for (let page = 1; page <= MAX_PAGES; page += 1) {
    const answer = await sendForJson(api, treeSchema, {
      path: `/git/trees/${oid}`,
      query: [
        ['page', String(page)],
        ['per_page', '1000'],
      ],
      expect: [200],
      doing: `read tree "${oid}" of "${api.fullName}"`,
      signal,
    });
    for (const { path, mode, sha } of answer.tree) entries.set(path, { mode, oid: sha });
    if (!answer.truncated || answer.tree.length === 0) return entries;
  }
  throw new ProviderError(
    'PROVIDER_LIMIT_EXCEEDED',
    `A folder of "${api.fullName}" has more than ${MAX_PAGES} pages of entries.`,
  );
}

/** Tells whether an entry is a folder. */
export function isFolder(entry: TreeEntry | undefined): boolean {
  return entry?.mode === '040000' || entry?.mode === '40000';
}

/** Finds the entry at a path of one commit; `undefined` when there is nothing. */
export type FindEntry = (path: string) => Promise<TreeEntry | undefined>;

/** Makes the search in one commit, which reads each folder on the way to any path once. */
export function searchCommit(
  api: RepositoryApi,
  commit: string,
  options: RequestOptions,
): FindEntry {
  const folders = new Map<string, Promise<Tree | undefined>>([
    ['', readTree(api, commit, options)],
  ]);
  return (path) => find(path);

  async function find(path: string): Promise<TreeEntry | undefined> {
    const { folder, name } = splitPath(path);
    const known = folders.get(folder) ?? readFolder(folder);
    folders.set(folder, known);
    return (await known)?.get(name);
  }

  async function readFolder(path: string): Promise<Tree | undefined> {
    const entry = await find(path);
    return entry !== undefined && isFolder(entry) ? readTree(api, entry.oid, options) : undefined;
  }
}

/** Lists the folders on the way to a path, the root first: `a/b/c` is below ``, `a` and `a/b`. */
export function foldersAbove(path: string): readonly string[] {
  const { folder } = splitPath(path);
  return folder === '' ? [''] : [...foldersAbove(folder), folder];
}

function splitPath(path: string): { readonly folder: string; readonly name: string } {
  const slash = path.lastIndexOf('/');
  return { folder: path.slice(0, Math.max(0, slash)), name: path.slice(slash + 1) };
}
