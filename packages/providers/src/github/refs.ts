import * as v from 'valibot';
import { ProviderError } from '../errors.ts';
import { isUncertain } from '../http/transport-error.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { graphqlRefused, sendGraphql } from './graphql.ts';

/** Stands for a ref that is not there, before or after an update (documentation of `RefUpdate`). */
export const NO_COMMIT = '0'.repeat(40);

/** A move of a ref from one commit to another. */
export interface RefMove {
  /** In full, such as `refs/heads/main`. */
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

const idSchema = v.looseObject({ repository: v.nullish(v.looseObject({ id: v.string() })) });

/** Reads the node id of the repository, once. @throws ProviderError `PROVIDER_NOT_FOUND` */
export async function nodeIdOf(
  api: RepositoryApi,
  { signal }: RequestOptions = {},
): Promise<string> {
  if (api.memory.nodeId !== undefined) return api.memory.nodeId;
  const doing = `read repository "${api.fullName}"`;
  const { owner, name } = api;
  const { data, problems } = await sendGraphql(api, idSchema, {
    query: 'query($owner:String!,$name:String!){repository(owner:$owner,name:$name){id}}',
    variables: { owner, name },
    doing,
    signal,
  });
  const id = data?.repository?.id;
  if (id === undefined) throw graphqlRefused(doing, problems);
  api.memory.nodeId = id;
  return id;
}

/** The input of the mutation `updateRefs`. */
export function refUpdate(repositoryId: string, { name, before, after }: RefMove): object {
  return {
    repositoryId,
    refUpdates: [{ name, beforeOid: before, afterOid: after, force: after === NO_COMMIT }],
  };
}

const updateSchema = v.looseObject({ updateRefs: v.nullish(v.looseObject({})) });

/**
 * Moves, makes or deletes a ref if it is where it is expected: the compare-and-swap of GitHub (`updateRefs`).
 *
 * @returns Why it was not done, or perhaps not (`isUncertain`); `undefined` when it was. Other trouble is thrown.
 */
export async function updateRef(
  api: RepositoryApi,
  update: RefMove & { readonly doing: string },
  options: RequestOptions = {},
): Promise<ProviderError | undefined> {
  const { doing } = update;
  const input = refUpdate(await nodeIdOf(api, options), update);
  try {
    const { data, problems } = await sendGraphql(api, updateSchema, {
      query: 'mutation($refs:UpdateRefsInput!){updateRefs(input:$refs){clientMutationId}}',
      variables: { refs: input },
      doing,
      signal: options.signal,
    });
    if (data?.updateRefs && problems.length === 0) return undefined;
    // The repository may have been made anew under its name.
    if (problems.some(({ type }) => type === 'NOT_FOUND')) api.memory.nodeId = undefined;
    return graphqlRefused(doing, problems);
  } catch (error) {
    if (error instanceof ProviderError && isUncertain(error)) return error;
    throw error;
  }
}
