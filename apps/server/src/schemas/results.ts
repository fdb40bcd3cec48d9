import type {
  CreateBranchResult,
  CreateTagResult,
  EnsureWebhookResult,
  KubernetesPullRequestResult,
  ListPullRequestsResult,
  MergeResult,
  PullRequestDiffResult,
  PullRequestResult,
  SetImageResult,
} from '@bowline/gitops-operations';
import * as v from 'valibot';

/*
 * What the jobs and reads answer, member by member. A member that stands in no schema never leaves the server.
 */

const list = <S extends v.GenericSchema>(item: S) => v.pipe(v.array(item), v.readonly());
const success = v.pipe(v.literal(true), v.description('Always; a failure is a problem document.'));
const repository = v.pipe(v.string(), v.description('Owner and name.'));
const message = v.pipe(v.string(), v.description('One sentence for a person.'));
const job = { success, repository, message, dry_run: v.boolean() };

export const createBranchResult = v.object({
  ...job,
  source_branch: v.string(),
  destination_branch: v.string(),
  created: v.pipe(v.boolean(), v.description('False when the branch was there already.')),
  commit: v.pipe(v.string(), v.description('The tip of the branch.')),
  branch_url: v.string(),
}) satisfies v.GenericSchema<unknown, CreateBranchResult>;

const imageChange = v.object({
  path: v.pipe(v.string(), v.description('JSON path of the value in its document.')),
  document: v.number(),
  line: v.number(),
  kind: v.optional(v.string()),
  namespace: v.optional(v.string()),
  name: v.optional(v.string()),
  container: v.optional(v.string()),
  before: v.string(),
  after: v.string(),
});

export const setImageResult = v.object({
  ...job,
  branch: v.string(),
  yaml_path: v.string(),
  image: v.string(),
  changed: v.boolean(),
  skipped: v.pipe(v.boolean(), v.description('The file has the image already.')),
  changes: list(imageChange),
  diff: v.pipe(v.string(), v.description('Unified diff; empty when nothing changes.')),
  commit: v.nullable(v.string()),
  commit_url: v.nullable(v.string()),
}) satisfies v.GenericSchema<unknown, SetImageResult>;

export const pullRequestResult = v.object({
  ...job,
  source: v.string(),
  destination: v.string(),
  delete_after_merge: v.boolean(),
  title: v.string(),
  created: v.pipe(v.boolean(), v.description('False when it was open already.')),
  pr_id: v.nullable(v.number()),
  pr_url: v.nullable(v.string()),
}) satisfies v.GenericSchema<unknown, PullRequestResult>;

export const mergeResult = v.object({
  ...job,
  pr_url: v.string(),
  pr_id: v.number(),
  source: v.string(),
  destination: v.string(),
  delete_after_merge: v.boolean(),
  already_merged: v.boolean(),
  merge_commit: v.nullable(v.string()),
}) satisfies v.GenericSchema<unknown, MergeResult>;

export const kubernetesPullRequestResult = v.object({
  ...job,
  cluster: v.string(),
  namespace: v.string(),
  deploy: v.string(),
  image: v.string(),
  changed: v.boolean(),
  steps: v.pipe(
    list(
      v.variant('name', [
        v.object({ name: v.literal('create_branch'), result: createBranchResult }),
        v.object({ name: v.literal('set_image'), result: setImageResult }),
        v.object({ name: v.literal('create_pr'), result: pullRequestResult }),
        v.object({ name: v.literal('merge_pr'), result: mergeResult }),
      ]),
    ),
    v.description('The parts that were gone through, in order.'),
  ),
  pr_url: v.nullable(v.string()),
  merged: v.boolean(),
  merge_commit: v.nullable(v.string()),
  diff: v.string(),
}) satisfies v.GenericSchema<unknown, KubernetesPullRequestResult>;

export const tagResult = v.object({
  ...job,
  branch: v.string(),
  commit_id: v.string(),
  tag_name: v.string(),
  created: v.pipe(v.boolean(), v.description('False when the tag was there already.')),
}) satisfies v.GenericSchema<unknown, CreateTagResult>;

export const webhookResult = v.object({
  ...job,
  webhook_url: v.string(),
  action: v.picklist(['create', 'update', 'delete', 'none']),
  webhook_id: v.nullable(v.string()),
}) satisfies v.GenericSchema<unknown, EnsureWebhookResult>;

const pullRequestSummary = v.object({
  id: v.number(),
  title: v.string(),
  source: v.string(),
  destination: v.string(),
  author: v.nullable(v.string()),
  state: v.picklist(['open', 'draft', 'merged', 'declined']),
  created_on: v.string(),
  updated_on: v.string(),
  url: v.string(),
});

export const pullRequestList = v.object({
  success,
  repository,
  status: v.picklist(['open', 'draft', 'merged', 'declined', 'all']),
  count: v.number(),
  truncated: v.pipe(v.boolean(), v.description('True when there are more than `limit`.')),
  pull_requests: list(pullRequestSummary),
  unreadable: v.exactOptional(list(v.string())),
  message,
}) satisfies v.GenericSchema<unknown, ListPullRequestsResult>;

export const pullRequestDiff = v.object({
  success,
  repository,
  pr_id: v.number(),
  diff: v.string(),
  message,
}) satisfies v.GenericSchema<unknown, PullRequestDiffResult>;

export const tagList = v.object({
  success,
  repository,
  count: v.number(),
  truncated: v.pipe(v.boolean(), v.description('True when there are more than `limit`.')),
  tags: list(v.object({ name: v.string(), sha: v.string() })),
});

export const commitLog = v.object({
  success,
  repository,
  ref: v.string(),
  count: v.number(),
  commits: list(
    v.object({
      sha: v.string(),
      short_sha: v.string(),
      parents: list(v.string()),
      author: v.string(),
      email: v.string(),
      date: v.pipe(v.string(), v.description('ISO 8601 in UTC.')),
      subject: v.string(),
      message: v.string(),
    }),
  ),
});

export const fileResult = v.object({
  success,
  repository,
  ref: v.string(),
  path: v.string(),
  size: v.pipe(v.number(), v.description('In bytes.')),
  binary: v.pipe(v.boolean(), v.description('True when `content` is base64: it is not UTF-8.')),
  content: v.string(),
});
