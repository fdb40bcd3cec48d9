import * as v from 'valibot';

// Loose on purpose: only what is used is checked, and members that GitHub adds later do no harm.

const text = v.string();

export const sha = v.pipe(text, v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'is not a commit id'));

export const repositorySchema = v.looseObject({
  full_name: text,
  private: v.boolean(),
  default_branch: v.nullish(text),
  html_url: v.nullish(text),
  clone_url: v.nullish(text),
  size: v.nullish(v.number()),
  allow_merge_commit: v.nullish(v.boolean()),
  allow_squash_merge: v.nullish(v.boolean()),
  allow_rebase_merge: v.nullish(v.boolean()),
});

export const refSchema = v.looseObject({
  ref: text,
  object: v.looseObject({ type: text, sha }),
});

/** An entry of the list of branches, or of tags, whose commit is never that of the tag object. */
export const namedCommitSchema = v.looseObject({ name: text, commit: v.looseObject({ sha }) });

export const tagObjectSchema = v.looseObject({
  sha,
  object: v.looseObject({ type: text, sha }),
});

/** What has no use here but its id: a new blob, tree or commit. */
export const objectSchema = v.looseObject({ sha });

export const comparisonSchema = v.looseObject({
  ahead_by: v.pipe(v.number(), v.integer(), v.minValue(0)),
  merge_base_commit: v.looseObject({ sha }),
  files: v.nullish(
    v.array(
      v.looseObject({
        filename: text,
        previous_filename: v.nullish(text),
        // The document names seven; an eighth is a change too.
        status: text,
      }),
    ),
  ),
});

export const statusSchema = v.looseObject({
  context: text,
  state: text,
  description: v.nullish(text),
  target_url: v.nullish(text),
});

export const checkRunSchema = v.looseObject({
  name: text,
  status: text,
  conclusion: v.nullish(text),
  html_url: v.nullish(text),
  details_url: v.nullish(text),
  output: v.nullish(v.looseObject({ title: v.nullish(text) })),
});

const side = v.looseObject({
  ref: text,
  sha,
  // Null when the repository, here a fork, is gone.
  repo: v.nullish(v.looseObject({ full_name: text })),
});

export const pullRequestSchema = v.looseObject({
  number: v.pipe(v.number(), v.integer(), v.minValue(1)),
  node_id: text,
  title: text,
  body: v.nullish(text),
  state: v.picklist(['open', 'closed']),
  draft: v.nullish(v.boolean()),
  merged_at: v.nullish(text),
  merge_commit_sha: v.nullish(sha),
  mergeable: v.nullish(v.boolean()),
  mergeable_state: v.nullish(text),
  auto_merge: v.nullish(v.unknown()),
  head: side,
  base: side,
  user: v.nullish(v.looseObject({ login: text })),
  html_url: v.nullish(text),
  created_at: text,
  updated_at: text,
});
export type PullRequestAnswer = v.InferOutput<typeof pullRequestSchema>;

export const commentSchema = v.looseObject({
  id: v.pipe(v.number(), v.integer()),
  body: v.nullish(text),
});

export const webhookSchema = v.looseObject({
  id: v.pipe(v.number(), v.integer()),
  active: v.boolean(),
  events: v.array(text),
  config: v.looseObject({ url: v.nullish(text) }),
});
