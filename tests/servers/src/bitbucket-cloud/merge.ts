import type { StoreChange } from './git-store.ts';
import type { MergeOutcome, PullRequestState, RepositoryState } from './repository-state.ts';

const conflict: MergeOutcome = {
  status: 400,
  message: 'You cannot merge until you resolve all merge conflicts',
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
  const oid = await mergedCommit(repository, pull, { source, destination, ...how });
  if (typeof oid !== 'string') return oid;
  await store.setRef(`refs/heads/${pull.destination}`, oid);
  if (how.closeSourceBranch) await store.deleteRef(`refs/heads/${pull.source}`);
  pull.sourceHash = source;
  pull.destinationHash = destination;
  pull.mergeCommit = oid;
  pull.state = 'MERGED';
  pull.updatedOn = repository.now();
  return { status: 200, message: '' };
}

async function mergedCommit(
  repository: RepositoryState,
  pull: PullRequestState,
  how: {
    readonly source: string;
    readonly destination: string;
    readonly strategy: string;
    readonly message: string;
  },
): Promise<string | MergeOutcome> {
  const { store } = repository;
  const { source, destination, strategy, message } = how;
  const base = await store.mergeBase(source, destination);
  if (strategy === 'fast_forward') {
    return base === destination
      ? source
      : { status: 400, message: 'This pull request cannot be fast-forwarded' };
  }
  if (strategy === 'rebase_fast_forward') return rebase(repository, { source, destination, base });
  const tree = await store.merge(pull.destination, pull.source);
  if (tree === undefined) return conflict;
  const parents = strategy === 'squash' ? [destination] : [destination, source];
  return store.writeCommit({ parents, tree, message });
}

async function rebase(
  { store }: RepositoryState,
  range: {
    readonly source: string;
    readonly destination: string;
    readonly base: string | undefined;
  },
): Promise<string | MergeOutcome> {
  const commits: string[] = [];
  for (let at = range.source; at !== range.base; ) {
    commits.unshift(at);
    const [parent] = (await store.commit(at))?.commit.parent ?? [];
    if (parent === undefined) break;
    at = parent;
  }
  let onto = range.destination;
  for (const oid of commits) {
    const read = await store.commit(oid);
    if (read === undefined) return conflict;
    const changes = new Map<string, StoreChange>();
    for (const file of await store.differences(read.commit.parent[0], oid)) {
      const there = await store.entry(onto, file.path);
      if (there?.oid !== file.before) return conflict;
      const mode = (await store.entry(oid, file.path))?.mode;
      changes.set(
        file.path,
        file.after === undefined
          ? undefined
          : {
              content: await store.blob(file.after),
              mode: mode === '100755' || mode === '120000' ? mode : '100644',
            },
      );
    }
    const { message, author } = read.commit;
    onto = await store.write({ parents: [onto], changes, message, author });
  }
  return onto;
}
