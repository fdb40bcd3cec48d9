import { mergeBranches } from '../forge/merge.ts';
import type { PullState, RepositoryState } from './repository-state.ts';

/** Tells why a pull request may not be merged, in words that GitHub uses; `undefined` when it may. */
export async function blockedBecause(
  repository: RepositoryState,
  pull: PullState,
): Promise<string | undefined> {
  const { requiredContexts, requiredApprovals, queue } = repository.rules;
  if (pull.draft) return 'Pull Request is still a draft';
  if (queue) return 'Changes must be made through the merge queue';
  const approvals = pull.reviews.filter(({ state }) => state === 'APPROVED').length;
  if (approvals < requiredApprovals) {
    return `At least ${requiredApprovals} approving review is required by reviewers with write access.`;
  }
  const sha = await headOf(repository, pull);
  const missing = [...requiredContexts].filter((context) => {
    const last = repository.statuses
      .filter((item) => item.sha === sha && item.context === context)
      .at(-1);
    return last?.state !== 'success';
  });
  return missing.length === 0 ? undefined : `Required status check "${missing[0]}" is expected.`;
}

/** The tip of the source, or what it was when the pull request was closed or its branch went. */
export async function headOf(repository: RepositoryState, pull: PullState): Promise<string> {
  if (pull.state === 'closed' || pull.fork !== undefined) return pull.headSha;
  return (await repository.branch(pull.head)) ?? pull.headSha;
}

/** Tells whether the contents merge, and the commit of it. */
export function tryMerge(
  repository: RepositoryState,
  pull: PullState,
  head: string,
): ReturnType<typeof mergeBranches> {
  const { store } = repository;
  return mergeBranches(store, {
    source: head,
    destination: pull.base,
    strategy: 'merge',
    message: 'test',
  });
}

/** Merges a pull request in the Git repository, and closes it. @returns The commit, or `conflict`. */
export async function merge(
  repository: RepositoryState,
  pull: PullState,
  how: {
    readonly method: 'merge' | 'squash' | 'rebase';
    readonly title: string;
    readonly message: string;
  },
): Promise<string | 'conflict'> {
  const { method, title, message } = how;
  const head = await headOf(repository, pull);
  const result = await mergeBranches(repository.store, {
    source: head,
    destination: pull.base,
    strategy: method,
    message: message === '' ? title : `${title}\n\n${message}`,
  });
  if (typeof result === 'string') return 'conflict';
  pull.baseSha = (await repository.branch(pull.base)) ?? pull.baseSha;
  await repository.store.setRef(`refs/heads/${pull.base}`, result.sha);
  pull.headSha = head;
  pull.mergeCommit = result.sha;
  pull.mergedAt = repository.now();
  pull.updatedAt = pull.mergedAt;
  pull.state = 'closed';
  pull.autoMerge = undefined;
  pull.queued = false;
  return result.sha;
}
