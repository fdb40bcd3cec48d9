import * as v from 'valibot';
import { checkRefName, passes } from '../names.ts';
import { checkRepositoryName } from './names.ts';
import { optionalList } from './schemas.ts';

const text = v.string();
const sha = v.pipe(text, v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/));
const refName = v.pipe(text, v.check(passes((name) => checkRefName(name, 'ref'))));
const repository = v.looseObject({
  full_name: v.pipe(text, v.check(passes((name) => checkRepositoryName(name)))),
});

/** `push`. Go writes an empty list as null. */
export const pushSchema = v.looseObject({
  repository,
  ref: refName,
  before: sha,
  after: sha,
  commits: optionalList(v.looseObject({ id: sha })),
});

/** `create` and `delete` of a branch or tag. */
export const refSchema = v.looseObject({
  repository,
  ref: refName,
  ref_type: text,
  sha: v.nullish(sha),
});

const side = v.looseObject({
  ref: refName,
  label: v.nullish(refName),
  // Null when the fork is gone.
  repo: v.nullish(v.looseObject({ full_name: text })),
});

const pullRequest = v.looseObject({
  number: v.pipe(v.number(), v.integer(), v.minValue(1)),
  merged: v.nullish(v.boolean()),
  head: side,
  base: side,
  title: v.nullish(text),
  html_url: v.nullish(text),
});
const sender = v.nullish(v.looseObject({ login: v.nullish(text) }));
export type PullRequestPayload = v.InferOutput<typeof pullRequest>;

/** `pull_request` and its reviews. */
export const pullRequestSchema = v.looseObject({
  repository,
  action: v.nullish(text),
  pull_request: pullRequest,
  sender,
});

/** `issue_comment`; newer servers send the pull request with it. */
export const commentSchema = v.looseObject({
  repository,
  action: text,
  pull_request: v.nullish(pullRequest),
  sender,
});

/** `status` of a commit. */
export const statusSchema = v.looseObject({
  repository,
  sha,
  context: text,
  state: v.picklist(['pending', 'success', 'error', 'failure', 'warning', 'skipped']),
});

/** `workflow_run`. */
export const runSchema = v.looseObject({
  repository,
  workflow: v.nullish(v.looseObject({ name: v.nullish(text) })),
  workflow_run: v.looseObject({
    head_sha: sha,
    status: v.nullish(text),
    conclusion: v.nullish(text),
    path: v.nullish(text),
    display_title: v.nullish(text),
  }),
});
