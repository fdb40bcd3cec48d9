import { describe, expect, it } from 'vitest';
import { documentPresent, loadDocument } from './api-document.ts';
import { createContract } from './contract.ts';
import type { ContractGap } from './contract-gap.ts';
import { member } from './exchange.ts';

interface Call {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly body?: unknown;
  readonly form?: string;
  readonly status?: number;
  readonly answer?: unknown;
  readonly empty?: boolean;
}

type Contract = ReturnType<typeof createContract>;

function run(contract: Contract, call: Call): string {
  const {
    method = 'GET',
    path = '/things',
    query = '',
    body,
    form,
    status = 200,
    answer,
    empty = false,
  } = call;
  const types = [form === undefined ? '' : 'application/x-www-form-urlencoded', 'application/json'];
  return contract
    .check(
      {
        method,
        path,
        query: new URLSearchParams(query),
        contentType: types[body === undefined ? 0 : 1] ?? '',
        body: Buffer.from(form ?? (body === undefined ? '' : JSON.stringify(body))),
      },
      { status, contentType: answer === undefined ? '' : 'application/json', json: answer, empty },
    )
    .join('\n');
}

const properties = (nullable: object) => ({
  id: { type: 'integer' },
  note: { type: 'string', ...nullable },
  kind: { type: 'string', enum: ['a', 'b'], ...nullable },
  owner: { $ref: '#/x', ...nullable },
});
const owner = { type: 'object', required: ['name'], properties: { name: { type: 'string' } } };

const openapi = {
  openapi: '3.0.3',
  paths: {
    '/things': {
      parameters: [{ $ref: '#/components/parameters/page' }],
      get: {
        parameters: [
          { in: 'query', name: 'open', schema: { type: 'boolean' } },
          { in: 'query', name: 'ids', schema: { type: 'array', items: { type: 'integer' } } },
        ],
        responses: {
          200: {
            content: {
              'application/json': {
                schema: { type: 'array', items: { $ref: '#/components/schemas/thing' } },
              },
            },
          },
          404: { $ref: '#/components/responses/missing' },
        },
      },
      post: {
        requestBody: {
          required: true,
          content: {
            'application/json': {
              schema: {
                type: 'object',
                properties: { sha: { type: 'string' }, ref: { type: 'string' } },
                oneOf: [{ required: ['sha'] }, { required: ['ref'] }],
              },
            },
          },
        },
        responses: { 201: {} },
      },
    },
    '/things/{name}': { get: { responses: { 200: {} } } },
    '/things/latest': { get: { responses: { 202: {} } } },
    '/files/{path}': { get: { responses: { 200: {} } } },
    '/files/{path}/history': { get: { responses: { 202: {} } } },
  },
  components: {
    parameters: { page: { in: 'query', name: 'page', schema: { type: 'integer' } } },
    responses: {
      missing: {
        content: {
          'application/json': { schema: { type: 'object', required: ['message'] } },
        },
      },
    },
    schemas: {
      thing: {
        type: 'object',
        required: ['id', 'note'],
        properties: {
          ...properties({ nullable: true }),
          owner: { nullable: true, allOf: [{ $ref: '#/components/schemas/owner' }] },
        },
      },
      owner,
    },
  },
};

const swagger = {
  swagger: '2.0',
  paths: {
    '/api/v9/things': {
      get: {
        parameters: [
          { in: 'query', name: 'page', type: 'integer' },
          { in: 'query', name: 'open', type: 'boolean' },
          { in: 'query', name: 'ids', type: 'array', items: { type: 'integer' } },
        ],
        responses: { 200: { $ref: '#/responses/things' }, 404: { description: 'no' } },
      },
      post: {
        parameters: [
          { in: 'body', name: 'body', required: true, schema: { $ref: '#/definitions/new' } },
        ],
        responses: { 201: { description: 'made' } },
      },
      put: {
        parameters: [
          { in: 'formData', name: 'title', type: 'string', required: true },
          { in: 'formData', name: 'file', type: 'file' },
        ],
        responses: { 200: { description: 'changed' } },
      },
    },
    '/api/v9/things/(ref/{ref}/)run': { post: { responses: { 201: {} } } },
  },
  definitions: {
    new: {
      type: 'object',
      properties: { sha: { type: 'string' }, kind: { type: 'symbol' } },
      required: ['sha'],
    },
    thing: {
      type: 'object',
      required: ['id', 'note'],
      properties: {
        ...properties({ 'x-nullable': true }),
        owner: { $ref: '#/definitions/owner', 'x-nullable': true },
      },
    },
    owner,
  },
  responses: {
    things: { schema: { type: 'array', items: { $ref: '#/definitions/thing' } } },
  },
};

