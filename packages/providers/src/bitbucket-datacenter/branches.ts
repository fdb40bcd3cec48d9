import { ProviderError } from '../errors.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { checkRefName, checkSha } from '../names.ts';
import { createRefOnce } from '../ref-creation.ts';
import type { Branch, Branches } from '../repository-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { besideApi, type RepositoryApi, sendForPages } from './api.ts';
import { refused } from './errors.ts';
import { branchSchema } from './schemas.ts';

/** Branches of one repository. */
export function branches(api: RepositoryApi): Branches {
  return {
    get: (name, options) => getBranch(api, name, options),
    list: (options) => listBranches(api, options),
    create: (name, sha, options) => createBranch(api, { name, sha }, options),
    delete: (name, options) => deleteBranch(api, name, options),
  };
}

/**
 * Reads a branch.
 *
 * There is no call for one branch. A search answers with the exact match first, so that the first page is nearly always the last
 * that is read.
 */
export async function getBranch(
  api: RepositoryApi,
  name: string,
  { signal }: RequestOptions = {},
): Promise<Branch | undefined> {
  checkRefName(name, 'branch');
  const pages = sendForPages(api, branchSchema, {
    path: '/branches',
    query: [
      ['filterText', name],
      ['boostMatches', 'true'],
      ['limit', '100'],
    ],
    expect: [200],
    doing: `read branch "${name}" of "${api.fullName}"`,
    signal,
  });
  for await (const branch of pages) {
    if (branch.id === `refs/heads/${name}`) return toBranch(api, branch);
  }
  return undefined;
}

async function* listBranches(
  api: RepositoryApi,
  { signal, nameContains }: RequestOptions & { readonly nameContains?: string } = {},
): AsyncGenerator<Branch, void, undefined> {
  const pages = sendForPages(api, branchSchema, {
    path: '/branches',
    query: [
      ...(nameContains === undefined ? [] : [['filterText', nameContains] as const]),
      ['orderBy', 'ALPHABETICAL'],
      ['limit', '100'],
    ],
    expect: [200],
    doing: `list the branches of "${api.fullName}"`,
    signal,
  });
  for await (const branch of pages) yield toBranch(api, branch);
}

/** Creates a branch at a commit. */
export async function createBranch(
  api: RepositoryApi,
  wanted: { readonly name: string; readonly sha: string },
  { signal }: RequestOptions = {},
): Promise<Branch> {
  const { name, sha } = wanted;
  checkRefName(name, 'branch');
  checkSha(sha);
  const request = {
    method: 'POST' as const,
    path: '/branches',
    json: { name, startPoint: sha },
    expect: [200, 201, 400, 404, 409],
    doing: `create branch "${name}" of "${api.fullName}"`,
    signal,
  };
  return createRefOnce(
    { what: 'branch', name, sha, repository: api.fullName },
    {
      refused,
      find: () => getBranch(api, name, { signal }),
      create: async () => {
        const response = await send(api, request);
        return response.status < 300
          ? { made: toBranch(api, parseAnswer(api, branchSchema, { response, request })) }
          : { refusal: response };
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
    path: `/commits/${sha}`,
    // The documentation has 400 for an id that cannot be used.
    expect: [200, 400, 404],
    doing: `read commit "${sha}" of "${api.fullName}"`,
    signal,
  });
  return response.status !== 200;
}

/**
 * Deletes a branch.
 *
 * The call answers 204 also when there was none, so the branch is read first. It compares `expectedHead` itself: nothing that
 * moves in between is lost.
 */
export async function deleteBranch(
  api: RepositoryApi,
  name: string,
  options: RequestOptions & { readonly expectedHead?: string | undefined } = {},
): Promise<boolean> {
  const { signal, expectedHead } = options;
  checkRefName(name, 'branch');
  if (expectedHead !== undefined) checkSha(expectedHead);
  const branch = await getBranch(api, name, { signal });
  if (branch === undefined) return false;
  if (expectedHead !== undefined && branch.sha !== expectedHead) {
    throw moved(api, { branch, expectedHead });
  }
  await removeBranch(api, name, options);
  return true;
}

/** Deletes a branch that is known to have been there, in one request. One that is gone is as good as deleted. */
export async function removeBranch(
  api: RepositoryApi,
  name: string,
  { signal, expectedHead }: RequestOptions & { readonly expectedHead?: string | undefined },
): Promise<void> {
  const response = await send(api, {
    method: 'DELETE',
    path: besideApi(api, 'branch-utils', '/branches'),
    json: {
      name: `refs/heads/${name}`,
      dryRun: false,
      ...(expectedHead === undefined ? {} : { endPoint: expectedHead }),
    },
    expect: [204, 400],
    doing: `delete branch "${name}" of "${api.fullName}"`,
    signal,
  });
  if (response.status === 204) return;
  const branch = await getBranch(api, name, { signal });
  if (branch === undefined) return;
  if (expectedHead !== undefined && branch.sha !== expectedHead) {
    throw moved(api, { branch, expectedHead });
  }
  throw refused(
    'PROVIDER_REJECTED',
    `Branch "${name}" of "${api.fullName}" cannot be deleted`,
    response,
  );
}

function moved(
  api: RepositoryApi,
  { branch, expectedHead }: { readonly branch: Branch; readonly expectedHead: string },
): ProviderError {
  return new ProviderError(
    'PROVIDER_CONFLICT',
    `Branch "${branch.name}" of "${api.fullName}" is at "${branch.sha}", not at "${expectedHead}".`,
  );
}

function toBranch(
  api: RepositoryApi,
  { id, latestCommit }: { readonly id: string; readonly latestCommit: string },
): Branch {
  return {
    name: id.slice('refs/heads/'.length),
    sha: latestCommit,
    webUrl: `${api.webUrl}/browse?at=${encodeURIComponent(id)}`,
  };
}
