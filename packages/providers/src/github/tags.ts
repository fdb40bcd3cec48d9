import { parseAnswer, send, sendForJson } from '../http/json-api.ts';
import { sendForLinkedPages } from '../http/pages.ts';
import { checkRefName, checkSha, encodePath } from '../names.ts';
import { createRefOnce } from '../ref-creation.ts';
import type { Tag, Tags } from '../repository-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { commitIsMissing } from './branches.ts';
import { refused } from './errors.ts';
import { namedCommitSchema, objectSchema, refSchema, tagObjectSchema } from './schemas.ts';

// A tag may stand for a tag; more than a few of them is a trick.
const MAX_DEPTH = 5;

/** Tags of one repository. */
export function tags(api: RepositoryApi): Tags {
  return {
    get: (name, options) => getTag(api, name, options),
    list: (options) => listTags(api, options),
    create: (name, sha, options) => createTag(api, { name, sha }, options),
  };
}

async function getTag(
  api: RepositoryApi,
  name: string,
  { signal }: RequestOptions = {},
): Promise<Tag | undefined> {
  checkRefName(name, 'tag');
  const doing = `read tag "${name}" of "${api.fullName}"`;
  const request = {
    path: `/git/ref/tags/${encodePath(name)}`,
    expect: [200, 404, 409],
    doing,
    signal,
  };
  const response = await send(api, request);
  if (response.status !== 200) return undefined;
  let { object } = parseAnswer(api, refSchema, { response, request });
  for (let depth = 0; object.type === 'tag' && depth < MAX_DEPTH; depth += 1) {
    const path = `/git/tags/${object.sha}`;
    ({ object } = await sendForJson(api, tagObjectSchema, { path, expect: [200], doing, signal }));
  }
  // A tag of a tree or blob marks no commit.
  return object.type === 'commit' ? { name, sha: object.sha } : undefined;
}

async function* listTags(
  api: RepositoryApi,
  { signal }: RequestOptions = {},
): AsyncGenerator<Tag, void, undefined> {
  const pages = sendForLinkedPages(api, namedCommitSchema, {
    path: '/tags',
    query: [['per_page', '100']],
    expect: [200],
    doing: `list the tags of "${api.fullName}"`,
    signal,
  });
  for await (const { name, commit } of pages) yield { name, sha: commit.sha };
}

async function createTag(
  api: RepositoryApi,
  wanted: { readonly name: string; readonly sha: string },
  options: RequestOptions & { readonly message?: string | undefined } = {},
): Promise<Tag> {
  const { name, sha } = wanted;
  const { signal } = options;
  checkRefName(name, 'tag');
  checkSha(sha);
  const doing = `create tag "${name}" of "${api.fullName}"`;
  const what = `Tag "${name}" of "${api.fullName}" cannot be created at "${sha}"`;
  return createRefOnce(
    { what: 'tag', name, sha, repository: api.fullName },
    {
      refused,
      find: () => getTag(api, name, { signal }),
      create: async () => {
        const target = await targetOf(api, { ...wanted, doing, what }, options);
        const response = await send(api, {
          method: 'POST',
          path: '/git/refs',
          json: { ref: `refs/tags/${name}`, sha: target },
          expect: [201, 409, 422],
          doing,
          signal,
        });
        return response.status === 201 ? { made: { name, sha } } : { refusal: response };
      },
      commitIsMissing: () => commitIsMissing(api, sha, signal),
    },
  );
}

/** Makes the object of an annotated tag, which nobody sees before a ref names it; the commit itself for a plain tag. */
async function targetOf(
  api: RepositoryApi,
  tag: {
    readonly name: string;
    readonly sha: string;
    readonly doing: string;
    readonly what: string;
  },
  { signal, message }: RequestOptions & { readonly message?: string | undefined },
): Promise<string> {
  if (message === undefined) return tag.sha;
  const request = {
    method: 'POST' as const,
    path: '/git/tags',
    json: { tag: tag.name, message, object: tag.sha, type: 'commit' },
    expect: [201, 404, 422],
    doing: tag.doing,
    idempotent: true,
    signal,
  };
  const response = await send(api, request);
  if (response.status === 201) return parseAnswer(api, objectSchema, { response, request }).sha;
  const missing = response.status === 404 || (await commitIsMissing(api, tag.sha, signal));
  throw refused(missing ? 'PROVIDER_NOT_FOUND' : 'PROVIDER_REJECTED', tag.what, response);
}
