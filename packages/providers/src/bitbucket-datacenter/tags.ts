import { parseAnswer, send } from '../http/json-api.ts';
import { checkRefName, checkSha, encodePath } from '../names.ts';
import { createRefOnce } from '../ref-creation.ts';
import type { Tag, Tags } from '../repository-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForPages } from './api.ts';
import { commitIsMissing } from './branches.ts';
import { exceptionOf, explainResponse, refused } from './errors.ts';
import { tagSchema } from './schemas.ts';

/** Tags of one repository. */
export function tags(api: RepositoryApi): Tags {
  return {
    get: (name, options) => getTag(api, name, options),
    list: (options) => listTags(api, options),
    create: (name, sha, options) => createTag(api, { name, sha }, options),
  };
}

/** Reads a tag. */
export async function getTag(
  api: RepositoryApi,
  name: string,
  { signal }: RequestOptions = {},
): Promise<Tag | undefined> {
  checkRefName(name, 'tag');
  const request = {
    // A slash stays a slash: the server refuses an encoded one.
    path: `/tags/${encodePath(name)}`,
    expect: [200, 404],
    doing: `read tag "${name}" of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  if (response.status === 404) {
    if (/^NoSuch(?:Repository|Project)/.test(exceptionOf(response) ?? ''))
      throw explainResponse(response, { ...request, method: 'GET' });
    return undefined;
  }
  return toTag(parseAnswer(api, tagSchema, { response, request }));
}

async function* listTags(
  api: RepositoryApi,
  { signal }: RequestOptions = {},
): AsyncGenerator<Tag, void, undefined> {
  const pages = sendForPages(api, tagSchema, {
    path: '/tags',
    query: [
      ['orderBy', 'ALPHABETICAL'],
      ['limit', '100'],
    ],
    expect: [200],
    doing: `list the tags of "${api.fullName}"`,
    signal,
  });
  for await (const tag of pages) yield toTag(tag);
}

async function createTag(
  api: RepositoryApi,
  wanted: { readonly name: string; readonly sha: string },
  options: RequestOptions & { readonly message?: string | undefined } = {},
): Promise<Tag> {
  const { name, sha } = wanted;
  const { signal, message } = options;
  checkRefName(name, 'tag');
  checkSha(sha);
  const request = {
    method: 'POST' as const,
    path: '/tags',
    // With a message the tag is an annotated one.
    json: { name, startPoint: sha, ...(message === undefined ? {} : { message }) },
    expect: [200, 201, 400, 404, 409],
    doing: `create tag "${name}" of "${api.fullName}"`,
    signal,
  };
  return createRefOnce(
    { what: 'tag', name, sha, repository: api.fullName },
    {
      refused,
      find: () => getTag(api, name, { signal }),
      create: async () => {
        const response = await send(api, request);
        return response.status < 300
          ? { made: toTag(parseAnswer(api, tagSchema, { response, request })) }
          : { refusal: response };
      },
      commitIsMissing: () => commitIsMissing(api, sha, signal),
    },
  );
}

function toTag({ id, latestCommit }: { readonly id: string; readonly latestCommit: string }): Tag {
  return { name: id.slice('refs/tags/'.length), sha: latestCommit };
}
