import { checkCommit } from '../check-commit.ts';
import type { CommitInfo, Commits, CreateCommit } from '../commit-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import type { RepositoryApi } from './api.ts';
import { guardChanges } from './commit-changes.ts';
import { commitOnNewBranch } from './commit-new-branch.ts';
import { commitOnBranch } from './commit-on-branch.ts';
import { compare, diff } from './comparison.ts';

/** Commits of one repository. */
export function commits(api: RepositoryApi): Commits {
  return {
    create: (commit, options) => createCommit(api, commit, options),
    compare: (base, head, options) => compare(api, { base, head }, options),
    diff: (base, head, options) => diff(api, { base, head }, options),
  };
}

async function createCommit(
  api: RepositoryApi,
  commit: CreateCommit,
  { signal }: RequestOptions = {},
): Promise<CommitInfo> {
  checkCommit(commit);
  const changes = await guardChanges(api, commit, { signal });
  const prepared = { commit, changes, from: commit.branch };
  return api.turns.take(
    commit.branch,
    () =>
      commit.create === true
        ? commitOnNewBranch(api, prepared, { signal })
        : commitOnBranch(api, prepared, { signal }),
    signal,
  );
}
