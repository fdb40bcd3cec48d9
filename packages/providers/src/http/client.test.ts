import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { ProviderError } from '../errors.ts';
import { createHttpClient, type HttpClientOptions } from './client.ts';
import type { HttpRequest } from './http-message.ts';
import { Lane } from './lane.ts';
import { explainAs } from './refusal.ts';
import { isUncertain } from './transport-error.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function client(handler: Handler, options: Partial<HttpClientOptions> = {}) {
  const server = createServer(handler);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo;
  const sleeps: number[] = [];
  const http = createHttpClient({
    api: new URL(`http://127.0.0.1:${port}/api`),
    headers: { 'x-version': '7' },
    authorize: () => ({ authorization: 'Bearer t' }),
    userAgent: 'test',
    fetch,
    clock: {
      now: () => 0,
      random: () => 1,
      sleep: async (ms) => void sleeps.push(ms),
    },
    attemptTimeoutMs: 5000,
    requestTimeoutMs: 60_000,
    maxResponseBytes: 10_000,
    retry: { maxRetries: 2, maxRetryAfterMs: 30_000 },
    transient: [503],
    explain: explainAs({ forge: 'Forge', read: () => undefined }),
    ...options,
  });
  return { http, sleeps };
}

const get: HttpRequest = { method: 'GET', path: '/x', expect: [200], doing: 'read x' };
const text = (body: Uint8Array) => Buffer.from(body).toString('utf8');

describe('answers with an ETag', () => {
  it('are asked for again and taken from memory when they are current', async () => {
    const asked: (string | undefined)[] = [];
    let version = 1;
    const { http } = await client(
      (request, response) => {
        asked.push(request.headers['if-none-match']);
        const etag = `"v${version}"`;
        response.setHeader('etag', etag);
        if (request.headers['if-none-match'] === etag) response.writeHead(304).end();
        else response.end(`body ${version}`);
      },
      { etagCacheBytes: 100_000 },
    );
    expect(text((await http.send(get)).body)).toBe('body 1');
    const again = await http.send(get);
    expect([again.status, text(again.body)]).toEqual([200, 'body 1']);
    version = 2;
    expect(text((await http.send(get)).body)).toBe('body 2');
    // Another representation of the same address is another answer.
    await http.send({ ...get, accept: 'text/plain' });
    expect(asked).toEqual([undefined, '"v1"', '"v1"', undefined]);
  });

  it('are dropped, the oldest first, when there is no more room', async () => {
    const asked: string[] = [];
    const { http } = await client(
      (request, response) => {
        if (request.headers['if-none-match'] !== undefined) asked.push(request.url ?? '');
        response.setHeader('etag', '"e"');
        response.end('x'.repeat(500));
      },
      { etagCacheBytes: 8000 },
    );
    for (let page = 0; page < 10; page += 1) await http.send({ ...get, path: `/p${page}` });
    await http.send({ ...get, path: '/p0' });
    await http.send({ ...get, path: '/p9' });
    expect(asked).toEqual(['/api/p9']);
  });

  it('stay as they came, whatever a caller does with its own, and keep to the limit of each request', async () => {
    let sent = 0;
    const { http } = await client(
      (request, response) => {
        response.setHeader('etag', '"e"');
        if (request.headers['if-none-match'] === '"e"') return response.writeHead(304).end();
        sent += 1;
        return response.end('image: web:1');
      },
      { etagCacheBytes: 100_000 },
    );
    for (let reading = 0; reading < 3; reading += 1) {
      const { body } = await http.send(get);
      expect(text(body)).toBe('image: web:1');
      body.fill(0);
    }
    expect(sent).toBe(1);
    await expect(http.send({ ...get, maxBytes: 11 })).rejects.toMatchObject({
      code: 'PROVIDER_LIMIT_EXCEEDED',
    });
  });

  it('are not kept without room for them', async () => {
    const { http } = await client((request, response) => {
      response.setHeader('etag', '"e"');
      response.end(String(request.headers['if-none-match']));
    });
    await http.send(get);
    expect(text((await http.send(get)).body)).toBe('undefined');
  });
});

describe('requests that write', () => {
  it('go one after the other where the forge asks for that, and one that fails holds up none', async () => {
    let open = 0;
    let most = 0;
    const { http } = await client(
      (request, response) => {
        open += 1;
        most = Math.max(most, open);
        setImmediate(() => {
          open -= 1;
          response.writeHead(request.url?.endsWith('3') ? 400 : 200).end();
        });
      },
      { lane: new Lane() },
    );
    const results = await Promise.allSettled(
      [1, 2, 3, 4, 5].map((n) => http.send({ ...get, method: 'POST', path: `/${n}` })),
    );
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    expect(most).toBe(1);
  });
});

