import type { ChangedFile, Comparison } from '../commit-types.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { checkRefName, isFullSha } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForPages } from './api.ts';
import { resolveRef } from './files.ts';
import { commitSchema, diffstatSchema } from './schemas.ts';

const MAX_FILES = 10_000;

/** What is compared: `head` against the point where it left `base`. */
export interface Compared {
  readonly base: string;
  readonly head: string;
}

/** Compares two refs. Bitbucket writes the newer one first, the reverse of Git. */
export async function compare(
  api: RepositoryApi,
  { base, head }: Compared,
  { signal }: RequestOptions = {},
): Promise<Comparison> {
  const [older, newer] = await resolveBoth(api, { base, head }, { signal });
  const doing = `compare "${base}" and "${head}" of "${api.fullName}"`;
  const [mergeBase, { files, truncated }] = await Promise.all([
    readMergeBase(api, `${newer}..${older}`, { doing, signal }),
    readFiles(api, `${newer}..${older}`, { doing, signal }),
  ]);
  return { aheadBy: undefined, mergeBase, files, truncated };
}

/** Reads the unified diff of the same comparison. */
export async function diff(
  api: RepositoryApi,
  { base, head }: Compared,
  { signal }: RequestOptions = {},
): Promise<string> {
  const [older, newer] = await resolveBoth(api, { base, head }, { signal });
  const response = await send(api, {
    path: `/diff/${newer}..${older}`,
    query: [['topic', 'true']],
    accept: 'text/plain',
    expect: [200],
    doing: `read the diff of "${base}" and "${head}" of "${api.fullName}"`,
    signal,
  });
  return Buffer.from(response.body).toString('utf8');
}

async function resolveBoth(
  api: RepositoryApi,
  { base, head }: Compared,
  options: RequestOptions,
): Promise<readonly [string, string]> {
  for (const ref of [base, head]) if (!isFullSha(ref)) checkRefName(ref, 'branch or tag');
  // A name with `/` cannot stand in the path of these calls, so both become commits first.
  return Promise.all([resolveRef(api, base, options), resolveRef(api, head, options)]);
}

async function readMergeBase(
  api: RepositoryApi,
  spec: string,
  { doing, signal }: { readonly doing: string; readonly signal: AbortSignal | undefined },
): Promise<string | undefined> {
  const request = { path: `/merge-base/${spec}`, expect: [200, 404], doing, signal };
  const response = await send(api, request);
  // Both commits are there, so 404 says that they have no common ancestor.
  return response.status === 404
    ? undefined
    : parseAnswer(api, commitSchema, { response, request }).hash;
}

async function readFiles(
  api: RepositoryApi,
  spec: string,
  { doing, signal }: { readonly doing: string; readonly signal: AbortSignal | undefined },
): Promise<{ readonly files: readonly ChangedFile[]; readonly truncated: boolean }> {
  const files: ChangedFile[] = [];
  const pages = sendForPages(api, diffstatSchema, {
    path: `/diffstat/${spec}`,
    query: [
      ['topic', 'true'],
      ['pagelen', '500'],
    ],
    expect: [200],
    doing,
    signal,
  });
  for await (const entry of pages) {
    if (files.length === MAX_FILES) return { files, truncated: true };
    const path = entry.new?.path ?? entry.old?.path;
    if (path === undefined) continue;
    files.push({
      path,
      status: statusOf(entry.status),
      ...(entry.status === 'renamed' && entry.old ? { previousPath: entry.old.path } : {}),
    });
  }
  return { files, truncated: false };
}

function statusOf(status: string): ChangedFile['status'] {
  return status === 'added' || status === 'removed' || status === 'renamed' ? status : 'modified';
}
