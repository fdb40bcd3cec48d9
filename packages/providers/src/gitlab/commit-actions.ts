import type { FileChange } from '../commit-types.ts';
import { send } from '../http/json-api.ts';
import { invalid } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { filePath } from './files.ts';

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
    if (creates && change.mode === '120000') {
      throw invalid(`"${path}" cannot be written: GitLab's API makes no symbolic links.`);
    }
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
