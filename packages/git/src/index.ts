export { inOrder } from './branch-queue.ts';
export { type CredentialForge, credentialUsername } from './credential-username.ts';
export type {
  CloneOptions,
  CommitOptions,
  CommitSigner,
  DiffOptions,
  FetchOptions,
  FileState,
  FileStatus,
  ListRemoteRefsOptions,
  LocalBranch,
  LogOptions,
  PullOptions,
  PushOptions,
  RepositoryStatus,
  UpdatedRef,
} from './engine.ts';
export { GitError, type GitErrorCode, gitErrorCodes } from './errors.ts';
export type {
  EditBranchOptions,
  EditBranchResult,
  Git,
  OpenGitOptions,
  ReadRemoteFileOptions,
  RemoteFile,
  RemoteLogOptions,
  Repository,
} from './git.ts';
export { openGit } from './open-git.ts';
export { checkBranchName, checkTagName, isObjectId, refNameProblem } from './ref-name.ts';
export {
  type ParseRemoteUrlOptions,
  parseRemoteUrl,
  type RemoteProtocol,
  type RemoteUrl,
  type RemoteUrlParts,
  remoteUrl,
} from './remote-url.ts';
export { checkRepositoryPath, repositoryPathProblem } from './repository-path.ts';
export { type SshSignerOptions, sshSigner } from './ssh-signer.ts';
export type {
  CommitInfo,
  CredentialLookup,
  CredentialRequest,
  EditTree,
  GitCredential,
  GitEngineName,
  GitProgress,
  Person,
  RemoteOptions,
  RemoteRef,
  Signature,
  SshOptions,
  TreeChange,
  TreeEdit,
  TreeEditResult,
  TreeEntry,
  TreeEntryMode,
} from './types.ts';
