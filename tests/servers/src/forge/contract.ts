import { Ajv2019, type ValidateFunction } from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';
import {
  type ApiDocument,
  type DocumentedOperation,
  type DocumentKind,
  readOperations,
  toJsonSchema,
} from './api-document.ts';
import type { ContractGap } from './contract-gap.ts';
import { formFields } from './multipart.ts';
import { parseTemplate } from './path-template.ts';
import { explain, verdict, withoutNulls } from './verdict.ts';

export interface CheckedRequest {
  readonly method: string;
  /** The encoded path below the base path. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: Buffer;
}

export interface CheckedAnswer {
  readonly status: number;
  /** `''` for an answer whose body is not looked into. */
  readonly contentType: string;
  readonly json: unknown;
  /** True when there is no body at all. @default false */
  readonly empty?: boolean;
}

/** Checks requests and answers against a document, and lists what it finds. */
export interface ApiContract {
  check(request: CheckedRequest, answer: CheckedAnswer): readonly string[];
}

/** What a contract is made from. */
export interface ContractOptions {
  readonly document: ApiDocument;
  readonly kind: DocumentKind;
  readonly gaps: readonly ContractGap[];
  /** What the document writes before each path although it is not part of the paths that are checked, such as `/api/v4`. @default '' */
  readonly basePath?: string;
  /** Path parameters that take more than one segment. @default `path` */
  readonly greedy?: readonly string[];
  /** The schema of answers from 400 on that the document gives no schema. @default every body is taken */
  readonly errorSchema?: object;
}

interface Route {
  readonly key: string;
  readonly method: string;
  readonly pattern: RegExp;
  readonly rank: string;
  readonly operation: DocumentedOperation;
  /** Those of the operation itself come first. */
  readonly gaps: readonly ContractGap[];
}

/**
 * Makes the checker of one document with its gaps.
 *
 * Schemas are compiled when they are needed first. Of several templates that match a path, the one with the earlier literal
 * segment is meant. Requests may have no member at the top of their body that the document does not know.
 *
 * @throws Error for a gap whose operation the document lacks, or has although the gap says otherwise.
 */
export function createContract(options: ContractOptions): ApiContract {
  const routes = readRoutes(options);
  const ajv = new Ajv2019({ strict: false, logger: false, allErrors: true, validateSchema: false });
  addFormats.default(ajv);
  ajv.addSchema(toJsonSchema(options.document) as object, 'document');
  const compiled = new Map<string, ValidateFunction>();
  const validator = (key: string, schema: () => object): ValidateFunction => {
    const found = compiled.get(key);
    if (found !== undefined) return found;
    const text = JSON.stringify(toJsonSchema(schema())).replaceAll('"#/', '"document#/');
    const made = ajv.compile(JSON.parse(text));
    compiled.set(key, made);
    return made;
  };

  return {
    check(request, answer) {
      const route =
        findRoute(routes, request) ??
        (request.method === 'HEAD' ? findRoute(routes, { ...request, method: 'GET' }) : undefined);
      if (route === undefined) {
        return [`${request.method} ${request.path}: the document has no such operation`];
      }
      const problems = [
        ...checkQuery(route, request),
        ...checkBody(route, request),
        ...checkAnswer(route, answer),
      ];
      return problems.map((problem) => `${route.key}: ${problem}`);
    },
  };

  function checkQuery(route: Route, { query }: CheckedRequest): string[] {
    if (route.gaps.some((gap) => gap.undocumented && gap.query === undefined)) return [];
    const known = new Map(route.operation.query.map((parameter) => [parameter.name, parameter]));
    const missing = route.operation.query.filter(
      ({ name, required }) => required && !query.has(name) && !query.has(`${name}[]`),
    );
    return [
      ...missing.map(({ name }) => `lacks the query parameter "${name}"`),
      ...[...query].flatMap(([written, value]) => {
        // Rails and Grape write lists as `name[]`.
        const name = known.has(written) ? written : written.replace(/\[\]$/, '');
        const parameter = known.get(name);
        if (parameter === undefined) {
          const taken = route.gaps.some((gap) => gap.query?.includes(written));
          return taken ? [] : [`unknown query parameter "${written}"`];
        }
        const check = validator(`${route.key}?${name}`, () => parameter.schema);
        if (readings(value).some((reading) => check(reading))) return [];
        const own = route.gaps.filter(({ operation }) => operation === route.key);
        if (own.some((gap) => gap.query?.includes(written))) return [];
        check(value);
        return [`query parameter "${written}": ${explain(check.errors)}`];
      }),
    ];
  }

  function checkBody(route: Route, { body, contentType }: CheckedRequest): string[] {
    const gap = route.gaps.find((item) => item.form || item.requestBody !== undefined);
    const { body: documented } = route.operation;
    if (gap?.form || (gap === undefined && documented?.type === 'form')) {
      if (body.length === 0 && gap === undefined && documented?.required === false) return [];
      if (!/^(multipart\/form-data|application\/x-www-form-urlencoded)/.test(contentType)) {
        return ['the body is no form'];
      }
      if (documented === undefined || gap?.form) return [];
      const check = validator(`${route.key} form`, () => ({
        ...documented.schema,
        unevaluatedProperties: false,
      }));
      const problem = verdict(check, formFields(body, contentType), route.gaps);
      return problem === undefined ? [] : [`form: ${problem}`];
    }
    const schema = gap?.requestBody ?? documented?.schema;
    if (schema === undefined) {
      const free = route.gaps.some((item) => item.undocumented);
      return body.length === 0 || free ? [] : ['has a body although none is documented'];
    }
    if (schema === true) return [];
    if (body.length === 0 && gap === undefined && documented?.required === false) return [];
    if (!contentType.startsWith('application/json')) return ['the body is not JSON'];
    const parsed = parseJson(body);
    if (parsed === undefined) return ['the body is not well-formed JSON'];
    const check = validator(`${route.key} request`, () =>
      gap === undefined ? closed(schema, route.gaps) : schema,
    );
    const problem = verdict(check, parsed, route.gaps);
    return problem === undefined ? [] : [`request body: ${problem}`];
  }

  function checkAnswer(
    route: Route,
    { status, contentType, json, empty }: CheckedAnswer,
  ): string[] {
    const { gaps, operation } = route;
    const given = gaps.find(
      (gap) => gap.responseBody !== undefined || gap.responses?.[status] !== undefined,
    );
    const free = gaps.some((gap) => gap.undocumented && gap.statuses === undefined);
    const documented = operation.responses.has(String(status)) ? String(status) : 'default';
    const known =
      free ||
      operation.responses.has(documented) ||
      gaps.some((gap) => gap.statuses?.includes(status) || gap.responses?.[status] !== undefined);
    if (!known) return [`status ${status} is not documented`];
    // RFC 9110, 15.3.5: 204 has no body, whatever a document says.
    const owed = status < 300 && status !== 204 && given === undefined;
    if (empty && owed && operation.responses.get(documented) !== undefined) {
      return [`status ${status} has no body although one is documented`];
    }
    if (!contentType.startsWith('application/json')) return [];
    const schema =
      given?.responses?.[status] ??
      given?.responseBody ??
      operation.responses.get(documented) ??
      (status >= 400 ? (options.errorSchema ?? true) : undefined);
    if (schema === true) return [];
    if (schema === undefined) {
      return free ? [] : [`status ${status} has a body although none is documented`];
    }
    const check = validator(`${route.key} ${status}`, () => schema);
    const problem = verdict(check, withoutNulls(json, gaps), gaps);
    return problem === undefined ? [] : [`answer ${status}: ${problem}`];
  }
}

