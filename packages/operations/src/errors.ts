import { type ErrorCodeTable, GitOpsError, type GitOpsErrorOptions } from '@bowline/gitops-errors';

/** The codes of {@link OperationError}. */
export const operationErrorCodes = {
  OPERATION_INVALID_ARGUMENT: {
    summary: 'An argument of the job cannot be used.',
    hint: 'Correct the value; the message says which rule it breaks.',
  },
  OPERATION_BRANCH_NOT_FOUND: {
    summary: 'The repository has no such branch.',
    hint: 'Check the name of the branch and of the repository, and that the credential may read it.',
  },
  OPERATION_FILE_NOT_FOUND: {
    summary: 'The branch has no such file.',
    hint: 'Check the path; it is relative to the root of the repository and case-sensitive.',
  },
  OPERATION_PULL_REQUEST_NOT_FOUND: {
    summary: 'There is no such pull request, or this credential may not see it.',
    hint: 'Check the address of the pull request; `gitops pr REPO` lists the open ones.',
  },
  OPERATION_PULL_REQUEST_CLOSED: {
    summary: 'The pull request was declined or closed, so it cannot be merged.',
    hint: 'Open a new pull request; running the job again does that.',
  },
  OPERATION_COMMIT_NOT_ON_BRANCH: {
    summary: 'The commit is not part of the branch.',
    hint: 'Check the commit id and the branch; `gitops logs REPO BRANCH` lists the commits.',
  },
  OPERATION_TAG_EXISTS: {
    summary: 'The tag exists already and names another commit.',
    hint: 'Choose another name: a released tag should not move.',
  },
  OPERATION_BRANCH_MOVED: {
    summary: 'Other commits kept arriving on the branch while the job edited it.',
    hint: 'Run it again when the branch is quieter.',
    retryable: true,
  },
  OPERATION_RUN_NOT_FOUND: {
    summary: 'There is no such run of the CI, or this credential may not see it.',
    hint: 'Check the id or number; `gitops ci list REPO` lists the newest ones.',
  },
  OPERATION_NOT_SUPPORTED: {
    summary: 'The forge has no such feature.',
    hint: 'Use a forge that has it; the message names the feature.',
  },
} as const satisfies ErrorCodeTable;

/** One of {@link operationErrorCodes}. */
export type OperationErrorCode = keyof typeof operationErrorCodes;

/** Says why a job could not be done. */
export class OperationError extends GitOpsError {
  override readonly name = 'OperationError';
  readonly code: OperationErrorCode;

  constructor(code: OperationErrorCode, message: string, options: GitOpsErrorOptions = {}) {
    super(message, { ...operationErrorCodes[code], ...options });
    this.code = code;
  }
}
