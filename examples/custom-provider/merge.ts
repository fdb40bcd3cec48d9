import type { MergePullRequest } from '@bowline/gitops-providers';
import { refuse } from './checks.ts';
import type { Pull, Repository } from './forge.ts';
import type { Place } from './place.ts';

interface Merge {
  readonly repository: Repository;
  readonly pull: Pull;
  readonly input: MergePullRequest;
}

/** Merges an open pull request, or says with one of the codes why not. */
export function mergePull(place: Place, { repository, pull, input }: Merge): void {
  const { strategy = 'merge', message = `Merge pull request ${pull.id}`, expectedHead } = input;
  if (strategy === 'rebase') {
    throw refuse('PROVIDER_INVALID_ARGUMENT', 'This forge does not rebase.');
  }
  if (pull.state !== 'open') {
    throw refuse('PROVIDER_REJECTED', `Pull request ${pull.id} is ${pull.state}.`);
  }
  const source = repository.branches.get(pull.source);
  const destination = repository.branches.get(pull.destination);
  if (source === undefined || destination === undefined) {
    throw refuse('PROVIDER_REJECTED', `A branch of pull request ${pull.id} is gone.`);
  }
  if ((expectedHead ?? source) !== source) {
    throw refuse('PROVIDER_CONFLICT', `The source is at "${source}", not at "${expectedHead}".`);
  }
  pull.mergeCommit = mergedCommit(repository, { source, destination, strategy, message });
  repository.branches.set(pull.destination, pull.mergeCommit);
  if (input.deleteSourceBranch ?? pull.deleteSourceBranch) repository.branches.delete(pull.source);
  pull.state = 'merged';
  pull.closedAt = { source, destination };
  pull.updatedAt = place.forge.now();
}

function mergedCommit(
  repository: Repository,
  merge: {
    readonly source: string;
    readonly destination: string;
    readonly strategy: 'merge' | 'squash' | 'fast-forward';
    readonly message: string;
  },
): string {
  const { source, destination, strategy, message } = merge;
  if (strategy === 'fast-forward') {
    if (repository.mergeBase(source, destination) === destination) return source;
    throw refuse(
      'PROVIDER_MERGE_BLOCKED',
      'The branches have diverged, so there is no fast-forward.',
    );
  }
  const tree = repository.merge(destination, source);
  if (tree === undefined) {
    throw refuse('PROVIDER_MERGE_CONFLICT', 'Both sides changed the same file.');
  }
  return repository.store({
    parents: strategy === 'squash' ? [destination] : [destination, source],
    tree,
    message,
    author: { name: 'Memory', email: 'memory@forge.example' },
  });
}
