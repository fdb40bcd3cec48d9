import * as v from 'valibot';
import { checkRefName, passes } from '../names.ts';
import { checkProjectPath } from './names.ts';

const text = v.string();
const number = v.pipe(v.number(), v.integer(), v.minValue(1));
const hash = v.pipe(text, v.regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/));
const refName = v.pipe(text, v.check(passes((name) => checkRefName(name, 'ref'))));
const project = v.looseObject({
  path_with_namespace: v.pipe(text, v.check(passes((path) => checkProjectPath(path)))),
});

const MAX_COMMITS = 10_000;

export const pushSchema = v.looseObject({
  project,
  ref: text,
  before: hash,
  after: hash,
  checkout_sha: v.nullish(hash),
  commits: v.nullish(v.pipe(v.array(v.looseObject({ id: hash })), v.maxLength(MAX_COMMITS))),
});

const branches = {
  iid: number,
  source_branch: refName,
  target_branch: refName,
  source_project_id: v.nullish(v.number()),
  target_project_id: v.nullish(v.number()),
  title: v.nullish(text),
  url: v.nullish(text),
};
const user = v.nullish(v.looseObject({ name: v.nullish(text), username: v.nullish(text) }));

export const mergeRequestEventSchema = v.looseObject({
  project,
  user,
  object_attributes: v.looseObject({ ...branches, action: v.nullish(text) }),
});

export const noteEventSchema = v.looseObject({
  project,
  user,
  object_attributes: v.looseObject({ noteable_type: text, system: v.nullish(v.boolean()) }),
  merge_request: v.nullish(v.looseObject(branches)),
});

export const pipelineEventSchema = v.looseObject({
  project,
  object_attributes: v.looseObject({ sha: hash, status: text, name: v.nullish(text) }),
});

/** The branches of a merge request, as every event about one has them. */
export type EventBranches = NonNullable<v.InferOutput<typeof noteEventSchema>['merge_request']>;

/** A name of a branch or tag in an event. */
export const refNameSchema = refName;
