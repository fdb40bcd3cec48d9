import { ProviderError } from '../errors.ts';
import type { RequestOptions } from '../vocabulary.ts';
import { writeDocument } from './document.ts';
import type { GitDirectory } from './git-directory.ts';
import {
  findPullRequest,
  headRef,
  metaRef,
  PULL_REQUEST_FILE,
  type PullRequestDocument,
  type StoredPullRequest,
} from './pull-request-document.ts';
import { updateRefs } from './ref-transaction.ts';

const MAX_ATTEMPTS = 100;

/** Finds a pull request that must be there. @throws ProviderError `PROVIDER_NOT_FOUND` */
export function requirePullRequest(directory: GitDirectory, id: number): StoredPullRequest {
  const pull = findPullRequest(directory, id);
  if (pull !== undefined) return pull;
  throw new ProviderError(
    'PROVIDER_NOT_FOUND',
    `there is no pull request ${id} in repository "${directory.fullName}"`,
  );
}

/** A change of what is written of a pull request. */
export interface Edit {
  readonly id: number;
  /** What the log of the ref says, such as `Approve`. */
  readonly event: string;
  /** Returns the document itself when there is nothing to do. Runs again when another process was faster. */
  readonly change: (document: PullRequestDocument) => PullRequestDocument;
}

/** Changes a pull request, again when another process was faster. */
export async function editPullRequest(
  directory: GitDirectory,
  edit: Edit,
  options: RequestOptions,
): Promise<StoredPullRequest> {
  const { refs, settings } = directory;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    options.signal?.throwIfAborted();
    const pull = requirePullRequest(directory, edit.id);
    const changed = edit.change(pull.document);
    if (changed === pull.document) return pull;
    // The tip goes into the record while there is one, so that a closed pull request still shows what it was about.
    const sha = (pull.document.state === 'open' ? pull.sourceTip : undefined) ?? changed.source.sha;
    const document = {
      ...changed,
      source: { ...changed.source, sha },
      updatedAt: settings.clock().toISOString(),
    };
    const version = await writeDocument(directory, {
      fileName: PULL_REQUEST_FILE,
      value: document,
      previous: pull.version,
      event: `${edit.event} pull request ${edit.id}: ${document.title}`,
    });
    const moved = await updateRefs(
      refs,
      [
        { name: headRef(edit.id), expected: refs.resolve(headRef(edit.id)), next: sha },
        { name: metaRef(edit.id), expected: pull.version, next: version },
      ],
      { signal: options.signal, lockTimeoutMs: settings.lockTimeoutMs },
    );
    if (moved === undefined) return { ...pull, version, document };
  }
  throw new ProviderError(
    'PROVIDER_CONFLICT',
    `pull request ${edit.id} was changed by others ${MAX_ATTEMPTS} times in a row`,
  );
}
