export type { FollowRunOptions, RunOutput } from './ci-run.ts';
export { findRun, followRun, requireCi } from './ci-run.ts';
export { completeImage } from './complete-image.ts';
export type { CreateBranchInput } from './create-branch.ts';
export { createBranch } from './create-branch.ts';
export type { CreateTagInput } from './create-tag.ts';
export { createTag } from './create-tag.ts';
export type { EnsureWebhookInput } from './ensure-webhook.ts';
export { ensureWebhook } from './ensure-webhook.ts';
export type { OperationErrorCode } from './errors.ts';
export { OperationError, operationErrorCodes } from './errors.ts';
export type { JobEventContext, JobOutcome } from './job-event.ts';
export { jobEvent } from './job-event.ts';
export type { KubernetesPullRequestInput } from './kubernetes-pull-request.ts';
export { kubernetesPullRequest } from './kubernetes-pull-request.ts';
export type { ListPullRequestsInput } from './list-pull-requests.ts';
export { listPullRequests, pullRequestDiff } from './list-pull-requests.ts';
export type { MergePullRequestInput } from './merge-pull-request.ts';
export { mergePullRequest } from './merge-pull-request.ts';
export type { CreatePullRequestInput } from './pull-request.ts';
export { createPullRequest } from './pull-request.ts';
export type { GitRemote, SetImageInput } from './set-image.ts';
export { setImage } from './set-image.ts';
export type {
  CommitOptions,
  CreateBranchResult,
  CreateTagResult,
  EnsureWebhookResult,
  JobOptions,
  KubernetesPullRequestResult,
  KubernetesPullRequestStep,
  ListPullRequestsResult,
  MergeResult,
  PullRequestDiffResult,
  PullRequestResult,
  PullRequestStatus,
  PullRequestSummary,
  SetImageResult,
  StepName,
  StepProgress,
} from './types.ts';
