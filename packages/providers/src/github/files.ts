import { createHash } from 'node:crypto';
import * as v from 'valibot';
import type { FileContent, Files } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import { send } from '../http/json-api.ts';
import { checkPath, checkRefName, isFullSha } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { modeOf } from './entries.ts';
import { type GraphqlProblem, graphqlRefused, sendGraphql } from './graphql.ts';
import { sha } from './schemas.ts';

/**
 * Reads files of one repository.
 *
 * One query of GraphQL answers with the commit, the mode and the text of a file, all of the same commit. Only what is not text, or
 * too long for it, takes a second request. No answer of the REST API has the commit or the mode.
 */
export function files(api: RepositoryApi): Files {
  return { read: (path, ref, options) => readFile(api, { path, ref }, options) };
}

const MAX_BLOB = 100 * 1024 * 1024;

const blobSchema = v.looseObject({
  oid: sha,
  byteSize: v.number(),
  text: v.nullish(v.string()),
});

const gitObjectSchema = v.looseObject({
  __typename: v.string(),
  oid: sha,
  file: v.nullish(
    v.looseObject({
      mode: v.number(),
      type: v.string(),
      // `{}` for what is no blob.
      object: v.nullish(v.looseObject(v.partial(blobSchema).entries)),
    }),
  ),
});
type GitObject = v.InferOutput<typeof gitObjectSchema>;

const target = v.nullish(v.looseObject({ target: v.nullish(gitObjectSchema) }));
const answerSchema = v.looseObject({
  repository: v.nullish(
    v.looseObject({
      id: v.string(),
      object: v.nullish(gitObjectSchema),
      branch: target,
      tag: v.nullish(
        v.looseObject({
          target: v.nullish(
            v.looseObject({ ...gitObjectSchema.entries, target: v.nullish(gitObjectSchema) }),
          ),
        }),
      ),
    }),
  ),
});

const AT =
  'fragment At on GitObject{__typename oid ...on Commit{file(path:$path){mode type object{...on Blob{oid byteSize text}}}}}';
const atCommit = `query($owner:String!,$name:String!,$path:String!,$oid:GitObjectID!){repository(owner:$owner,name:$name){id object(oid:$oid){...At}}} ${AT}`;
const atRef = `query($owner:String!,$name:String!,$path:String!,$branch:String!,$tag:String!){repository(owner:$owner,name:$name){id branch:ref(qualifiedName:$branch){target{...At}} tag:ref(qualifiedName:$tag){target{...At ...on Tag{target{...At}}}}}} ${AT}`;

async function readFile(
  api: RepositoryApi,
  { path, ref }: { readonly path: string; readonly ref: string },
  options: RequestOptions & { readonly maxBytes?: number | undefined } = {},
): Promise<FileContent | undefined> {
  const { signal, maxBytes = api.maxResponseBytes } = options;
  checkPath(path);
  const bySha = isFullSha(ref);
  if (!bySha) checkRefName(ref, 'branch or tag');
  const { owner, name } = api;
  const doing = `read "${path}" at "${ref}" in "${api.fullName}"`;
  const { data, problems } = await sendGraphql(api, answerSchema, {
    query: bySha ? atCommit : atRef,
    variables: {
      owner,
      name,
      path,
      ...(bySha ? { oid: ref } : { branch: `refs/heads/${ref}`, tag: `refs/tags/${ref}` }),
    },
    doing,
    signal,
  });
  const repository = data?.repository;
  if (!repository) throw graphqlRefused(doing, problems);
  api.memory.nodeId = repository.id;
  const branch = repository.branch?.target ?? undefined;
  const { target: tagged, ...tag } = repository.tag?.target ?? {};
  const found = repository.object ?? branch ?? tagged ?? tag;
  if (!isCommit(found)) {
    refuseOthers(doing, problems);
    throw new ProviderError(
      'PROVIDER_NOT_FOUND',
      `"${api.fullName}" has no ${bySha ? 'commit' : 'branch and no tag'} "${ref}".`,
    );
  }
  const entry = found.file;
  if (!entry) refuseOthers(doing, problems);
  const mode = entry ? modeOf(entry) : undefined;
  api.memory.remember(found.oid, path, mode);
  if (!entry || mode === undefined || mode === 'folder' || mode === 'submodule') return undefined;
  const blob = v.safeParse(blobSchema, entry.object);
  if (!blob.success) {
    throw new ProviderError(
      'PROVIDER_BAD_RESPONSE',
      `GitHub sent no content (trying to ${doing}).`,
    );
  }
  const content = await contentOf(api, blob.output, { doing, maxBytes, signal });
  // That a name is the one of a branch is known here, so that nobody takes the commit of a tag for a head.
  const commit = bySha || found === branch ? found.oid : undefined;
  return { path, content, mode, commit };
}

function isCommit(object: Partial<GitObject> | undefined): object is GitObject {
  return object?.__typename === 'Commit' && object.oid !== undefined;
}

/** What is not there is no problem; everything else that is in the way is. */
function refuseOthers(doing: string, problems: readonly GraphqlProblem[]): void {
  const others = problems.filter(({ type }) => type !== 'NOT_FOUND');
  if (others.length > 0) throw graphqlRefused(doing, others);
}

async function contentOf(
  api: RepositoryApi,
  blob: v.InferOutput<typeof blobSchema>,
  read: {
    readonly doing: string;
    readonly maxBytes: number;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Uint8Array> {
  const { oid, byteSize, text } = blob;
  const { doing, maxBytes, signal } = read;
  if (byteSize > maxBytes || byteSize > MAX_BLOB) {
    throw new ProviderError(
      'PROVIDER_LIMIT_EXCEEDED',
      `The file has ${byteSize} bytes, more than ${Math.min(maxBytes, MAX_BLOB)} (trying to ${doing}).`,
      { details: { maxBytes: Math.min(maxBytes, MAX_BLOB) } },
    );
  }
  const content = Buffer.from(text ?? '', 'utf8');
  // The text of what is cut, or not UTF-8, is another one. The id tells, byte for byte.
  if (content.byteLength === byteSize && blobId(content, oid.length) === oid) return content;
  const response = await send(api, {
    path: `/git/blobs/${oid}`,
    accept: 'application/vnd.github.raw+json',
    expect: [200],
    doing,
    maxBytes,
    signal,
  });
  if (blobId(response.body, oid.length) === oid) return response.body;
  throw new ProviderError(
    'PROVIDER_BAD_RESPONSE',
    `GitHub sent another content than that of the file (trying to ${doing}).`,
  );
}

/** The object id of a blob, as Git counts it: SHA-1, or SHA-256 where ids have 64 digits. */
export function blobId(content: Uint8Array, digits = 40): string {
  return createHash(digits === 64 ? 'sha256' : 'sha1')
    .update(`blob ${content.byteLength}\0`)
    .update(content)
    .digest('hex');
}
