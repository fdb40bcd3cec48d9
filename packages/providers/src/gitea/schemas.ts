import * as v from 'valibot';

// Loose on purpose: only what is used is checked, and members that a server adds or Forgejo lacks do no harm.

const text = v.string();
const fullSha = v.pipe(text, v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'is not a full object id'));
const id = v.pipe(v.number(), v.integer(), v.minValue(1));
const time = v.nullish(text);

/** A list of `item`. Go writes an empty one as `null` at times. */
export function listSchema<T extends v.GenericSchema>(item: T) {
  return v.pipe(
    v.nullable(v.array(item)),
    v.transform((items) => items ?? []),
  );
}

/** The same where the member may be left out. */
export function optionalList<T extends v.GenericSchema>(item: T) {
  return v.optional(listSchema(item), null);
}

export const errorSchema = v.looseObject({
  message: text,
  errors: v.nullish(v.array(v.unknown())),
});

/** A merge that does not work is answered with the error of the server as it is, without a message. */
export const conflictSchema = v.looseObject({
  Style: text,
  StdOut: v.nullish(text),
  StdErr: v.nullish(text),
});

export const versionSchema = v.looseObject({ version: text });

export const repositorySchema = v.looseObject({
  full_name: text,
  private: v.optional(v.boolean(), false),
  empty: v.optional(v.boolean(), false),
  default_branch: v.nullish(text),
  html_url: v.nullish(text),
  clone_url: v.nullish(text),
});

export const branchSchema = v.looseObject({ name: text, commit: v.looseObject({ id: fullSha }) });

export const tagSchema = v.looseObject({ name: text, commit: v.looseObject({ sha: fullSha }) });

const parents = optionalList(v.looseObject({ sha: fullSha }));

export const commitSchema = v.looseObject({
  sha: fullSha,
  parents,
  commit: v.nullish(v.looseObject({ message: v.nullish(text) })),
});

export const compareSchema = v.looseObject({
  total_commits: v.pipe(v.number(), v.integer(), v.minValue(0)),
  commits: listSchema(v.looseObject({ sha: fullSha, parents })),
});

export const contentSchema = v.looseObject({
  type: text,
  sha: fullSha,
  size: v.nullish(v.number()),
  encoding: v.nullish(text),
  content: v.nullish(text),
  target: v.nullish(text),
});
export type ContentAnswer = v.InferOutput<typeof contentSchema>;

export const treeSchema = v.looseObject({
  sha: fullSha,
  truncated: v.optional(v.boolean(), false),
  tree: listSchema(v.looseObject({ path: text, mode: text, sha: fullSha })),
});

export const blobSchema = v.looseObject({
  sha: fullSha,
  encoding: v.nullish(text),
  content: v.nullish(text),
});

export const madeCommitSchema = v.looseObject({
  commit: v.looseObject({ sha: fullSha, parents }),
});

const side = v.looseObject({
  ref: text,
  label: v.nullish(text),
  // Empty when the branch is gone.
  sha: v.nullish(text),
  // Null when the repository, here a fork, is gone.
  repo: v.nullish(v.looseObject({ full_name: text, default_merge_style: v.nullish(text) })),
});

export const pullRequestSchema = v.looseObject({
  number: id,
  title: text,
  body: v.nullish(text),
  state: v.picklist(['open', 'closed']),
  draft: v.nullish(v.boolean()),
  merged: v.nullish(v.boolean()),
  mergeable: v.nullish(v.boolean()),
  merge_base: v.nullish(text),
  merge_commit_sha: v.nullish(text),
  head: side,
  base: side,
  user: v.nullish(v.looseObject({ login: v.nullish(text), full_name: v.nullish(text) })),
  html_url: v.nullish(text),
  created_at: text,
  updated_at: text,
});
export type PullRequestAnswer = v.InferOutput<typeof pullRequestSchema>;

export const userSchema = v.looseObject({ id, login: text });

export const reviewSchema = v.looseObject({
  id,
  state: text,
  dismissed: v.optional(v.boolean(), false),
  stale: v.optional(v.boolean(), false),
  // Null for the review of a team.
  user: v.nullish(v.looseObject({ id })),
});

export const commentSchema = v.looseObject({ id, body: v.nullish(text) });

export const statusSchema = v.looseObject({
  context: text,
  status: text,
  description: v.nullish(text),
  target_url: v.nullish(text),
});

export const webhookSchema = v.looseObject({
  id,
  active: v.optional(v.boolean(), true),
  events: optionalList(text),
  config: v.looseObject({ url: text }),
});

export const runSchema = v.looseObject({
  id,
  run_number: v.nullish(v.number()),
  run_attempt: v.nullish(v.number()),
  // `ci.yaml@refs/heads/main`
  path: v.nullish(text),
  display_title: v.nullish(text),
  head_branch: v.nullish(text),
  head_sha: v.nullish(text),
  status: v.nullish(text),
  conclusion: v.nullish(text),
  html_url: v.nullish(text),
  started_at: time,
  completed_at: time,
  created_at: time,
});
export type RunAnswer = v.InferOutput<typeof runSchema>;

const progress = {
  name: v.nullish(text),
  status: v.nullish(text),
  conclusion: v.nullish(text),
  started_at: time,
  completed_at: time,
};

export const jobSchema = v.looseObject({
  ...progress,
  id,
  html_url: v.nullish(text),
  steps: optionalList(v.looseObject(progress)),
});
export type JobAnswer = v.InferOutput<typeof jobSchema>;

export const runDetailsSchema = v.looseObject({ workflow_run_id: id });

/** What Forgejo answers when a run is started. */
export const forgejoRunSchema = v.looseObject({ id, run_number: v.nullish(v.number()) });

export const variableSchema = v.looseObject({ name: text, data: v.nullish(text) });
export const secretSchema = v.looseObject({ name: text });
