import { type ErrorCodeTable, GitOpsError, type GitOpsErrorOptions } from '@bowline/gitops-errors';

/** The codes of {@link CliError}. */
export const cliErrorCodes = {
  CLI_USAGE: {
    summary:
      'The command line is wrong: a command, argument or flag is missing, unknown or not valid.',
    hint: 'See `gitops COMMAND --help`.',
  },
  CLI_ORGANIZATION_MISSING: {
    summary: 'The owner of the repository is not known.',
    hint: 'Write ORG/REPO, use --org, or set GIT_DEFAULT_ORG.',
  },
  CLI_INTERRUPTED: {
    summary: 'The command was interrupted.',
    hint: 'Run it again: it goes on from what is done.',
  },
  CLI_FILE: {
    summary: 'A file on this machine cannot be read or written.',
    hint: 'Check the path and its permissions.',
  },
} as const satisfies ErrorCodeTable;

/** One of {@link cliErrorCodes}. */
export type CliErrorCode = keyof typeof cliErrorCodes;

/** Says why a command could not run. */
export class CliError extends GitOpsError {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;

  constructor(code: CliErrorCode, message: string, options: GitOpsErrorOptions = {}) {
    super(message, { ...cliErrorCodes[code], ...options });
    this.code = code;
  }
}
