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
  const own = new Map(verbatim.map((member) => [member, (known as Members)[member]]));
  const texts: string[] = [];
  collectTexts(known, texts, own);
  const together = texts.join('\n');
  // Almost no answer has anything to hide. One look at all texts at once is several times as fast as one at each; where it finds something,
  // each is looked at, so that what only looks like a secret across two texts stays.
  if (redact(together) === together) return JSON.stringify(known);
  return JSON.stringify({ ...(redactData(known) as Members), ...Object.fromEntries(own) });
}

type Members = Readonly<Record<string, unknown>>;

function collectTexts(value: unknown, into: string[], own?: ReadonlyMap<string, unknown>): void {
  if (typeof value === 'string') into.push(value);
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (own?.has(name) !== true) collectTexts(member, into);
  }
}
