// Written from the REST documentation of Bitbucket Data Center 9.4: the members that are used, and their types.

const text = { type: 'string' };
const textOrNull = { type: ['string', 'null'] };
const id = { type: 'integer', minimum: 0 };
const time = { type: 'integer', minimum: 0 };
const hash = { type: 'string', pattern: '^[0-9a-f]{40}$' };
const branchId = { type: 'string', pattern: '^refs/heads/.' };

/** An object with these members, of which none but `optional` may be missing. */
function object(properties: Readonly<Record<string, object>>, optional: readonly string[] = []) {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required };
}

/** The same for what is sent: nothing else is taken. */
function body(properties: Readonly<Record<string, object>>, optional: readonly string[] = []) {
  return { ...object(properties, optional), additionalProperties: false };
}

const list = (items: object) => ({ type: 'array', items });

/** A page of a list. */
export function pageOf(items: object) {
  return object({
    values: list(items),
    size: id,
    limit: id,
    start: id,
    isLastPage: { type: 'boolean' },
    nextPageStart: { type: ['integer', 'null'] },
  });
}

const project = object({
  key: text,
  name: { type: 'string', pattern: '^[^~]' },
  type: { enum: ['NORMAL', 'PERSONAL'] },
});
const place = object({ slug: text, project });
const placeSent = body({ slug: text, project: body({ key: text }) });
const self = object({ self: list(object({ href: text })) });

export const error = object({
  errors: {
    ...list(object({ context: textOrNull, message: textOrNull, exceptionName: textOrNull })),
    minItems: 1,
  },
});

export const repository = object({
  slug: text,
  id,
  name: text,
  scmId: text,
  state: { enum: ['AVAILABLE', 'INITIALISING', 'INITIALISATION_FAILED', 'OFFLINE'] },
  public: { type: 'boolean' },
  project,
  links: object({
    clone: list(object({ href: text, name: text })),
    self: list(object({ href: text })),
  }),
});

export const minimalRef = object({ id: text, displayId: text, type: { enum: ['BRANCH', 'TAG'] } });
export const branch = object({
  ...minimalRef.properties,
  id: branchId,
  latestCommit: hash,
  latestChangeset: hash,
});
export const tag = object({
  ...minimalRef.properties,
  latestCommit: hash,
  latestChangeset: hash,
  hash: textOrNull,
});
export const refSent = body({ name: text, startPoint: text, message: text }, ['message']);
export const branchDeletion = body(
  { name: branchId, dryRun: { type: 'boolean' }, endPoint: hash },
  ['dryRun', 'endPoint'],
);

const person = object({ name: text, emailAddress: text });
export const commit = object({
  id: hash,
  displayId: text,
  author: person,
  authorTimestamp: time,
  committer: person,
  committerTimestamp: time,
  message: text,
  parents: list(object({ id: hash, displayId: text })),
});

export const nodeType = object({ type: { enum: ['FILE', 'DIRECTORY', 'SUBMODULE'] } });
export const change = object({
  contentId: text,
  path: object({ components: list(text), name: text, parent: text, toString: text }),
  executable: { type: 'boolean' },
  type: { enum: ['ADD', 'COPY', 'DELETE', 'MODIFY', 'MOVE', 'UNKNOWN'] },
  nodeType: { enum: ['FILE', 'DIRECTORY', 'SUBMODULE'] },
});

export const user = object({
  name: text,
  slug: text,
  displayName: text,
  active: { type: 'boolean' },
});
const status = { enum: ['UNAPPROVED', 'NEEDS_WORK', 'APPROVED'] };
export const participant = object({
  user,
  role: { enum: ['AUTHOR', 'REVIEWER', 'PARTICIPANT'] },
  approved: { type: 'boolean' },
  status,
});
export const participantSent = body({ status });

