import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import '../fastify-types.ts';
import { problemOf } from '../problem.ts';
import { checkListenAddress } from './listen.ts';
import { type SecurityOptions, secure } from './secure.ts';
import { createToken, type Scope } from './token.ts';

const hosts = { loopback: true, publicUrl: undefined, origins: [] };

interface Ask {
  readonly path?: string;
  readonly method?: 'GET' | 'POST' | 'OPTIONS';
  readonly headers?: Record<string, string>;
}

async function server(options: Partial<SecurityOptions> = {}) {
  let now = Date.parse('2026-11-20T00:00:00Z');
  const app = Fastify();
  app.decorateRequest('caller');
  app.setErrorHandler((error, request, reply) => {
    const { status, headers, contentType, body } = problemOf(error, request.id);
    return reply.code(status).headers(headers).type(contentType).send(body);
  });
  app.setNotFoundHandler((_, reply) => reply.code(404).send('nothing'));
  secure(app, { tokens: [], hosts, requestsPerMinute: 5, clock: () => now, ...options });
  for (const access of ['public', 'read', 'write', 'admin'] as const) {
    app.get(`/${access}`, { config: { access } }, async (request) => request.caller.name);
  }
  app.get('/unmarked', async () => 'for administrators');
  const ask = ({ path = '/read', method = 'GET', headers = {} }: Ask = {}) =>
    app.inject({ method, url: path, headers: { host: 'localhost:8080', ...headers } });
  return {
    ask,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

function tokens(...scopes: Scope[]) {
  const made = scopes.map((scope) => createToken({ name: `a ${scope}`.replace(' ', '-'), scope }));
  return {
    records: made.map(({ record }) => record),
    bearer: (index: number) => ({ authorization: `Bearer ${made[index]?.token.reveal()}` }),
  };
}

describe('a server with tokens', () => {
  it('answers 401 without one, and with one that is not known', async () => {
    const { records } = tokens('read');
    const { ask } = await server({ tokens: records });
    const none = await ask();
    expect(none.statusCode).toBe(401);
    expect(none.headers['www-authenticate']).toBe('Bearer realm="bowline"');
    expect(none.json()).toMatchObject({ code: 'SERVER_UNAUTHENTICATED', status: 401 });
    for (const authorization of [
      'Bearer nonsense',
      'Bearer ',
      'Bearer a b',
      'Basic YTpi',
      `Bearer ${'x'.repeat(600)}`,
    ]) {
      const answer = await ask({ headers: { authorization } });
      expect([authorization, answer.statusCode]).toEqual([authorization, 401]);
      expect(answer.headers['www-authenticate']).toContain('invalid_token');
    }
  });

  it('lets each scope do what it allows, and no more', async () => {
    const { records, bearer } = tokens('read', 'write', 'admin');
    const { ask } = await server({ tokens: records, requestsPerMinute: 100 });
    const statuses = async (index: number) =>
      Promise.all(
        ['/read', '/write', '/admin', '/unmarked'].map(
          async (path) => (await ask({ path, headers: bearer(index) })).statusCode,
        ),
      );
    expect(await statuses(0)).toEqual([200, 403, 403, 403]);
    expect(await statuses(1)).toEqual([200, 200, 403, 403]);
    expect(await statuses(2)).toEqual([200, 200, 200, 200]);
    const refused = await ask({ path: '/write', headers: bearer(0) });
    expect(refused.headers['www-authenticate']).toContain('scope="write"');
    expect((await ask({ headers: bearer(1) })).body).toBe('a-write');
  });

  it('needs none for what is public, and tells nobody apart on unknown paths', async () => {
    const { records } = tokens('read');
    const { ask } = await server({ tokens: records });
    expect((await ask({ path: '/public' })).statusCode).toBe(200);
    expect((await ask({ path: '/nothing' })).statusCode).toBe(404);
  });

  it('slows down who guesses, and nobody else at the same address', async () => {
    const { records, bearer } = tokens('read');
    const { ask, pass } = await server({ tokens: records });
    for (let guess = 0; guess < 60; guess += 1) {
      await ask({ headers: { authorization: `Bearer guess${guess}` } });
    }
    const slowed = await ask({ headers: { authorization: 'Bearer guess' } });
    expect([slowed.statusCode, slowed.headers['retry-after']]).toEqual([429, '1']);
    expect((await ask({ headers: bearer(0) })).statusCode).toBe(200);
    pass(1_000);
    expect((await ask({ headers: { authorization: 'Bearer guess' } })).statusCode).toBe(401);
  });

  it('limits each token by itself', async () => {
    const { records, bearer } = tokens('read', 'write');
    const { ask, pass } = await server({ tokens: records });
    for (let count = 0; count < 5; count += 1) {
      expect((await ask({ headers: bearer(0) })).statusCode).toBe(200);
    }
    const limited = await ask({ headers: bearer(0) });
    expect([limited.statusCode, limited.headers['retry-after']]).toEqual([429, '12']);
    expect(limited.headers['ratelimit']).toBe('"caller";r=0;t=12');
    expect((await ask({ headers: bearer(1) })).statusCode).toBe(200);
    pass(12_000);
    expect((await ask({ headers: bearer(0) })).statusCode).toBe(200);
  });
});

describe('a server without tokens', () => {
  it('answers this machine', async () => {
    const { ask } = await server({ requestsPerMinute: 100 });
    for (const host of [
      'localhost',
      'localhost:8080',
      '127.0.0.1:8080',
      '[::1]:8080',
      'LOCALHOST',
    ]) {
      expect((await ask({ headers: { host } })).statusCode).toBe(200);
    }
  });

  it('answers no name that was made to point here', async () => {
    const { ask } = await server();
    for (const host of ['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example']) {
      const answer = await ask({ path: '/public', headers: { host } });
      expect([host, answer.statusCode]).toEqual([host, 421]);
    }
  });

  it('answers by its public name', async () => {
    const { ask } = await server({ hosts: { ...hosts, publicUrl: 'https://gitops.example.com' } });
    const answer = await ask({ headers: { host: 'gitops.example.com' } });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['strict-transport-security']).toContain('max-age');
  });

  it('answers no page of another origin', async () => {
    const { ask } = await server({ requestsPerMinute: 100 });
    for (const headers of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: 'http://localhost:9999' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ] as Record<string, string>[]) {
      const answer = await ask({ headers });
      expect([headers, answer.statusCode]).toEqual([headers, 403]);
    }
    expect((await ask({ headers: { origin: 'http://localhost:8080' } })).statusCode).toBe(200);
    expect((await ask({ headers: { 'sec-fetch-site': 'same-origin' } })).statusCode).toBe(200);
  });
});

