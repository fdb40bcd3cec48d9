import { Secret } from '@bowline/gitops-errors';
import { toJsonSchema } from '@valibot/to-json-schema';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Endpoint } from '../src/endpoint.ts';
import { endpoints } from '../src/route-table.ts';
import { IMAGE, type LocalServer, openLocalServer, PATH } from './local-forge.ts';

/*
 * Drives each endpoint from its own schema: what fits, what almost fits, and what does not. Whatever comes, the answer is no 5xx, and
 * neither it nor the log shows a secret of the server, also where the request itself holds it.
 */

const CANARY = 'canary-7f3a-of-the-fuzz-test';
const RUNS = 40;

interface Property {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
}

/** Values that lead into the jobs, so that not each request ends at the first check. */
const known = fc.constantFrom(
  'gitops-k8s',
  'prod',
  'staging',
  'HEAD',
  PATH,
  `${IMAGE}:2.1.0`,
  '2.1.0',
  'v1',
  '1',
  'https://ci.example.com/hook',
  'file:///gitops-k8s.git#pull-request/1',
  CANARY,
);

const strange = fc.constantFrom(
  '-x',
  '../..',
  '..%2f..',
  '%2e%2e/',
  'refs/heads/../../x',
  'a@{1}',
  'a.lock',
  '--upload-pack=touch',
  'constructor',
  '__proto__',
  'https://169.254.169.254/latest/meta-data',
  'https://bitbucket.org/a',
  '{cluster}',
  '\u202e\ud800',
  'é'.repeat(200),
  'x'.repeat(5_000),
);

function fitting(property: Property): fc.Arbitrary<unknown> {
  if (property.enum !== undefined) return fc.constantFrom(...property.enum);
  if (property.type === 'boolean') return fc.boolean();
  const pattern = property.pattern === undefined ? fc.string() : matching(property.pattern);
  return fc.oneof({ weight: 4, arbitrary: known }, { weight: 2, arbitrary: pattern }, strange);
}

/** Texts of up to 40 characters that a pattern takes; longer ones are slow to make and find nothing more. */
function matching(pattern: string): fc.Arbitrary<string> {
  return fc.stringMatching(new RegExp(pattern.replace(/\{1,\d{3,}\}/, '{1,40}')));
}

const wrong = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(null, [], {}, '', 0, -1, 1e308, true, [CANARY], { toString: CANARY }),
);

function inputs(endpoint: Endpoint): fc.Arbitrary<Record<string, unknown>> {
  const schema = toJsonSchema(endpoint.input, { typeMode: 'input', errorMode: 'ignore' });
  const properties = (schema.properties ?? {}) as Record<string, Property>;
  const required = schema.required ?? [];
  const fits = fc.record(
    Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, fitting(each)])),
    { requiredKeys: required },
  );
  const names = fc.constantFrom(
    ...Object.keys(properties),
    'constructor',
    'prototype',
    'x',
    CANARY,
  );
  const change = fc.tuple(names, fc.option(wrong, { nil: undefined }));
  const changes = fc.array(change, { minLength: 1, maxLength: 3 });
  const spoiled = fc
    .tuple(fits, changes)
    .map(([value, spoil]) => ({ ...value, ...Object.fromEntries(spoil) }));
  return fc.oneof({ weight: 3, arbitrary: fits }, { weight: 2, arbitrary: spoiled });
}

function asText(value: unknown): string {
  return (typeof value === 'string' ? value : (JSON.stringify(value) ?? '')).toWellFormed();
}

const rawBodies = fc.oneof(
  fc.string(),
  fc.json(),
  fc.constantFrom(
    'null',
    '[]',
    '""',
    '{',
    '{"repo":"gitops-k8s","__proto__":{"dry_run":true}}',
    '{"constructor":{"prototype":{"x":1}}}',
    `{"repo":"${'['.repeat(100)}"}`,
    '['.repeat(50_000),
    `{"repo":"a","repo":"b"}`,
    `{"image":"${'x'.repeat(2_000_000)}"}`,
  ),
);

