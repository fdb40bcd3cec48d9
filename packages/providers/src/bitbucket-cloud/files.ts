import * as v from 'valibot';
import type { FileContent, FileMode, Files } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import type { HttpResponse } from '../http/http-message.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { parseJson } from '../http/refusal.ts';
import { checkPath, checkRefName, encodePath, isFullSha } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { getBranch } from './branches.ts';
import { readRefusal } from './errors.ts';
import { fileMetaSchema } from './schemas.ts';
import { getTag } from './tags.ts';

/**
 * Reads files of one repository.
 *
 * At a full commit id a file costs one request, and its mode stays unknown: the raw answer does not tell. At a branch or tag it
 * costs two: the first answers with both the commit and the mode, so that a commit on top needs no request more. Bitbucket
 * does not say there whether the name was that of a branch or of a tag.
 */
export function files(api: RepositoryApi): Files {
  return { read: (path, ref, options) => readFile(api, { path, ref }, options) };
}

/** A file that Bitbucket describes without its content. */
export interface FileMeta {
  readonly mode: FileMode | 'submodule' | 'folder';
  readonly lfs: boolean;
  /** The full id of the commit; `undefined` when the answer abbreviates it. */
  readonly commit: string | undefined;
}

async function readFile(
  api: RepositoryApi,
  file: { readonly path: string; readonly ref: string },
  options: RequestOptions & { readonly maxBytes?: number | undefined } = {},
): Promise<FileContent | undefined> {
  const { path, ref } = file;
  checkPath(path);
  if (isFullSha(ref)) {
    const content = await readRaw(api, { path, sha: ref }, options);
    return content === undefined ? undefined : { path, content, mode: undefined };
  }
  checkRefName(ref, 'branch or tag');
  const place = await locate(api, file, options);
  if (place === undefined) return undefined;
  const content = await readRaw(api, { path, sha: place.at }, options);
  const { mode, commit } = place;
  return content === undefined ? undefined : { path, content, mode, commit };
}

interface Place {
  readonly at: string;
  /** `at`, unless it is known to be the commit of a tag. */
  readonly commit: string | undefined;
  readonly mode: FileMode | undefined;
}

/** Finds the commit of a branch or tag, and the mode of the file with it where one request can tell both. */
async function locate(
  api: RepositoryApi,
  file: { readonly path: string; readonly ref: string },
  { signal }: RequestOptions,
): Promise<Place | undefined> {
  const { path, ref } = file;
  // In `src/{commit}/{path}` a slash ends the first part, also when it is encoded; hex digits may be taken for a commit; and a
  // version is often a tag, which must not pass for the head of a branch that one may commit to.
  if (!/\/|^[0-9a-f]{4,64}$|^v?\d/i.test(ref)) {
    const meta = await readMeta(api, { path, at: ref }, { signal });
    if (meta?.mode === 'folder' || meta?.mode === 'submodule') return undefined;
    const commit = meta?.commit;
    if (meta !== undefined && commit !== undefined) return { at: commit, commit, mode: meta.mode };
  }
  const branch = await getBranch(api, ref, { signal });
  if (branch !== undefined) return { at: branch.sha, commit: branch.sha, mode: undefined };
  return { at: await resolveTag(api, ref, { signal }), commit: undefined, mode: undefined };
}

async function resolveTag(
  api: RepositoryApi,
  ref: string,
  options: RequestOptions,
): Promise<string> {
  const tag = await getTag(api, ref, options);
  if (tag !== undefined) return tag.sha;
  throw new ProviderError(
    'PROVIDER_NOT_FOUND',
    `"${api.fullName}" has no branch and no tag "${ref}".`,
  );
}

/**
 * Resolves a branch or tag to a commit.
 *
 * @throws ProviderError `PROVIDER_NOT_FOUND`
 */
export async function resolveRef(
  api: RepositoryApi,
  ref: string,
  options: RequestOptions,
): Promise<string> {
  if (isFullSha(ref)) return ref;
  return (await getBranch(api, ref, options))?.sha ?? resolveTag(api, ref, options);
}

/** Reads what Bitbucket knows of a file at a commit or at a branch without `/` in its name. */
export async function readMeta(
  api: RepositoryApi,
  file: { readonly path: string; readonly at: string },
  { signal }: RequestOptions = {},
): Promise<FileMeta | undefined> {
  const request = {
    path: `/src/${encodeURIComponent(file.at)}/${encodePath(file.path)}`,
    query: [['format', 'meta']] as const,
    expect: [200, 404],
    doing: `read the mode of "${file.path}" at "${file.at}" in "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  if (response.status === 404) return undefined;
  const meta = parseAnswer(api, fileMetaSchema, { response, request });
  const attributes = new Set(
    typeof meta.attributes === 'string' ? [meta.attributes] : meta.attributes,
  );
  const hash = meta.commit?.hash;
  return {
    mode: modeOf(meta.type, attributes),
    lfs: attributes.has('lfs'),
    commit: hash !== undefined && isFullSha(hash) ? hash : undefined,
  };
}

function modeOf(type: string, attributes: ReadonlySet<string>): FileMeta['mode'] {
  if (type === 'commit_directory') return 'folder';
  if (attributes.has('subrepository')) return 'submodule';
  if (attributes.has('link')) return '120000';
  return attributes.has('executable') ? '100755' : '100644';
}

async function readRaw(
  api: RepositoryApi,
  file: { readonly path: string; readonly sha: string },
  options: RequestOptions & { readonly maxBytes?: number | undefined },
): Promise<Uint8Array | undefined> {
  const { path, sha } = file;
  const response = await send(api, {
    path: `/src/${sha}/${encodePath(path)}`,
    accept: '*/*',
    expect: [200, 404],
    doing: `read "${path}" at "${sha}" in "${api.fullName}"`,
    // The content of a file in Git LFS is behind a redirect to a media store.
    foreignRedirect: true,
    maxBytes: options.maxBytes,
    signal: options.signal,
  });
  if (response.status === 404) {
    if (!namesCommit(response, sha)) return undefined;
    throw new ProviderError('PROVIDER_NOT_FOUND', `"${api.fullName}" has no commit "${sha}".`);
  }
  return isFolder(response) ? undefined : response.body;
}

/** Tells a 404 for the commit from one for the file: the former lists the commits that are missing. */
function namesCommit(response: HttpResponse, sha: string): boolean {
  const data = readRefusal(response)?.data;
  const parsed = v.safeParse(v.looseObject({ shas: v.array(v.string()) }), data);
  return parsed.success && parsed.output.shas.includes(sha);
}

/** Tells the list of a folder from a file: a file always comes as an attachment. */
function isFolder(response: HttpResponse): boolean {
  if (/^\s*attachment/i.test(response.headers.get('content-disposition') ?? '')) return false;
  if (!/json/i.test(response.headers.get('content-type') ?? '')) return false;
  const page = v.looseObject({
    pagelen: v.number(),
    values: v.array(v.looseObject({ type: v.picklist(['commit_file', 'commit_directory']) })),
  });
  return v.is(page, parseJson(Buffer.from(response.body).toString('utf8')));
}
