import * as v from 'valibot';
import { ProviderError } from '../errors.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import { encodePath } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { refused } from './errors.ts';
import { type GraphqlProblem, graphqlRefused, sendGraphql } from './graphql.ts';
import { refSchema } from './schemas.ts';

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

/** `updateRefs` began as a preview, which servers of that time want to be asked for. */
export const acceptUpdateRefs =
  'application/vnd.github.update-refs-preview+json, application/vnd.github+json';

/** Tells whether the server has no `updateRefs`, and keeps that in mind. It has then done nothing of the whole mutation. */
export function lacksUpdateRefs(api: RepositoryApi, problems: readonly GraphqlProblem[]): boolean {
  if (!problems.some(({ message }) => /'updateRefs' doesn't exist/i.test(message))) return false;
  api.memory.comparesRefs = false;
  return true;
}

/**
 * Moves, makes or deletes a ref if it is where it is expected: the compare-and-swap of GitHub (`updateRefs`).
 *
 * On a server that has none the ref is compared right before. There too nothing is made over a ref that is there, and nothing is
 * moved but forward; what is deleted, or goes back, within that one round trip is not seen.
 *
 * @returns Why it was not done, or perhaps not (`isUncertain`); `undefined` when it was. Other trouble is thrown.
 */
export async function updateRef(
  api: RepositoryApi,
  update: RefMove & { readonly doing: string },
  options: RequestOptions = {},
): Promise<ProviderError | undefined> {
  try {
    if (api.memory.comparesRefs) {
      const outcome = await compareAndSwap(api, update, options);
      if (outcome !== 'unknown') return outcome;
    }
    return await compareThenMove(api, update, options);
  } catch (error) {
    if (error instanceof ProviderError && isUncertain(error)) return error;
    throw error;
  }
}

async function compareAndSwap(
  api: RepositoryApi,
  update: RefMove & { readonly doing: string },
  options: RequestOptions,
): Promise<ProviderError | undefined | 'unknown'> {
  const { doing } = update;
  const { data, problems } = await sendGraphql(api, updateSchema, {
    query: 'mutation($refs:UpdateRefsInput!){updateRefs(input:$refs){clientMutationId}}',
    variables: { refs: refUpdate(await nodeIdOf(api, options), update) },
    doing,
    accept: acceptUpdateRefs,
    signal: options.signal,
  });
  if (data?.updateRefs && problems.length === 0) return undefined;
  if (lacksUpdateRefs(api, problems)) return 'unknown';
  // The repository may have been made anew under its name.
  if (problems.some(({ type }) => type === 'NOT_FOUND')) api.memory.nodeId = undefined;
  return graphqlRefused(doing, problems);
}

async function compareThenMove(
  api: RepositoryApi,
  { name, before, after, doing }: RefMove & { readonly doing: string },
  options: RequestOptions,
): Promise<ProviderError | undefined> {
  if (before !== NO_COMMIT && (await readRef(api, name, options)) !== before) {
    return new ProviderError(
      'PROVIDER_CONFLICT',
      `"${name}" of "${api.fullName}" is not at "${before}".`,
    );
  }
  const request = { doing, signal: options.signal };
  const path = `/git/${encodePath(name)}`;
  const response =
    before === NO_COMMIT
      ? await send(api, {
          ...request,
          method: 'POST',
          path: '/git/refs',
          json: { ref: name, sha: after },
          expect: [201, 409, 422],
        })
      : after === NO_COMMIT
        ? await send(api, { ...request, method: 'DELETE', path, expect: [204, 409, 422] })
        : await send(api, {
            ...request,
            method: 'PATCH',
            path,
            json: { sha: after, force: false },
            expect: [200, 409, 422],
          });
  if (response.status < 300) return undefined;
  // What a second attempt does not find the first one has deleted.
  if (after === NO_COMMIT && response.attempts > 1) return undefined;
  return refused('PROVIDER_REJECTED', `GitHub did not ${doing}`, response);
}

async function readRef(
  api: RepositoryApi,
  name: string,
  { signal }: RequestOptions,
): Promise<string | undefined> {
  const request = {
    path: `/git/ref/${encodePath(name.replace(/^refs\//, ''))}`,
    expect: [200, 404, 409],
    doing: `read "${name}" of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  if (response.status !== 200) return undefined;
  return parseAnswer(api, refSchema, { response, request }).object.sha;
}
