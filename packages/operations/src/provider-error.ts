import { isGitOpsError } from '@bowline/gitops-errors';
import type { ProviderErrorCode } from '@bowline/gitops-providers';

/** Tells whether an error is a provider's, with one of these codes, also from another copy of that package. */
export function isProviderError(error: unknown, ...codes: readonly ProviderErrorCode[]): boolean {
  return isGitOpsError(error) && (codes as readonly string[]).includes(error.code);
}
