import { parseAnswer, send } from '../http/json-api.ts';
import { checkRefName, checkSha } from '../names.ts';
import { createRefOnce } from '../ref-creation.ts';
import type { Tag, Tags } from '../repository-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForList } from './api.ts';
import { commitIsMissing } from './branches.ts';
import { refused } from './errors.ts';
import { tagSchema } from './schemas.ts';

/** Tags of one repository. The server answers with the commit, also of an annotated one. */
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
    path: `/tags/${encodeURIComponent(name)}`,
    expect: [200, 404],
    doing: `read tag "${name}" of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  if (response.status === 404) return undefined;
  const answer = parseAnswer(api, tagSchema, { response, request });
  return { name: answer.name, sha: answer.commit.sha };
}

async function* listTags(
  api: RepositoryApi,
  { signal }: RequestOptions = {},
): AsyncGenerator<Tag, void, undefined> {
  const pages = sendForList(api, tagSchema, {
    path: '/tags',
    expect: [200],
    doing: `list the tags of "${api.fullName}"`,
    signal,
  });
  for await (const tag of pages) yield { name: tag.name, sha: tag.commit.sha };
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
    json: { tag_name: name, target: sha, ...(message === undefined ? {} : { message }) },
    // The document says 200, servers answer 201.
    expect: [200, 201, 404, 409, 422],
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
        if (!(response.status < 300)) return { refusal: response };
        const answer = parseAnswer(api, tagSchema, { response, request });
        return { made: { name: answer.name, sha: answer.commit.sha } };
      },
      commitIsMissing: async (refusal) =>
        refusal.status === 404 || (await commitIsMissing(api, sha, signal)),
    },
  );
}
