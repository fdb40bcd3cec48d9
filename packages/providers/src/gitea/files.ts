import * as v from 'valibot';
import type { FileContent, Files } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { checkPath, checkRefName, encodePath, isFullSha } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { getBranch } from './branches.ts';
import { type ContentAnswer, contentSchema } from './schemas.ts';
import { getTag } from './tags.ts';

/**
 * Reads files of one repository.
 *
 * At a full commit id a file costs one request, at a branch or tag one more for its commit. The server tells a symbolic link from a
 * file, and does not tell whether a file is executable, so that the mode of a file stays unknown.
 */
export function files(api: RepositoryApi): Files {
  return { read: (path, ref, options) => readFile(api, { path, ref }, options) };
}

type ReadOptions = RequestOptions & { readonly maxBytes?: number | undefined };

async function readFile(
  api: RepositoryApi,
  file: { readonly path: string; readonly ref: string },
  options: ReadOptions = {},
): Promise<FileContent | undefined> {
  const { path, ref } = file;
  checkPath(path);
  if (isFullSha(ref)) return readAt(api, { path, at: ref }, options);
  checkRefName(ref, 'branch or tag');
  const branch = await getBranch(api, ref, options);
  const at = branch?.sha ?? (await resolveTag(api, ref, options));
  const read = await readAt(api, { path, at }, options);
  return read === undefined || branch === undefined ? read : { ...read, commit: branch.sha };
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
  checkRefName(ref, 'branch or tag');
  return (await getBranch(api, ref, options))?.sha ?? resolveTag(api, ref, options);
}

interface Place {
  readonly path: string;
  readonly at: string;
}

const folderSchema = v.array(v.unknown());
const ENVELOPE_BYTES = 64 * 1024;

/** Reads what stands at a path: a file, link or submodule; `folder`; or `undefined` for nothing. */
export async function readContents(
  api: RepositoryApi,
  { path, at }: Place,
  { signal, maxBytes = api.maxResponseBytes }: ReadOptions = {},
): Promise<ContentAnswer | 'folder' | undefined> {
  const request = {
    path: `/contents/${encodePath(path)}`,
    query: [['ref', at]] as const,
    expect: [200, 404],
    doing: `read "${path}" at "${at}" in "${api.fullName}"`,
    // The content comes in base64, four characters for three bytes.
    maxBytes: Math.ceil(maxBytes / 3) * 4 + ENVELOPE_BYTES,
    signal,
  };
  const response = await send(api, request);
  if (response.status === 404) return undefined;
  const answer = parseAnswer(api, v.union([folderSchema, contentSchema]), { response, request });
  if (Array.isArray(answer)) return 'folder';
  api.memory.rememberFile(at, path, { sha: answer.sha, type: answer.type });
  return answer;
}

async function readAt(
  api: RepositoryApi,
  place: Place,
  options: ReadOptions,
): Promise<FileContent | undefined> {
  const { path } = place;
  const { maxBytes = api.maxResponseBytes } = options;
  const answer = await readContents(api, place, options);
  if (answer === undefined || answer === 'folder' || answer.type === 'submodule') return undefined;
  if (answer.type === 'symlink' && typeof answer.target === 'string') {
    return { path, content: Buffer.from(answer.target, 'utf8'), mode: '120000' };
  }
  if ((answer.size ?? 0) > maxBytes) throw tooLarge(place, maxBytes);
  const inline =
    typeof answer.content === 'string' && (answer.encoding ?? 'base64') === 'base64'
      ? Buffer.from(answer.content, 'base64')
      : undefined;
  // Beyond a size that is set on the server (10 MiB by default) the content is left out.
  const content =
    inline === undefined || isLfsPointer(inline)
      ? await readWhole(api, { ...place, kind: inline === undefined ? 'raw' : 'media' }, options)
      : inline;
  if (content.byteLength > maxBytes) throw tooLarge(place, maxBytes);
  return { path, content, mode: undefined };
}

/** Tells a pointer of Git LFS by its first line (git-lfs, docs/spec.md). */
function isLfsPointer(content: Buffer): boolean {
  return (
    content.byteLength < 1024 &&
    content.toString('latin1').startsWith('version https://git-lfs.github.com/spec/v1\n')
  );
}

async function readWhole(
  api: RepositoryApi,
  { path, at, kind }: Place & { readonly kind: 'raw' | 'media' },
  { signal, maxBytes }: ReadOptions,
): Promise<Uint8Array> {
  const response = await send(api, {
    path: `/${kind}/${encodePath(path)}`,
    query: [['ref', at]],
    accept: '*/*',
    expect: [200],
    doing: `read "${path}" at "${at}" in "${api.fullName}"`,
    // The server may hand on to the store where it keeps large files.
    foreignRedirect: true,
    maxBytes,
    signal,
  });
  return response.body;
}

function tooLarge({ path, at }: Place, maxBytes: number): ProviderError {
  return new ProviderError(
    'PROVIDER_LIMIT_EXCEEDED',
    `"${path}" at "${at}" is larger than ${maxBytes} bytes.`,
    { details: { maxBytes } },
  );
}
