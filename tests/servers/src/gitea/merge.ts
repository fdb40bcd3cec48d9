import type { Answer } from '../forge/exchange.ts';
import { type MergeStrategy, mergeBranches } from '../forge/merge.ts';
import { failure, type GiteaExchange, text } from './exchange.ts';
import type { PullRequestState, RepositoryState } from './repository-state.ts';

const strategies: Readonly<Record<string, MergeStrategy>> = {
  merge: 'merge',
  squash: 'squash',
  rebase: 'rebase',
  'rebase-merge': 'rebase-merge',
  'fast-forward-only': 'fast-forward',
};

/** Tells whether the two sides of a pull request merge. */
export async function merges({ store }: RepositoryState, pull: PullRequestState): Promise<boolean> {
  const [source, destination] = await Promise.all([
    store.ref(`refs/heads/${pull.head}`),
    store.ref(`refs/heads/${pull.base}`),
  ]);
  if (source === undefined || destination === undefined) return false;
  const result = await mergeBranches(store, {
    source: pull.head,
    destination: pull.base,
    strategy: 'merge',
    message: 'Test',
  });
  return result !== 'conflict';
}

/** Merges a pull request in the Git repository, and closes it. */
export async function mergePull(
  { repository }: GiteaExchange,
  pull: PullRequestState,
  body: Readonly<Record<string, unknown>>,
): Promise<Answer> {
  const { store, merging } = repository;
  const style = text(body['Do']);
  const strategy = strategies[style];
  if (strategy === undefined || !merging.styles.includes(style)) {
    return failure(405, `${style} is not allowed an allowed merge style for this repository`);
  }
  const [source, destination] = await Promise.all([
    repository.branch(pull.head),
    repository.branch(pull.base),
  ]);
  if (source === undefined || destination === undefined) return failure(404, 'no such branch');
  const expected = text(body['head_commit_id']);
  if (expected !== '' && expected !== source) return failure(409, 'head out of date');
  if (merging.rejected !== undefined) {
    return failure(409, `PushRejected with remote message: ${merging.rejected}`);
  }
  const title = text(body['MergeTitleField']).trim();
  const rest = text(body['MergeMessageField']).trim();
  const message = [
    title ||
      `Merge pull request '${pull.title}' (#${pull.number}) from ${pull.head} into ${pull.base}`,
    ...(rest === '' ? [] : [rest]),
  ].join('\n\n');
  const result = await mergeBranches(store, {
    source: pull.head,
    destination: pull.base,
    strategy,
    message,
  });
  if (result === 'conflict') {
    // The error of the server as Go writes it, without a message.
    const StdOut = 'CONFLICT (content): Merge conflict in app.yaml\n';
    return { status: 409, json: { Style: style, StdOut, StdErr: '', Err: {} } };
  }
  // Nothing handles this one on the server.
  if (result === 'diverged') return failure(500, '');
  const sha = result === 'up-to-date' ? destination : result.sha;
  await store.setRef(`refs/heads/${pull.base}`, sha);
  pull.headSha = source;
  pull.baseSha = destination;
  pull.mergeCommit = sha;
  pull.merged = true;
  pull.state = 'closed';
  pull.updatedAt = repository.now();
  if (body['delete_branch_after_merge'] === true) {
    // Too late to be refused: the pull request is merged.
    if (repository.protectedBranches.has(pull.head)) return failure(403, 'branch protected');
    await store.deleteRef(`refs/heads/${pull.head}`);
  }
  return { status: 200 };
}
