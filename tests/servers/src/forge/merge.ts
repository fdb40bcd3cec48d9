import type { GitStore, StoreAuthor } from './git-store.ts';

/** `merge` makes a merge commit, `rebase` puts copies of the commits on the destination, `rebase-merge` a merge commit on these. */
export type MergeStrategy = 'merge' | 'squash' | 'fast-forward' | 'rebase' | 'rebase-merge';

/** What to merge, and how. */
export interface MergeInput {
  /** Branches or commit ids. */
  readonly source: string;
  readonly destination: string;
  readonly strategy: MergeStrategy;
  /** For the commit that `merge`, `squash` and `rebase-merge` make. */
  readonly message: string;
  /** @default the author of the store */
  readonly author?: StoreAuthor | undefined;
}

/**
 * The commit that the destination should move to, or why there is none: `conflict` when both sides changed the same lines,
 * `up-to-date` when the destination has the source already, `diverged` when it cannot be fast-forwarded.
 */
export type MergeResult = { readonly sha: string } | 'conflict' | 'up-to-date' | 'diverged';

/** Merges two branches in the object store; moves no ref, so that it also tells whether a merge would work. */
export async function mergeBranches(store: GitStore, input: MergeInput): Promise<MergeResult> {
  const [source, destination] = await Promise.all([
    resolve(store, input.source),
    resolve(store, input.destination),
  ]);
  const base = await store.mergeBase(source, destination);
  if (base === source) return 'up-to-date';
  const { strategy, message, author } = input;
  if (strategy === 'fast-forward') return base === destination ? { sha: source } : 'diverged';
  if (strategy === 'rebase' || strategy === 'rebase-merge') {
    const tip = await rebase(store, source, destination);
    if (tip === undefined) return 'conflict';
    if (strategy === 'rebase') return tip === destination ? 'up-to-date' : { sha: tip };
    const tree = await treeOf(store, tip);
    return { sha: await store.writeCommit({ parents: [destination, tip], tree, message, author }) };
  }
  const tree = await store.merge(destination, source);
  if (tree === undefined) return 'conflict';
  const parents = strategy === 'squash' ? [destination] : [destination, source];
  return { sha: await store.writeCommit({ parents, tree, message, author }) };
}

async function resolve(store: GitStore, name: string): Promise<string> {
  const oid =
    (await store.ref(`refs/heads/${name}`)) ??
    (name.length === 40 ? (await store.commit(name))?.oid : undefined);
  if (oid === undefined) throw new Error(`no branch or commit "${name}"`);
  return oid;
}

/** Copies what the destination lacks, along the first parents, onto it; `undefined` on a conflict. */
async function rebase(
  store: GitStore,
  source: string,
  destination: string,
): Promise<string | undefined> {
  const commits: string[] = [];
  for (let at: string | undefined = source; at !== undefined; ) {
    if ((await store.mergeBase(at, destination)) === at) break;
    commits.unshift(at);
    at = (await store.commit(at))?.commit.parent[0];
  }
  let onto = destination;
  for (const oid of commits) {
    const picked = await cherryPick(store, oid, onto);
    if (picked === undefined) return undefined;
    onto = picked;
  }
  return onto;
}

/** Copies one commit onto another; the other one itself when nothing is left to change, `undefined` on a conflict. */
async function cherryPick(store: GitStore, oid: string, onto: string): Promise<string | undefined> {
  const read = await store.commit(oid);
  const parent = read?.commit.parent[0];
  if (read === undefined || parent === undefined) return undefined;
  const before = await treeOf(store, onto);
  // With the content of `onto` on top of the parent, that parent is the merge base, and the merge is the cherry-pick.
  const ours = await store.writeCommit({ parents: [parent], tree: before, message: 'onto' });
  const tree = await store.merge(ours, oid);
  if (tree === undefined || tree === before) return tree === undefined ? undefined : onto;
  const { message, author } = read.commit;
  return store.writeCommit({ parents: [onto], tree, message, author });
}

async function treeOf(store: GitStore, oid: string): Promise<string> {
  const read = await store.commit(oid);
  if (read === undefined) throw new Error(`no commit "${oid}"`);
  return read.commit.tree;
}