const contracts = {
  'OpenAPI 3.0': (gaps: readonly ContractGap[] = []) =>
    createContract({ document: openapi, kind: 'openapi3', gaps }),
  'Swagger 2.0': (gaps: readonly ContractGap[] = []) =>
    createContract({ document: swagger, kind: 'swagger2', gaps, basePath: '/api/v9' }),
};
const reason = 'The document forgets this.';

describe.each(Object.entries(contracts))('a contract of %s', (_, make) => {
  const contract = make();

  it.each<[string, Call]>([
    ['an answer', { answer: [{ id: 1, note: 'x', kind: 'a', owner: { name: 'n' } }] }],
    ['null where that is allowed', { answer: [{ id: 1, note: null, kind: null, owner: null }] }],
    ['typed parameters', { query: 'page=2&open=true&ids=1' }],
    ['lists, joined, repeated and in brackets', { query: 'ids=1,2&ids=3&ids[]=4' }],
    ['an answer without a body', { method: 'POST', body: { sha: 'a' }, status: 201, empty: true }],
    ['a body', { method: 'POST', body: { sha: 'a' }, status: 201 }],
  ])('takes %s', (__, call) => {
    expect(run(contract, call)).toBe('');
  });

  it.each<[string, Call, RegExp]>([
    ['an unknown operation', { path: '/nothing' }, /no such operation/],
    ['an unknown method', { method: 'PATCH' }, /no such operation/],
    ['an unknown parameter', { query: 'pages=2' }, /unknown query parameter "pages"/],
    ['a parameter of another type', { query: 'page=two' }, /"page": data must be integer/],
    ['a truth value of another type', { query: 'open=maybe' }, /"open": data must be boolean/],
    ['an item of another type', { query: 'ids=1,x' }, /query parameter "ids"/],
    ['no body', { method: 'POST', status: 201 }, /the body is not JSON/],
    ['a body without its member', { method: 'POST', body: {}, status: 201 }, /request body: .*sha/],
    [
      'a member of another type',
      { method: 'POST', body: { sha: 1 }, status: 201 },
      /request body: data\/sha must be string/,
    ],
    [
      'a member that nobody knows',
      { method: 'POST', body: { sha: 'a', shaa: 'b' }, status: 201 },
      /request body: .*\("shaa"\)/,
    ],
    ['a body where none is', { body: {} }, /a body although none is documented/],
    ['no answer where one is', { empty: true }, /no body although one is documented/],
    ['an undocumented status', { status: 418 }, /status 418 is not documented/],
    ['an answer of another shape', { answer: { id: 1 } }, /answer 200: data must be array/],
    [
      'null elsewhere',
      { answer: [{ id: null, note: '' }] },
      /answer 200: .*\/0\/id must be integer/,
    ],
    [
      'a value outside of the list',
      { answer: [{ id: 1, note: '', kind: 'c' }] },
      /answer 200: .*allowed/,
    ],
    ['a wrong part', { answer: [{ id: 1, note: '', owner: {} }] }, /answer 200: .*'name'/],
    [
      'a body with a status that has none',
      { method: 'POST', body: { sha: 'a' }, status: 201, answer: {} },
      /status 201 has a body although none is documented/,
    ],
  ])('refuses %s', (__, call, expected) => {
    expect(run(contract, call)).toMatch(expected);
  });

  it('takes what a gap gives a reason for, and nothing beyond it', () => {
    const gaps: readonly ContractGap[] = [
      { operation: '*', reason, query: ['q'], statuses: [429], nullable: ['id'] },
      { operation: 'POST /things', reason, members: ['extra'], optional: ['id'] },
      {
        operation: 'GET /things',
        reason,
        optional: ['id'],
        responses: { 404: { type: 'string' } },
      },
      { operation: 'POST /graphql', reason, undocumented: true, requestBody: { type: 'object' } },
      { operation: 'GET /free', reason, undocumented: true },
    ];
    const wide = make(gaps);
    expect(run(wide, { query: 'q=1', status: 429 })).toBe('');
    expect(run(wide, { answer: [{ id: null, note: '' }] })).toBe('');
    expect(run(wide, { answer: [{ id: 1 }] })).toMatch(/'note'/);
    expect(run(wide, { status: 404, answer: 'gone' })).toBe('');
    expect(run(wide, { status: 404, answer: {} })).toMatch(/must be string/);
    expect(run(wide, { method: 'POST', body: { sha: 'a', extra: 1 }, status: 201 })).toBe('');
    expect(run(wide, { method: 'POST', path: '/graphql', body: { query: '' }, answer: {} })).toBe(
      '',
    );
    expect(run(wide, { method: 'POST', path: '/graphql', body: [] })).toMatch(/must be object/);
    expect(run(wide, { path: '/free', query: 'x=1', status: 418, answer: 1 })).toBe('');
  });

  it('refuses a gap whose operation is not as it says', () => {
    expect(() => make([{ operation: 'GET /thing', reason }])).toThrow(/"GET \/thing".*lacks/);
    expect(() => make([{ operation: 'GET /things', reason, undocumented: true }])).toThrow(/has/);
  });
});

