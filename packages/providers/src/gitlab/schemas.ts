import * as v from 'valibot';

// Loose on purpose: only what is used is checked, and members that GitLab adds later do no harm.

const text = v.string();
export const fullHash = v.pipe(
  text,
  v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'is not a full commit id'),
);
const number = v.pipe(v.number(), v.integer(), v.minValue(1));
const flag = v.nullish(v.boolean());

export const projectSchema = v.looseObject({
  id: number,
  path_with_namespace: text,
  default_branch: v.nullish(text),
  empty_repo: flag,
  visibility: v.nullish(text),
  web_url: v.nullish(text),
  http_url_to_repo: v.nullish(text),
  merge_method: v.nullish(text),
  squash_option: v.nullish(text),
});

export const branchSchema = v.looseObject({
  name: text,
  commit: v.looseObject({ id: fullHash }),
  web_url: v.nullish(text),
});

export const tagSchema = v.looseObject({
  name: text,
  commit: v.looseObject({ id: fullHash }),
});

export const commitSchema = v.looseObject({
  id: fullHash,
  message: v.nullish(text),
  parent_ids: v.nullish(v.array(fullHash)),
  author_name: v.nullish(text),
  author_email: v.nullish(text),
  authored_date: v.nullish(text),
  web_url: v.nullish(text),
});

export const fileSchema = v.looseObject({
  size: v.pipe(v.number(), v.minValue(0)),
  encoding: v.literal('base64'),
  content: text,
  commit_id: v.nullish(text),
  execute_filemode: flag,
});

export const treeEntrySchema = v.looseObject({ path: text, mode: text });

export const diffSchema = v.looseObject({
  old_path: text,
  new_path: text,
  a_mode: v.nullish(text),
  b_mode: v.nullish(text),
  diff: v.nullish(text),
  new_file: flag,
  renamed_file: flag,
  deleted_file: flag,
  collapsed: flag,
  too_large: flag,
});
export type DiffAnswer = v.InferOutput<typeof diffSchema>;

export const compareSchema = v.looseObject({
  commits: v.nullish(v.array(v.looseObject({ id: text }))),
  diffs: v.nullish(v.array(diffSchema)),
  compare_timeout: flag,
});

export const mergeRequestSchema = v.looseObject({
  iid: number,
  title: text,
  description: v.nullish(text),
  state: v.picklist(['opened', 'closed', 'merged', 'locked']),
  draft: flag,
  work_in_progress: flag,
  source_branch: text,
  target_branch: text,
  source_project_id: v.nullish(v.number()),
  target_project_id: v.nullish(v.number()),
  // Null when the branch, or the fork that it is in, is gone.
  sha: v.nullish(text),
  merge_commit_sha: v.nullish(text),
  squash_commit_sha: v.nullish(text),
  merge_status: v.nullish(text),
  detailed_merge_status: v.nullish(text),
  has_conflicts: flag,
  merge_error: v.nullish(text),
  merge_when_pipeline_succeeds: flag,
  force_remove_source_branch: flag,
  rebase_in_progress: flag,
  author: v.nullish(v.looseObject({ name: v.nullish(text), username: v.nullish(text) })),
  web_url: v.nullish(text),
  created_at: text,
  updated_at: text,
});
export type MergeRequestAnswer = v.InferOutput<typeof mergeRequestSchema>;

export const approvalsSchema = v.looseObject({ user_has_approved: flag });

export const noteSchema = v.looseObject({
  id: number,
  body: v.nullish(text),
  system: flag,
});

export const statusSchema = v.looseObject({
  id: number,
  status: text,
  name: text,
  description: v.nullish(text),
  target_url: v.nullish(text),
});

export const hookSchema = v.looseObject({
  // The document says text, the API sends a number.
  id: v.union([number, v.pipe(text, v.regex(/^\d{1,18}$/))]),
  url: text,
  push_events: flag,
  tag_push_events: flag,
  merge_requests_events: flag,
  pipeline_events: flag,
  alert_status: v.nullish(text),
  token_present: flag,
});

export const versionSchema = v.looseObject({ version: text });

export const errorSchema = v.looseObject({
  message: v.nullish(v.unknown()),
  error: v.nullish(v.unknown()),
  error_description: v.nullish(v.unknown()),
  scope: v.nullish(text),
});
