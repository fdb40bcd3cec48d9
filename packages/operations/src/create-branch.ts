import type { ProviderRepository } from '@bowline/gitops-providers';
import { isProviderError } from './provider-error.ts';
import { requireBranch } from './require-branch.ts';
import type { CreateBranchResult, JobOptions } from './types.ts';

/** What {@link createBranch} needs. */
export interface CreateBranchInput {
  readonly repository: ProviderRepository;
  /** The branch to start from. */
  readonly source: string;
  /** The branch to make. */
  readonly destination: string;
}

/**
 * Creates a branch at the tip of another one.
 *
 * A branch that is there already is a success (`created: false`), wherever it points: running the job again is safe.
 *
 * @throws OperationError `OPERATION_BRANCH_NOT_FOUND` when there is no source branch.
 * @throws ProviderError what the forge refuses.
 */
export async function createBranch(
  input: CreateBranchInput,
  options: JobOptions = {},
): Promise<CreateBranchResult> {
  const { repository, source, destination } = input;
  const { signal, dryRun = false, onProgress } = options;
  onProgress?.({
    step: 'create_branch',
    state: 'started',
    message: `Creating branch "${destination}" from "${source}"`,
  });
  const [tip, existing] = await Promise.all([
    requireBranch(repository, source, { signal }),
    repository.branches.get(destination, { signal }),
  ]);
  const base = {
    success: true,
    repository: repository.fullName,
    source_branch: source,
    destination_branch: destination,
    dry_run: dryRun,
  } as const;
  const finish = (result: CreateBranchResult): CreateBranchResult => {
    onProgress?.({ step: 'create_branch', state: 'done', message: result.message });
    return result;
  };
  const alreadyThere = (branch: { readonly sha: string; readonly webUrl: string }) =>
    finish({
      ...base,
      created: false,
      commit: branch.sha,
      branch_url: branch.webUrl,
      message: `Branch "${destination}" exists already.`,
    });
  if (existing !== undefined) return alreadyThere(existing);
  if (dryRun) {
    return finish({
      ...base,
      created: true,
      commit: tip.sha,
      branch_url: '',
      message: `Would create branch "${destination}" from "${source}" at ${tip.sha.slice(0, 12)}.`,
    });
  }
  try {
    const made = await repository.branches.create(destination, tip.sha, { signal });
    return finish({
      ...base,
      created: true,
      commit: made.sha,
      branch_url: made.webUrl,
      message: `Created branch "${destination}" from "${source}" at ${made.sha.slice(0, 12)}.`,
    });
  } catch (error) {
    if (!isProviderError(error, 'PROVIDER_ALREADY_EXISTS')) throw error;
    // Somebody else made it in between: that is what was asked for.
    return alreadyThere(await requireBranch(repository, destination, { signal }));
  }
}
