import { readCommit } from './commit.ts';
import type { GitDirectory } from './git-directory.ts';
import { mergeTrees, type TreeMerge } from './merge-trees.ts';
import { EMPTY_TREE } from './tree.ts';

const MAX_DEPTH = 10;

/**
 * Merges two commits.
 *
 * Where branches were merged crosswise there are several best common ancestors. They are merged first, and the result is the
 * base (as Git's recursive merge does); when they conflict with each other, so does the whole: picking one of them could
 * bring back lines that somebody took out.
 */
export async function mergeCommits(
  directory: GitDirectory,
  ours: string,
  theirs: string,
): Promise<TreeMerge> {
  const base = await baseTree(directory, directory.history.mergeBases(ours, theirs), 0);
  if (base.tree === undefined) return base;
  const { objects } = directory;
  return mergeTrees(objects, {
    base: base.tree,
    ours: readCommit(objects, ours).tree,
    theirs: readCommit(objects, theirs).tree,
  });
}

async function baseTree(
  directory: GitDirectory,
  bases: readonly string[],
  depth: number,
): Promise<TreeMerge> {
  const { objects, history } = directory;
  const [first, ...others] = bases;
  if (first === undefined) return { tree: EMPTY_TREE };
  if (others.length > 0 && depth >= MAX_DEPTH) return { conflicts: ['(history)'] };
  let tree = readCommit(objects, first).tree;
  const merged = [first];
  for (const other of others) {
    const below = new Set(merged.flatMap((oid) => history.mergeBases(oid, other)));
    const base = await baseTree(directory, [...below], depth + 1);
    if (base.tree === undefined) return base;
    const theirs = readCommit(objects, other).tree;
    const result = await mergeTrees(objects, { base: base.tree, ours: tree, theirs });
    if (result.tree === undefined) return result;
    tree = result.tree;
    merged.push(other);
  }
  return { tree };
}
