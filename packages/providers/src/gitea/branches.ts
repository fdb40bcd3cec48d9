import { ProviderError } from '../errors.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { isUncertain } from '../http/transport-error.ts';
import { checkRefName, checkSha } from '../names.ts';
import type { Branch, Branches } from '../repository-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForList } from './api.ts';
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

/** Reads a branch. */
export async function getBranch(
  api: RepositoryApi,
  name: string,
  { signal }: RequestOptions = {},
): Promise<Branch | undefined> {
  checkRefName(name, 'branch');
  const request = {
    path: `/branches/${encodeURIComponent(name)}`,
    expect: [200, 404],
    doing: `read branch "${name}" of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  if (response.status === 404) return undefined;
  return toBranch(api, parseAnswer(api, branchSchema, { response, request }));
}

async function* listBranches(
  api: RepositoryApi,
  { signal, nameContains }: RequestOptions & { readonly nameContains?: string } = {},
): AsyncGenerator<Branch, void, undefined> {
  const pages = sendForList(api, branchSchema, {
    path: '/branches',
    expect: [200],
    doing: `list the branches of "${api.fullName}"`,
    signal,
  });
  for await (const branch of pages) {
    // The server cannot search in names.
    if (nameContains === undefined || branch.name.includes(nameContains)) {
      yield toBranch(api, branch);
    }
  }
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
    json: { new_branch_name: name, old_ref_name: sha },
    expect: [201, 404, 409],
    doing: `create branch "${name}" of "${api.fullName}"`,
    signal,
  };
  try {
    const response = await send(api, request);
    if (response.status === 201)
      return toBranch(api, parseAnswer(api, branchSchema, { response, request }));
    const existing = response.status === 409 ? await getBranch(api, name, { signal }) : undefined;
    if (existing !== undefined) throw alreadyExists(api, name);
    // 409 is also a tag of that name, or a branch that is in the way, as "prod" is in that of "prod/web".
    throw refused(
      response.status === 404 ? 'PROVIDER_NOT_FOUND' : 'PROVIDER_REJECTED',
      `Branch "${name}" of "${api.fullName}" cannot be created at "${sha}"`,
      response,
    );
  } catch (error) {
    if (!isUncertain(error)) throw error;
    const existing = await getBranch(api, name, { signal });
    if (existing?.sha === sha) return existing;
    if (existing !== undefined) throw alreadyExists(api, name);
    // Some versions answer 500 for a commit that is not there.
    throw (await commitIsMissing(api, sha, signal)) ? noCommit(api, sha) : error;
  }
}

/** Tells whether there is no such commit. */
export async function commitIsMissing(
  api: RepositoryApi,
  sha: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const response = await send(api, {
    path: `/git/commits/${sha}`,
    query: leanCommit,
    expect: [200, 404],
    doing: `read commit "${sha}" of "${api.fullName}"`,
    signal,
  });
  return response.status === 404;
}

/** Leaves out what costs the server a diff and a check of signatures. */
export const leanCommit = [
  ['stat', 'false'],
  ['verification', 'false'],
  ['files', 'false'],
] as const;

/** Makes the error of a commit that is not there. */
export function noCommit(api: RepositoryApi, sha: string): ProviderError {
  return new ProviderError('PROVIDER_NOT_FOUND', `"${api.fullName}" has no commit "${sha}".`);
}

/** Deletes a branch. */
export async function deleteBranch(
  api: RepositoryApi,
  name: string,
  options: RequestOptions & { readonly expectedHead?: string | undefined } = {},
): Promise<boolean> {
  const { signal, expectedHead } = options;
  checkRefName(name, 'branch');
  if (expectedHead !== undefined) {
    // The call takes no expected head: what moves between these two requests is lost. The window is one round trip.
    const branch = await getBranch(api, name, { signal });
    if (branch === undefined) return false;
    if (branch.sha !== expectedHead) {
      throw new ProviderError(
        'PROVIDER_CONFLICT',
        `Branch "${name}" of "${api.fullName}" is at "${branch.sha}", not at "${expectedHead}".`,
      );
    }
  }
  const response = await send(api, {
    method: 'DELETE',
    path: `/branches/${encodeURIComponent(name)}`,
    expect: [204, 404],
    doing: `delete branch "${name}" of "${api.fullName}"`,
    signal,
  });
  // After a lost answer the second attempt finds nothing, because the first one did it.
  return response.status === 204 || response.attempts > 1;
}

function alreadyExists(api: RepositoryApi, name: string): ProviderError {
  return new ProviderError(
    'PROVIDER_ALREADY_EXISTS',
    `"${api.fullName}" has a branch "${name}" already.`,
  );
}

function toBranch(
  api: RepositoryApi,
  answer: { readonly name: string; readonly commit: { readonly id: string } },
): Branch {
  api.memory.rememberBranch(answer.name, answer.commit.id);
  return {
    name: answer.name,
    sha: answer.commit.id,
    // The slashes of a name stay in the addresses of the web pages.
    webUrl: `${api.webUrl}/src/branch/${answer.name.split('/').map(encodeURIComponent).join('/')}`,
  };
}
