export type { BitbucketCloudOptions } from './bitbucket-cloud/options.ts';
export type {
  BitbucketDatacenterOptions,
  CommitFiles,
  CommitFilesByPush,
} from './bitbucket-datacenter/options.ts';
export type {
  Ci,
  CiJob,
  CiLogChunk,
  CiLogOptions,
  CiPhase,
  CiProgress,
  CiResult,
  CiRun,
  CiRunFilter,
  CiStep,
  CiVariable,
  CiVariableScope,
  CiVariables,
  TriggerRun,
} from './ci-types.ts';
export type {
  ChangedFile,
  CommitInfo,
  CommitState,
  CommitStatus,
  CommitStatuses,
  Commits,
  Comparison,
  CreateCommit,
  FileChange,
  FileContent,
  FileMode,
  Files,
} from './commit-types.ts';
export type { ConnectOptions } from './connect.ts';
export { connect } from './connect.ts';
export type { ProviderErrorCode } from './errors.ts';
export { ProviderError, providerErrorCodes } from './errors.ts';
export type { ForgeOptions } from './forge-options.ts';
export type { GiteaOptions } from './gitea/options.ts';
export type { GithubAppAuth, GithubOptions } from './github/options.ts';
export type { GitlabAuth, GitlabOptions } from './gitlab/options.ts';
export type { Clock } from './http/clock.ts';
export type { LocalOptions } from './local/local.ts';
export type { Provider } from './provider-types.ts';
export type {
  AutoMerge,
  CreatePullRequest,
  ListPullRequestsOptions,
  MergePullRequest,
  MergeStrategy,
  PullRequest,
  PullRequestAddress,
  PullRequestFilter,
  PullRequestState,
  PullRequests,
} from './pull-request-types.ts';
export type {
  Branch,
  Branches,
  GitCredential,
  ProviderRepository,
  RepositoryInfo,
  Tag,
  Tags,
} from './repository-types.ts';
export type { Person, ProviderAuth, ProviderKind, RequestOptions } from './vocabulary.ts';
export type {
  Webhook,
  WebhookDelivery,
  WebhookEvent,
  WebhookInput,
  Webhooks,
  WebhookTopic,
} from './webhook-types.ts';
