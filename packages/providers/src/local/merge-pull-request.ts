import { ProviderError } from '../errors.ts';
import type { MergePullRequest, MergeStrategy } from '../pull-request-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { readCommit, writeCommit } from './commit.ts';
import { writeDocument } from './document.ts';
import { requirePullRequest } from './edit-pull-request.ts';
import type { GitDirectory } from './git-directory.ts';
import { mergeCommits } from './merge-commits.ts';
import { mergeTrees } from './merge-trees.ts';
import { checkMessage, checkObjectId, invalid } from './names.ts';
import {
  headRef,
  metaRef,
  PULL_REQUEST_FILE,
  type PullRequestDocument,
  type StoredPullRequest,
} from './pull-request-document.ts';
import { type RefUpdate, updateRefs } from './ref-transaction.ts';
import { EMPTY_TREE } from './tree.ts';

const MAX_ATTEMPTS = 100;

/** The strategies of the local provider, its preferred one first. */
export const mergeStrategies: readonly MergeStrategy[] = [
  'merge',
  'squash',
  'fast-forward',
  'rebase',
];

/** A merge that was asked for. */
interface MergeRequest {
  readonly id: number;
  readonly input: MergePullRequest;
}

/** Merges a pull request; starts again on the new tip when the destination moves meanwhile. */
export async function mergePullRequest(
  directory: GitDirectory,
  request: MergeRequest,
  options: RequestOptions,
): Promise<StoredPullRequest> {
  const { id, input } = request;
  if (input.strategy !== undefined && !mergeStrategies.includes(input.strategy)) {
    throw invalid(`"${input.strategy}" is not a merge strategy`);
  }
  if (input.expectedHead !== undefined) checkObjectId(input.expectedHead);
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    options.signal?.throwIfAborted();
    const pull = requirePullRequest(directory, id);
    const merged = await attemptMerge(directory, { ...request, pull }, options);
    if (merged !== undefined) return merged;
  }
  throw new ProviderError(
    'PROVIDER_CONFLICT',
    `the branches of pull request ${id} moved ${MAX_ATTEMPTS} times while it was merged`,
  );
}

async function attemptMerge(
  directory: GitDirectory,
  { id, input, pull }: MergeRequest & { readonly pull: StoredPullRequest },
  options: RequestOptions,
): Promise<StoredPullRequest | undefined> {
  const { document, sourceTip, destinationTip } = pull;
  if (document.state === 'merged') return pull;
  if (document.state !== 'open') {
    throw new ProviderError('PROVIDER_REJECTED', `pull request ${id} is ${document.state}`, {
      hint: 'Open a new pull request.',
    });
  }
  if (sourceTip === undefined || destinationTip === undefined) {
    const gone = (sourceTip === undefined ? document.source : document.destination).branch;
    throw new ProviderError('PROVIDER_NOT_FOUND', `branch "${gone}" of pull request ${id} is gone`);
  }
  if (input.expectedHead !== undefined && input.expectedHead !== sourceTip) {
    throw new ProviderError(
      'PROVIDER_CONFLICT',
      `branch "${document.source.branch}" is at ${sourceTip}, not at the expected ${input.expectedHead}`,
    );
  }
  if (directory.history.isAncestor(sourceTip, destinationTip)) {
    throw new ProviderError(
      'PROVIDER_REJECTED',
      `branch "${document.source.branch}" has no commit that "${document.destination.branch}" lacks`,
      { hint: 'Commit to the source branch first, or decline the pull request.' },
    );
  }
  const strategy = input.strategy ?? 'merge';
  const tip = await makeCommit(directory, {
    id,
    document,
    strategy,
    source: sourceTip,
    destination: destinationTip,
    message: input.message,
  });
  const merged: PullRequestDocument = {
    ...document,
    state: 'merged',
    source: { ...document.source, sha: sourceTip },
    destination: { ...document.destination, sha: destinationTip },
    mergeCommit: tip,
    updatedAt: directory.settings.clock().toISOString(),
  };
  const version = await writeDocument(directory, {
    fileName: PULL_REQUEST_FILE,
    value: merged,
    previous: pull.version,
    event: `Merge pull request ${id}: ${document.title}`,
  });
  const moved = await updateRefs(
    directory.refs,
    refUpdates(directory, { pull, merged, version, remove: input.deleteSourceBranch }),
    { signal: options.signal, lockTimeoutMs: directory.settings.lockTimeoutMs },
  );
  return moved === undefined ? { ...pull, version, document: merged } : undefined;
}

/**
 * The refs of a merge, in the order of writing. A crash after the destination moved leaves a pull request that is read as
 * merged, since its commits are there; one before it leaves everything as it was.
 */