const end = object({
  id: text,
  displayId: text,
  latestCommit: { type: ['string', 'null'], pattern: '^[0-9a-f]{40}$' },
  repository: place,
});
export const pullRequest = object(
  {
    id,
    version: id,
    title: text,
    description: text,
    state: { enum: ['OPEN', 'MERGED', 'DECLINED'] },
    open: { type: 'boolean' },
    closed: { type: 'boolean' },
    draft: { type: 'boolean' },
    createdDate: time,
    updatedDate: time,
    closedDate: time,
    fromRef: end,
    toRef: end,
    author: participant,
    reviewers: list(participant),
    participants: list(participant),
    properties: object({ mergeCommit: object({ id: hash, displayId: text }) }),
    links: self,
  },
  ['description', 'closedDate', 'properties'],
);
const endSent = body({ id: branchId, repository: placeSent });
export const pullRequestSent = body(
  {
    title: { type: 'string', minLength: 1 },
    description: text,
    draft: { type: 'boolean' },
    fromRef: endSent,
    toRef: endSent,
  },
  ['description', 'draft'],
);
export const pullRequestUpdate = body(
  {
    version: id,
    title: { type: 'string', minLength: 1 },
    description: text,
    toRef: endSent,
    reviewers: list(body({ user: body({ name: text }) })),
    draft: { type: 'boolean' },
  },
  ['draft'],
);
export const declineSent = body({ comment: text, version: id }, ['comment', 'version']);
export const mergeSent = body(
  {
    message: text,
    strategyId: {
      enum: [
        'no-ff',
        'ff',
        'ff-only',
        'rebase-no-ff',
        'rebase-ff-only',
        'squash',
        'squash-ff-only',
      ],
    },
    autoMerge: { type: 'boolean' },
    autoSubject: { type: 'boolean' },
    version: id,
  },
  ['message', 'strategyId', 'autoMerge', 'autoSubject', 'version'],
);
export const mergeability = object({
  canMerge: { type: 'boolean' },
  conflicted: { type: 'boolean' },
  outcome: { enum: ['CLEAN', 'CONFLICTED', 'UNKNOWN'] },
  vetoes: list(object({ summaryMessage: text, detailedMessage: text })),
});
export const autoMergeRequest = object({
  createdDate: time,
  fromHash: hash,
  message: textOrNull,
  strategyId: textOrNull,
  toRefId: text,
});
const strategy = object({ id: text, name: text, flag: text, enabled: { type: 'boolean' } });
export const pullRequestSettings = object({
  mergeConfig: object({ defaultStrategy: strategy, strategies: list(strategy), type: text }),
});

export const comment = object({
  id,
  version: id,
  text,
  author: user,
  createdDate: time,
  updatedDate: time,
});
export const commentSent = body({ text: { type: 'string', minLength: 1, maxLength: 32_768 } });
export const commentUpdate = body({ ...commentSent.properties, version: id });
export const activity = object(
  { id, action: text, createdDate: time, user, commentAction: text, comment },
  ['commentAction', 'comment'],
);

const buildState = { enum: ['CANCELLED', 'FAILED', 'INPROGRESS', 'SUCCESSFUL', 'UNKNOWN'] };
export const build = object(
  { key: text, state: buildState, name: text, description: text, url: text, createdDate: time },
  ['name', 'description'],
);
export const buildSent = body(
  {
    key: { type: 'string', minLength: 1, maxLength: 255 },
    state: buildState,
    name: { type: 'string', maxLength: 255 },
    description: text,
    url: { type: 'string', minLength: 1, maxLength: 450 },
  },
  ['name', 'description'],
);

const hookEvent = {
  enum: [
    'repo:refs_changed',
    'pr:opened',
    'pr:modified',
    'pr:from_ref_updated',
    'pr:reviewer:approved',
    'pr:merged',
    'pr:declined',
    'pr:comment:added',
  ],
};
const hookMembers = {
  name: { type: 'string', minLength: 1 },
  url: { type: 'string', format: 'uri' },
  events: { ...list(hookEvent), minItems: 1 },
  active: { type: 'boolean' },
  configuration: { type: 'object', additionalProperties: text },
};
export const hook = object({ ...hookMembers, id });
export const hookSent = body({ ...hookMembers, sslVerificationRequired: { type: 'boolean' } });
