import type { CommitInfo, Commits, Comparison, CreateCommit } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { readCommit, requireCommit, writeCommit } from './commit.ts';
import { editTree } from './edit-tree.ts';
import { type GitDirectory, requireRef } from './git-directory.ts';
import { mergeCommits } from './merge-commits.ts';
import { branchRef, checkMessage, checkObjectId, checkPerson, invalid } from './names.ts';
import { updateRefs } from './ref-transaction.ts';
import { EMPTY_TREE } from './tree.ts';
import { diffTrees, type FileDifference } from './tree-diff.ts';
import { unifiedDiff } from './unified-diff.ts';
import { webUrl } from './web-url.ts';

/** Commits of a local repository. */
export function commits(open: () => GitDirectory): Commits {
  return {
    create: async (commit, options = {}) => {
      options.signal?.throwIfAborted();
      return createCommit(open(), commit, options);
    },
    compare: async (base, head, options = {}) => {
      options.signal?.throwIfAborted();
      const directory = open();
      const comparison = await compareCommits(
        directory,
        requireRef(directory, base),
        requireRef(directory, head),
      );
      return comparison.summary();
    },
    diff: async (base, head, options = {}) => {
      options.signal?.throwIfAborted();
      const directory = open();
      const comparison = await compareCommits(
        directory,
        requireRef(directory, base),
        requireRef(directory, head),
      );
      return comparison.diff();
    },
  };
}

async function createCommit(
  directory: GitDirectory,
  commit: CreateCommit,
  options: RequestOptions,
): Promise<CommitInfo> {
  const { objects, refs, settings } = directory;
  const name = branchRef(commit.branch);
  const message = checkMessage(commit.message);
  const author = commit.author === undefined ? settings.author : checkPerson(commit.author);
  const expected = checkObjectId(commit.expectedHead);
  if (commit.changes.length === 0) throw invalid('a commit needs at least one change');
  const current = refs.resolve(name);
  const before = commit.create === true ? undefined : expected;
  // A look before the work; the one that counts is taken under the lock.
  if (current !== before) throw moved(directory, commit);
  const parent = requireCommit(objects, expected);
  const tree = await editTree(objects, parent.tree, commit.changes);
  const unchanged = tree === parent.tree;
  const sha = unchanged
    ? expected
    : await writeCommit(objects, {
        tree,
        parents: [expected],
        author,
        committer: settings.committer,
        date: settings.clock(),
        message,
      });
  const late = await updateRefs(refs, [{ name, expected: before, next: sha }], {
    signal: options.signal,
    lockTimeoutMs: settings.lockTimeoutMs,
  });
  if (late !== undefined) throw moved(directory, commit);
  return { sha, webUrl: webUrl(directory.path, ['commit', sha]) };
}

function moved({ refs }: GitDirectory, commit: CreateCommit): ProviderError {
  const now = refs.resolve(branchRef(commit.branch));
  if (commit.create === true) {
    return new ProviderError('PROVIDER_CONFLICT', `branch "${commit.branch}" exists already`, {
      hint: 'Commit to the branch that is there, or choose another name.',
    });
  }
  if (now === undefined) {
    return new ProviderError('PROVIDER_NOT_FOUND', `there is no branch "${commit.branch}"`);
  }
  return new ProviderError(
    'PROVIDER_CONFLICT',
    `branch "${commit.branch}" is at ${now}, not at the expected ${commit.expectedHead}`,
  );
}

/** Two commits compared as a pull request does. */
interface CommitComparison {
  summary(): Comparison;
  diff(): Promise<string>;
}

/**
 * Compares what `head` has since it left `base`.
 *
 * Where branches were merged crosswise there is no one commit where they parted: then it is what a merge would change in
 * `base`, or, when they conflict, the difference to the first of the common ancestors.
 */
export async function compareCommits(
  directory: GitDirectory,
  base: string,
  head: string,
): Promise<CommitComparison> {
  const { objects, history } = directory;
  const bases = history.mergeBases(base, head);
  const files = await differences(directory, { base, head, bases });
  return {
    summary: () => ({
      aheadBy: history.between(base, head).length,
      mergeBase: bases[0],
      files: files.map((file) => ({
        path: file.path,
        ...(file.previousPath === undefined ? {} : { previousPath: file.previousPath }),
        status: statusOf(file),
      })),
      truncated: false,
    }),
    diff: () => unifiedDiff(objects, files),
  };
}

async function differences(
  directory: GitDirectory,
  {
    base,
    head,
    bases,
  }: { readonly base: string; readonly head: string; readonly bases: readonly string[] },
): Promise<readonly FileDifference[]> {
  const { objects } = directory;
  const treeOf = (oid: string) => readCommit(objects, oid).tree;
  if (bases.length > 1) {
    const merged = await mergeCommits(directory, base, head);
    if (merged.tree !== undefined) return diffTrees(objects, treeOf(base), merged.tree);
  }
  const from = bases[0];
  return diffTrees(objects, from === undefined ? EMPTY_TREE : treeOf(from), treeOf(head));
}

function statusOf(file: FileDifference): Comparison['files'][number]['status'] {
  if (file.previousPath !== undefined) return 'renamed';
  if (file.before === undefined) return 'added';
  return file.after === undefined ? 'removed' : 'modified';
}
