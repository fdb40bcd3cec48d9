/**
 * Writes `schema.json` from the schema that gitops.yaml is checked with.
 *
 * Run: node --conditions=@bowline/source packages/config/scripts/generate-schema.ts
 */
import { writeFile } from 'node:fs/promises';
import { schemaText } from './schema-text.ts';

await writeFile(new URL('../schema.json', import.meta.url), schemaText());
