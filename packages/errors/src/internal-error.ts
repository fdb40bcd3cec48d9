import { type ErrorCodeTable, GitOpsError, type GitOpsErrorOptions } from './gitops-error.ts';

/** The codes of {@link InternalError}. */
export const internalErrorCodes = {
  INTERNAL: {
    summary: 'An invariant of Bowline does not hold: this is a bug.',
    hint: 'Report it at https://github.com/bowline-dev/bowline/issues with the command and this message.',
  },
} as const satisfies ErrorCodeTable;

/** Says that an invariant of Bowline is broken. It is always a bug, never the user's input. */
export class InternalError extends GitOpsError {
  override readonly name = 'InternalError';
  readonly code = 'INTERNAL';

  constructor(message: string, options: GitOpsErrorOptions = {}) {
    super(message, { ...internalErrorCodes.INTERNAL, ...options });
  }
}
