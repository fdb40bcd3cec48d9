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

/** Reads the mode of a file at a commit, one request for each folder on the way; `undefined` when there is nothing. */
export async function readMode(
  api: RepositoryApi,
  { path, at }: { readonly path: string; readonly at: string },
  options: RequestOptions,
): Promise<string | undefined> {
  let oid: string | undefined = at;
  let mode: string | undefined;
  for (const name of path.split('/')) {
    if (oid === undefined) return undefined;
    const entry: TreeEntry | undefined = (await readTree(api, oid, options)).get(name);
    mode = entry?.mode;
    oid = isFolder(entry) ? entry?.oid : undefined;
  }
  return mode;
}
