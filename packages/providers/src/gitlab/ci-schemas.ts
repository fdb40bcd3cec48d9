import * as v from 'valibot';

const text = v.string();
const number = v.pipe(v.number(), v.integer(), v.minValue(1));

export const pipelineSchema = v.looseObject({
  id: number,
  iid: v.nullish(number),
  name: v.nullish(text),
  sha: v.nullish(text),
  ref: v.nullish(text),
  status: text,
  web_url: v.nullish(text),
  created_at: text,
  started_at: v.nullish(text),
  finished_at: v.nullish(text),
  yaml_errors: v.nullish(text),
});

/** A pipeline as GitLab answers, in lists with less. */
export type PipelineAnswer = v.InferOutput<typeof pipelineSchema>;

export const jobSchema = v.looseObject({
  id: number,
  name: text,
  status: text,
  failure_reason: v.nullish(text),
  web_url: v.nullish(text),
  started_at: v.nullish(text),
  finished_at: v.nullish(text),
});

/** A job as GitLab answers. */
export type JobAnswer = v.InferOutput<typeof jobSchema>;

export const pipelineVariablesSchema = v.array(
  v.looseObject({ key: text, value: v.nullish(text) }),
);

export const variableSchema = v.looseObject({
  key: text,
  value: v.nullish(text),
  masked: v.nullish(v.boolean()),
  hidden: v.nullish(v.boolean()),
  environment_scope: v.nullish(text),
});
