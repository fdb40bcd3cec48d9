import type * as v from 'valibot';
import type { ChangedFile, Comparison } from '../commit-types.ts';
import { parseAnswer, send, sendForJson } from '../http/json-api.ts';
import { checkRefName, isFullSha } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { unifiedPatch } from './patch.ts';
import { commitSchema, compareSchema, type DiffAnswer } from './schemas.ts';

// The default of an instance ("Diff limits"); it does not tell when it stops there.
const MAX_FILES = 1000;

/** What is compared: `head` against the point where it left `base`. */
export interface Compared {
  readonly base: string;
  readonly head: string;
}

/** Compares two refs: two requests, at the same time. */
export async function compare(
  api: RepositoryApi,
  compared: Compared,
  options: RequestOptions = {},
): Promise<Comparison> {
  const [answer, mergeBase] = await Promise.all([
    read(api, compared, options),
    readMergeBase(api, compared, options),
  ]);
  const diffs = answer.diffs ?? [];
  return {
    aheadBy: answer.compare_timeout === true ? undefined : answer.commits?.length,
    mergeBase,
    files: diffs.map(toChangedFile),
    truncated: answer.compare_timeout === true || diffs.length >= MAX_FILES,
  };
}

/** Reads the unified diff of the same comparison. */
export async function diff(
  api: RepositoryApi,
  compared: Compared,
  options: RequestOptions = {},
): Promise<string> {
  return unifiedPatch((await read(api, compared, options)).diffs ?? []);
}

function read(
  api: RepositoryApi,
  { base, head }: Compared,
  { signal }: RequestOptions,
): Promise<v.InferOutput<typeof compareSchema>> {
  for (const ref of [base, head]) if (!isFullSha(ref)) checkRefName(ref, 'branch or tag');
  return sendForJson(api, compareSchema, {
    path: '/repository/compare',
    query: [
      ['from', base],
      ['to', head],
      ['straight', 'false'],
    ],
    expect: [200],
    doing: `compare "${base}" and "${head}" of "${api.fullName}"`,
    signal,
  });
}

async function readMergeBase(
  api: RepositoryApi,
  { base, head }: Compared,
  { signal }: RequestOptions,
): Promise<string | undefined> {
  const request = {
    path: '/repository/merge_base',
    query: [
      ['refs[]', base],
      ['refs[]', head],
    ] as const,
    // 400: one of them is not there, which the comparison itself tells. 404: they have nothing in common.
    expect: [200, 400, 404],
    doing: `compare "${base}" and "${head}" of "${api.fullName}"`,
    signal,
  };
  const response = await send(api, request);
  return response.status === 200
    ? parseAnswer(api, commitSchema, { response, request }).id
    : undefined;
}

function toChangedFile(answer: DiffAnswer): ChangedFile {
  const { old_path, new_path, new_file, deleted_file, renamed_file } = answer;
  if (new_file === true) return { path: new_path, status: 'added' };
  if (deleted_file === true) return { path: old_path, status: 'removed' };
  return renamed_file === true && old_path !== new_path
    ? { path: new_path, previousPath: old_path, status: 'renamed' }
    : { path: new_path, status: 'modified' };
}
