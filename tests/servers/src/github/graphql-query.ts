import { targetOf } from './git-objects.ts';
import { gitObject } from './graphql-objects.ts';
import { problem } from './graphql-problem.ts';
import type { PullState, RepositoryState } from './repository-state.ts';

/** What a query may ask of a repository. */
export function repositoryFields(repository: RepositoryState, account: string): object {
  return {
    id: repository.nodeId,
    object: ({ oid }: { oid: string }) => gitObject(repository, oid),
    ref: ({ qualifiedName }: { qualifiedName: string }) => refFields(repository, qualifiedName),
    pullRequest: ({ number }: { number: number }) => {
      const pull = repository.pulls.find((item) => item.number === number);
      if (pull !== undefined) return pullFields(repository, pull, account);
      throw problem(
        'NOT_FOUND',
        `Could not resolve to a PullRequest with the number of ${number}.`,
      );
    },
  };
}

async function refFields(repository: RepositoryState, name: string): Promise<object | null> {
  const target = await targetOf(repository.store, name);
  if (target === undefined) return null;
  const commit = await gitObject(repository, (await repository.store.ref(name)) ?? '');
  const tag = { __typename: 'Tag', oid: target.oid, target: commit };
  return { name, target: target.type === 'tag' ? tag : commit };
}

function pullFields(repository: RepositoryState, pull: PullState, account: string): object {
  const review = pull.reviews.filter((item) => item.account === account).at(-1);
  return {
    id: pullNodeId(repository, pull),
    number: pull.number,
    isInMergeQueue: pull.queued,
    autoMergeRequest: pull.autoMerge === undefined ? null : { enabledAt: pull.updatedAt },
    viewerLatestReview:
      review === undefined ? null : { fullDatabaseId: String(review.id), state: review.state },
  };
}

/** The id that GraphQL knows a pull request by. */
export function pullNodeId(repository: RepositoryState, { number }: PullState): string {
  return `PR_${repository.nodeId}_${number}`;
}
