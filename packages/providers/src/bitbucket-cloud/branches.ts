import { ProviderError } from '../errors.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { checkRefName, checkSha } from '../names.ts';
import { createRefOnce } from '../ref-creation.ts';
import type { Branch, Branches } from '../repository-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForPages, webLink } from './api.ts';
import { refused } from './errors.ts';
import { bbqlString } from './names.ts';
import { refSchema } from './schemas.ts';

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
    path: `/refs/branches/${encodeURIComponent(name)}`,
    expect: [200, 404],
    doing: `read branch "${name}" of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  return response.status === 404
    ? undefined
    : toBranch(api, parseAnswer(api, refSchema, { response, request }));
}

async function* listBranches(
  api: RepositoryApi,
  { signal, nameContains }: RequestOptions & { readonly nameContains?: string } = {},
): AsyncGenerator<Branch, void, undefined> {
  const pages = sendForPages(api, refSchema, {
    path: '/refs/branches',
    query: [
      ...(nameContains === undefined ? [] : [['q', `name ~ ${bbqlString(nameContains)}`] as const]),
      ['sort', 'name'],
      ['pagelen', '100'],
    ],
    expect: [200],
    doing: `list the branches of "${api.fullName}"`,
    signal,
  });
  for await (const branch of pages) yield toBranch(api, branch);
}

async function createBranch(
  api: RepositoryApi,
  wanted: { readonly name: string; readonly sha: string },
  { signal }: RequestOptions = {},
): Promise<Branch> {
  const { name, sha } = wanted;
  checkRefName(name, 'branch');
  checkSha(sha);
  const request = {
    method: 'POST' as const,
    path: '/refs/branches',
    json: { name, target: { hash: sha } },
    expect: [201, 400, 404, 409],
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
        return response.status === 201
          ? { made: toBranch(api, parseAnswer(api, refSchema, { response, request })) }
          : { refusal: response };
      },
      commitIsMissing: async (refusal) =>
        refusal.status === 404 || (await commitIsMissing(api, sha, signal)),
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
    path: `/commit/${sha}`,
    expect: [200, 404],
    doing: `read commit "${sha}" of "${api.fullName}"`,
    signal,
  });
  return response.status === 404;
}

async function deleteBranch(
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
    path: `/refs/branches/${encodeURIComponent(name)}`,
    expect: [204, 404],
    doing: `delete branch "${name}" of "${api.fullName}"`,
    signal,
  });
  // After a lost answer the second attempt finds nothing, because the first one did it.
  return response.status === 204 || response.attempts > 1;
}

function toBranch(
  api: RepositoryApi,
  answer: {
    readonly name: string;
    readonly target: { readonly hash: string };
    readonly links?: Parameters<typeof webLink>[0];
  },
): Branch {
  return {
    name: answer.name,
    sha: answer.target.hash,
    webUrl: webLink(answer.links, `${api.webUrl}/branch/${encodeURIComponent(answer.name)}`),
  };
}
