export type { BitbucketCloudOptions } from './bitbucket-cloud/options.ts';
export type { ConnectOptions } from './connect.ts';
export { connect } from './connect.ts';
export type { ProviderErrorCode } from './errors.ts';
export { ProviderError, providerErrorCodes } from './errors.ts';
export type { Clock } from './http/clock.ts';
export type { LocalOptions } from './local/local.ts';
export type {
  Branch,
  Branches,
  ChangedFile,
  CommitInfo,
  CommitState,
  CommitStatus,
  CommitStatuses,
  Commits,
  Comparison,
  CreateCommit,
  CreatePullRequest,
  FileChange,
  FileContent,
  FileMode,
  Files,
  ListPullRequestsOptions,
  MergePullRequest,
  MergeStrategy,
  Person,
  Provider,
  ProviderAuth,
  ProviderKind,
  ProviderRepository,
  PullRequest,
  PullRequestAddress,
  PullRequestFilter,
  PullRequestState,
  PullRequests,
  RepositoryInfo,
  RequestOptions,
  Tag,
  Tags,
  Webhook,
  WebhookDelivery,
  WebhookEvent,
  WebhookInput,
  Webhooks,
  WebhookTopic,
} from './types.ts';
