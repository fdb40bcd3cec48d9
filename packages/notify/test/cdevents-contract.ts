import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020, type AnySchemaObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

const folder = new URL('../../../../shared/contracts/cdevents/', import.meta.url);

/** True where the official schemas are beside the repository. */
export const hasContract = existsSync(folder);

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, folder), 'utf8'));
}

function jsonFiles(path: string): readonly string[] {
  return readdirSync(fileURLToPath(new URL(path, folder)))
    .filter((name) => name.endsWith('.json'))
    .map((name) => `${path}${name}`);
}

/** Reads the official example events: one for each schema. */
export function exampleEvents(): readonly unknown[] {
  return [...jsonFiles('conformance/'), 'custom/conformance.json'].map(readJson);
}

/** Makes a check of events against the official schemas of CDEvents 0.5.1: their type decides which. Gives the errors of the schema. */
export function contractCheck(): (event: unknown) => readonly unknown[] {
  const ajv = new Ajv2020({ allErrors: true, strict: false });
  addFormats.default(ajv);
  const byType = new Map<string, ValidateFunction>();
  const schemas = [...jsonFiles('schemas/links/'), ...jsonFiles('schemas/')].map(
    (path) => readJson(path) as AnySchemaObject,
  );
  for (const schema of schemas) ajv.addSchema(schema);
  for (const schema of schemas) {
    const types: unknown = schema['properties']?.context?.properties?.type?.enum;
    if (!Array.isArray(types)) continue;
    const validate = ajv.getSchema(schema['$id'] ?? '');
    for (const type of types) if (validate !== undefined) byType.set(String(type), validate);
  }
  const custom = ajv.compile(readJson('custom/schema.json') as AnySchemaObject);
  return (event) => {
    const { type } = (event as { readonly context: { readonly type: string } }).context;
    const validate = type.startsWith('dev.cdeventsx.') ? custom : byType.get(type);
    if (validate === undefined) return [`"${type}" is no type of CDEvents 0.5.1`];
    return validate(event) ? [] : (validate.errors ?? []);
  };
}
