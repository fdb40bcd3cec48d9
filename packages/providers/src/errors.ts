import { type ErrorCodeTable, GitOpsError, type GitOpsErrorOptions } from '@bowline/gitops-errors';

/** The codes of {@link ProviderError}. */
export const providerErrorCodes = {
  PROVIDER_INVALID_ARGUMENT: {
    summary: 'A repository name, path, ref or option cannot be used with this forge.',
    hint: 'Correct the value; the message says which rule it breaks.',
  },
  PROVIDER_UNAUTHENTICATED: {
    summary: 'The forge refused the credential, or wants one and none is configured.',
    hint: 'Create a new token and configure it; `gitops config` shows where each credential comes from.',
  },
  PROVIDER_FORBIDDEN: {
    summary: 'The credential is genuine but may not do this.',
    hint: 'Give the token the scope that the message names, or use another account.',
  },
  PROVIDER_NOT_FOUND: {
    summary: 'There is no such thing on the forge, or this credential may not see it.',
    hint: 'Check the name, and that the credential may read the repository.',
  },
  PROVIDER_ALREADY_EXISTS: {
    summary: 'The forge has one of that name already.',
    hint: 'Use the existing one, or choose another name.',
  },
  PROVIDER_CONFLICT: {
    summary: 'The branch or pull request has changed since it was read.',
    hint: 'Run it again: it starts from the new state.',
    retryable: true,
  },
  PROVIDER_MERGE_CONFLICT: {
    summary: 'The same lines were changed on both sides, so the pull request does not merge.',
    hint: 'Update the source branch, or resolve the conflict by hand.',
  },
  PROVIDER_MERGE_BLOCKED: {
    summary: 'The forge does not merge yet: checks, approvals or branch rules are missing.',
    hint: 'See to what the message names, then merge again.',
  },
  PROVIDER_RATE_LIMITED: {
    summary: 'The forge takes no more requests for now.',
    hint: 'Wait for the time that the message names.',
    retryable: true,
  },
  PROVIDER_UNAVAILABLE: {
    summary: 'The forge did not answer, or answered that it is in trouble.',
    hint: 'Run it again later; nothing was done twice.',
    retryable: true,
  },
  PROVIDER_TIMEOUT: {
    summary: 'A deadline passed before the forge was done.',
    hint: 'Look at the pull request: the forge may still finish. Running it again finds what is there.',
    retryable: true,
  },
  PROVIDER_BAD_RESPONSE: {
    summary: 'The forge answered something that its documentation does not describe.',
    hint: 'Check that the address is the API of this forge; report it if it is.',
  },
  PROVIDER_REJECTED: {
    summary: 'The forge understood the request and refused it.',
    hint: 'Read the message of the forge.',
  },
  PROVIDER_WEBHOOK_UNVERIFIED: {
    summary: 'A webhook delivery has no signature, or not the right one.',
    hint: 'Set the same secret on the forge and here.',
  },
  PROVIDER_WEBHOOK_MALFORMED: {
    summary: 'A webhook delivery is genuine but its body is not what the forge documents.',
    hint: 'Look at the delivery on the page of the webhook on the forge.',
  },
  PROVIDER_LIMIT_EXCEEDED: {
    summary: 'An answer, file or list is larger than the limit allows.',
    hint: 'Raise the limit if this size is meant.',
  },
} as const satisfies ErrorCodeTable;

/** One of {@link providerErrorCodes}. */
export type ProviderErrorCode = keyof typeof providerErrorCodes;

/** Says why a call to a forge failed. */
export class ProviderError extends GitOpsError {
  override readonly name = 'ProviderError';
  readonly code: ProviderErrorCode;

  constructor(code: ProviderErrorCode, message: string, options: GitOpsErrorOptions = {}) {
    super(message, { ...providerErrorCodes[code], ...options });
    this.code = code;
  }
}
