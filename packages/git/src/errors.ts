import { type ErrorCodeTable, GitOpsError, type GitOpsErrorOptions } from '@bowline/gitops-errors';

/** The codes of {@link GitError}. */
export const gitErrorCodes = {
  GIT_INVALID_ARGUMENT: {
    summary: 'A ref name, path, address or option cannot be used with Git.',
    hint: 'Correct the value; the message says which rule it breaks.',
  },
  GIT_INVALID_REMOTE: {
    summary: 'The address of a remote cannot be used.',
    hint: 'Use https://host/path.git, ssh://user@host/path.git or user@host:path.git, without a password in it.',
  },
  GIT_AUTHENTICATION_FAILED: {
    summary: 'The Git server refused the credential, or wants one and none is configured.',
    hint: 'Check the token or key of this host; `gitops config` shows where each credential comes from.',
  },
  GIT_CREDENTIAL_NOT_SENT: {
    summary:
      'A credential was asked for where it must not go: plain HTTP, or another host after a redirect.',
    hint: 'Use the https address that the server redirects to.',
  },
  GIT_HOST_KEY_UNKNOWN: {
    summary: 'The SSH host key is not known, or is not the one that was known.',
    hint: 'Get the host key from a source that you trust and add it to the known_hosts file.',
  },
  GIT_REMOTE_UNREACHABLE: {
    summary: 'The Git server did not answer, or the connection broke.',
    hint: 'Check the address and the network, then run it again.',
    retryable: true,
  },
  GIT_REMOTE_NOT_FOUND: {
    summary: 'There is no such repository, or this credential may not see it.',
    hint: 'Check the name of the repository and the rights of the credential.',
  },
  GIT_REMOTE_INVALID_ANSWER: {
    summary: 'The server sent something that is not valid Git data.',
    hint: 'Run it again; if it stays, the repository on the server is damaged or the address is not a Git server.',
    retryable: true,
  },
  GIT_TIMEOUT: {
    summary: 'A deadline passed before Git was done.',
    hint: 'Run it again, or allow more time.',
    retryable: true,
  },
  GIT_REF_NOT_FOUND: {
    summary: 'There is no such branch, tag or commit.',
    hint: 'List what there is with `gitops branch` or `git ls-remote`.',
  },
  GIT_ALREADY_EXISTS: {
    summary: 'The branch, tag or folder exists already.',
    hint: 'Choose another name, or delete the existing one first.',
  },
  GIT_PUSH_REJECTED: {
    summary:
      'The remote branch has commits that the local one lacks, or the server refused the push.',
    hint: 'Pull first; if the server refused it, its message says why.',
  },
  GIT_BRANCH_MOVED: {
    summary: 'Other commits kept arriving on the branch while it was edited.',
    hint: 'Run it again when the branch is quieter.',
    retryable: true,
  },
  GIT_DIVERGED: {
    summary: 'The local and the remote branch have both moved, so a fast-forward is not possible.',
    hint: 'Pull with a merge, or rebase your commits.',
  },
  GIT_MERGE_CONFLICT: {
    summary: 'The same lines were changed on both sides.',
    hint: 'Merge by hand; the details list the files.',
  },
  GIT_WORK_TREE_DIRTY: {
    summary: 'Uncommitted changes would be overwritten.',
    hint: 'Commit or stash the changes first.',
  },
  GIT_NO_WORK_TREE: {
    summary: 'The operation needs files on disk and the repository is bare.',
    hint: 'Clone the repository with a work tree.',
  },
  GIT_NOT_A_REPOSITORY: {
    summary: 'The folder is not inside a Git repository.',
    hint: 'Go to the repository, or name it with --cwd.',
  },
  GIT_NOTHING_TO_COMMIT: {
    summary: 'There is no change to commit.',
    hint: 'Add the changes first, or use --all.',
  },
  GIT_IDENTITY_MISSING: {
    summary: 'The author of a commit is not known.',
    hint: 'Set GITOPS_AUTHOR_NAME and GITOPS_AUTHOR_EMAIL, or user.name and user.email in the Git configuration.',
  },
  GIT_EXECUTABLE_NOT_FOUND: {
    summary: 'The operation needs the git program (2.30 or newer), and there is none.',
    hint: 'Install git, or use an https address, which works without it.',
  },
  GIT_COMMAND_FAILED: {
    summary: 'The git program failed in a way that has no code of its own.',
    hint: 'Read the message of git.',
  },
  GIT_LIMIT_EXCEEDED: {
    summary: 'The repository or a file in it is larger than the limit allows.',
    hint: 'Raise the limit if this size is meant.',
  },
} as const satisfies ErrorCodeTable;

/** One of {@link gitErrorCodes}. */
export type GitErrorCode = keyof typeof gitErrorCodes;

/** Says why a Git operation failed. */
export class GitError extends GitOpsError {
  override readonly name = 'GitError';
  readonly code: GitErrorCode;

  constructor(code: GitErrorCode, message: string, options: GitOpsErrorOptions = {}) {
    super(message, { ...gitErrorCodes[code], ...options });
    this.code = code;
  }
}
