import { Secret } from '@bowline/gitops-errors';
import * as v from 'valibot';
import type { ConfigIssue } from './issue.ts';
import { dotted, type KeyPath, type Locate } from './key-path.ts';
import { configSchema } from './schema.ts';
import type { ConfigInput } from './types.ts';
import { type UnknownKey, unknownKeys } from './unknown-keys.ts';

/** Checks plain data against the schema and lists everything that is wrong with it. */
export function checkSchema(
  value: unknown,
  locate: Locate,
): { readonly config: ConfigInput } | { readonly issues: readonly ConfigIssue[] } {
  const result = v.safeParse(configSchema, value);
  const issues: ConfigIssue[] = unknownKeys(configSchema, value).map((unknown) =>
    unknown.isList ? notAMapping(unknown.path, locate) : unknownKey(unknown, locate),
  );
  for (const issue of result.issues ?? []) {
    const described = describe(issue, locate);
    if (described !== undefined) issues.push(described);
  }
  if (!result.success || issues.length > 0) return { issues: inOrder(issues) };
  return { config: result.output };
}

function notAMapping(path: KeyPath, locate: Locate): ConfigIssue {
  const key = dotted(path);
  return { code: 'CONFIG_INVALID', message: 'must be a mapping', key, ...locate(path, 'value') };
}

function unknownKey(unknown: UnknownKey, locate: Locate): ConfigIssue {
  const { path, nearest, known } = unknown;
  return {
    code: 'CONFIG_UNKNOWN_KEY',
    message: `is not known${nearest === undefined ? '' : `; did you mean "${nearest}"?`}`,
    key: dotted(path),
    ...locate(path, 'key'),
    ...(nearest === undefined && known.length > 0
      ? { hint: `The keys here are ${known.join(', ')}.` }
      : {}),
  };
}

type SchemaIssue = v.InferIssue<typeof configSchema>;

function describe(issue: SchemaIssue, locate: Locate): ConfigIssue | undefined {
  // The walk over unknown keys has found all of these, not only the first.
  if (issue.type === 'strict_object' && issue.expected === 'never') return undefined;
  const path = (issue.path ?? []).map((item) =>
    typeof item.key === 'number' ? item.key : String(item.key),
  );
  const inKey = issue.path?.at(-1)?.origin === 'key';
  const base = { key: dotted(path), ...locate(path, inKey ? 'key' : 'value') };
  if (issue.kind === 'validation')
    return { code: 'CONFIG_INVALID', message: issue.message, ...base };
  if (issue.input === undefined) return { code: 'CONFIG_INVALID', message: 'is required', ...base };
  // The other unions are a choice between plain values.
  if (issue.type === 'union' && issue.expected?.includes('Object') === true) {
    if (issue.expected?.includes('string') !== true && typeof issue.input === 'string') {
      // From here on the value is hidden, wherever another message would quote it.
      new Secret(issue.input);
      return {
        code: 'CONFIG_SECRET_LITERAL',
        message:
          'is a secret and must not stand in this file; write { env: NAME } or { file: PATH }',
        ...base,
      };
    }
    return {
      code: 'CONFIG_INVALID',
      message: `must be { env: NAME } or { file: PATH }${isEmpty(issue.input)}`,
      ...base,
    };
  }
  return {
    code: 'CONFIG_INVALID',
    message: `must be ${expected(issue)}${isEmpty(issue.input)}`,
    ...base,
  };
}

/** Never quotes what was found: it may be a secret in the wrong place. */
function expected(issue: SchemaIssue): string {
  switch (issue.expected) {
    case 'string':
      return 'a text';
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    case 'Object':
      return 'a mapping';
    case 'Array':
      return 'a list';
    case '(string | number)':
      return 'a text or a number';
    default:
      return `one of ${(issue.expected ?? '').replace(/[()]/g, '').replaceAll(' | ', ', ')}`;
  }
}

function isEmpty(input: unknown): string {
  return input === null ? ', and is empty: give it a value or remove the key' : '';
}

/** Sorts issues as the file is read. */
export function inOrder(issues: readonly ConfigIssue[]): readonly ConfigIssue[] {
  return issues.toSorted(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
}
