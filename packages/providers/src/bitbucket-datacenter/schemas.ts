import * as v from 'valibot';

// Loose on purpose: only what is used is checked, and members that a later version adds do no harm.

const text = v.string();
export const fullHash = v.pipe(
  text,
  v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'is not a full commit id'),
);
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
// Milliseconds that a date can hold (ECMA-262, "Time Values").
const time = v.pipe(v.number(), v.minValue(0), v.maxValue(8_640_000_000_000_000));

const links = v.nullish(
  v.looseObject({ self: v.nullish(v.array(v.looseObject({ href: v.nullish(text) }))) }),
);

const place = v.looseObject({ slug: text, project: v.looseObject({ key: text }) });
export type RepositoryAnswer = v.InferOutput<typeof place>;

export const repositorySchema = v.looseObject({
  ...place.entries,
  public: v.nullish(v.boolean()),
  links: v.nullish(
    v.looseObject({
      clone: v.nullish(v.array(v.looseObject({ href: v.nullish(text), name: v.nullish(text) }))),
      self: v.nullish(v.array(v.looseObject({ href: v.nullish(text) }))),
    }),
  ),
});

export const branchSchema = v.looseObject({
  id: v.pipe(text, v.startsWith('refs/heads/')),
  displayId: text,
  latestCommit: fullHash,
});
export const defaultBranchSchema = v.looseObject({ id: text, displayId: text });

export const tagSchema = v.looseObject({
  id: v.pipe(text, v.startsWith('refs/tags/')),
  displayId: text,
  latestCommit: fullHash,
});

export const commitSchema = v.looseObject({
  id: fullHash,
  message: v.nullish(text, ''),
  parents: v.nullish(v.array(v.looseObject({ id: fullHash })), []),
});

export const typeSchema = v.looseObject({ type: v.picklist(['FILE', 'DIRECTORY', 'SUBMODULE']) });

const path = v.looseObject({ components: v.array(text) });
export const changeSchema = v.looseObject({
  type: text,
  path,
  srcPath: v.nullish(path),
});

const user = v.looseObject({
  name: v.nullish(text),
  displayName: v.nullish(text),
  slug: v.nullish(text),
});
export const userSchema = user;

const ref = v.looseObject({
  id: text,
  displayId: text,
  latestCommit: v.nullish(fullHash),
  // Null when the fork is gone.
  repository: v.nullish(place),
});

export const pullRequestSchema = v.looseObject({
  id: v.pipe(count, v.minValue(1)),
  version: count,
  title: text,
  description: v.nullish(text),
  state: v.picklist(['OPEN', 'MERGED', 'DECLINED']),
  draft: v.nullish(v.boolean()),
  fromRef: ref,
  toRef: ref,
  createdDate: time,
  updatedDate: time,
  author: v.nullish(v.looseObject({ user: v.nullish(user) })),
  reviewers: v.nullish(v.array(v.looseObject({ user: v.nullish(user) })), []),
  properties: v.nullish(
    v.looseObject({ mergeCommit: v.nullish(v.looseObject({ id: v.nullish(fullHash) })) }),
  ),
  links,
});
export type PullRequestAnswer = v.InferOutput<typeof pullRequestSchema>;

export const mergeabilitySchema = v.looseObject({
  canMerge: v.nullish(v.boolean()),
  conflicted: v.nullish(v.boolean()),
  outcome: v.nullish(text),
  vetoes: v.nullish(
    v.array(v.looseObject({ summaryMessage: v.nullish(text), detailedMessage: v.nullish(text) })),
    [],
  ),
});

const strategy = v.looseObject({ id: text, enabled: v.nullish(v.boolean()) });
export const mergeSettingsSchema = v.looseObject({
  mergeConfig: v.looseObject({
    defaultStrategy: v.nullish(strategy),
    strategies: v.nullish(v.array(strategy), []),
  }),
});

export const commentSchema = v.looseObject({
  id: v.pipe(v.number(), v.integer()),
  version: v.nullish(count, 0),
  text: v.nullish(text, ''),
});
// Other kinds of activities have other members, and plug-ins add kinds of their own.
export const activitySchema = v.looseObject({
  action: text,
  commentAction: v.nullish(text),
  comment: v.optional(v.unknown()),
});

export const statusSchema = v.looseObject({
  key: text,
  state: v.picklist(['SUCCESSFUL', 'FAILED', 'INPROGRESS', 'CANCELLED', 'UNKNOWN']),
  projectKey: v.nullish(text),
  repositorySlug: v.nullish(text),
  description: v.nullish(text),
  url: v.nullish(text),
});

export const webhookSchema = v.looseObject({
  id: v.union([count, text]),
  url: text,
  active: v.nullish(v.boolean(), true),
  events: v.nullish(v.array(text), []),
  configuration: v.nullish(v.record(text, v.unknown())),
});
export type WebhookAnswer = v.InferOutput<typeof webhookSchema>;

export const errorSchema = v.looseObject({
  errors: v.pipe(
    v.array(
      v.looseObject({
        message: v.nullish(text),
        context: v.nullish(text),
        exceptionName: v.nullish(text),
      }),
    ),
    v.minLength(1),
  ),
});

/** One page of a list of `item`. */
export function pageSchema<T extends v.GenericSchema>(item: T) {
  return v.looseObject({
    // Required: an answer without it is no list, and must not pass for an empty one.
    values: v.array(item),
    isLastPage: v.nullish(v.boolean(), true),
    nextPageStart: v.nullish(count),
  });
}
