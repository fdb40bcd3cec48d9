import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { createGzip } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { ServerDependencies } from '../src/dependencies.ts';
import { createToken } from '../src/security/token.ts';
import { type LocalServer, localConfig, openLocalServer } from './local-forge.ts';

let server: LocalServer;
afterEach(() => server.close());

async function listen(options: Partial<ServerDependencies> = {}): Promise<number> {
  server = await openLocalServer(options);
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  const address = server.app.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

interface Connection {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  readonly received: () => string;
}

async function open(port: number): Promise<Connection> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1');
  socket.on('data', (chunk) => {
    text += chunk;
  });
  // A reset after the answer is one way to close.
  socket.on('error', () => undefined);
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await once(socket, 'connect');
  return { socket, closed, received: () => text };
}

describe('tokens', () => {
  it('are asked for on every route but the public ones, and name who did it', async () => {
    const { token, record } = createToken({ name: 'ci', scope: 'write' });
    const { record: reader } = createToken({ name: 'reader', scope: 'read' });
    server = await openLocalServer({ tokens: [record, reader] });
    const routes = server.app
      .printRoutes({ commonPrefix: false, includeMeta: false })
      .match(/\/\S+ \([A-Z, ]+\)/g);
    expect(routes?.length).toBeGreaterThan(10);
    const open: string[] = [];
    for (const [path, method] of [
      ['/', 'GET'],
      ['/health', 'GET'],
      ['/ready', 'GET'],
      ['/metrics', 'GET'],
      ['/config', 'GET'],
      ['/docs', 'GET'],
      ['/redoc', 'GET'],
      ['/openapi.json', 'GET'],
      ['/v1/gitops/pull-requests', 'GET'],
      ['/v1/gitops/tags', 'GET'],
      ['/v1/gitops/logs', 'GET'],
      ['/v1/gitops/file', 'GET'],
      ['/v1/gitops/create-branch', 'POST'],
      ['/v1/gitops/set-image-yaml', 'POST'],
      ['/v1/gitops/pull-request', 'POST'],
      ['/v1/gitops/merge', 'POST'],
      ['/v1/gitops/k8s-pr', 'POST'],
      ['/v1/gitops/tag', 'POST'],
      ['/v1/gitops/webhook', 'POST'],
    ] as const) {
      const answer = await server.app.inject({ method, url: path, headers: { host: 'localhost' } });
      if (answer.statusCode !== 401) open.push(path);
    }
    expect(open).toEqual(['/', '/health', '/ready', '/docs', '/redoc', '/openapi.json']);
    const made = await server.app.inject({
      method: 'POST',
      url: '/v1/gitops/create-branch',
      headers: { authorization: `Bearer ${token.reveal()}` },
      payload: { repo: 'gitops-k8s', src_branch: 'prod', dest_branch: 'release' },
    });
    expect(made.statusCode).toBe(200);
    expect(JSON.stringify(server.logged)).not.toContain(token.reveal());
  });
});

describe('connections', () => {
  const quick = { headersTimeout: 100, requestTimeout: 200, connectionsCheckingInterval: 20 };

  it('that send their headers byte by byte are closed', async () => {
    const port = await listen({ connections: quick });
    const { socket, received, closed } = await open(port);
    socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ');
    await closed;
    expect(received()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('that never end their body are closed', async () => {
    const port = await listen({ connections: quick });
    const { socket, received, closed } = await open(port);
    socket.write(
      'POST /v1/gitops/merge HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n',
    );
    await closed;
    expect(received()).not.toMatch(/^HTTP\/1\.1 [25]00/);
  });

  it('with endless headers are refused', async () => {
    const port = await listen();
    const { socket, received, closed } = await open(port);
    socket.write(`GET /health HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`);
    await closed;
    expect(received()).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('with two lengths, or a line break in a header, are refused', async () => {
    const port = await listen();
    for (const header of ['Content-Length: 1\r\nContent-Length: 2', 'X: a\rb', 'X : y']) {
      const { socket, received, closed } = await open(port);
      socket.write(`POST /v1/gitops/merge HTTP/1.1\r\nHost: localhost\r\n${header}\r\n\r\n`);
      await closed;
      expect(received()).toMatch(/^HTTP\/1\.1 400 /);
    }
  });

  it('with a compressed body are refused: nothing is ever unpacked', async () => {
    server = await openLocalServer();
    const gzip = createGzip();
    gzip.end(Buffer.alloc(1_000_000));
    const chunks: Buffer[] = [];
    for await (const chunk of gzip as AsyncIterable<Buffer>) chunks.push(chunk);
    const answer = await server.app.inject({
      method: 'POST',
      url: '/v1/gitops/merge',
      headers: { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      payload: Buffer.concat(chunks),
    });
    expect([400, 415]).toContain(answer.statusCode);
  });
});

describe('the proxies in front', () => {
  it('are believed only where they are named', async () => {
    const { record } = createToken({ name: 'ci', scope: 'read' });
    server = await openLocalServer({ tokens: [record] });
    const guess = (address: string) =>
      server.app.inject({
        url: '/metrics',
        headers: { authorization: 'Bearer wrong', 'x-forwarded-for': address },
      });
    for (let count = 0; count < 60; count += 1) await guess(`10.0.0.${count}`);
    expect((await guess('10.9.9.9')).statusCode).toBe(429);
    const { root } = server;
    await server.close();
    const config = await localConfig(root);
    server = await openLocalServer({
      tokens: [record],
      config: { ...config, server: { ...config.server, trustProxy: ['127.0.0.1'] } },
    });
    for (let count = 0; count < 60; count += 1) await guess('10.0.0.1');
    expect((await guess('10.0.0.1')).statusCode).toBe(429);
    expect((await guess('10.0.0.2')).statusCode).toBe(401);
  });
});

describe('stopping', () => {
  it('lets what is under way finish, and takes nothing new', async () => {
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const port = await listen({
      connect: async () => {
        reached.resolve();
        await gate.promise;
        return server.provider;
      },
    });
    const origin = `http://127.0.0.1:${port}`;
    const working = fetch(`${origin}/v1/gitops/tags?repo=gitops-k8s`);
    await reached.promise;
    const { socket, received, closed } = await open(port);
    const closing = server.app.close();
    socket.write('GET /v1/gitops/tags?repo=x HTTP/1.1\r\nHost: localhost\r\n\r\n');
    gate.resolve();
    await closed;
    expect(received()).not.toMatch(/^HTTP\/1\.1 2/);
    expect((await working).status).toBe(200);
    await closing;
  });
});
