import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { type ContractGap, contractGaps } from './gaps.ts';

interface Operation {
  readonly parameters?: readonly { in: string; name: string; schema?: object }[];
  readonly requestBody?: { readonly content: Record<string, { schema?: object }> };
  readonly responses: Record<string, { content?: Record<string, { schema?: object }> }>;
}

interface Route {
  readonly key: string;
  readonly pattern: RegExp;
  readonly operation: Operation;
  readonly gaps: readonly ContractGap[];
}

export interface CheckedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: Buffer;
}

export interface CheckedAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly json: unknown;
}

/** Checks requests and answers against the document, and lists what it finds. */
export interface ApiContract {
  check(request: CheckedRequest, answer: CheckedAnswer): readonly string[];
}

// Beside the repository: the document may not be published, so it is read in place.
const documentPath = fileURLToPath(
  new URL('../../../../../shared/contracts/bitbucket-cloud/openapi.json', import.meta.url),
);

/** True when the document is there. Without it the simulator checks nothing. */
export const contractPresent = existsSync(documentPath);

let loaded: ApiContract | undefined;

/** Loads the document once per process; `undefined` when it is not there. */
export function loadContract(): ApiContract | undefined {
  if (!contractPresent) return undefined;
  loaded ??= createContract(JSON.parse(readFileSync(documentPath, 'utf8')));
  return loaded;
}

function createContract(document: { paths: Record<string, Record<string, unknown>> }): ApiContract {
  const ajv = new Ajv({ strict: false, coerceTypes: false, logger: false, allErrors: false });
  addFormats.default(ajv);
  ajv.addSchema(document, 'openapi');
  const routes = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, described]): Route[] => {
      if (method === 'parameters') return [];
      const operation = described as Operation;
      const parameters = [
        ...((item['parameters'] ?? []) as NonNullable<Operation['parameters']>),
        ...(operation.parameters ?? []),
      ];
      const key = `${method.toUpperCase()} ${path}`;
      const gaps = contractGaps.filter((gap) => gap.operation === '*' || gap.operation === key);
      return [{ key, pattern: toPattern(path), operation: { ...operation, parameters }, gaps }];
    }),
  );
  const compiled = new Map<string, ValidateFunction>();
  const validator = (key: string, schema: object): ValidateFunction => {
    const found = compiled.get(key);
    if (found !== undefined) return found;
    const made = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')));
    compiled.set(key, made);
    return made;
  };
  const explain = (check: ValidateFunction) => ajv.errorsText(check.errors);

  return {
    check(request, answer) {
      const route = routes.find(
        ({ key, pattern }) => key.startsWith(`${request.method} `) && pattern.test(request.path),
      );
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

  function checkQuery(route: Route, request: CheckedRequest): string[] {
    return [...request.query].flatMap(([name, value]) => {
      const known = route.operation.parameters?.find(
        (item) => item.in === 'query' && item.name === name,
      );
      if (known === undefined) {
        return route.gaps.some((gap) => gap.query?.includes(name))
          ? []
          : [`unknown query parameter "${name}"`];
      }
      const check = validator(`${route.key}?${name}`, known.schema ?? {});
      const typed =
        value === 'true' || value === 'false' || /^\d+$/.test(value) ? JSON.parse(value) : value;
      return check(value) || check(typed) ? [] : [`query parameter "${name}": ${explain(check)}`];
    });
  }

  function checkBody(route: Route, request: CheckedRequest): string[] {
    const gap = route.gaps.find((item) => item.form || item.requestBody !== undefined);
    if (gap?.form) {
      return request.contentType.startsWith('multipart/form-data') ? [] : ['the body is no form'];
    }
    const schema =
      gap?.requestBody ?? route.operation.requestBody?.content['application/json']?.schema;
    if (schema === undefined) {
      return request.body.length === 0 ? [] : ['has a body although none is documented'];
    }
    if (!request.contentType.startsWith('application/json')) return ['the body is not JSON'];
    const check = validator(`${route.key} request`, schema);
    const parsed: unknown = JSON.parse(request.body.toString('utf8'));
    return check(parsed) ? [] : [`request body: ${explain(check)}`];
  }

  function checkAnswer(route: Route, answer: CheckedAnswer): string[] {
    const documented = route.operation.responses[String(answer.status)];
    const known =
      documented !== undefined || route.gaps.some((gap) => gap.statuses?.includes(answer.status));
    if (!known) return [`status ${answer.status} is not documented`];
    if (!answer.contentType.startsWith('application/json')) return [];
    const gap = route.gaps.find((item) => item.responseBody !== undefined);
    if (gap?.responseBody === true) return [];
    const schema =
      gap?.responseBody ??
      documented?.content?.['application/json']?.schema ??
      (answer.status >= 400 ? { $ref: 'openapi#/components/schemas/error' } : undefined);
    if (schema === undefined)
      return [`status ${answer.status} has a body although none is documented`];
    const key = `${route.key} ${gap === undefined ? answer.status : 'any'}`;
    const check = validator(key, schema);
    const nullable = route.gaps.flatMap((item) => item.nullable ?? []);
    const json = nullable.length === 0 ? answer.json : withoutNulls(answer.json, nullable);
    return check(json) ? [] : [`answer ${answer.status}: ${explain(check)}`];
  }
}

function withoutNulls(value: unknown, names: readonly string[]): unknown {
  return JSON.parse(
    JSON.stringify(value, (name, member: unknown) =>
      member === null && names.includes(name) ? undefined : member,
    ),
  );
}

function toPattern(path: string): RegExp {
  const source = path.replace(/\{([a-z_]+)\}/g, (_, name: string) =>
    name === 'path' ? '.+' : '[^/]+',
  );
  return new RegExp(`^${source}$`);
}
