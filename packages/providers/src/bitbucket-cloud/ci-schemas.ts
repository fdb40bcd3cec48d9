import * as v from 'valibot';

const text = v.string();

const state = v.looseObject({
  name: text,
  stage: v.nullish(v.looseObject({ name: v.nullish(text) })),
  result: v.nullish(
    v.looseObject({
      name: text,
      error: v.nullish(v.looseObject({ message: v.nullish(text) })),
    }),
  ),
});

/** The state of a pipeline or step: where it is, and once it is completed what came of it. */
export type PipelineState = v.InferOutput<typeof state>;

const runVariable = { key: text, value: v.nullish(text), secured: v.nullish(v.boolean()) };

export const pipelineSchema = v.looseObject({
  uuid: text,
  build_number: v.pipe(v.number(), v.integer()),
  state,
  created_on: text,
  completed_on: v.nullish(text),
  variables: v.nullish(v.array(v.looseObject(runVariable))),
  trigger: v.nullish(v.looseObject({ type: v.nullish(text), name: v.nullish(text) })),
  target: v.nullish(
    v.looseObject({
      type: v.nullish(text),
      ref_type: v.nullish(text),
      ref_name: v.nullish(text),
      source: v.nullish(text),
      commit: v.nullish(v.looseObject({ hash: v.nullish(text) })),
      selector: v.nullish(v.looseObject({ type: v.nullish(text), pattern: v.nullish(text) })),
    }),
  ),
});

/** A pipeline as Bitbucket answers. */
export type PipelineAnswer = v.InferOutput<typeof pipelineSchema>;

export const stepSchema = v.looseObject({
  uuid: text,
  name: v.nullish(text),
  state: v.nullish(state),
  started_on: v.nullish(text),
  completed_on: v.nullish(text),
});

export const variableSchema = v.looseObject({
  uuid: text,
  ...runVariable,
});

export const environmentSchema = v.looseObject({ uuid: text, name: v.nullish(text) });
