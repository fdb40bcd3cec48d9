import type { CommitInfo, CreateCommit } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import { isUncertain } from '../http/transport-error.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { getBranch } from './branches.ts';
import {
  findLanded,
  type LandedCommit,
  moved,
  type PreparedCommit,
  postCommit,
} from './commit-post.ts';
import { refused } from './errors.ts';

const MAX_ATTEMPTS = 3;

/**
 * Commits on a branch that stands at the expected head.
 *
 * The call takes no expected head: it commits on whatever the tip is then. So the branch is compared right before, and the answer
 * says on what the commit stands. What is pushed in the round trip between the two lies below the commit and is kept; it touches none
 * of the files of the commit, since each is guarded by its blob. That is reported as a conflict, with the commit in `details.landed`.
 */
export async function commitOnBranch(
  api: RepositoryApi,
  prepared: PreparedCommit,
  { signal }: RequestOptions,
): Promise<CommitInfo> {
  const { commit } = prepared;
  const { branch, expectedHead } = commit;
  for (let attempts = 1; ; attempts += 1) {
    const tip = await getBranch(api, branch, { signal });
    if (tip === undefined) {
      throw new ProviderError('PROVIDER_NOT_FOUND', `"${api.fullName}" has no branch "${branch}".`);
    }
    if (tip.sha !== expectedHead) throw moved(api, commit);
    try {
      const answer = await postCommit(api, prepared, { signal });
      if (answer.made === undefined) {
        const now = await getBranch(api, branch, { signal });
        if (now?.sha !== expectedHead) throw moved(api, commit);
        const what = `The commit to branch "${branch}" of "${api.fullName}" was not made`;
        throw refused('PROVIDER_REJECTED', what, answer.refusal);
      }
      return onExpectedHead(api, commit, answer);
    } catch (error) {
      if (!isUncertain(error)) throw error;
      const landed = await findLanded(api, commit, { signal });
      if (landed !== undefined) return onExpectedHead(api, commit, landed);
      if (attempts === MAX_ATTEMPTS) throw error;
      // Safe to send again: when the first request is still at work, the blobs let only one of the two through.
      await api.clock.sleep(1000 * attempts, signal);
    }
  }
}

/** Hands on a commit that stands where it was wanted. @throws ProviderError `PROVIDER_CONFLICT` with the commit, when it does not */
function onExpectedHead(
  api: RepositoryApi,
  commit: CreateCommit,
  { made: landed, parent }: LandedCommit,
): CommitInfo {
  if (parent === commit.expectedHead) return landed;
  throw new ProviderError(
    'PROVIDER_CONFLICT',
    `Branch "${commit.branch}" of "${api.fullName}" moved from "${commit.expectedHead}" while the commit "${landed.sha}" was made, which stands on "${parent ?? 'nothing'}" now.`,
    {
      hint: 'Nothing is lost: the other change touches none of the files of the commit. Run it again, and it finds the commit in place.',
      details: {
        expectedHead: commit.expectedHead,
        landed: landed.sha,
        webUrl: landed.webUrl,
      },
    },
  );
}
