import type { ProviderRepository } from '@bowline/gitops-providers';
import { OperationError } from './errors.ts';
import { isProviderError } from './provider-error.ts';
import { requireBranch } from './require-branch.ts';
import type { CreateTagResult, JobOptions } from './types.ts';

/** What {@link createTag} needs. */
export interface CreateTagInput {
  readonly repository: ProviderRepository;
  readonly branch: string;
  /** A commit of that branch: its full id, a unique beginning of at least 7 digits, or `HEAD` for the tip. */
  readonly commit: string;
  readonly name: string;
  /** Makes an annotated tag where the forge can. */
  readonly message?: string | undefined;
}

/**
 * Tags a commit of a branch.
 *
 * A tag of that name on the same commit is a success (`created: false`); on another commit it is an error, since a released
 * tag should not move.
 *
 * @throws OperationError `OPERATION_COMMIT_NOT_ON_BRANCH`, `OPERATION_TAG_EXISTS`, `OPERATION_BRANCH_NOT_FOUND`
 */
export async function createTag(
  input: CreateTagInput,
  options: JobOptions = {},
): Promise<CreateTagResult> {
  const { repository, branch, name } = input;
  const { signal, dryRun = false, onProgress } = options;
  onProgress?.({ step: 'create_tag', state: 'started', message: `Creating tag "${name}"` });
  const commit = await commitOfBranch(input, signal);
  const existing = await repository.tags.get(name, { signal });
  const created = existing === undefined;
  if (existing !== undefined) checkSame(existing.sha, commit, name);
  if (created && !dryRun) {
    try {
      await repository.tags.create(name, commit, { signal, message: input.message });
    } catch (error) {
      if (!isProviderError(error, 'PROVIDER_ALREADY_EXISTS')) throw error;
      const other = await repository.tags.get(name, { signal });
      if (other === undefined) throw error;
      checkSame(other.sha, commit, name);
    }
  }
  const message = created
    ? `${dryRun ? 'Would create' : 'Created'} tag "${name}" at ${commit.slice(0, 12)}.`
    : `Tag "${name}" is at ${commit.slice(0, 12)} already.`;
  onProgress?.({ step: 'create_tag', state: 'done', message });
  return {
    success: true,
    repository: repository.fullName,
    branch,
    commit_id: commit,
    tag_name: name,
    created,
    dry_run: dryRun,
    message,
  };
}

async function commitOfBranch(
  input: CreateTagInput,
  signal: AbortSignal | undefined,
): Promise<string> {
  const { repository, branch, commit } = input;
  const tip = await requireBranch(repository, branch, { signal });
  if (commit === 'HEAD' || commit === tip.sha) return tip.sha;
  if (!/^[0-9a-f]{7,64}$/.test(commit)) {
    throw new OperationError(
      'OPERATION_INVALID_ARGUMENT',
      `"${commit}" is not a commit id of 7 to 64 hexadecimal digits, nor HEAD.`,
    );
  }
  if (tip.sha.startsWith(commit)) return tip.sha;
  // A commit is part of a branch exactly when it is its own merge base with it.
  const { mergeBase } = await repository.commits.compare(tip.sha, commit, { signal });
  if (mergeBase === undefined || !mergeBase.startsWith(commit)) {
    throw new OperationError(
      'OPERATION_COMMIT_NOT_ON_BRANCH',
      `Commit "${commit}" is not part of branch "${branch}" of "${repository.fullName}".`,
    );
  }
  return mergeBase;
}

function checkSame(tagged: string, commit: string, name: string): void {
  if (tagged === commit) return;
  throw new OperationError(
    'OPERATION_TAG_EXISTS',
    `Tag "${name}" names commit ${tagged.slice(0, 12)}, not ${commit.slice(0, 12)}.`,
  );
}