const headers = fc.record(
  {
    accept: fc.constantFrom('*/*', 'text/event-stream', 'application/xml', 'text/event-stream;q=0'),
    'idempotency-key': fc.constantFrom('a', '"b"', '', 'a b', 'x'.repeat(300), CANARY),
    'content-type': fc.constantFrom(
      'application/json',
      'application/json; charset=utf-16',
      'text/plain',
      'multipart/form-data',
    ),
  },
  { requiredKeys: [] },
);

describe('whatever a request holds', () => {
  let server: LocalServer;
  const lines: string[] = [];

  beforeAll(async () => {
    new Secret(CANARY);
    server = await openLocalServer(
      { log: { level: 'debug', write: (line) => void lines.push(line) } },
      {
        environment: {
          BITBUCKET_ACCESS_TOKEN: CANARY,
          TEAMS_WEBHOOK: `https://example.com/${CANARY}`,
        },
        explicit: { server: { rateLimit: { requestsPerMinute: 1_000_000 } } },
      },
    );
  });
  afterAll(() => server.close());

  /** Sends a request and checks what holds for every answer. */
  async function send(request: {
    readonly method: 'GET' | 'POST';
    readonly url: string;
    readonly headers?: Record<string, string>;
    readonly payload?: string;
  }) {
    lines.length = 0;
    const answer = await server.app.inject(request);
    expect(answer.statusCode, answer.body).toBeLessThan(500);
    expect(answer.body).not.toContain(CANARY);
    expect(JSON.stringify(answer.headers)).not.toContain(CANARY);
    expect(lines.join('')).not.toContain(CANARY);
    expect(lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    if (answer.statusCode >= 400) {
      const problem = answer.json<{ status: number; code: string }>();
      expect(problem.status).toBe(answer.statusCode);
      expect(problem.code).not.toBe('INTERNAL');
    }
    return answer;
  }

  const jobs = endpoints.filter(({ kind }) => kind === 'job');
  it.each(jobs.map((endpoint) => [endpoint.path, endpoint] as const))('POST %s', (path, endpoint) =>
    fc.assert(
      fc.asyncProperty(inputs(endpoint), headers, async (body, extra) => {
        const payload = JSON.stringify(body);
        const type = { 'content-type': 'application/json' };
        await send({ method: 'POST', url: path, headers: { ...type, ...extra }, payload });
      }),
      { numRuns: RUNS },
    ),
  );

  it.each(jobs.map(({ path }) => [path]))('POST %s with what is no such object', (path) =>
    fc.assert(
      fc.asyncProperty(rawBodies, headers, async (payload, extra) => {
        const type = { 'content-type': 'application/json' };
        const answer = await send({
          method: 'POST',
          url: path,
          headers: { ...type, ...extra },
          payload,
        });
        expect(answer.statusCode).toBeGreaterThanOrEqual(400);
      }),
      { numRuns: RUNS },
    ),
  );

  const reads = endpoints.filter(({ kind }) => kind === 'read');
  it.each(reads.map((endpoint) => [endpoint.path, endpoint] as const))('GET %s', (path, endpoint) =>
    fc.assert(
      fc.asyncProperty(inputs(endpoint), fc.string(), async (input, tail) => {
        const rest = new Map(Object.entries(input));
        const url = path.replace(/\{(\w+)\}/g, (_, name: string) => {
          const value = asText(rest.get(name) ?? '');
          rest.delete(name);
          return encodeURIComponent(value) || '0';
        });
        const query = new URLSearchParams();
        for (const [name, value] of rest) {
          for (const one of [value].flat()) query.append(name, asText(one));
        }
        await send({ method: 'GET', url: `${url}?${query}` });
        await send({ method: 'GET', url: `${url}?${tail.toWellFormed()}` });
      }),
      { numRuns: RUNS },
    ),
  );

  it('paths that are none', () =>
    fc.assert(
      fc.asyncProperty(fc.oneof(fc.webPath(), strange), async (path) => {
        const answer = await send({ method: 'GET', url: `/v1/${path.toWellFormed()}` });
        // `/v1/../..` is `/`, which leads to the documentation.
        expect(answer.statusCode).toBeGreaterThanOrEqual(300);
      }),
      { numRuns: RUNS },
    ));
});
