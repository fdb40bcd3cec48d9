import { checkCommit } from '../check-commit.ts';
import type { CommitInfo, Commits, CreateCommit } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import { isFullSha } from '../names.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { createBranch, getBranch, removeBranch } from './branches.ts';
import { compare, diff } from './comparison.ts';
import type { CommitFilesByPush } from './options.ts';
import { prepareFile } from './write-file.ts';

/** Commits of one repository. */
export function commits(api: RepositoryApi): Commits {
  return {
    create: (commit, options) => createCommit(api, commit, options),
    compare: (base, head, options) => compare(api, { base, head }, options),
    diff: (base, head, options) => diff(api, { base, head }, options),
  };
}

/** Writes a commit on a branch that is there, or on one that is made for it. */
async function createCommit(
  api: RepositoryApi,
  commit: CreateCommit,
  options: RequestOptions = {},
): Promise<CommitInfo> {
  checkCommit(commit);
  options.signal?.throwIfAborted();
  const write = await chooseWay(api, commit, options);
  return commit.create === true ? onNewBranch(api, { commit, write }, options) : write();
}

/**
 * Chooses how a commit is made: one regular file on a new branch through the API, everything else by a push where there is one.
 *
 * In a push Git itself compares the tip, and modes and authors are kept. The API compares only the file that it writes, which is
 * enough on a branch that nobody else knows yet, and takes half the requests.
 */
async function chooseWay(
  api: RepositoryApi,
  commit: CreateCommit,
  options: RequestOptions,
): Promise<() => Promise<CommitInfo>> {
  const { commitFiles } = api;
  const byPush =
    commitFiles === undefined ? undefined : () => push(api, { commit, commitFiles }, options);
  if (byPush !== undefined && commit.create !== true) return byPush;
  const throughApi = await prepareFile(api, commit, options);
  if (throughApi instanceof ProviderError) {
    if (byPush === undefined) throw throughApi;
    return byPush;
  }
  if (byPush === undefined) return throughApi;
  return async () => {
    try {
      return await throughApi();
    } catch (error) {
      // A token without a user may push, and nothing was written.
      if (error instanceof ProviderError && error.code === 'PROVIDER_FORBIDDEN') return byPush();
      throw error;
    }
  };
}

/**
 * Makes the branch of a commit, and takes it away again when there is no commit after all.
 *
 * A branch that stands at exactly the expected head, with no commit of its own, counts as new: it may be from a call that was cut off.
 */
async function onNewBranch(
  api: RepositoryApi,
  { commit, write }: { readonly commit: CreateCommit; readonly write: () => Promise<CommitInfo> },
  options: RequestOptions,
): Promise<CommitInfo> {
  const { branch: name, expectedHead } = commit;
  const made = await beginBranch(api, commit, options);
  try {
    return await write();
  } catch (error) {
    // Who has stopped the call does not wait for this.
    if (!made || options.signal?.aborted === true) throw error;
    try {
      await removeBranch(api, name, { ...options, expectedHead });
    } catch {
      // The first failure is what the caller needs to hear. A branch that moved holds somebody's commits, and one that did not counts as new.
    }
    throw error;
  }
}

/** Makes the branch. @returns False when it stood at the expected head already. */
async function beginBranch(
  api: RepositoryApi,
  { branch: name, expectedHead }: CreateCommit,
  options: RequestOptions,
): Promise<boolean> {
  try {
    await createBranch(api, { name, sha: expectedHead }, options);
    return true;
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code !== 'PROVIDER_ALREADY_EXISTS') throw error;
    const existing = await getBranch(api, name, options);
    if (existing?.sha === expectedHead) return false;
    throw new ProviderError(
      'PROVIDER_CONFLICT',
      `"${api.fullName}" has a branch "${name}" already, at "${existing?.sha ?? 'no commit'}".`,
      { details: { expectedHead } },
    );
  }
}

async function push(
  api: RepositoryApi,
  {
    commit,
    commitFiles,
  }: { readonly commit: CreateCommit; readonly commitFiles: CommitFilesByPush },
  { signal }: RequestOptions,
): Promise<CommitInfo> {
  const { branch, expectedHead, message, changes, author } = commit;
  const { cloneUrl } = api;
  const pushed = { cloneUrl, branch, expectedHead, message, changes, author, signal };
  const { sha } = await commitFiles(pushed).catch((error: unknown) => {
    // A program that is run for it may end with an error of its own.
    signal?.throwIfAborted();
    throw error;
  });
  if (!isFullSha(sha)) {
    throw new ProviderError(
      'PROVIDER_BAD_RESPONSE',
      `The push of a commit to branch "${branch}" of "${api.fullName}" answered without the full id of a commit.`,
    );
  }
  return { sha, webUrl: `${api.webUrl}/commits/${sha}` };
}
