import { type MergeResult, type MergeStrategy, mergeBranches } from '../forge/merge.ts';
import type { MergeOutcome, PullRequestState, RepositoryState } from './repository-state.ts';

const strategies: Readonly<Record<string, MergeStrategy>> = {
  merge_commit: 'merge',
  squash: 'squash',
  squash_fast_forward: 'squash',
  fast_forward: 'fast-forward',
  rebase_fast_forward: 'rebase',
  rebase_merge: 'rebase-merge',
};

const refusals: Readonly<Record<Extract<MergeResult, string>, MergeOutcome>> = {
  conflict: { status: 400, message: 'You cannot merge until you resolve all merge conflicts' },
  'up-to-date': { status: 400, message: 'There are no changes to be pulled' },
  diverged: { status: 400, message: 'This pull request cannot be fast-forwarded' },
};

/** Merges a pull request in the Git repository, and closes it. */
export async function merge(
  repository: RepositoryState,
  pull: PullRequestState,
  how: { readonly strategy: string; readonly message: string; readonly closeSourceBranch: boolean },
): Promise<MergeOutcome> {
  const { store } = repository;
  const source = await repository.branch(pull.source);
  const destination = await repository.branch(pull.destination);
  if (source === undefined || destination === undefined) {
    return { status: 409, message: 'A branch of this pull request is gone' };
  }
  const strategy = strategies[how.strategy];
  if (strategy === undefined) {
    return { status: 400, message: `The strategy "${how.strategy}" is not simulated` };
  }
  const behind = (await store.mergeBase(source, destination)) !== destination;
  if (how.strategy === 'squash_fast_forward' && behind) return refusals.diverged;
  const { message } = how;
  const result = await mergeBranches(store, { source, destination, strategy, message });
  if (typeof result === 'string') return refusals[result];
  await store.setRef(`refs/heads/${pull.destination}`, result.sha);
  if (how.closeSourceBranch) await store.deleteRef(`refs/heads/${pull.source}`);
  pull.sourceHash = source;
  pull.destinationHash = destination;
  pull.mergeCommit = result.sha;
  pull.state = 'MERGED';
  pull.updatedOn = repository.now();
  return { status: 200, message: '' };
}
