import * as v from 'valibot';
import * as field from './fields.ts';

/*
 * What the jobs and reads are asked with. Names are those of the system that Bowline replaces. An unknown member is refused: it is
 * a misspelt one.
 */

export const createBranchBody = v.strictObject({
  repo: field.repo,
  src_branch: field.branch('Branch to start from.'),
  dest_branch: field.branch('Branch to create.'),
  dry_run: field.dryRun,
  ...field.place,
});

export const setImageBody = v.strictObject({
  repo: field.repo,
  refs: field.branch('Branch to commit on.'),
  yaml_path: field.path,
  image: field.image,
  container: field.container,
  all: field.all,
  dry_run: field.dryRun,
  ...field.place,
});

export const pullRequestBody = v.strictObject({
  repo: field.repo,
  src_branch: field.branch('Branch with the change.'),
  dest_branch: field.branch('Branch to merge into.'),
  delete_after_merge: field.deleteAfterMerge,
  title: field.text(255, 'Title. Default: `Merge SRC into DEST`.'),
  description: field.text(32_768, 'Description, in the Markdown of the forge.'),
  dry_run: field.dryRun,
  ...field.place,
});

export const mergeBody = v.strictObject({
  pr_url: field.pullRequestUrl,
  delete_after_merge: v.exactOptional(
    v.pipe(
      v.boolean('must be true or false'),
      v.description('Deletes the source branch. Default: what the pull request says.'),
    ),
  ),
  strategy: field.strategy,
  dry_run: field.dryRun,
});

export const kubernetesPullRequestBody = v.strictObject({
  cluster: field.branch('Branch of the environment, such as `prod`.'),
  namespace: field.name('Kubernetes namespace.'),
  deploy: field.name('Name of the deployment.'),
  image: field.image,
  approve_merge: field.approveMerge,
  repo: v.exactOptional(field.repo),
  container: field.container,
  all: field.all,
  strategy: field.strategy,
  dry_run: field.dryRun,
  ...field.place,
});

export const tagBody = v.strictObject({
  repo: field.repo,
  branch: field.branch('Branch that the commit is part of.'),
  commit_id: field.commitId,
  tag_name: field.tagName,
  message: field.text(32_768, 'Makes an annotated tag with this message.'),
  dry_run: field.dryRun,
  ...field.place,
});

export const webhookBody = v.strictObject({
  repo: field.repo,
  webhook_url: field.webhookUrl,
  delete: field.flag('Takes the webhook away.'),
  dry_run: field.dryRun,
  ...field.place,
});

const statuses = ['open', 'draft', 'merged', 'declined', 'all'] as const;

export const pullRequestsQuery = v.strictObject({
  repo: field.repo,
  status: v.optional(
    v.pipe(
      v.picklist(statuses, `must be one of ${statuses.join(', ')}`),
      v.description('Which ones. `open` includes drafts.'),
    ),
    'open',
  ),
  limit: field.count(1_000, 100),
  ...field.place,
});

export const pullRequestDiffQuery = v.strictObject({
  repo: field.repo,
  id: field.number('Number of the pull request.'),
  ...field.place,
});

export const tagsQuery = v.strictObject({
  repo: field.repo,
  limit: field.count(1_000, 100),
  ...field.place,
});

export const logsQuery = v.strictObject({
  repo: field.repo,
  ref: v.optional(field.branch('Branch or tag.'), 'HEAD'),
  limit: field.count(1_000, 10),
  ...field.place,
});

export const fileQuery = v.strictObject({
  repo: field.repo,
  ref: field.branch('Branch, tag or commit.'),
  path: field.path,
  ...field.place,
});
