import { ProviderError } from '../errors.ts';
import type { CreatePullRequest, PullRequest } from '../pull-request-types.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { writeDocument } from './document.ts';
import { type GitDirectory, requireRef } from './git-directory.ts';
import { listPullRequests, PULL_REQUEST_PREFIX } from './list-pull-requests.ts';
import { lockFile } from './lock-file.ts';
import { branchRef, invalid } from './names.ts';
import {
  headRef,
  metaRef,
  PULL_REQUEST_FILE,
  type PullRequestDocument,
  readPullRequest,
  toPullRequest,
} from './pull-request-document.ts';
import { updateRefs } from './ref-transaction.ts';

/** Opens a pull request under the next number. */
export async function createPullRequest(
  directory: GitDirectory,
  input: CreatePullRequest,
  options: RequestOptions,
): Promise<PullRequest> {
  const title = checkTitle(input.title);
  const { refs, settings } = directory;
  if (input.source === input.destination) throw sameBranch(input.source);
  const source = requireRef(directory, branchRef(input.source));
  const destination = requireRef(directory, branchRef(input.destination));
  if (directory.history.isAncestor(source, destination)) {
    throw new ProviderError(
      'PROVIDER_REJECTED',
      `branch "${input.source}" has no commit that "${input.destination}" lacks`,
      { hint: 'Commit to the source branch first.' },
    );
  }
  const wait = { signal: options.signal, lockTimeoutMs: settings.lockTimeoutMs };
  // One process at a time: the next number and "is there one already" hold until the new one is written.
  const lock = await lockFile(refs.path(`${PULL_REQUEST_PREFIX}create`), wait);
  try {
    // One that cannot be read must not keep everybody from opening another; `list` says which it is.
    const readable = { signal: options.signal, onUnreadable: () => undefined };
    for await (const other of listPullRequests(() => directory, input, readable)) {
      throw new ProviderError(
        'PROVIDER_ALREADY_EXISTS',
        `pull request ${other.id} from "${input.source}" to "${input.destination}" is open already`,
        { details: { id: other.id, webUrl: other.webUrl } },
      );
    }
    const id = Math.max(0, ...pullRequestIds(directory)) + 1;
    const now = settings.clock().toISOString();
    const document: PullRequestDocument = {
      version: 1,
      title,
      description: input.description ?? '',
      state: 'open',
      draft: input.draft ?? false,
      source: { branch: input.source, sha: source },
      destination: { branch: input.destination, sha: destination },
      deleteSourceBranch: input.deleteSourceBranch ?? false,
      author: settings.author.name,
      approvals: [],
      comments: [],
      createdAt: now,
      updatedAt: now,
    };
    const version = await writeDocument(directory, {
      fileName: PULL_REQUEST_FILE,
      value: document,
      previous: undefined,
      event: `Open pull request ${id}: ${title}`,
    });
    const moved = await updateRefs(
      refs,
      [
        { name: headRef(id), expected: undefined, next: source },
        { name: metaRef(id), expected: undefined, next: version },
      ],
      wait,
    );
    if (moved !== undefined) {
      throw new ProviderError(
        'PROVIDER_CONFLICT',
        `"${moved}" was made by another program just now`,
      );
    }
    return toPullRequest(directory, readPullRequest(directory, id, version));
  } finally {
    await lock.release();
  }
}

/** Every number that was ever given, also those of pull requests of which only the head could be written. */
function pullRequestIds({ refs }: GitDirectory): readonly number[] {
  return refs.list(PULL_REQUEST_PREFIX).flatMap(([name]) => {
    const id = /^(\d{1,9})\//.exec(name.slice(PULL_REQUEST_PREFIX.length))?.[1];
    return id === undefined ? [] : [Number(id)];
  });
}

/** Checks the title of a pull request. @throws ProviderError `PROVIDER_INVALID_ARGUMENT` */
export function checkTitle(title: string): string {
  if (title.trim() === '') throw invalid('the title of a pull request is empty');
  return title;
}

/** Makes the error for a pull request from a branch to itself. */
export function sameBranch(branch: string): ProviderError {
  return invalid(`"${branch}" cannot be both the source and the destination`);
}
