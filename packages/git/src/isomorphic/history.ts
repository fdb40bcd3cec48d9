import type { LogOptions } from '../engine.ts';
import type { CommitInfo } from '../types.ts';
import { findEntry, type ObjectSource, readCommit } from './git-objects.ts';

const DEFAULT_LIMIT = 10;

/** Lists commits, newest first, as `git log` does; parents that a shallow clone has left out are taken for absent. */
export async function readLog(
  source: ObjectSource,
  start: string,
  options: LogOptions,
): Promise<readonly CommitInfo[]> {
  const limit = options.limit ?? DEFAULT_LIMIT;
  const found: CommitInfo[] = [];
  const seen = new Set([start]);
  const queue: CommitInfo[] = [await readCommit(source, start)];
  while (queue.length > 0 && found.length < limit) {
    const commit = queue.shift();
    if (commit === undefined) break;
    const parents = await presentParents(source, commit);
    const step =
      options.path === undefined
        ? { shown: true, next: parents }
        : await followPath(source, { commit, parents, path: options.path });
    if (step.shown) found.push(commit);
    for (const parent of step.next) {
      if (seen.has(parent.sha)) continue;
      seen.add(parent.sha);
      insertByDate(queue, parent);
    }
  }
  return found;
}

async function presentParents(source: ObjectSource, commit: CommitInfo): Promise<CommitInfo[]> {
  const parents: CommitInfo[] = [];
  for (const id of commit.parents)
    if ((await source.read(id)) !== undefined) parents.push(await readCommit(source, id));
  return parents;
}

/** The history simplification of git: a parent with the same content at the path makes the others uninteresting. */
async function followPath(
  source: ObjectSource,
  at: { readonly commit: CommitInfo; readonly parents: CommitInfo[]; readonly path: string },
): Promise<{ readonly shown: boolean; readonly next: readonly CommitInfo[] }> {
  const here = await contentAt(source, at.commit.tree, at.path);
  for (const parent of at.parents)
    if ((await contentAt(source, parent.tree, at.path)) === here)
      return { shown: false, next: [parent] };
  return { shown: at.parents.length > 0 || here !== undefined, next: at.parents };
}

async function contentAt(
  source: ObjectSource,
  tree: string,
  path: string,
): Promise<string | undefined> {
  const entry = await findEntry(source, tree, path);
  return entry === undefined ? undefined : `${entry.mode} ${entry.id}`;
}

function insertByDate(queue: CommitInfo[], commit: CommitInfo): void {
  const at = queue.findIndex((one) => one.committer.timestamp < commit.committer.timestamp);
  queue.splice(at === -1 ? queue.length : at, 0, commit);
}

/** True when `ancestor` is reachable from `commit` (or is it). */
export async function isAncestor(
  source: ObjectSource,
  ancestor: string,
  commit: string,
): Promise<boolean> {
  const seen = new Set([commit]);
  const queue = [commit];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (id === ancestor) return true;
    if ((await source.read(id)) === undefined) continue;
    for (const parent of (await readCommit(source, id)).parents) {
      if (seen.has(parent)) continue;
      seen.add(parent);
      queue.push(parent);
    }
  }
  return false;
}
