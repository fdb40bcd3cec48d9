import type { StoreChange } from '../forge/git-store.ts';
import { problem } from './graphql-problem.ts';
import { pullNodeId } from './graphql-query.ts';
import { blockedBecause, merge } from './merge.ts';
import { createRef, deleteRef, isAncestor } from './ref-moves.ts';
import type { PullState, RepositoryState } from './repository-state.ts';

const ZEROS = '0'.repeat(40);

/** The repositories that a mutation can reach. */
export type Repositories = ReadonlyMap<string, RepositoryState>;

interface CommitInput {
  readonly branch: { readonly repositoryNameWithOwner: string; readonly branchName: string };
  readonly expectedHeadOid: string;
  readonly message: { readonly headline: string; readonly body?: string };
  readonly fileChanges?: {
    readonly additions?: readonly { readonly path: string; readonly contents: string }[];
    readonly deletions?: readonly { readonly path: string }[];
  };
}

/** Appends a commit to a branch. What it makes of modes is not documented; here every file written becomes a regular one. */
export async function createCommitOnBranch(
  repositories: Repositories,
  input: CommitInput,
): Promise<object> {
  const { branch, expectedHeadOid, message, fileChanges = {} } = input;
  const name = branch.branchName.replace(/^refs\/heads\//, '');
  const repository = repositories.get(branch.repositoryNameWithOwner.toLowerCase());
  const tip = await repository?.branch(name);
  if (repository === undefined || tip === undefined) {
    throw problem('NOT_FOUND', `A ref with the name "${name}" could not be found.`);
  }
  if (tip !== expectedHeadOid) {
    throw problem(
      'STALE_DATA',
      `Expected branch to point to "${expectedHeadOid}" but it did not. Pull and try again.`,
    );
  }
  if (repository.protectedBranches.has(name)) {
    throw problem('FORBIDDEN', `Changes must be made through a pull request on branch "${name}".`);
  }
  const changes = new Map<string, StoreChange>();
  for (const { path } of fileChanges.deletions ?? []) {
    if ((await repository.store.entry(tip, path))?.type !== 'blob') {
      throw problem(
        'NOT_FOUND',
        `A path was requested for deletion which does not exist as of commit oid ${tip}: ${path}`,
      );
    }
    changes.set(path, undefined);
  }
  for (const { path, contents } of fileChanges.additions ?? []) {
    changes.set(path, { content: Buffer.from(contents, 'base64'), mode: '100644' });
  }
  const text = message.body ? `${message.headline}\n\n${message.body}` : message.headline;
  const oid = await repository.store.write({ parents: [tip], changes, message: text });
  await repository.store.setRef(`refs/heads/${name}`, oid);
  return { commit: { __typename: 'Commit', oid } };
}

interface RefsInput {
  readonly repositoryId: string;
  readonly refUpdates: readonly {
    readonly name: string;
    readonly beforeOid?: string;
    readonly afterOid: string;
    readonly force?: boolean;
  }[];
}

/** Moves, makes and deletes refs if they are where they are expected. All or none: here one at a time, since more are not asked for. */
export async function updateRefs(repositories: Repositories, input: RefsInput): Promise<object> {
  const repository = [...repositories.values()].find(({ nodeId }) => nodeId === input.repositoryId);
  if (repository === undefined) {
    throw problem(
      'NOT_FOUND',
      `Could not resolve to a node with the global id of '${input.repositoryId}'.`,
    );
  }
  const [update, ...more] = input.refUpdates;
  if (update === undefined || more.length > 0)
    throw new Error('the simulator moves one ref at a time');
  const { name, beforeOid, afterOid, force = false } = update;
  const tip = (await repository.store.ref(name)) ?? ZEROS;
  if (beforeOid !== undefined && beforeOid !== tip) {
    throw problem('UNPROCESSABLE', `${name}: expected ${beforeOid}, is ${tip}`);
  }
  const refusal = await moveRef(repository, { name, tip, afterOid, force });
  if (refusal !== undefined) throw problem('UNPROCESSABLE', refusal);
  return { clientMutationId: null };
}

async function moveRef(
  repository: RepositoryState,
  move: {
    readonly name: string;
    readonly tip: string;
    readonly afterOid: string;
    readonly force: boolean;
  },
): Promise<string | undefined> {
  const { name, tip, afterOid, force } = move;
  if (afterOid === ZEROS) return deleteRef(repository, name);
  if (repository.protectedBranches.has(name.replace('refs/heads/', '')))
    return 'Protected branch update failed';
  if (tip === ZEROS) return createRef(repository, name, afterOid);
  if (!force && !(await isAncestor(repository, tip, afterOid)))
    return 'Update is not a fast forward';
  await repository.store.setRef(name, afterOid);
  return undefined;
}

interface PullInput {
  readonly pullRequestId: string;
  readonly expectedHeadOid?: string;
  readonly mergeMethod?: string;
}

function findPull(
  repositories: Repositories,
  id: string,
): { repository: RepositoryState; pull: PullState } {
  for (const repository of repositories.values()) {
    const pull = repository.pulls.find((item) => pullNodeId(repository, item) === id);
    if (pull !== undefined) return { repository, pull };
  }
  throw problem('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'.`);
}

export async function enablePullRequestAutoMerge(
  repositories: Repositories,
  { pullRequestId, expectedHeadOid, mergeMethod = 'MERGE' }: PullInput,
): Promise<object> {
  const { repository, pull } = findPull(repositories, pullRequestId);
  if (!repository.rules.autoMerge)
    throw problem('UNPROCESSABLE', 'Auto merge is not allowed for this repository');
  const head = await repository.branch(pull.head);
  if (expectedHeadOid !== undefined && head !== expectedHeadOid) {
    throw problem('UNPROCESSABLE', "Head sha didn't match expected head oid");
  }
  if ((await blockedBecause(repository, pull)) === undefined) {
    throw problem('UNPROCESSABLE', 'Pull request Pull request is in clean status');
  }
  pull.autoMerge = mergeMethod.toLowerCase();
  return { clientMutationId: null };
}

export function disablePullRequestAutoMerge(
  repositories: Repositories,
  { pullRequestId }: PullInput,
): object {
  const { pull } = findPull(repositories, pullRequestId);
  if (pull.autoMerge === undefined) {
    throw problem('UNPROCESSABLE', "Can't disable auto-merge for this pull request");
  }
  pull.autoMerge = undefined;
  return { clientMutationId: null };
}

export function enqueuePullRequest(
  repositories: Repositories,
  { pullRequestId }: PullInput,
): object {
  const { pull } = findPull(repositories, pullRequestId);
  if (pull.queued) throw problem('UNPROCESSABLE', 'Pull request is already in the merge queue');
  pull.queued = true;
  return { clientMutationId: null };
}

export function dequeuePullRequest(
  repositories: Repositories,
  { id }: { readonly id: string },
): object {
  findPull(repositories, id).pull.queued = false;
  return { clientMutationId: null };
}

/** Merges what was put off, as GitHub does by itself as soon as nothing is in the way. */
export async function settleAutoMerges(repository: RepositoryState): Promise<void> {
  for (const pull of repository.pulls) {
    if (pull.state !== 'open' || (pull.autoMerge === undefined && !pull.queued)) continue;
    const method =
      pull.autoMerge === 'squash' || pull.autoMerge === 'rebase' ? pull.autoMerge : 'merge';
    if (pull.queued || (await blockedBecause(repository, pull)) === undefined) {
      await merge(repository, pull, { method, title: pull.title, message: '' });
    }
  }
}
