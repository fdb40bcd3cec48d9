import { type ApiDocument, loadDocument, readOperations } from '../forge/api-document.ts';
import { type Answer, member } from '../forge/exchange.ts';

type Schema = Readonly<Record<string, unknown>>;

let schemas: ReadonlyMap<string, object | undefined> | undefined;

/**
 * Adds the members that the document requires and the simulator keeps no state of, such as the ninety addresses of a repository.
 *
 * They get the emptiest value that their schema takes. What a handler gave is never changed; without the document nothing is.
 */
export function completed(operation: string, answer: Answer): Answer {
  if (answer.json === undefined || answer.status >= 300) return answer;
  const document = loadDocument('github/openapi.json');
  if (document === undefined) return answer;
  schemas ??= new Map(
    readOperations(document, 'openapi3').flatMap(({ method, template, responses }) =>
      [...responses].map(
        ([status, schema]) => [`${method} ${template} ${status}`, schema] as const,
      ),
    ),
  );
  const schema = schemas.get(`${operation} ${answer.status}`);
  if (schema === undefined) return answer;
  return { ...answer, json: fill(document, schema as Schema, answer.json) };
}

function fill(document: ApiDocument, described: Schema, value: unknown): unknown {
  const schema = follow(document, described);
  const options = (schema['oneOf'] ?? schema['anyOf']) as readonly Schema[] | undefined;
  if (options !== undefined && schema['properties'] === undefined) {
    const option = options.find((item) => fits(follow(document, item), value)) ?? options[0];
    return option === undefined ? value : fill(document, option, value);
  }
  if (value === undefined) return emptiest(document, schema);
  if (Array.isArray(value)) {
    const items = schema['items'] as Schema | undefined;
    return items === undefined ? value : value.map((item) => fill(document, items, item));
  }
  if (typeof value !== 'object' || value === null) return value;
  const { properties, required } = shapeOf(document, schema);
  const result: Record<string, unknown> = { ...value };
  for (const [name, property] of Object.entries(properties)) {
    const given = member(value, name);
    if (given === undefined && !required.has(name)) continue;
    result[name] = fill(document, property, given);
  }
  return result;
}

function shapeOf(document: ApiDocument, schema: Schema) {
  const all = [
    schema,
    ...((schema['allOf'] ?? []) as Schema[]).map((item) => follow(document, item)),
  ];
  return {
    properties: Object.assign({}, ...all.map((item) => item['properties'] ?? {})) as Record<
      string,
      Schema
    >,
    required: new Set(all.flatMap((item) => (item['required'] ?? []) as string[])),
  };
}

function emptiest(document: ApiDocument, schema: Schema): unknown {
  if (schema['nullable'] === true) return null;
  const [first] = (schema['enum'] ?? []) as unknown[];
  if (first !== undefined) return first;
  switch (schema['type']) {
    case 'string':
      return texts[String(schema['format'] ?? '')] ?? '';
    case 'integer':
    case 'number':
      return schema['minimum'] ?? 0;
    case 'boolean':
      return false;
    case 'array':
      return [];
    default:
      return fill(document, schema, {});
  }
}

const texts: Readonly<Record<string, string>> = {
  uri: 'https://example.com/',
  'date-time': '2026-11-20T08:00:00Z',
  email: 'someone@example.com',
};

function fits(schema: Schema, value: unknown): boolean {
  if (value === null) return schema['nullable'] === true || schema['type'] === 'null';
  const type = schema['type'] ?? 'object';
  if (Array.isArray(value)) return type === 'array';
  return type === (typeof value === 'number' ? 'integer' : typeof value);
}

function follow(document: ApiDocument, schema: Schema): Schema {
  const pointer = schema['$ref'];
  if (typeof pointer !== 'string') return schema;
  return follow(document, member(document, ...pointer.slice(2).split('/')) as Schema);
}
