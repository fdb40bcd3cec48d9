import type { Branch, ProviderRepository, RequestOptions } from '@bowline/gitops-providers';
import { OperationError } from './errors.ts';

/** Reads a branch that must be there. */
export async function requireBranch(
  repository: ProviderRepository,
  name: string,
  options: RequestOptions,
): Promise<Branch> {
  const branch = await repository.branches.get(name, options);
  if (branch === undefined) {
    throw new OperationError(
      'OPERATION_BRANCH_NOT_FOUND',
      `Repository "${repository.fullName}" has no branch "${name}".`,
    );
  }
  return branch;
}
