import * as v from 'valibot';
import { ProviderError } from '../errors.ts';
import type { HttpResponse } from '../http/http-message.ts';
import type { FileContent, FileMode, Files, RequestOptions } from '../types.ts';
import { parseAnswer, type RepositoryApi, send } from './api.ts';
import { getBranch } from './branches.ts';
import { parseJson, readRefusal } from './errors.ts';
import { checkPath, checkRefName, encodePath, isFullSha } from './names.ts';
import { fileMetaSchema } from './schemas.ts';
import { getTag } from './tags.ts';

/**
 * Reads files of one repository.
 *
 * At a full commit id a file costs one request, and its mode stays unknown: the raw answer does not tell. At a branch or tag it
 * costs two: the first answers with both the commit and the mode, so that a commit on top needs no request more.
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
  const content = await readRaw(api, { path, sha: place.commit }, options);
  return content === undefined ? undefined : { path, content, ...place };
}

/** Finds the commit of a branch or tag, and the mode of the file with it where one request can tell both. */
async function locate(
  api: RepositoryApi,
  file: { readonly path: string; readonly ref: string },
  { signal }: RequestOptions,
): Promise<{ readonly commit: string; readonly mode: FileMode | undefined } | undefined> {
  const { path, ref } = file;
  // In `src/{commit}/{path}` a slash ends the first part, also when it is encoded, and hex digits may be taken for a commit.
  if (!ref.includes('/') && !/^[0-9a-f]{4,64}$/i.test(ref)) {
    const meta = await readMeta(api, { path, at: ref }, { signal });
    if (meta?.mode === 'folder' || meta?.mode === 'submodule') return undefined;
    if (meta?.commit !== undefined) return { commit: meta.commit, mode: meta.mode };
  }
  return { commit: await resolveRef(api, ref, { signal }), mode: undefined };
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
  const found = (await getBranch(api, ref, options)) ?? (await getTag(api, ref, options));
  if (found !== undefined) return found.sha;
  throw new ProviderError(
    'PROVIDER_NOT_FOUND',
    `"${api.fullName}" has no branch and no tag "${ref}".`,
  );
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
  const meta = parseAnswer(fileMetaSchema, response, request);
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
