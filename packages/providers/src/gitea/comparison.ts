import type { ChangedFile, Comparison } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import { sendForJson } from '../http/json-api.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { resolveRef } from './files.ts';
import { blobSchema, compareSchema } from './schemas.ts';
import { diffTrees } from './tree-diff.ts';

const MAX_DIFF_FILES = 1000;
const MAX_BOUNDARIES = 20;

/** What is compared: `head` against the point where it left `base`. */
export interface Compared {
  readonly base: string;
  readonly head: string;
}

/**
 * Compares two refs.
 *
 * The API names the commits and not the files, so the trees of both ends are compared: one request for each folder that differs.
 */
export async function compare(
  api: RepositoryApi,
  compared: Compared,
  options: RequestOptions = {},
): Promise<Comparison> {
  const { aheadBy, mergeBase, differences, truncated } = await compareTrees(api, compared, options);
  const files = differences.map(
    ({ path, before, after }): ChangedFile => ({
      path,
      status: before === undefined ? 'added' : after === undefined ? 'removed' : 'modified',
    }),
  );
  return { aheadBy, mergeBase, files, truncated };
}

/** Writes the unified diff of the same comparison. @throws ProviderError `PROVIDER_LIMIT_EXCEEDED` above 1000 files */
export async function diff(
  api: RepositoryApi,
  compared: Compared,
  options: RequestOptions = {},
): Promise<string> {
  const { differences } = await compareTrees(api, compared, options);
  if (differences.length > MAX_DIFF_FILES) {
    throw new ProviderError(
      'PROVIDER_LIMIT_EXCEEDED',
      `"${compared.base}" and "${compared.head}" of "${api.fullName}" differ in more than ${MAX_DIFF_FILES} files.`,
    );
  }
  const blobs = new Map<string, Buffer>();
  const wanted = differences
    .flatMap(({ before, after }) => [before, after])
    .filter((entry) => entry !== undefined && entry.mode !== '160000');
  for (const entry of wanted) {
    if (entry === undefined || blobs.has(entry.oid)) continue;
    blobs.set(entry.oid, await readBlob(api, entry.oid, options));
  }
  // Loaded by the first diff: who only changes images needs none.
  const { unifiedDiff } = await import('../local/unified-diff.ts');
  return unifiedDiff({ read: (oid) => blobs.get(oid) ?? Buffer.alloc(0) }, differences);
}

async function compareTrees(api: RepositoryApi, { base, head }: Compared, options: RequestOptions) {
  const [from, to] = await Promise.all([
    resolveRef(api, base, options),
    resolveRef(api, head, options),
  ]);
  const { aheadBy, mergeBase } = await findMergeBase(api, { base: from, head: to }, options);
  const found = await diffTrees(api, { before: mergeBase ?? from, after: to }, options);
  return { aheadBy, mergeBase, ...found };
}

/**
 * Finds the commit where `head` left `base`.
 *
 * It is the commit below those that only `head` has. Where `base` was merged into `head` there are several, and it is the one that
 * the others lead to.
 */
async function findMergeBase(
  api: RepositoryApi,
  { base, head }: Compared,
  options: RequestOptions,
): Promise<{ readonly aheadBy: number; readonly mergeBase: string | undefined }> {
  if (base === head) return { aheadBy: 0, mergeBase: head };
  const { total_commits: aheadBy, commits } = await compareCommits(api, { base, head }, options);
  if (commits.length === 0) return { aheadBy, mergeBase: head };
  const own = new Set(commits.map(({ sha }) => sha));
  const below = new Set(
    commits.flatMap(({ parents }) => parents.map(({ sha }) => sha)).filter((sha) => !own.has(sha)),
  );
  if (below.size > MAX_BOUNDARIES) return { aheadBy, mergeBase: undefined };
  let best: string | undefined;
  for (const sha of below) {
    if (best === undefined) best = sha;
    else if ((await compareCommits(api, { base: sha, head: best }, options)).total_commits === 0)
      best = sha;
  }
  return { aheadBy, mergeBase: best };
}

/** Asks for the commits that `head` has and `base` lacks: branches, tags or full ids. */
export function compareCommits(
  api: RepositoryApi,
  { base, head }: Compared,
  { signal }: RequestOptions,
) {
  return sendForJson(api, compareSchema, {
    path: `/compare/${encodeURIComponent(base)}...${encodeURIComponent(head)}`,
    expect: [200],
    doing: `compare "${base}" and "${head}" of "${api.fullName}"`,
    signal,
  });
}

async function readBlob(
  api: RepositoryApi,
  oid: string,
  { signal }: RequestOptions,
): Promise<Buffer> {
  const answer = await sendForJson(api, blobSchema, {
    path: `/git/blobs/${oid}`,
    expect: [200],
    doing: `read blob "${oid}" of "${api.fullName}"`,
    signal,
  });
  if (typeof answer.content === 'string') return Buffer.from(answer.content, 'base64');
  throw new ProviderError(
    'PROVIDER_LIMIT_EXCEEDED',
    `A file of the diff is larger than "${api.fullName}" shows by its API.`,
  );
}
