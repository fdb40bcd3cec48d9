import * as v from 'valibot';
import type { PullRequest, PullRequestState } from '../pull-request-types.ts';
import { peelToCommit } from './commit.ts';
import { readDocument } from './document.ts';
import type { GitDirectory } from './git-directory.ts';
import { isRefName } from './names.ts';
import { webUrl } from './web-url.ts';

const objectId = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/));
const refName = v.pipe(v.string(), v.check(isRefName, 'is not the name of a branch'));
const time = v.pipe(v.string(), v.isoTimestamp());

const comment = v.object({
  id: v.string(),
  marker: v.optional(v.string()),
  body: v.string(),
  author: v.string(),
  createdAt: time,
  updatedAt: time,
});

/** The file `pull-request.json` below `refs/bowline/pull/<id>/meta`. */
const pullRequestSchema = v.object({
  version: v.literal(1),
  title: v.string(),
  description: v.string(),
  state: v.picklist(['open', 'merged', 'declined']),
  draft: v.boolean(),
  source: v.object({ branch: refName, sha: objectId }),
  /** `sha` is the tip when the pull request was opened, or moved to this destination. */
  destination: v.object({ branch: refName, sha: objectId }),
  deleteSourceBranch: v.boolean(),
  author: v.string(),
  approvals: v.array(v.string()),
  comments: v.array(comment),
  mergeCommit: v.optional(objectId),
  createdAt: time,
  updatedAt: time,
});

/** What is written of a pull request. */
export type PullRequestDocument = v.InferOutput<typeof pullRequestSchema>;

export const PULL_REQUEST_FILE = 'pull-request.json';
const kind = { fileName: PULL_REQUEST_FILE, schema: pullRequestSchema };
const MAX_FIRST_PARENTS = 10_000;

/** A pull request as it was read: what is written, the version that says so, and what the branches make of it. */
export interface StoredPullRequest {
  readonly id: number;
  /** The commit of `refs/bowline/pull/<id>/meta`. */
  readonly version: string;
  readonly document: PullRequestDocument;
  /** The tip of the source branch now; `undefined` when the branch is gone. */
  readonly sourceTip: string | undefined;
  readonly destinationTip: string | undefined;
}

export function metaRef(id: number): string {
  return `refs/bowline/pull/${id}/meta`;
}

export function headRef(id: number): string {
  return `refs/bowline/pull/${id}/head`;
}

/** Reads a pull request; `undefined` when there is none. */
export function findPullRequest(
  directory: GitDirectory,
  id: number,
): StoredPullRequest | undefined {
  if (!Number.isSafeInteger(id) || id < 1) return undefined;
  const version = directory.refs.resolve(metaRef(id));
  return version === undefined ? undefined : readPullRequest(directory, id, version);
}

/** Reads what is written in one version of a pull request, without a look at its branches. */
export function readPullRequestDocument(
  directory: GitDirectory,
  id: number,
  version: string,
): PullRequestDocument {
  return readDocument(directory, { ref: metaRef(id), commit: version }, kind);
}

/** Reads one version of a pull request. */
export function readPullRequest(
  directory: GitDirectory,
  id: number,
  version: string,
): StoredPullRequest {
  const written = readPullRequestDocument(directory, id, version);
  const tip = (branch: string): string | undefined => {
    const oid = directory.refs.resolve(`refs/heads/${branch}`);
    return oid === undefined ? undefined : peelToCommit(directory.objects, oid);
  };
  const sourceTip = tip(written.source.branch);
  const destinationTip = tip(written.destination.branch);
  const document = seeOutsideMerge(directory, { document: written, sourceTip, destinationTip });
  return { id, version, document, sourceTip, destinationTip };
}

/**
 * Sees that somebody merged with Git itself: what was to be merged is in the destination now.
 *
 * A source branch that was set back to a commit which the destination had from the start is not merged; it is empty.
 */
function seeOutsideMerge(
  { history, objects }: GitDirectory,
  pull: Pick<StoredPullRequest, 'document' | 'sourceTip' | 'destinationTip'>,
): PullRequestDocument {
  const { document, destinationTip } = pull;
  if (document.state !== 'open' || destinationTip === undefined) return document;
  if (destinationTip === document.destination.sha) return document;
  const head = pull.sourceTip ?? document.source.sha;
  if (peelToCommit(objects, head) === undefined) return document;
  if (!history.isAncestor(head, destinationTip)) return document;
  const before = peelToCommit(objects, document.destination.sha);
  if (before !== undefined && history.isAncestor(head, before)) return document;
  let mergeCommit = destinationTip;
  let current: string | undefined = destinationTip;
  for (let count = 0; current !== undefined && count < MAX_FIRST_PARENTS; count += 1) {
    if (current === head) {
      mergeCommit = head;
      break;
    }
    const parents: readonly string[] = history.commit(current).parents;
    if (parents.includes(head) && parents[0] !== head) {
      mergeCommit = current;
      break;
    }
    current = parents[0];
  }
  return { ...document, state: 'merged', source: { ...document.source, sha: head }, mergeCommit };
}

/** Turns what is stored into what callers see. */
export function toPullRequest(directory: GitDirectory, pull: StoredPullRequest): PullRequest {
  const { document } = pull;
  const open = document.state === 'open';
  const state: PullRequestState = document.state;
  return {
    id: pull.id,
    title: document.title,
    description: document.description,
    state,
    draft: document.draft,
    source: {
      branch: document.source.branch,
      sha: open ? pull.sourceTip : document.source.sha,
    },
    destination: {
      branch: document.destination.branch,
      sha: open ? pull.destinationTip : document.destination.sha,
    },
    author: document.author,
    webUrl: webUrl(directory.path, ['pull', String(pull.id)]),
    mergeCommit: state === 'merged' ? document.mergeCommit : undefined,
    createdAt: document.createdAt,
    updatedAt: document.updatedAt,
  };
}
