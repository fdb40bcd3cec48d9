import { nearest } from './nearest.ts';

/** The part of a valibot schema that says which keys there are. */
interface SchemaShape {
  readonly type: string;
  readonly entries?: Readonly<Record<string, SchemaShape>>;
  readonly wrapped?: SchemaShape;
  readonly value?: SchemaShape;
  readonly item?: SchemaShape;
  readonly options?: readonly unknown[];
}

/** A key that the schema does not have, or a list where a mapping must be. */
export interface UnknownKey {
  readonly path: readonly (string | number)[];
  readonly isList: boolean;
  readonly nearest: string | undefined;
  readonly known: readonly string[];
}

/**
 * Lists every key that a schema does not know, and every list in the place of a mapping. valibot itself stops at the first
 * unknown key of each object, takes lists for objects, and skips the keys that could change a prototype.
 */
export function unknownKeys(
  schema: unknown,
  value: unknown,
  path: readonly (string | number)[] = [],
): readonly UnknownKey[] {
  if (!isShape(schema) || typeof value !== 'object' || value === null) return [];
  if (schema.wrapped !== undefined) return unknownKeys(schema.wrapped, value, path);
  if (Array.isArray(value) && (schema.entries !== undefined || schema.value !== undefined))
    return [{ path, isList: true, nearest: undefined, known: [] }];
  if (Array.isArray(value))
    return value.flatMap((item, index) => unknownKeys(schema.item, item, [...path, index]));
  if (schema.options !== undefined) return unknownInOptions(schema.options, value, path);
  const { entries } = schema;
  return Object.entries(value).flatMap(([key, member]) => {
    const below = [...path, key];
    if (entries === undefined && !prototypeKeys.has(key))
      return unknownKeys(schema.value, member, below);
    if (entries !== undefined && Object.hasOwn(entries, key))
      return unknownKeys(entries[key], member, below);
    const known = Object.keys(entries ?? {});
    return [{ path: below, isList: false, nearest: nearest(key, known), known }];
  });
}

const prototypeKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Of several shapes, the one that was meant is the one with the fewest unknown keys. */
function unknownInOptions(
  options: readonly unknown[],
  value: object,
  path: readonly (string | number)[],
): readonly UnknownKey[] {
  let best: readonly UnknownKey[] | undefined;
  for (const option of options) {
    if (!isShape(option) || option.entries === undefined) continue;
    if (isAnother(option.entries, value)) continue;
    const found = unknownKeys(option, value, path);
    if (best === undefined || found.length < best.length) best = found;
  }
  return best ?? [];
}

/** Tells whether a value says by its `kind` or `type` that it is of another shape. */
function isAnother(entries: Readonly<Record<string, SchemaShape>>, value: object): boolean {
  return Object.entries(value).some(([key, said]) => {
    if (key !== 'kind' && key !== 'type') return false;
    const literal = Object.hasOwn(entries, key) ? literalOf(entries[key]) : undefined;
    return literal !== undefined && said !== literal;
  });
}

function literalOf(shape: SchemaShape | undefined): unknown {
  if (shape === undefined) return undefined;
  // A literal with a description is a pipe, which has the members of its first part.
  return 'literal' in shape ? shape.literal : undefined;
}

function isShape(value: unknown): value is SchemaShape {
  return typeof value === 'object' && value !== null && 'type' in value;
}
