import type { FileContent, Files } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { checkPath, checkRefName, isFullSha } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { readRefusal } from './errors.ts';
import { fileSchema } from './schemas.ts';

/**
 * Reads files of one project: one request, with the commit that was read.
 *
 * GitLab tells whether a file is executable, but not a regular file from a symbolic link, so every other mode is unknown.
 */
export function files(api: RepositoryApi): Files {
  return { read: (path, ref, options) => readFile(api, { path, ref }, options) };
}

/** The path of a file in the API: all of it is one segment. */
export function filePath(path: string): string {
  return `/repository/files/${encodeURIComponent(path)}`;
}

// What the answer has beside the content.
const ENVELOPE = 65_536;

async function readFile(
  api: RepositoryApi,
  { path, ref }: { readonly path: string; readonly ref: string },
  options: RequestOptions & { readonly maxBytes?: number | undefined } = {},
): Promise<FileContent | undefined> {
  checkPath(path);
  if (!isFullSha(ref)) checkRefName(ref, 'branch or tag');
  const { maxBytes = api.maxResponseBytes, signal } = options;
  const request = {
    path: filePath(path),
    query: [['ref', ref]] as const,
    expect: [200, 404],
    doing: `read "${path}" at "${ref}" in "${api.fullName}"`,
    // Base64 makes four bytes of three.
    maxBytes: Math.ceil(maxBytes / 3) * 4 + ENVELOPE,
    signal,
  };
  const response = await send(api, request);
  if (response.status === 404) {
    // "404 File Not Found" is about the file; "404 Commit Not Found" about the ref, "404 Project Not Found" about the project.
    const said = readRefusal(response)?.message ?? '';
    if (!/(?:commit|project|repository|ref) not found/i.test(said)) return undefined;
    throw new ProviderError(
      'PROVIDER_NOT_FOUND',
      `"${path}" at "${ref}" in "${api.fullName}" cannot be read: ${said}`,
    );
  }
  const answer = parseAnswer(api, fileSchema, { response, request });
  const content = Buffer.from(answer.content, 'base64');
  if (answer.size > maxBytes || content.byteLength > maxBytes) {
    throw new ProviderError(
      'PROVIDER_LIMIT_EXCEEDED',
      `"${path}" at "${ref}" in "${api.fullName}" is larger than ${maxBytes} bytes.`,
      { details: { maxBytes } },
    );
  }
  if (content.byteLength !== answer.size) {
    throw new ProviderError(
      'PROVIDER_BAD_RESPONSE',
      `GitLab announced ${answer.size} bytes of "${path}" and sent ${content.byteLength}.`,
    );
  }
  const commit = answer.commit_id ?? undefined;
  return {
    path,
    content,
    mode: answer.execute_filemode === true ? '100755' : undefined,
    ...(commit !== undefined && isFullSha(commit) ? { commit } : {}),
  };
}
