import type { FileContent, Files } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { checkPath, checkRefName, encodePath, isFullSha } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { getBranch } from './branches.ts';
import { exceptionOf, explainResponse } from './errors.ts';
import { typeSchema } from './schemas.ts';
import { getTag } from './tags.ts';

/**
 * Reads files of one repository.
 *
 * At a full commit id a file costs one request. At a branch it costs two: the tip is found first and the file is read at it, so that
 * what is answered belongs together. No answer that is read anyway tells the mode.
 */
export function files(api: RepositoryApi): Files {
  return { read: (path, ref, options) => readFile(api, { path, ref }, options) };
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
  const branch = await getBranch(api, ref, options);
  const sha = branch?.sha ?? (await resolveTag(api, ref, options));
  const content = await readRaw(api, { path, sha }, options);
  return content === undefined
    ? undefined
    : { path, content, mode: undefined, commit: branch?.sha };
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

/** Reads the bytes of a file at a commit; `undefined` when there is no such file. */
export async function readRaw(
  api: RepositoryApi,
  file: { readonly path: string; readonly sha: string },
  options: RequestOptions & { readonly maxBytes?: number | undefined },
): Promise<Uint8Array | undefined> {
  const { path, sha } = file;
  const request = {
    method: 'GET' as const,
    path: `/raw/${encodePath(path)}`,
    query: [['at', sha]] as const,
    accept: '*/*',
    expect: [200, 400, 404],
    doing: `read "${path}" at "${sha}" in "${api.fullName}"`,
    maxBytes: options.maxBytes,
    signal: options.signal,
  };
  const response = await send(api, request);
  if (response.status === 200) return response.body;
  const reason = exceptionOf(response);
  if (reason === 'NoSuchPathException') return undefined;
  // What is answered for a folder is not documented.
  if (!/^NoSuch/.test(reason ?? '') && (await readType(api, file, options)) !== 'FILE')
    return undefined;
  throw explainResponse(response, request);
}

/** Tells what is at a path; `undefined` when nothing is. */
export async function readType(
  api: RepositoryApi,
  { path, sha }: { readonly path: string; readonly sha: string },
  { signal }: RequestOptions,
): Promise<'FILE' | 'DIRECTORY' | 'SUBMODULE' | undefined> {
  const request = {
    method: 'GET' as const,
    path: `/browse/${encodePath(path)}`,
    query: [
      ['at', sha],
      ['type', 'true'],
    ] as const,
    expect: [200, 404],
    doing: `see what is at "${path}" at "${sha}" in "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  if (response.status === 200) return parseAnswer(api, typeSchema, { response, request }).type;
  if (exceptionOf(response) === 'NoSuchPathException') return undefined;
  throw explainResponse(response, request);
}
