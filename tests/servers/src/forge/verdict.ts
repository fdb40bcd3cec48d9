import type { ErrorObject, ValidateFunction } from 'ajv';
import type { ContractGap } from './contract-gap.ts';

const SHOWN = 4;

/** Validates, leaves out what a gap excuses, and tells the rest in one text; `undefined` when nothing is left. */
export function verdict(
  check: ValidateFunction,
  data: unknown,
  gaps: readonly ContractGap[],
): string | undefined {
  if (check(data)) return undefined;
  const optional = new Set(gaps.flatMap((gap) => gap.optional ?? []));
  const errors = (check.errors ?? []).filter(
    ({ keyword, params }) => keyword !== 'required' || !optional.has(params['missingProperty']),
  );
  return errors.length === 0 ? undefined : explain(errors);
}

/** Puts errors into words, the telling ones alone. */
export function explain(errors: readonly ErrorObject[] | null | undefined): string {
  const all = errors ?? [];
  // What an unsatisfied part would have covered counts as unknown, too: that says nothing beside the other errors.
  const telling = all.filter(({ keyword }) => keyword !== 'unevaluatedProperties');
  const told = (telling.length === 0 ? all : telling).map(({ instancePath, message, params }) => {
    const name: unknown = params['unevaluatedProperty'] ?? params['additionalProperty'];
    return `data${instancePath} ${message}${name === undefined ? '' : ` ("${String(name)}")`}`;
  });
  const rest = told.length - SHOWN;
  return [...told.slice(0, SHOWN), ...(rest > 0 ? [`and ${rest} more`] : [])].join(', ');
}

/** Takes out the members that are null where the gaps allow it. */
export function withoutNulls(value: unknown, gaps: readonly ContractGap[]): unknown {
  const names = gaps.flatMap(({ nullable }) => (nullable === undefined ? [] : [nullable]));
  if (names.length === 0) return value;
  const excused = (name: string) => names.some((list) => list === true || list.includes(name));
  return JSON.parse(
    JSON.stringify(value, (name, member: unknown) =>
      member === null && excused(name) ? undefined : member,
    ),
  );
}
