import type { CommitInfo } from '../types.ts';
import { isFolder, type ObjectSource, parseTree, readCommit, readTree } from './git-objects.ts';
import type { GitObject } from './pack.ts';

/** Seconds by which the clocks of committers may differ before a commit counts as new that is not. */
const CLOCK_SKEW = 86_400;

/** Lists the objects of a commit and its ancestors that a server lacks, given commits that it has. */
export async function newObjects(
  source: ObjectSource,
  commit: string,
  known: readonly string[],
): Promise<readonly GitObject[]> {
  const found = new Map<string, GitObject>();
  for (const one of await newCommits(source, commit, known)) {
    await collect(source, { id: one.sha, found });
    const bases: string[] = [];
    for (const parent of one.parents)
      if ((await source.read(parent)) !== undefined)
        bases.push((await readCommit(source, parent)).tree);
    await collectTree(source, { id: one.tree, bases, found });
  }
  return [...found.values()];
}

/** Lists the commits that are reachable from one and not from the others, oldest first. */
export async function newCommits(
  source: ObjectSource,
  start: string,
  known: readonly string[],
): Promise<CommitInfo[]> {
  const flags = new Map<string, 'new' | 'known'>();
  const queue: CommitInfo[] = [];
  const visit = async (id: string, flag: 'new' | 'known'): Promise<void> => {
    const before = flags.get(id);
    if (before === 'known' || before === flag) return;
    if ((await source.read(id))?.type !== 'commit') return;
    flags.set(id, flag);
    queue.push(await readCommit(source, id));
  };
  for (const id of known) await visit(id, 'known');
  await visit(start, 'new');
  const order: CommitInfo[] = [];
  let oldest = Number.POSITIVE_INFINITY;
  // What is known may still lead to what was taken for new, unless it is certainly older.
  const matters = (commit: CommitInfo): boolean =>
    flags.get(commit.sha) === 'new' || commit.committer.timestamp + CLOCK_SKEW >= oldest;
  // Newest first, so that what is known spreads before the walk goes deep.
  while (queue.some(matters)) {
    queue.sort((a, b) => a.committer.timestamp - b.committer.timestamp);
    const commit = queue.pop();
    if (commit === undefined) break;
    const flag = flags.get(commit.sha) ?? 'new';
    if (flag === 'new') {
      order.push(commit);
      oldest = Math.min(oldest, commit.committer.timestamp);
    }
    for (const parent of commit.parents) await visit(parent, flag);
  }
  return order.filter((commit) => flags.get(commit.sha) === 'new').reverse();
}

interface Collecting {
  readonly id: string;
  readonly found: Map<string, GitObject>;
}

async function collect(source: ObjectSource, at: Collecting): Promise<GitObject | undefined> {
  if (at.found.has(at.id)) return undefined;
  const object = await source.read(at.id);
  if (object !== undefined) at.found.set(at.id, object);
  return object;
}

async function collectTree(
  source: ObjectSource,
  at: Collecting & { readonly bases: readonly string[] },
): Promise<void> {
  if (at.bases.includes(at.id)) return;
  const tree = await collect(source, at);
  if (tree === undefined) return;
  const before = new Map<string, string[]>();
  for (const base of at.bases)
    for (const entry of await readTree(source, base)) {
      const name = entry.name.toString('latin1');
      before.set(name, [
        ...(before.get(name) ?? []),
        isFolder(entry) ? entry.id : `file ${entry.id}`,
      ]);
    }
  for (const entry of parseTree(tree.data)) {
    if (entry.mode === '160000') continue;
    const bases = before.get(entry.name.toString('latin1')) ?? [];
    if (isFolder(entry)) {
      const folders = bases.filter((base) => !base.startsWith('file '));
      await collectTree(source, { id: entry.id, bases: folders, found: at.found });
    } else if (!bases.includes(`file ${entry.id}`)) {
      await collect(source, { id: entry.id, found: at.found });
    }
  }
}
