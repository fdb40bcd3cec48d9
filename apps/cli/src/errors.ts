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
  CLI_HOST_UNKNOWN: {
    summary: 'No forge is configured for this host.',
    hint: 'Add the host with its kind to `hosts` in gitops.yaml; `gitops config init` writes an example.',
  },
  CLI_FORGE_UNSUPPORTED: {
    summary: 'This version cannot do this job on this kind of forge.',
    hint: 'Use a Bitbucket Cloud or local repository; `set-image-yaml` and the Git commands work with every Git server.',
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
