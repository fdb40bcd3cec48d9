import { type ErrorCodeTable, GitOpsError, type GitOpsErrorOptions } from '@bowline/gitops-errors';

/** The codes of {@link ConfigError}, and of the issues that it lists. */
export const configErrorCodes = {
  CONFIG_NOT_FOUND: {
    summary: 'The configuration file that was named does not exist or cannot be read.',
    hint: 'Check the path given with --config or GITOPS_CONFIG.',
  },
  CONFIG_SYNTAX: {
    summary: 'A configuration file is not valid YAML, or a line of .env or .netrc cannot be read.',
    hint: 'Correct the line that the message names.',
  },
  CONFIG_INVALID: {
    summary: 'A setting has a value that it cannot have.',
    hint: 'Correct every listed setting; `gitops config validate` checks the file alone.',
  },
  CONFIG_UNKNOWN_KEY: {
    summary: 'A configuration file has a key that does not exist.',
    hint: 'Correct the name, or remove the key.',
  },
  CONFIG_SECRET_LITERAL: {
    summary: 'A secret stands in gitops.yaml, a file that is committed.',
    hint: 'Replace the value by { env: NAME } or { file: PATH }, and revoke the secret if it was ever pushed.',
  },
  CONFIG_SECRET_MISSING: {
    summary: 'A secret is referred to, and the variable or file that should hold it is absent.',
    hint: 'Set the variable in the environment or in ~/.gitops/.env, or write the file.',
  },
  CONFIG_SECRET_FORBIDDEN: {
    summary:
      'A gitops.yaml that was found in the project asks for a secret that was not meant for that host.',
    hint: 'Use the variable GITOPS_TOKEN_ of that host, or name the file on purpose with --config.',
  },
  CONFIG_CREDENTIAL_UNSUPPORTED: {
    summary: 'A credential is of a kind that the forge does not take, or lacks a part.',
    hint: 'Create a token of the kind that the message names.',
  },
  CONFIG_HOST_UNKNOWN: {
    summary: 'A host is used that no configuration names.',
    hint: 'Add the host with its kind under "hosts" in gitops.yaml.',
  },
  CONFIG_FILE_UNSAFE: {
    summary: 'A configuration file is not a regular file, is too large, or is open to other users.',
    hint: 'Make it a regular file of your own with mode 0600.',
  },
  CONFIG_TEMPLATE_INVALID: {
    summary: 'A branch or path template cannot be filled in.',
    hint: 'Use the placeholders {cluster}, {namespace} and {deploy}, and plain names for their values.',
  },
} as const satisfies ErrorCodeTable;

/** One of {@link configErrorCodes}. */
export type ConfigErrorCode = keyof typeof configErrorCodes;

/** Says why the configuration cannot be used. `details.issues` lists every {@link ConfigIssue} where there are several. */
export class ConfigError extends GitOpsError {
  override readonly name = 'ConfigError';
  readonly code: ConfigErrorCode;

  constructor(code: ConfigErrorCode, message: string, options: GitOpsErrorOptions = {}) {
    super(message, { ...configErrorCodes[code], ...options });
    this.code = code;
  }
}
