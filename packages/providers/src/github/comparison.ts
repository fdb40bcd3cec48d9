import type { ChangedFile, Comparison } from '../commit-types.ts';
import { send, sendForJson } from '../http/json-api.ts';
import { checkRefName, isFullSha } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { comparisonSchema } from './schemas.ts';

// GitHub lists no more than these of one comparison.
const MAX_FILES = 300;

/** What is compared: `head` against the point where it left `base`. */
export interface Compared {
  readonly base: string;
  readonly head: string;
}

/** Compares two refs: one request. */
export async function compare(
  api: RepositoryApi,
  compared: Compared,
  { signal }: RequestOptions = {},
): Promise<Comparison> {
  const answer = await sendForJson(api, comparisonSchema, {
    path: pathOf(compared),
    // The commits are not needed; the files stand on the first page whole.
    query: [['per_page', '1']],
    expect: [200],
    doing: doing(api, compared),
    signal,
  });
  const files = answer.files ?? [];
  return {
    aheadBy: answer.ahead_by,
    mergeBase: answer.merge_base_commit.sha,
    files: files.map((file): ChangedFile => {
      const { filename, previous_filename, status } = file;
      return {
        path: filename,
        status: statusOf(status),
        ...(status === 'renamed' && previous_filename ? { previousPath: previous_filename } : {}),
      };
    }),
    truncated: files.length >= MAX_FILES,
  };
}

/** Reads the unified diff of the same comparison. */
export async function diff(
  api: RepositoryApi,
  compared: Compared,
  { signal }: RequestOptions = {},
): Promise<string> {
  const response = await send(api, {
    path: pathOf(compared),
    accept: 'application/vnd.github.diff',
    expect: [200],
    doing: doing(api, compared),
    signal,
  });
  return Buffer.from(response.body).toString('utf8');
}

function pathOf({ base, head }: Compared): string {
  for (const ref of [base, head]) if (!isFullSha(ref)) checkRefName(ref, 'branch or tag');
  return `/compare/${encodeURIComponent(base)}...${encodeURIComponent(head)}`;
}

function doing(api: RepositoryApi, { base, head }: Compared): string {
  return `compare "${base}" and "${head}" of "${api.fullName}"`;
}

function statusOf(status: string): ChangedFile['status'] {
  if (status === 'copied') return 'added';
  return status === 'added' || status === 'removed' || status === 'renamed' ? status : 'modified';
}
