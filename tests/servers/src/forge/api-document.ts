import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { member } from './exchange.ts';

/** `openapi3` is OpenAPI 3.0, `swagger2` is Swagger 2.0. */
export type DocumentKind = 'openapi3' | 'swagger2';

/** A description of an API as it was parsed. */
export type ApiDocument = Readonly<Record<string, unknown>>;

export interface QueryParameter {
  readonly name: string;
  readonly required: boolean;
  readonly schema: object;
}

/** What an operation takes as a body. */
export interface DocumentedBody {
  readonly type: 'json' | 'form';
  readonly required: boolean;
  readonly schema: object;
}

/** An operation of either kind of document, in one shape. */
export interface DocumentedOperation {
  readonly method: string;
  readonly template: string;
  readonly query: readonly QueryParameter[];
  readonly body: DocumentedBody | undefined;
  /** The schema of the JSON answer by status (or `default`); `undefined` when none is documented. */
  readonly responses: ReadonlyMap<string, object | undefined>;
}

// Beside the repository: the documents may not be published, so they are read in place.
const folder = new URL('../../../../../shared/contracts/', import.meta.url);
const documents = new Map<string, ApiDocument | undefined>();

/** Loads a document, such as `github/openapi.json`, once per process; `undefined` when it is not there. */
export function loadDocument(name: string): ApiDocument | undefined {
  if (!documents.has(name)) {
    documents.set(
      name,
      documentPresent(name) ? JSON.parse(readFileSync(pathOf(name), 'utf8')) : undefined,
    );
  }
  return documents.get(name);
}

/** Tells whether a document is there. */
export function documentPresent(name: string): boolean {
  return existsSync(pathOf(name));
}

const pathOf = (name: string) => fileURLToPath(new URL(name, folder));

const jsonTypes = new Set(['array', 'boolean', 'integer', 'null', 'number', 'object', 'string']);

/** Rewrites what JSON Schema does not know (`nullable`, `x-nullable`, `type: file`) into what it does. */
export function toJsonSchema(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(toJsonSchema);
  if (typeof node !== 'object' || node === null) return node;
  const { nullable, 'x-nullable': extension, ...rest } = node as Record<string, unknown>;
  const entries = Object.entries(
    // A property may have the name "nullable": its value is a schema then.
    typeof nullable === 'object' ? { ...rest, nullable } : rest,
  );
  const schema = Object.fromEntries(entries.map(([name, value]) => [name, toJsonSchema(value)]));
  // Swagger has "file", Grape leaks "symbol": what JSON does not have is not checked.
  if (typeof schema['type'] === 'string' && !jsonTypes.has(schema['type'])) return {};
  if (nullable !== true && extension !== true) return schema;
  const { type, enum: values } = schema;
  if (typeof type !== 'string') return { anyOf: [schema, { type: 'null' }] };
  return {
    ...schema,
    type: [type, 'null'],
    ...(Array.isArray(values) ? { enum: [...values, null] } : {}),
  };
}

/** Lists the operations of a document, with its references to parameters, bodies and answers followed. */
export function readOperations(document: ApiDocument, kind: DocumentKind): DocumentedOperation[] {
  const follow = (node: unknown): unknown => {
    const pointer = member(node, '$ref');
    if (typeof pointer !== 'string') return node;
    return follow(member(document, ...pointer.slice(2).split('/').map(decodePart)));
  };
  return Object.entries(membersOf(document, 'paths')).flatMap(([template, item]) =>
    Object.entries(item as object).flatMap(([method, operation]) => {
      if (!methods.has(method)) return [];
      const parameters = [...listOf(item, 'parameters'), ...listOf(operation, 'parameters')].map(
        follow,
      );
      const described: Described = { operation, parameters, document, follow };
      return [
        {
          method: method.toUpperCase(),
          template,
          query: parameters.flatMap(toQueryParameter),
          body: kind === 'openapi3' ? openApiBody(described) : swaggerBody(described),
          responses: new Map(
            Object.entries(membersOf(operation, 'responses')).map(([status, response]) => [
              status,
              kind === 'openapi3'
                ? jsonSchema(member(follow(response), 'content'))
                : asObject(member(follow(response), 'schema')),
            ]),
          ),
        },
      ];
    }),
  );
}

interface Described {
  readonly operation: unknown;
  readonly parameters: readonly unknown[];
  readonly document: ApiDocument;
  readonly follow: (node: unknown) => unknown;
}

const methods = new Set(['get', 'put', 'post', 'delete', 'patch', 'head', 'options']);

function openApiBody({ operation, follow }: Described): DocumentedBody | undefined {
  const body = follow(member(operation, 'requestBody'));
  const content = member(body, 'content');
  const required = member(body, 'required') === true;
  const json = jsonSchema(content);
  if (json !== undefined) return { type: 'json', required, schema: json };
  const form =
    member(content, 'multipart/form-data', 'schema') ??
    member(content, 'application/x-www-form-urlencoded', 'schema');
  return form === undefined ? undefined : { type: 'form', required, schema: asObject(form) ?? {} };
}

function swaggerBody({ parameters }: Described): DocumentedBody | undefined {
  const body = parameters.find((parameter) => member(parameter, 'in') === 'body');
  if (body !== undefined) {
    const schema = asObject(member(body, 'schema')) ?? {};
    return { type: 'json', required: member(body, 'required') === true, schema };
  }
  const fields = parameters.filter((parameter) => member(parameter, 'in') === 'formData');
  if (fields.length === 0) return undefined;
  const required = fields.filter((field) => member(field, 'required') === true).map(nameOf);
  const properties = Object.fromEntries(fields.map((field) => [nameOf(field), {}]));
  return { type: 'form', required: required.length > 0, schema: { properties, required } };
}

function toQueryParameter(parameter: unknown): readonly QueryParameter[] {
  if (member(parameter, 'in') !== 'query') return [];
  const {
    name,
    in: _place,
    required,
    description: _text,
    schema,
    ...inline
  } = parameter as {
    name: string;
    in: string;
    required?: boolean;
    description?: string;
    schema?: object;
  };
  // Swagger 2 writes the type beside the name, and its default may be of another type.
  return [{ name, required: required === true, schema: schema ?? inline }];
}

const nameOf = (parameter: unknown) => String(member(parameter, 'name'));
const decodePart = (part: string) =>
  decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
const asObject = (value: unknown) =>
  typeof value === 'object' && value !== null ? value : undefined;
const membersOf = (value: unknown, name: string) =>
  (asObject(member(value, name)) ?? {}) as Record<string, unknown>;
const listOf = (value: unknown, name: string): readonly unknown[] => {
  const found = member(value, name);
  return Array.isArray(found) ? found : [];
};

/** The schema of `application/json`, or else of another media type that is written in JSON. */
function jsonSchema(content: unknown): object | undefined {
  const plain = asObject(member(content, 'application/json', 'schema'));
  if (plain !== undefined || asObject(content) === undefined) return plain;
  const type = Object.keys(content as object).find((name) => /[+.](json|object)$/.test(name));
  return type === undefined ? undefined : asObject(member(content, type, 'schema'));
}
