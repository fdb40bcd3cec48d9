import type { CreateCommit, FileChange } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import { send } from '../http/json-api.ts';
import { invalid } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForList } from './api.ts';
import { filePath } from './files.ts';
import { treeEntrySchema } from './schemas.ts';

/** The files of a commit that are there already, as far as that is known. */
export interface KnownFiles {
  /** Paths of files that exist at the expected head; `undefined` while it was not looked. */
  readonly existing: ReadonlySet<string> | undefined;
}

/**
 * Writes changes as the actions of `POST repository/commits`.
 *
 * GitLab tells `create` from `update` and refuses the wrong one, so until it is known every write is an `update`: of a file that was
 * read before it is one. An `update` keeps the mode; another one takes a `chmod`.
 */
export function actionsOf(
  changes: readonly FileChange[],
  { existing }: KnownFiles,
): readonly Readonly<Record<string, unknown>>[] {
  return changes.flatMap((change): readonly Readonly<Record<string, unknown>>[] => {
    const { path } = change;
    if (change.type === 'delete') return [{ action: 'delete', file_path: path }];
    const creates = existing !== undefined && !existing.has(path);
    if (creates && change.mode === '120000') throw noLink(path);
    const write = {
      action: creates ? 'create' : 'update',
      file_path: path,
      content: Buffer.from(change.content).toString('base64'),
      encoding: 'base64',
    };
    const executable = change.mode === '100755';
    const chmod = { action: 'chmod', file_path: path, execute_filemode: executable };
    // An existing link stays one when it is updated; that is what the mode of a link asks for.
    const needed = creates ? executable : change.mode === '100644' || executable;
    return needed ? [write, chmod] : [write];
  });
}

function noLink(path: string): ProviderError {
  return invalid(`"${path}" cannot be written: GitLab's API makes no symbolic links.`);
}

/**
 * Refuses to write a symbolic link in the place of a file that is none: an update would keep the mode of that file. One request for
 * each link, more in folders of more than 100 files.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT`
 */
export async function refuseNewLinks(
  api: RepositoryApi,
  { changes, expectedHead: at }: Pick<CreateCommit, 'changes' | 'expectedHead'>,
  options: RequestOptions,
): Promise<void> {
  for (const change of changes) {
    if (change.type !== 'write' || change.mode !== '120000') continue;
    const mode = await modeAt(api, { path: change.path, at }, options);
    if (mode !== undefined && mode !== '120000') throw noLink(change.path);
  }
}

/** Reads the mode of a file; `undefined` when the commit, the folder or the file is not there. */
async function modeAt(
  api: RepositoryApi,
  { path, at }: { readonly path: string; readonly at: string },
  { signal }: RequestOptions,
): Promise<string | undefined> {
  const folder = path.slice(0, Math.max(0, path.lastIndexOf('/')));
  const entries = sendForList(api, treeEntrySchema, {
    path: '/repository/tree',
    query: [
      ['ref', at],
      ...(folder === '' ? [] : [['path', folder] as const]),
      ['pagination', 'keyset'],
      ['per_page', '100'],
    ],
    expect: [200],
    doing: `look for "${path}" at "${at}" in "${api.fullName}"`,
    signal,
  });
  try {
    for await (const entry of entries) if (entry.path === path) return entry.mode;
    return undefined;
  } catch (error) {
    // What is missing the commit itself tells.
    if (error instanceof ProviderError && error.code === 'PROVIDER_NOT_FOUND') return undefined;
    throw error;
  }
}

const CONCURRENT_LOOKUPS = 8;

/** Looks which of the files that are written exist at a commit: one small request for each. */
export async function findExisting(
  api: RepositoryApi,
  { changes, at }: { readonly changes: readonly FileChange[]; readonly at: string },
  { signal }: RequestOptions,
): Promise<ReadonlySet<string>> {
  const paths = changes.filter(({ type }) => type === 'write').map(({ path }) => path);
  const existing = new Set<string>();
  for (let start = 0; start < paths.length; start += CONCURRENT_LOOKUPS) {
    await Promise.all(
      paths.slice(start, start + CONCURRENT_LOOKUPS).map(async (path) => {
        const response = await send(api, {
          method: 'HEAD',
          path: filePath(path),
          query: [['ref', at]],
          expect: [200, 404],
          doing: `look for "${path}" at "${at}" in "${api.fullName}"`,
          signal,
        });
        if (response.status === 200) existing.add(path);
      }),
    );
  }
  return existing;
}
