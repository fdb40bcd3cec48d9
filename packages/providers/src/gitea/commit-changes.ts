import type { CreateCommit, FileChange } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import { invalid } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { readContents } from './files.ts';
import type { KnownFile } from './repository-memory.ts';
import { type FindEntry, foldersAbove, isFolder, searchCommit, type TreeEntry } from './trees.ts';

/** One change in the words of `POST contents`, guarded by the blob that it replaces. */
export interface GuardedChange {
  readonly operation: 'create' | 'update' | 'delete';
  readonly path: string;
  readonly content?: string;
  readonly sha?: string;
}

/**
 * Finds out what each change does at the expected head: one request for each file that was not read there before, or for each
 * folder on the way where these are fewer.
 *
 * `update` and `delete` name the blob that they replace and `create` takes no existing path, so that a commit never goes over what
 * somebody else has written. Only these three operations are used: older servers know no other.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT`, `PROVIDER_REJECTED` for a mode that the API cannot write
 */
export function guardChanges(
  api: RepositoryApi,
  { changes, expectedHead: at }: Pick<CreateCommit, 'changes' | 'expectedHead'>,
  options: RequestOptions,
): Promise<readonly GuardedChange[]> {
  let search: FindEntry | undefined;
  const findEntry: FindEntry = (path) => {
    search ??= searchCommit(api, at, options);
    return search(path);
  };
  const unknown = changes.filter(({ path }) => api.memory.file(at, path) === undefined);
  const folders = new Set(unknown.flatMap(({ path }) => foldersAbove(path)));
  const find = async (path: string): Promise<KnownFile | 'folder' | undefined> =>
    api.memory.file(at, path) ??
    (folders.size < unknown.length
      ? toKnown(await findEntry(path))
      : readContents(api, { path, at }, options));
  return Promise.all(changes.map((change) => guardChange(api, { change, at, find, findEntry })));
}

async function guardChange(
  api: RepositoryApi,
  input: {
    readonly change: FileChange;
    readonly at: string;
    readonly find: (path: string) => Promise<KnownFile | 'folder' | undefined>;
    readonly findEntry: FindEntry;
  },
): Promise<GuardedChange> {
  const { change, at } = input;
  const { path } = change;
  const found = await input.find(path);
  if (found === 'folder' || found?.type === 'submodule') {
    const what = found === 'folder' ? 'folder' : 'submodule';
    throw invalid(
      `"${path}" in "${api.fullName}" is a ${what}, so it cannot be written as a file.`,
    );
  }
  if (found === undefined) {
    if (change.type === 'delete') {
      throw new ProviderError(
        'PROVIDER_NOT_FOUND',
        `"${api.fullName}" has no file "${path}" at "${at}" to delete.`,
      );
    }
    if (change.mode !== undefined && change.mode !== '100644') throw unwritable(path, change.mode);
    return { operation: 'create', path, content: base64(change.content) };
  }
  const { sha } = found;
  if (change.type === 'delete') return { operation: 'delete', path, sha };
  if (found.type === 'symlink') throw unwritable(path, '120000');
  // The server keeps the mode of a file that it updates. What is asked for must be that one.
  if (change.mode !== undefined && (await input.findEntry(path))?.mode !== change.mode) {
    throw unwritable(path, change.mode);
  }
  return { operation: 'update', path, sha, content: base64(change.content) };
}

/** Reads an entry of a tree as the kinds of files that the API has. */
function toKnown(entry: TreeEntry | undefined): KnownFile | 'folder' | undefined {
  if (entry === undefined) return undefined;
  if (isFolder(entry)) return 'folder';
  const type = entry.mode === '120000' ? 'symlink' : entry.mode === '160000' ? 'submodule' : 'file';
  return { sha: entry.oid, type };
}

function base64(content: Uint8Array): string {
  return Buffer.from(content).toString('base64');
}

function unwritable(path: string, mode: string): ProviderError {
  const what = mode === '120000' ? 'a symbolic link' : `the mode ${mode}`;
  return new ProviderError(
    'PROVIDER_REJECTED',
    `"${path}" cannot be written: the API of Gitea does not write ${what}.`,
    { hint: 'Push this change with Git; contents of regular files can go by the API.' },
  );
}
