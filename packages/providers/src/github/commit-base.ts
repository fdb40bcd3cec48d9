import type { CreateCommit, FileMode } from '../commit-types.ts';
import { invalid } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { readEntries } from './entries.ts';

/** The modes that the files of a commit have at its expected head; `undefined` for a new one. */
export type FormerModes = ReadonlyMap<string, FileMode | undefined>;

/**
 * Finds the modes of the files that a commit writes. No request when they were read at the expected head, else one for each hundred.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT` when one of them is a folder or submodule, `PROVIDER_NOT_FOUND` without that commit.
 */
export async function readFormerModes(
  api: RepositoryApi,
  { expectedHead, changes }: CreateCommit,
  options: RequestOptions,
): Promise<FormerModes> {
  const written = changes.filter(({ type }) => type === 'write').map(({ path }) => path);
  const unknown = written.filter((path) => !api.memory.knows(expectedHead, path));
  const read = await readEntries(api, { at: expectedHead, paths: unknown }, options);
  return new Map(
    written.map((path) => {
      const mode = read.get(path)?.mode ?? api.memory.mode(expectedHead, path);
      if (mode !== 'folder' && mode !== 'submodule') return [path, mode];
      throw invalid(
        `"${path}" in "${api.fullName}" is a ${mode}, so it cannot be written as a file.`,
      );
    }),
  );
}