describe('a contract of OpenAPI 3.0', () => {
  const contract = contracts['OpenAPI 3.0']();

  it('follows references to answers', () => {
    expect(run(contract, { status: 404, answer: { message: 'no' } })).toBe('');
    expect(run(contract, { status: 404, answer: {} })).toMatch(/answer 404: .*'message'/);
  });

  it('holds a body to exactly one alternative', () => {
    const post = (body: object) => run(contract, { method: 'POST', body, status: 201 });
    expect(post({ ref: 'a' })).toBe('');
    expect(post({ sha: 'a', ref: 'a' })).toMatch(/exactly one schema/);
  });

  it('prefers literal segments, and lets greedy parameters take the rest', () => {
    expect(run(contract, { path: '/things/latest' })).toMatch(/^GET \/things\/latest: status 200/);
    expect(run(contract, { path: '/things/other' })).toBe('');
    expect(run(contract, { path: '/things/other/more' })).toMatch(/no such operation/);
    expect(run(contract, { path: '/files/a/b/c' })).toBe('');
    expect(run(contract, { path: '/files/a/b/history' })).toMatch(/status 200 is not documented/);
  });
});

describe('a contract of Swagger 2.0', () => {
  const contract = contracts['Swagger 2.0']();
  const put = (form: string) => run(contract, { method: 'PUT', form });

  it('checks the fields of a form', () => {
    expect(put('title=a&file=b')).toBe('');
    expect(put('file=b')).toMatch(/form: .*'title'/);
    expect(put('title=a&other=b')).toMatch(/form: .*"other"/);
    expect(run(contract, { method: 'PUT', body: { title: 'a' } })).toMatch(/no form/);
  });

  it('knows segments that may be left out', () => {
    const post = (path: string) => run(contract, { method: 'POST', path, status: 201 });
    expect(post('/things/run')).toBe('');
    expect(post('/things/ref/main/run')).toBe('');
    expect(post('/things/main/run')).toMatch(/no such operation/);
  });

  it('takes errors without a schema, unless there is one for all of them', () => {
    expect(run(contract, { status: 404, answer: { any: 1 } })).toBe('');
    const errorSchema = { $ref: '#/definitions/owner' };
    const options = { document: swagger, kind: 'swagger2', basePath: '/api/v9', gaps: [] } as const;
    const strict = createContract({ ...options, errorSchema });
    expect(run(strict, { status: 404, answer: { any: 1 } })).toMatch(/answer 404: .*'name'/);
  });
});

const examples = 'github/examples.json';
const absent = documentPresent(examples) ? '' : ' (skipped: the document is absent)';

// ORIGIN.md of the document counts them: 26 of its 173 examples do not satisfy their own schema.
it.skipIf(!documentPresent(examples))(`judges GitHub's own examples rightly${absent}`, () => {
  const document = loadDocument('github/openapi.json') ?? {};
  const contract = createContract({ document, kind: 'openapi3', gaps: [] });
  const refused = { requests: 0, answers: 0, all: 0 };
  for (const [template, item] of Object.entries(member(document, 'paths') ?? {})) {
    for (const [method, operation] of Object.entries(item as object)) {
      const id = String(member(operation, 'operationId'));
      const [first = ''] = Object.keys(member(operation, 'responses') ?? {});
      for (const [when, named] of Object.entries(member(loadDocument(examples), id) ?? {})) {
        for (const [name, value] of Object.entries(named as object)) {
          if (name.includes(' [')) continue;
          const path = template.replace(/\{[^}]+\}/g, '12');
          const call = { method: method.toUpperCase(), path };
          const found =
            when === 'request'
              ? run(contract, { ...call, body: value, status: Number(first) })
              : run(contract, { ...call, status: Number(when), answer: value });
          refused.all += 1;
          if (/: answer /.test(found)) refused.answers += 1;
          if (/: request body: /.test(found) && when === 'request') refused.requests += 1;
        }
      }
    }
  }
  expect(refused).toEqual({ requests: 0, answers: 26, all: 173 });
});
