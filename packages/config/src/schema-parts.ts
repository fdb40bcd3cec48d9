import * as v from 'valibot';
import { expectations, patterns } from './values.ts';

/** A text of one of the grammars of `values.ts`. */
export function text<K extends keyof typeof patterns>(pattern: K, description: string) {
  return v.pipe(
    v.string(),
    v.regex(patterns[pattern], `must be ${expectations[pattern]}`),
    v.description(description),
  );
}

/** A whole number between two bounds. */
export function wholeNumber(min: number, max: number, description: string) {
  return v.pipe(
    v.number(),
    v.integer('must be a whole number'),
    v.minValue(min, `must be at least ${min}`),
    v.maxValue(max, `must be at most ${max}`),
    v.description(description),
  );
}

/** A list of texts of one grammar with a bounded number of entries. */
export function texts<K extends keyof typeof patterns>(
  pattern: K,
  bounds: { readonly min: number; readonly max: number },
  description: string,
) {
  return v.pipe(
    v.array(v.pipe(v.string(), v.regex(patterns[pattern], `must be ${expectations[pattern]}`))),
    v.minLength(bounds.min, `must have at least ${bounds.min} entries`),
    v.maxLength(bounds.max, `must have at most ${bounds.max} entries`),
    v.description(description),
  );
}

/** A reference to a secret. */
export const secretReference = v.union([
  v.strictObject({
    env: text(
      'variable',
      'Variable of the environment or of ~/.gitops/.env that holds the secret.',
    ),
  }),
  v.strictObject({
    file: text('filePath', 'Path of a file that holds the secret alone; "~/" is the home folder.'),
  }),
]);
