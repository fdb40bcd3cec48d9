import * as v from 'valibot';
import { sha } from './schemas.ts';

const text = v.string();
const id = v.pipe(v.number(), v.integer(), v.minValue(1));
const state = { status: v.nullish(text), conclusion: v.nullish(text) };

export const runSchema = v.looseObject({
  id,
  run_number: v.nullish(v.number()),
  run_attempt: v.nullish(v.number()),
  name: v.nullish(text),
  path: v.nullish(text),
  head_branch: v.nullish(text),
  head_sha: v.nullish(sha),
  html_url: v.nullish(text),
  created_at: text,
  run_started_at: v.nullish(text),
  updated_at: v.nullish(text),
  ...state,
});
export type RunAnswer = v.InferOutput<typeof runSchema>;

export const runsSchema = v.looseObject({ workflow_runs: v.array(runSchema) });

/** What a dispatch answers where it tells which run came of it. */
export const dispatchSchema = v.looseObject({ workflow_run_id: id });

const times = { started_at: v.nullish(text), completed_at: v.nullish(text) };

export const jobSchema = v.looseObject({
  id,
  name: text,
  html_url: v.nullish(text),
  steps: v.nullish(v.array(v.looseObject({ name: text, ...state, ...times }))),
  ...state,
  ...times,
});
export type JobAnswer = v.InferOutput<typeof jobSchema>;

export const jobsSchema = v.looseObject({ jobs: v.array(jobSchema) });

export const variablesSchema = v.looseObject({
  variables: v.array(v.looseObject({ name: text, value: text })),
});

export const secretsSchema = v.looseObject({ secrets: v.array(v.looseObject({ name: text })) });

export const publicKeySchema = v.looseObject({
  key_id: text,
  key: v.pipe(text, v.regex(/^[A-Za-z0-9+/]{43}=$/, 'is not a key of 32 bytes')),
});
