import { redact, redactData } from '@bowline/gitops-errors';
import * as v from 'valibot';

/**
 * Makes the JSON text of an answer: the members that stand in the schema, redacted. The only way out of the server for data.
 *
 * @param verbatim Top-level members whose text is the user's own bytes and stays as it is.
 */
export function present(
  schema: v.GenericSchema,
  value: unknown,
  verbatim: readonly string[] = [],
): string {
  const known = v.parse(schema, value);
  const safe = redactData(known);
  if (verbatim.length === 0) return JSON.stringify(safe);
  const own = known as Readonly<Record<string, unknown>>;
  return JSON.stringify({
    ...(safe as object),
    ...Object.fromEntries(verbatim.map((member) => [member, own[member]])),
  });
}

/** Makes a line of a log safe. */
export function presentLogLine(line: string): string {
  return redact(line);
}
