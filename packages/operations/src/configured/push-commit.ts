import { gitCredential, type HostConfig } from '@bowline/gitops-config';
import { isGitOpsError } from '@bowline/gitops-errors';
import type { Git } from '@bowline/gitops-git';
import type { Person } from '@bowline/gitops-providers';
import type { CommitFilesByPush } from '@bowline/gitops-providers/bitbucket-datacenter';

/** What pushes the commits of one host. */
export interface PushOptions {
  /** Opens Git, when a commit is first pushed. */
  readonly openGit: () => Promise<Git>;
  /** Author of commits that name none. */
  readonly author: Person;
}

/**
 * Makes what Bitbucket Data Center lacks: one commit with several files, on a head that is expected. It is pushed with the credential of the host.
 */
export function pushCommit(host: HostConfig, { openGit, author }: PushOptions): CommitFilesByPush {
  return async ({ cloneUrl, branch, expectedHead, message, changes, signal, ...commit }) => {
    const moved = async (cause?: unknown) => {
      const { ProviderError } = await import('@bowline/gitops-providers');
      return new ProviderError(
        'PROVIDER_CONFLICT',
        `Branch "${branch}" is not at ${expectedHead.slice(0, 12)} any more.`,
        { cause },
      );
    };
    const git = await openGit();
    try {
      const { sha } = await git.editBranch({
        remote: cloneUrl,
        branch,
        author: commit.author ?? author,
        credentials: () => gitCredential(host),
        allowInsecureHttp: host.insecureHttp,
        // The caller looks at the new head before it tries again.
        attempts: 1,
        signal,
        edit: async (tree) => {
          if (tree.commit !== expectedHead) throw await moved();
          return { message, changes };
        },
      });
      return { sha };
    } catch (error) {
      const isGone =
        isGitOpsError(error) &&
        (error.code === 'GIT_BRANCH_MOVED' || error.code === 'GIT_REF_NOT_FOUND');
      throw isGone ? await moved(error) : error;
    }
  };
}