describe('CORS', () => {
  const origin = 'https://console.example.com';
  const preflight = { origin, 'access-control-request-method': 'POST' };

  it('is off unless an origin is configured', async () => {
    const { records } = tokens('read');
    const { ask } = await server({ tokens: records });
    const answer = await ask({ method: 'OPTIONS', headers: preflight });
    expect(answer.statusCode).toBe(404);
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it('answers the configured origin, by its name and without credentials', async () => {
    const { records, bearer } = tokens('read');
    const { ask } = await server({ tokens: records, hosts: { ...hosts, origins: [origin] } });
    const asked = await ask({ method: 'OPTIONS', headers: preflight });
    expect(asked.statusCode).toBe(204);
    expect(asked.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-headers': expect.stringContaining('authorization'),
    });
    const answer = await ask({ headers: { origin, ...bearer(0) } });
    expect(answer.headers).toMatchObject({ 'access-control-allow-origin': origin, vary: 'Origin' });
    expect(answer.headers['access-control-allow-credentials']).toBeUndefined();
    const other = await ask({ headers: { origin: `${origin}.evil.example`, ...bearer(0) } });
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('every answer', () => {
  it('may not be framed, guessed at or kept', async () => {
    const { ask } = await server();
    for (const path of ['/public', '/nothing', '/unmarked']) {
      expect((await ask({ path })).headers).toMatchObject({
        'content-security-policy': expect.stringContaining("frame-ancestors 'none'"),
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cache-control': 'no-store',
      });
    }
  });
});

describe('checkListenAddress', () => {
  it('allows loopback without tokens, and anything with one', () => {
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) {
      expect(checkListenAddress({ host }, [])).toBeUndefined();
    }
    expect(checkListenAddress({ host: '0.0.0.0' }, tokens('read').records)).toBeUndefined();
    for (const host of ['0.0.0.0', '::', '10.0.0.1', 'example.com', '127.0.0.1.nip.io']) {
      expect(() => checkListenAddress({ host }, [])).toThrow(
        expect.objectContaining({ code: 'SERVER_TOKENS_MISSING' }),
      );
    }
  });
});