/** Closes the top of a body: a misspelt member would change nothing and be noticed by nobody. */
function closed(schema: object, gaps: readonly ContractGap[]): object {
  const properties = Object.fromEntries(
    gaps.flatMap((gap) => gap.members ?? []).map((name) => [name, {}]),
  );
  return { allOf: [schema, { properties }], unevaluatedProperties: false };
}

function readRoutes(options: ContractOptions): readonly Route[] {
  const { document, kind, gaps, basePath = '', greedy = ['path'] } = options;
  const documented = readOperations(document, kind).map((operation) => ({
    ...operation,
    template: operation.template.startsWith(basePath)
      ? operation.template.slice(basePath.length)
      : operation.template,
  }));
  const keys = new Set(documented.map(({ method, template }) => `${method} ${template}`));
  for (const { operation, undocumented = false } of gaps) {
    if (operation !== '*' && keys.has(operation) === undocumented) {
      throw new Error(`gap of "${operation}": the document ${undocumented ? 'has' : 'lacks'} it`);
    }
  }
  const added = gaps.flatMap(({ operation, undocumented }): DocumentedOperation[] => {
    const [method = '', template = ''] = operation.split(' ');
    const nothing = { query: [], body: undefined, responses: new Map() };
    return undocumented ? [{ method, template, ...nothing }] : [];
  });
  return [...documented, ...added]
    .map((operation): Route => {
      const { method, template } = operation;
      const key = `${method} ${template}`;
      const own = gaps.filter((gap) => gap.operation === key);
      const general = gaps.filter((gap) => gap.operation === '*');
      const { pattern, rank } = parseTemplate(template, greedy);
      return { key, method, pattern, rank, operation, gaps: [...own, ...general] };
    })
    .sort((left, right) => (left.rank < right.rank ? -1 : left.rank > right.rank ? 1 : 0));
}

function findRoute(
  routes: readonly Route[],
  { method, path }: { readonly method: string; readonly path: string },
): Route | undefined {
  return routes.find((route) => route.method === method && route.pattern.test(path));
}

/** What the text of a query may mean: itself, a number or truth value, or a list of these. */
function readings(value: string): readonly unknown[] {
  const typed = (text: string): unknown =>
    text === 'true' || text === 'false' || /^-?\d+$/.test(text) ? JSON.parse(text) : text;
  const list = value.split(',');
  return [value, typed(value), list, list.map(typed)];
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
