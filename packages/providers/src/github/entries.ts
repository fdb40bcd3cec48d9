import * as v from 'valibot';
import { ProviderError } from '../errors.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { graphqlRefused, sendGraphql } from './graphql.ts';
import type { EntryMode } from './repository-memory.ts';
import { sha } from './schemas.ts';

/** An entry of a tree as GraphQL shows it. */
export const entrySchema = v.looseObject({ mode: v.number(), type: v.string(), oid: sha });

/** What stands at a path: its mode, and the id of its content. */
export interface Entry {
  readonly mode: Exclude<EntryMode, undefined>;
  readonly oid: string;
}

// One path is one field of the query; GitHub bounds how much one may ask for.
const PATHS_AT_ONCE = 100;

/** Reads the mode of an entry, which GraphQL writes as a number: 33188 is `100644`. */
export function modeOf(entry: Pick<v.InferOutput<typeof entrySchema>, 'mode' | 'type'>) {
  if (entry.type === 'tree') return 'folder';
  if (entry.type === 'commit') return 'submodule';
  if ((entry.mode & 0o170000) === 0o120000) return '120000';
  // Git itself looks at one bit; old repositories have 100664 too.
  return (entry.mode & 0o100) === 0 ? '100644' : '100755';
}

/**
 * Reads what stands at paths of a commit: one request for each hundred. What is not there is left out.
 *
 * @throws ProviderError `PROVIDER_NOT_FOUND` without that commit.
 */
export async function readEntries(
  api: RepositoryApi,
  { at, paths }: { readonly at: string; readonly paths: readonly string[] },
  options: RequestOptions = {},
): Promise<ReadonlyMap<string, Entry>> {
  const entries = new Map<string, Entry>();
  for (let start = 0; start < paths.length; start += PATHS_AT_ONCE) {
    const some = paths.slice(start, start + PATHS_AT_ONCE);
    for (const [path, entry] of await readSome(api, { at, paths: some }, options)) {
      entries.set(path, entry);
      api.memory.remember(at, path, entry.mode);
    }
    for (const path of some) if (!entries.has(path)) api.memory.remember(at, path, undefined);
  }
  return entries;
}

const answerSchema = v.looseObject({
  repository: v.nullish(
    v.looseObject({
      id: v.string(),
      object: v.nullish(v.looseObject({ __typename: v.string() })),
    }),
  ),
});

async function readSome(
  api: RepositoryApi,
  { at, paths }: { readonly at: string; readonly paths: readonly string[] },
  { signal }: RequestOptions,
): Promise<readonly (readonly [string, Entry])[]> {
  const doing = `read the modes of files at "${at}" in "${api.fullName}"`;
  const declared = paths.map((_, index) => `,$p${index}:String!`).join('');
  const fields = paths.map((_, index) => `f${index}:file(path:$p${index}){mode type oid}`);
  const { data, problems } = await sendGraphql(api, answerSchema, {
    query: `query($owner:String!,$name:String!,$oid:GitObjectID!${declared}){repository(owner:$owner,name:$name){id object(oid:$oid){__typename ...on Commit{${fields.join(' ')}}}}}`,
    variables: {
      owner: api.owner,
      name: api.name,
      oid: at,
      ...Object.fromEntries(paths.map((path, index) => [`p${index}`, path])),
    },
    doing,
    signal,
  });
  const others = problems.filter(({ type }) => type !== 'NOT_FOUND');
  if (!data?.repository || others.length > 0) throw graphqlRefused(doing, problems);
  const { id, object } = data.repository;
  api.memory.nodeId = id;
  if (object?.__typename !== 'Commit') {
    throw new ProviderError('PROVIDER_NOT_FOUND', `"${api.fullName}" has no commit "${at}".`);
  }
  return paths.flatMap((path, index) => {
    const entry = v.safeParse(v.nullable(entrySchema), object[`f${index}`]);
    if (!entry.success) {
      throw new ProviderError(
        'PROVIDER_BAD_RESPONSE',
        `GitHub did not say what "${path}" is (trying to ${doing}).`,
      );
    }
    const { output } = entry;
    return output === null ? [] : [[path, { mode: modeOf(output), oid: output.oid }] as const];
  });
}
