import type { CommitInfo, CreateCommit } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import { isUncertain } from '../http/transport-error.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { createBranch, deleteBranch, getBranch } from './branches.ts';
import { commitOnBranch } from './commit-on-branch.ts';
import { findLanded, moved, type PreparedCommit, postCommit } from './commit-post.ts';
import { refused } from './errors.ts';

/**
 * Commits on a branch that begins at the expected head.
 *
 * One call makes both where a branch is known to have stood there, since the call begins at a branch and not at a commit. When that
 * branch has moved in the meantime the new one is taken back, and made at the commit itself with a second call.
 */
export async function commitOnNewBranch(
  api: RepositoryApi,
  prepared: PreparedCommit,
  options: RequestOptions,
): Promise<CommitInfo> {
  const { commit } = prepared;
  const from = api.memory.branchAt(commit.expectedHead);
  if (from !== undefined && from !== commit.branch) {
    const made = await commitInOneCall(api, { ...prepared, from }, options);
    if (made !== undefined) return made;
  }
  const begun = await beginBranch(api, commit, options);
  try {
    return await commitOnBranch(api, prepared, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    // What is uncertain may still come, and what has landed stays.
    const landed = error instanceof ProviderError && error.details?.['landed'] !== undefined;
    if (begun && !isUncertain(error) && !landed) {
      // Of two failures the first is the one to tell; a branch that stays counts as new the next time.
      await takeBack(api, commit.branch, commit.expectedHead).catch(() => undefined);
    }
    throw error;
  }
}

/** Returns `undefined` when the commit has to be made in two calls. */
async function commitInOneCall(
  api: RepositoryApi,
  prepared: PreparedCommit,
  { signal }: RequestOptions,
): Promise<CommitInfo | undefined> {
  const { commit, from } = prepared;
  try {
    const answer = await postCommit(api, prepared, { signal });
    if (answer.made !== undefined) {
      if (answer.parent === commit.expectedHead) return answer.made;
      await takeBack(api, commit.branch, answer.made.sha);
      return undefined;
    }
    const there = await getBranch(api, commit.branch, { signal });
    if (there !== undefined && there.sha !== commit.expectedHead) throw taken(api, commit);
    if (there !== undefined) return undefined;
    const start = await getBranch(api, from, { signal });
    if (start?.sha !== commit.expectedHead) return undefined;
    const what = `The commit to branch "${commit.branch}" of "${api.fullName}" was not made`;
    throw refused('PROVIDER_REJECTED', what, answer.refusal);
  } catch (error) {
    if (!isUncertain(error)) throw error;
    const landed = await findLanded(api, commit, { signal });
    if (landed?.parent === commit.expectedHead) return landed.made;
    if (landed !== undefined) {
      await takeBack(api, commit.branch, landed.made.sha);
      return undefined;
    }
    const there = await getBranch(api, commit.branch, { signal });
    if (there !== undefined) throw moved(api, commit);
    // Nothing is there: made now by the two calls, of which the first is refused when the lost one still lands.
    return undefined;
  }
}

/**
 * Makes the branch at the expected head.
 *
 * One that stands there already, with no commit of its own, counts as new: a call that broke off may have left it.
 *
 * @returns True when it was made here.
 */
async function beginBranch(
  api: RepositoryApi,
  commit: CreateCommit,
  options: RequestOptions,
): Promise<boolean> {
  try {
    await createBranch(api, { name: commit.branch, sha: commit.expectedHead }, options);
    return true;
  } catch (error) {
    if (!(error instanceof ProviderError) || error.code !== 'PROVIDER_ALREADY_EXISTS') throw error;
    const there = await getBranch(api, commit.branch, options);
    if (there?.sha === commit.expectedHead) return false;
    throw taken(api, commit);
  }
}

/** Deletes a branch that was made here, unless somebody has gone on with it. */
async function takeBack(api: RepositoryApi, branch: string, expectedHead: string): Promise<void> {
  try {
    await deleteBranch(api, branch, { expectedHead });
  } catch (error) {
    // It is somebody else's now; every other failure is told.
    if (!(error instanceof ProviderError) || error.code !== 'PROVIDER_CONFLICT') throw error;
  }
}

function taken(api: RepositoryApi, commit: CreateCommit): ProviderError {
  return new ProviderError(
    'PROVIDER_CONFLICT',
    `"${api.fullName}" has a branch "${commit.branch}" already.`,
    { details: { expectedHead: commit.expectedHead } },
  );
}