describe('a request that waits for its turn', () => {
  it('ends with its signal at once, and is never sent', async () => {
    const calls: string[] = [];
    let finish: (() => void) | undefined;
    const started = Promise.withResolvers<void>();
    const { http } = await client(
      (request, response) => {
        calls.push(request.url ?? '');
        finish = () => response.end();
        started.resolve();
      },
      { lane: new Lane() },
    );
    const first = http.send({ ...get, method: 'POST', path: '/1' });
    await started.promise;
    const aborted = { ...get, method: 'POST', signal: AbortSignal.abort('enough') } as const;
    await expect(http.send({ ...aborted, path: '/2' })).rejects.toBe('enough');
    const stop = new AbortController();
    const waiting = http.send({ ...aborted, path: '/3', signal: stop.signal });
    stop.abort('later');
    await expect(waiting).rejects.toBe('later');
    finish?.();
    await first;
    expect(calls).toEqual(['/api/1']);
  });
});

describe('a credential that is long in coming', () => {
  it('costs the attempt, and what was not sent is neither uncertain nor lost', async () => {
    let asked = 0;
    let calls = 0;
    const { http, sleeps } = await client(
      (_, response) => {
        response.end();
      },
      {
        attemptTimeoutMs: 20,
        // At once, so that the second attempt is never too late.
        fetch: async () => {
          calls += 1;
          return new Response('');
        },
        authorize: () => {
          asked += 1;
          return asked === 1 ? new Promise<never>(() => undefined) : { authorization: 'Bearer t' };
        },
      },
    );
    expect((await http.send({ ...get, method: 'POST' })).attempts).toBe(2);
    expect([calls, sleeps]).toEqual([1, [500]]);
  });
});

describe('a redirect to another host', () => {
  it('is told of without what is signed in its address', async () => {
    const seen: string[] = [];
    const { http } = await client(
      (request, response) => {
        if (request.url?.startsWith('/api/') === true) {
          const location = `http://localhost:${request.socket.localPort}/log?signature=canary`;
          response.writeHead(307, { location }).end();
        } else response.end(JSON.stringify([request.url, request.headers.authorization]));
      },
      { onRequest: ({ url }) => void seen.push(url) },
    );
    const answer = await http.send({ ...get, foreignRedirect: true, query: [['page', '2']] });
    expect(JSON.parse(text(answer.body))).toEqual(['/log?signature=canary', null]);
    expect(seen).toEqual([
      expect.stringMatching(/\/api\/x\?page=2$/),
      expect.stringMatching(/^http:\/\/localhost:\d+\/log$/),
    ]);
  });
});

describe('an address that cannot be used', () => {
  it.each(['/hooks/..', 'https://elsewhere.example/page/2'])(
    '%s is refused without a request, once, and nothing is uncertain',
    async (path) => {
      let calls = 0;
      const { http, sleeps } = await client((_, response) => {
        calls += 1;
        response.end();
      });
      for (const method of ['GET', 'POST'] as const) {
        const failure = await http.send({ ...get, method, path }).catch((error: unknown) => error);
        expect(failure).toBeInstanceOf(ProviderError);
        expect(isUncertain(failure)).toBe(false);
      }
      expect([calls, sleeps]).toEqual([0, []]);
    },
  );
});

describe('a rate limit', () => {
  it('is what the forge calls one, and is waited for as long as it says', async () => {
    let calls = 0;
    const { http, sleeps } = await client(
      (_, response) => {
        calls += 1;
        response.writeHead(calls === 1 ? 403 : 200, { 'x-reset': '9' }).end();
      },
      {
        rateLimit: ({ status, headers }) =>
          status === 403 ? { waitMs: Number(headers.get('x-reset')) * 1000 } : undefined,
      },
    );
    expect((await http.send(get)).attempts).toBe(2);
    expect(sleeps).toEqual([9000]);
  });
});

describe('headers', () => {
  it('of the forge, the request and the credential are sent', async () => {
    const { http } = await client((request, response) => {
      const { authorization, range, 'x-version': version } = request.headers;
      response.end(JSON.stringify([authorization, range, version]));
    });
    const answer = await http.send({ ...get, headers: { range: 'bytes=5-' } });
    expect(JSON.parse(text(answer.body))).toEqual(['Bearer t', 'bytes=5-', '7']);
  });

  it('of the credential may have to be fetched; when that fails nothing was sent', async () => {
    let calls = 0;
    const { http, sleeps } = await client(
      (_, response) => {
        calls += 1;
        response.end();
      },
      {
        authorize: async () => {
          throw new ProviderError('PROVIDER_UNAVAILABLE', 'No token could be fetched.');
        },
      },
    );
    const failure = await http.send({ ...get, method: 'POST' }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(isUncertain(failure)).toBe(false);
    expect([calls, sleeps]).toEqual([0, []]);
  });
});
