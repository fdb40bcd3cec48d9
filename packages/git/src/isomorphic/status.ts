import fs from 'node:fs';
import git from 'isomorphic-git';
import type { FileState, FileStatus, RepositoryStatus } from '../engine.ts';
import { modeNumber } from './checkout.ts';
import { readCommit } from './git-objects.ts';
import { inParallel } from './in-parallel.ts';
import { type IndexFile, readIndex } from './index-file.ts';
import { newCommits } from './new-objects.ts';
import { type RepositoryState, readConfig } from './repository-state.ts';
import { type ListedFile, listTree } from './tree-listing.ts';

export async function readStatus(state: RepositoryState): Promise<RepositoryStatus> {
  const [branch, head] = await Promise.all([state.refs.current(), state.refs.head()]);
  const upstream = branch === undefined ? undefined : await upstreamOf(state, branch);
  const distance =
    head === undefined || upstream === undefined
      ? undefined
      : await distanceTo(state, head, `refs/remotes/${upstream}`);
  return {
    branch,
    head,
    upstream,
    ahead: distance?.ahead,
    behind: distance?.behind,
    files: await readFileStatus(state, head),
  };
}

/** Such as `origin/main`; `undefined` when the branch follows none. */
export async function upstreamOf(
  state: RepositoryState,
  branch: string,
): Promise<string | undefined> {
  const remote = await readConfig(state, `branch.${branch}.remote`);
  const merge = await readConfig(state, `branch.${branch}.merge`);
  if (remote === undefined || merge === undefined) return undefined;
  return `${remote}/${merge.replace(/^refs\/heads\//, '')}`;
}

async function distanceTo(
  state: RepositoryState,
  head: string,
  upstreamRef: string,
): Promise<{ readonly ahead: number; readonly behind: number } | undefined> {
  const upstream = await state.refs.read(upstreamRef);
  if (upstream === undefined) return undefined;
  if (upstream === head) return { ahead: 0, behind: 0 };
  const [ahead, behind] = await Promise.all([
    newCommits(state.objects, head, [upstream]),
    newCommits(state.objects, upstream, [head]),
  ]);
  return { ahead: ahead.length, behind: behind.length };
}

/** Lists the files that are not the same in HEAD, index and work tree, sorted by path, and then the untracked ones. */
export async function readFileStatus(
  state: RepositoryState,
  head: string | undefined,
): Promise<readonly FileStatus[]> {
  const index = await readIndex(state.gitdir);
  const tree = head === undefined ? new Map<string, ListedFile>() : await headFiles(state, head);
  const files = new Map<string, FileStatus>();
  for (const path of index.conflicts.keys())
    files.set(path, { path, staged: 'conflicted', unstaged: 'conflicted' });
  const comparisons = await inParallel(index.entries.values(), (entry) =>
    state.workTree.compare(entry, index.writtenAt),
  );
  for (const [at, [path, entry]] of [...index.entries].entries()) {
    const staged = stagedState(tree.get(path), entry);
    const unstaged = comparisons[at] ?? 'unmodified';
    if (staged !== 'unmodified' || unstaged !== 'unmodified')
      files.set(path, { path, staged, unstaged });
  }
  for (const path of tree.keys())
    if (!index.entries.has(path) && !files.has(path))
      files.set(path, { path, staged: 'deleted', unstaged: 'unmodified' });
  const untracked = (await untrackedFiles(state, index))
    .map((path): FileStatus => ({ path, staged: 'untracked', unstaged: 'untracked' }))
    .sort(byPath);
  return [...[...files.values()].sort(byPath), ...untracked];
}

function byPath(a: FileStatus, b: FileStatus): number {
  return Buffer.compare(Buffer.from(a.path), Buffer.from(b.path));
}

export async function headFiles(
  state: RepositoryState,
  commit: string,
): Promise<Map<string, ListedFile>> {
  return listTree(state.objects, (await readCommit(state.objects, commit)).tree);
}

function stagedState(
  before: ListedFile | undefined,
  entry: { readonly mode: number; readonly id: string },
): FileState {
  if (before === undefined) return 'added';
  return before.id === entry.id && modeNumber(before) === entry.mode ? 'unmodified' : 'modified';
}

/** Lists the files that Git neither knows nor ignores. */
export async function untrackedFiles(
  state: RepositoryState,
  index: IndexFile,
): Promise<readonly string[]> {
  const tracked = new Set<string>();
  for (const path of [...index.entries.keys(), ...index.conflicts.keys()])
    for (let end = path.indexOf('/'); end !== -1; end = path.indexOf('/', end + 1))
      tracked.add(path.slice(0, end));
  const found: string[] = [];
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await state.workTree.list(folder)) {
      const known = index.entries.has(entry.path) || index.conflicts.has(entry.path);
      if (known) continue; // also a submodule, which is a repository of its own
      if (!tracked.has(entry.path) && (await isIgnored(state, entry))) continue;
      if (entry.folder) await walk(entry.path);
      else found.push(entry.path);
    }
  };
  await walk('');
  return found;
}

function isIgnored(
  state: RepositoryState,
  entry: { readonly path: string; readonly folder: boolean },
): Promise<boolean> {
  const { gitdir, location } = state;
  // A rule such as `dist/` holds for folders only, which isomorphic-git knows by the slash.
  const filepath = entry.folder ? `${entry.path}/` : entry.path;
  return git.isIgnored({ fs, dir: location.directory, gitdir, filepath });
}
