import { ProviderError } from '../errors.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { checkRefName, checkSha } from '../names.ts';
import { createRefOnce } from '../ref-creation.ts';
import type { Branch, Branches } from '../repository-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForList, webLink } from './api.ts';
import { refused } from './errors.ts';
import { pushRefs } from './ref-push.ts';
import { branchSchema } from './schemas.ts';

/** Branches of one project. */
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
    path: `/repository/branches/${encodeURIComponent(name)}`,
    expect: [200, 404],
    doing: `read branch "${name}" of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  return response.status === 404
    ? undefined
    : toBranch(api, parseAnswer(api, branchSchema, { response, request }));
}

async function* listBranches(
  api: RepositoryApi,
  { signal, nameContains }: RequestOptions & { readonly nameContains?: string } = {},
): AsyncGenerator<Branch, void, undefined> {
  // `^` and `$` have a meaning of their own in a search, so such a name is looked for here.
  const searchable = nameContains !== undefined && /^[^$^]+$/.test(nameContains);
  const pages = sendForList(api, branchSchema, {
    path: '/repository/branches',
    query: [
      ...(searchable ? [['search', nameContains] as const] : []),
      ['pagination', 'keyset'],
      ['per_page', '100'],
    ],
    expect: [200],
    doing: `list the branches of "${api.fullName}"`,
    signal,
  });
  const seen = new Set<string>();
  for await (const branch of pages) {
    // A search is answered whole, whatever size was asked for, and may name a next page that is the same one again.
    if (seen.has(branch.name)) return;
    if (searchable) seen.add(branch.name);
    // A search of GitLab does not mind the case.
    if (nameContains === undefined || branch.name.includes(nameContains))
      yield toBranch(api, branch);
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
  const request = {
    method: 'POST' as const,
    path: '/repository/branches',
    json: { branch: name, ref: sha },
    expect: [201, 400],
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
          ? { made: toBranch(api, parseAnswer(api, branchSchema, { response, request })) }
          : { refusal: response };
      },
      commitIsMissing: () => commitIsMissing(api, sha, { signal }),
    },
  );
}

/** Tells whether there is no such commit. */
export async function commitIsMissing(
  api: RepositoryApi,
  sha: string,
  { signal }: RequestOptions,
): Promise<boolean> {
  const response = await send(api, {
    path: `/repository/commits/${sha}`,
    query: [['stats', 'false']],
    expect: [200, 404],
    doing: `read commit "${sha}" of "${api.fullName}"`,
    signal,
  });
  return response.status === 404;
}

/** Deletes a branch: with an expected head by a push, which Git compares with the branch itself. */
async function deleteBranch(
  api: RepositoryApi,
  name: string,
  options: RequestOptions & { readonly expectedHead?: string | undefined } = {},
): Promise<boolean> {
  const { signal, expectedHead } = options;
  checkRefName(name, 'branch');
  if (expectedHead !== undefined)
    return deleteAt(api, { name, sha: checkSha(expectedHead) }, { signal });
  const response = await send(api, {
    method: 'DELETE',
    path: `/repository/branches/${encodeURIComponent(name)}`,
    expect: [204, 404],
    doing: `delete branch "${name}" of "${api.fullName}"`,
    signal,
  });
  // After a lost answer the second attempt finds nothing, because the first one did it.
  return response.status === 204 || response.attempts > 1;
}

async function deleteAt(
  api: RepositoryApi,
  { name, sha }: { readonly name: string; readonly sha: string },
  { signal }: RequestOptions,
): Promise<boolean> {
  const before = await getBranch(api, name, { signal });
  if (before === undefined) return false;
  if (before.sha !== sha) throw moved(api, before, sha);
  const doing = `delete branch "${name}" of "${api.fullName}"`;
  const report = await pushRefs(api, { updates: [{ branch: name, from: sha }], doing }, { signal });
  if (report.refused.get(name) === undefined) return true;
  const now = await getBranch(api, name, { signal });
  // Gone in the meantime: by an earlier attempt whose answer was lost, or by somebody else.
  if (now === undefined) return true;
  if (now.sha !== sha) throw moved(api, now, sha);
  throw new ProviderError(
    'PROVIDER_REJECTED',
    `GitLab does not ${doing}: ${report.refused.get(name)}${report.said}`,
  );
}

function moved(api: RepositoryApi, now: Branch, expected: string): ProviderError {
  return new ProviderError(
    'PROVIDER_CONFLICT',
    `Branch "${now.name}" of "${api.fullName}" is at "${now.sha}", not at "${expected}".`,
  );
}

function toBranch(
  api: RepositoryApi,
  answer: {
    readonly name: string;
    readonly commit: { readonly id: string };
    readonly web_url?: string | null | undefined;
  },
): Branch {
  return {
    name: answer.name,
    sha: answer.commit.id,
    webUrl: webLink(answer.web_url, `${api.webUrl}/-/tree/${encodeURIComponent(answer.name)}`),
  };
}
