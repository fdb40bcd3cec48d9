import type { ChangedFile, Comparison } from '../commit-types.ts';
import { parseAnswer, send } from '../http/json-api.ts';
import { checkRefName, isFullSha } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { type RepositoryApi, sendForPages } from './api.ts';
import { resolveRef } from './files.ts';
import { withGitPrefixes } from './git-diff.ts';
import { changeSchema, commitSchema } from './schemas.ts';

const MAX_FILES = 10_000;

/** What is compared: `head` against the point where it left `base`. */
export interface Compared {
  readonly base: string;
  readonly head: string;
}

/** Two commits, what they are for messages, and what stops the work. */
interface Commits {
  readonly older: string;
  readonly newer: string;
  readonly doing: string;
  readonly signal: AbortSignal | undefined;
}

/** Compares two refs. */
export async function compare(
  api: RepositoryApi,
  compared: Compared,
  options: RequestOptions = {},
): Promise<Comparison> {
  const commits = await resolveBoth(api, compared, options);
  const { older, newer } = commits;
  if (older === newer) return { aheadBy: 0, mergeBase: older, files: [], truncated: false };
  const [mergeBase, { files, truncated }] = await Promise.all([
    readMergeBase(api, commits),
    readFiles(api, commits),
  ]);
  return { aheadBy: undefined, mergeBase, files, truncated };
}

/** Reads the unified diff of the same comparison. */
export async function diff(
  api: RepositoryApi,
  compared: Compared,
  options: RequestOptions = {},
): Promise<string> {
  const commits = await resolveBoth(api, compared, options);
  const { older, newer, doing, signal } = commits;
  if (older === newer) return '';
  // The raw diff is one between two commits, so it begins where the branches parted.
  const since = (await readMergeBase(api, commits)) ?? older;
  if (since === newer) return '';
  const response = await send(api, {
    path: '/diff',
    query: [
      ['since', since],
      ['until', newer],
    ],
    // In JSON the diff would be another thing, cut at a limit of the server.
    accept: 'text/plain',
    expect: [200],
    doing,
    signal,
  });
  return withGitPrefixes(Buffer.from(response.body).toString('utf8'));
}

async function resolveBoth(
  api: RepositoryApi,
  { base, head }: Compared,
  options: RequestOptions,
): Promise<Commits> {
  for (const ref of [base, head]) if (!isFullSha(ref)) checkRefName(ref, 'branch or tag');
  // A short name may be that of a branch and of a tag, so both become commits first.
  const [older, newer] = await Promise.all([
    resolveRef(api, base, options),
    resolveRef(api, head, options),
  ]);
  const doing = `compare "${base}" and "${head}" of "${api.fullName}"`;
  return { older, newer, doing, signal: options.signal };
}

async function readMergeBase(
  api: RepositoryApi,
  { older, newer, doing, signal }: Commits,
): Promise<string | undefined> {
  const request = {
    path: `/commits/${newer}/merge-base`,
    query: [['otherCommitId', older]] as const,
    expect: [200, 204],
    doing,
    signal,
  };
  const response = await send(api, request);
  // 204: they have no common ancestor.
  return response.status === 204
    ? undefined
    : parseAnswer(api, commitSchema, { response, request }).id;
}

async function readFiles(
  api: RepositoryApi,
  { older, newer, doing, signal }: Commits,
): Promise<{ readonly files: readonly ChangedFile[]; readonly truncated: boolean }> {
  const files: ChangedFile[] = [];
  const pages = sendForPages(api, changeSchema, {
    path: '/compare/changes',
    query: [
      ['from', newer],
      ['to', older],
      ['limit', '1000'],
    ],
    expect: [200],
    doing,
    signal,
  });
  for await (const { type, path, srcPath } of pages) {
    if (files.length === MAX_FILES) return { files, truncated: true };
    files.push({
      path: path.components.join('/'),
      status: statuses[type] ?? 'modified',
      ...(type === 'MOVE' && srcPath ? { previousPath: srcPath.components.join('/') } : {}),
    });
  }
  return { files, truncated: false };
}

const statuses: Readonly<Record<string, ChangedFile['status']>> = {
  ADD: 'added',
  COPY: 'added',
  DELETE: 'removed',
  MOVE: 'renamed',
  MODIFY: 'modified',
};
