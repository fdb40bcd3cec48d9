import { ProviderError } from '../errors.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { sendForLinkedPages } from '../http/pages.ts';
import { isUncertain } from '../http/transport-error.ts';
import { checkRefName, checkSha, encodePath } from '../names.ts';
import { createRefOnce } from '../ref-creation.ts';
import type { Branch, Branches } from '../repository-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { refused } from './errors.ts';
import { NO_COMMIT, updateRef } from './refs.ts';
import { namedCommitSchema, refSchema } from './schemas.ts';

/** Branches of one repository. */
export function branches(api: RepositoryApi): Branches {
  return {
    get: (name, options) => getBranch(api, name, options),
    list: (options) => listBranches(api, options),
    create: (name, sha, options) => createBranch(api, { name, sha }, options),
    delete: (name, options) => deleteBranch(api, name, options),
  };
}

/** Reads a branch. The call for branches would answer with another one when this one was renamed; that for refs does not. */
export async function getBranch(
  api: RepositoryApi,
  name: string,
  { signal }: RequestOptions = {},
): Promise<Branch | undefined> {
  checkRefName(name, 'branch');
  const request = {
    path: `/git/ref/heads/${encodePath(name)}`,
    // 409: the repository is empty.
    expect: [200, 404, 409],
    doing: `read branch "${name}" of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  if (response.status !== 200) return undefined;
  return toBranch(api, name, parseAnswer(api, refSchema, { response, request }).object.sha);
}

async function* listBranches(
  api: RepositoryApi,
  { signal, nameContains = '' }: RequestOptions & { readonly nameContains?: string } = {},
): AsyncGenerator<Branch, void, undefined> {
  const pages = sendForLinkedPages(api, namedCommitSchema, {
    path: '/branches',
    query: [['per_page', '100']],
    expect: [200],
    doing: `list the branches of "${api.fullName}"`,
    signal,
  });
  for await (const { name, commit } of pages) {
    if (name.includes(nameContains)) yield toBranch(api, name, commit.sha);
  }
}

async function createBranch(
  api: RepositoryApi,
  wanted: { readonly name: string; readonly sha: string },
  { signal }: RequestOptions = {},
): Promise<Branch> {
  const { name, sha } = wanted;
  checkRefName(name, 'branch');
  checkSha(sha);
  return createRefOnce(
    { what: 'branch', name, sha, repository: api.fullName },
    {
      refused,
      find: () => getBranch(api, name, { signal }),
      create: async () => {
        const response = await send(api, {
          method: 'POST',
          path: '/git/refs',
          json: { ref: `refs/heads/${name}`, sha },
          expect: [201, 409, 422],
          doing: `create branch "${name}" of "${api.fullName}"`,
          signal,
        });
        return response.status === 201 ? { made: toBranch(api, name, sha) } : { refusal: response };
      },
      commitIsMissing: () => commitIsMissing(api, sha, signal),
    },
  );
}

/** Tells whether there is no such commit. */
export async function commitIsMissing(
  api: RepositoryApi,
  sha: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const response = await send(api, {
    path: `/git/commits/${sha}`,
    expect: [200, 404, 409, 422],
    doing: `read commit "${sha}" of "${api.fullName}"`,
    signal,
  });
  return response.status !== 200;
}

/** Deletes a branch; with an expected head by a compare-and-swap of GitHub itself. */
export async function deleteBranch(
  api: RepositoryApi,
  name: string,
  options: RequestOptions & { readonly expectedHead?: string | undefined } = {},
): Promise<boolean> {
  const { signal, expectedHead } = options;
  checkRefName(name, 'branch');
  const doing = `delete branch "${name}" of "${api.fullName}"`;
  if (expectedHead === undefined) {
    const path = `/git/refs/heads/${encodePath(name)}`;
    const expect = [204, 404, 409, 422];
    const response = await send(api, { method: 'DELETE', path, expect, doing, signal });
    // After a lost answer the second attempt finds nothing, because the first one did it.
    if (response.status === 204) return true;
    if ((await getBranch(api, name, { signal })) === undefined) return response.attempts > 1;
    throw refused('PROVIDER_REJECTED', `Branch "${name}" is not deleted`, response);
  }
  checkSha(expectedHead);
  const update = { name: `refs/heads/${name}`, before: expectedHead, after: NO_COMMIT, doing };
  const refusal = await updateRef(api, update, options);
  if (refusal === undefined) return true;
  const now = await getBranch(api, name, { signal });
  if (now === undefined) return isUncertain(refusal);
  throw now.sha === expectedHead ? refusal : movedAway(api, now, expectedHead);
}

/** Makes the error of a branch that is not where it is expected. */
export function movedAway(
  api: RepositoryApi,
  { name, sha }: Pick<Branch, 'name' | 'sha'>,
  expectedHead: string,
): ProviderError {
  return new ProviderError(
    'PROVIDER_CONFLICT',
    `Branch "${name}" of "${api.fullName}" is at "${sha}", not at "${expectedHead}".`,
    { details: { expectedHead, head: sha } },
  );
}

function toBranch(api: RepositoryApi, name: string, sha: string): Branch {
  return { name, sha, webUrl: `${api.webUrl}/tree/${encodePath(name)}` };
}