function refUpdates(
  { refs }: GitDirectory,
  change: {
    readonly pull: StoredPullRequest;
    readonly merged: PullRequestDocument;
    readonly version: string;
    readonly remove: boolean | undefined;
  },
): readonly RefUpdate[] {
  const { pull, merged, version } = change;
  const { source, destination } = merged;
  const head = headRef(pull.id);
  // The default branch is never deleted: every clone would be left without one.
  const removed =
    (change.remove ?? merged.deleteSourceBranch) && refs.defaultBranch() !== source.branch;
  return [
    { name: head, expected: refs.resolve(head), next: source.sha },
    {
      name: `refs/heads/${destination.branch}`,
      expected: destination.sha,
      next: merged.mergeCommit,
    },
    { name: metaRef(pull.id), expected: pull.version, next: version },
    {
      name: `refs/heads/${source.branch}`,
      expected: source.sha,
      next: removed ? undefined : source.sha,
    },
  ];
}

interface MergeInput {
  readonly id: number;
  readonly document: PullRequestDocument;
  readonly strategy: MergeStrategy;
  readonly source: string;
  readonly destination: string;
  readonly message: string | undefined;
}

/** Makes the commit that the destination gets. */
async function makeCommit(directory: GitDirectory, merge: MergeInput): Promise<string> {
  const { history, objects, settings } = directory;
  const { source, destination } = merge;
  if (merge.strategy === 'fast-forward') {
    if (history.isAncestor(destination, source)) return source;
    throw new ProviderError(
      'PROVIDER_MERGE_BLOCKED',
      `"${merge.document.destination.branch}" has commits that "${merge.document.source.branch}" lacks, so it cannot be moved forward`,
      { hint: 'Update the source branch, or use the strategy "merge", "squash" or "rebase".' },
    );
  }
  if (merge.strategy === 'rebase') return rebase(directory, merge);
  const result = await mergeCommits(directory, destination, source);
  if (result.tree === undefined) throw conflict(merge, result.conflicts);
  // A process was killed between moving the branch and writing that it did: its squash is there, and a second one is not needed.
  if (merge.strategy === 'squash' && result.tree === readCommit(objects, destination).tree) {
    return destination;
  }
  return writeCommit(objects, {
    tree: result.tree,
    parents: merge.strategy === 'squash' ? [destination] : [destination, source],
    author: settings.author,
    committer: settings.committer,
    date: settings.clock(),
    message: messageOf(merge),
  });
}

async function rebase(directory: GitDirectory, merge: MergeInput): Promise<string> {
  const { history, objects, settings } = directory;
  let onto = merge.destination;
  for (const oid of history.between(merge.destination, merge.source)) {
    const commit = history.commit(oid);
    if (commit.parents.length > 1) {
      throw new ProviderError(
        'PROVIDER_MERGE_BLOCKED',
        `"${merge.document.source.branch}" holds the merge ${oid}, so it cannot be rebased`,
        { hint: 'Use the strategy "merge" or "squash".' },
      );
    }
    const parent = commit.parents[0];
    if (parent === onto) {
      onto = oid;
      continue;
    }
    const base = parent === undefined ? EMPTY_TREE : readCommit(objects, parent).tree;
    const ours = readCommit(objects, onto).tree;
    const result = await mergeTrees(objects, { base, ours, theirs: commit.tree });
    if (result.tree === undefined) throw conflict(merge, result.conflicts);
    // What the destination has already is left out, as `git rebase` does.
    if (result.tree === ours && commit.tree !== base) continue;
    onto = await writeCommit(objects, {
      tree: result.tree,
      parents: [onto],
      author: commit.author,
      committer: settings.committer,
      date: settings.clock(),
      message: commit.message,
    });
  }
  return onto;
}

function messageOf({ id, document, message, strategy }: MergeInput): string {
  if (message !== undefined) return checkMessage(message);
  const title = document.title.replace(/\s+/g, ' ').replaceAll('\0', '').trim();
  const subject =
    strategy === 'squash'
      ? `${title} (pull request ${id})`
      : `Merge pull request ${id} from ${document.source.branch}\n\n${title}`;
  const body = strategy === 'squash' ? document.description.replaceAll('\0', '').trim() : '';
  return checkMessage((body === '' ? subject : `${subject}\n\n${body}`).toWellFormed());
}

function conflict(merge: MergeInput, paths: readonly string[]): ProviderError {
  const shown = paths.slice(0, 5).map((path) => `"${path}"`);
  const more = paths.length > shown.length ? ` and ${paths.length - shown.length} more` : '';
  return new ProviderError(
    'PROVIDER_MERGE_CONFLICT',
    `"${merge.document.source.branch}" does not merge into "${merge.document.destination.branch}": ${shown.join(', ')}${more} conflict`,
    { details: { paths } },
  );
}
