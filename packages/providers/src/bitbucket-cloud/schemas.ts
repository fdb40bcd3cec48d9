import * as v from 'valibot';

// Loose on purpose: only what is used is checked, and members that Bitbucket adds later do no harm.

const text = v.string();
const hash = v.pipe(text, v.regex(/^[0-9a-f]{7,64}$/, 'is not a commit id'));
const fullHash = v.pipe(
  text,
  v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'is not a full commit id'),
);
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const link = v.looseObject({ href: text });
const links = v.nullish(v.looseObject({ html: v.nullish(link) }));

export const repositorySchema = v.looseObject({
  full_name: text,
  is_private: v.optional(v.boolean(), false),
  mainbranch: v.nullish(v.looseObject({ name: text })),
  links: v.nullish(
    v.looseObject({
      html: v.nullish(link),
      clone: v.nullish(v.array(v.looseObject({ href: text, name: v.nullish(text) }))),
    }),
  ),
});

export const refSchema = v.looseObject({
  name: text,
  target: v.looseObject({ hash: fullHash }),
  links,
});

export const commitSchema = v.looseObject({
  hash: fullHash,
  message: v.optional(text, ''),
  parents: v.optional(v.array(v.looseObject({ hash })), []),
});

export const fileMetaSchema = v.looseObject({
  type: text,
  commit: v.optional(v.looseObject({ hash: text })),
  // The document says one string, its own example a list.
  attributes: v.nullish(v.union([v.array(text), text])),
});

const endpoint = v.looseObject({
  branch: v.looseObject({
    name: text,
    merge_strategies: v.nullish(v.array(text)),
    default_merge_strategy: v.nullish(text),
  }),
  // Null when the repository, here a fork, is gone.
  repository: v.nullish(v.looseObject({ full_name: text })),
  // Null when the branch, or the repository it is in, is gone.
  commit: v.nullish(v.looseObject({ hash })),
});

export const pullRequestSchema = v.looseObject({
  id: v.pipe(v.number(), v.integer(), v.minValue(1)),
  title: text,
  description: v.nullish(text),
  summary: v.nullish(v.looseObject({ raw: v.nullish(text) })),
  state: v.picklist(['OPEN', 'MERGED', 'DECLINED', 'SUPERSEDED']),
  draft: v.nullish(v.boolean()),
  source: endpoint,
  destination: endpoint,
  merge_commit: v.nullish(v.looseObject({ hash: v.nullish(hash) })),
  close_source_branch: v.nullish(v.boolean()),
  reviewers: v.nullish(
    v.array(v.looseObject({ type: v.optional(text, 'user'), uuid: v.nullish(text) })),
  ),
  author: v.nullish(v.looseObject({ display_name: v.nullish(text), nickname: v.nullish(text) })),
  links,
  created_on: text,
  updated_on: text,
});
export type PullRequestAnswer = v.InferOutput<typeof pullRequestSchema>;

export const mergeTaskSchema = v.looseObject({
  task_status: text,
  merge_result: v.optional(v.unknown()),
});

export const commentSchema = v.looseObject({
  id: v.pipe(v.number(), v.integer()),
  deleted: v.nullish(v.boolean()),
  content: v.nullish(v.looseObject({ raw: v.nullish(text) })),
});

export const statusSchema = v.looseObject({
  key: text,
  state: v.picklist(['SUCCESSFUL', 'FAILED', 'INPROGRESS', 'STOPPED']),
  name: v.nullish(text),
  description: v.nullish(text),
  url: v.nullish(text),
});

export const webhookSchema = v.looseObject({
  uuid: text,
  url: text,
  active: v.optional(v.boolean(), true),
  events: v.optional(v.array(text), []),
});

const diffFile = v.nullish(v.looseObject({ path: text }));
export const diffstatSchema = v.looseObject({
  // The document names four states; in reality there are "merge conflict" and others too.
  status: text,
  old: diffFile,
  new: diffFile,
});

export const errorSchema = v.looseObject({
  error: v.looseObject({
    message: text,
    detail: v.nullish(v.unknown()),
    fields: v.nullish(v.unknown()),
    data: v.nullish(v.unknown()),
  }),
});

/** One page of a list of `item`. */
export function pageSchema<T extends v.GenericSchema>(item: T) {
  return v.looseObject({
    // Required: an answer without it is no list, and must not pass for an empty one.
    values: v.array(item),
    next: v.nullish(text),
    size: v.nullish(count),
  });
}
