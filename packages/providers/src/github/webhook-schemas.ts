import * as v from 'valibot';
import { checkRefName, passes } from '../names.ts';
import { checkRepositoryName } from './names.ts';

const text = v.string();
const hash = v.pipe(text, v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/));
const refName = v.pipe(text, v.check(passes((name) => checkRefName(name, 'ref'))));
// The name has its rules without what stands before it: `refs/heads/-x` is a ref, and `-x` no branch.
const fullRef = v.pipe(
  text,
  v.check(passes((ref) => checkRefName(ref.replace(/^refs\/(?:heads|tags)\//, ''), 'ref'))),
);
const state = { status: v.nullish(text), conclusion: v.nullish(text) };

/** What every delivery about a repository has. */
export const eventSchema = v.looseObject({
  repository: v.looseObject({ full_name: v.pipe(text, v.check(passes(checkRepositoryName))) }),
});
const { repository } = eventSchema.entries;

export const pushSchema = v.looseObject({
  repository,
  ref: fullRef,
  before: hash,
  after: hash,
  head_commit: v.nullish(v.looseObject({ id: hash })),
  commits: v.nullish(v.pipe(v.array(v.looseObject({ id: hash })), v.maxLength(10_000))),
});

const side = v.looseObject({
  ref: refName,
  // Null when the fork is gone.
  repo: v.nullish(v.looseObject({ full_name: text })),
});
const pull_request = v.looseObject({
  number: v.pipe(v.number(), v.integer(), v.minValue(1)),
  merged: v.nullish(v.boolean()),
  head: side,
  base: side,
  title: v.nullish(text),
  html_url: v.nullish(text),
});
const sender = v.nullish(v.looseObject({ login: v.nullish(text) }));

export const pullRequestSchema = v.looseObject({ repository, action: text, pull_request, sender });
export const reviewSchema = v.looseObject({
  repository,
  action: text,
  pull_request,
  sender,
  review: v.looseObject({ state: text }),
});
export const reviewCommentSchema = v.looseObject({
  repository,
  action: text,
  pull_request,
  sender,
});

export const workflowRunSchema = v.looseObject({
  repository,
  workflow_run: v.looseObject({
    head_sha: hash,
    name: v.nullish(text),
    path: v.nullish(text),
    ...state,
  }),
});

export const checkSuiteSchema = v.looseObject({
  repository,
  check_suite: v.looseObject({
    head_sha: hash,
    app: v.nullish(v.looseObject({ slug: v.nullish(text), name: v.nullish(text) })),
    ...state,
  }),
});

export const statusSchema = v.looseObject({ repository, sha: hash, state: text, context: text });
