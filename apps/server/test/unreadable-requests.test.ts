import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import type { Provider } from '@bowline/gitops-providers';
import { afterEach, describe, expect, it } from 'vitest';
import type { ServerDependencies } from '../src/dependencies.ts';
import { type LocalServer, openLocalServer } from './local-forge.ts';

let server: LocalServer;
afterEach(() => server.close());

async function listen(options: Partial<ServerDependencies> = {}): Promise<number> {
  server = await openLocalServer(options);
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  return (server.app.server.address() as AddressInfo).port;
}

/** Sends bytes, more of them when the answer begins, and gives all that comes back until the server closes the connection. */
async function exchange(port: number, sent: string, more?: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let received = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    received += chunk;
  });
  socket.on('error', () => undefined);
  if (more !== undefined) socket.once('data', () => socket.write(more));
  socket.write(sent);
  await once(socket, 'close');
  return received;
}

const close = 'Host: localhost\r\nConnection: close\r\n';

function problemIn(text: string) {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  expect(head).toContain('content-type: application/problem+json; charset=utf-8');
  expect(head).toContain("content-security-policy: default-src 'none'");
  const problem = JSON.parse(body) as { status: number; code: string; request_id: string };
  expect(head).toMatch(new RegExp(`^HTTP/1.1 ${problem.status} `));
  expect(head).toContain(`x-request-id: ${problem.request_id}`);
  return problem;
}

/** The line of the log of each request. */
const lines = () => server.logged.filter(({ msg }) => msg === 'request');

describe('what is no request', () => {
  it.each([
    ['a line that is none', 'nonsense\r\n\r\n', 400, 'SERVER_REQUEST_INVALID'],
    ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001', 400, 'SERVER_REQUEST_INVALID'],
    [
      'two ways to say where a body ends',
      `POST /v1/gitops/merge HTTP/1.1\r\n${close}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
      'SERVER_REQUEST_INVALID',
    ],
    [
      'headers that are too long',
      `GET /?${'x'.repeat(20_000)} HTTP/1.1\r\n${close}\r\n`,
      431,
      'SERVER_HEADERS_TOO_LARGE',
    ],
    ['no host', 'GET /health HTTP/1.1\r\nConnection: close\r\n\r\n', 400, 'SERVER_REQUEST_INVALID'],
    [
      'two hosts',
      `GET /v1/gitops/tags HTTP/1.1\r\nHost: a\r\n${close}\r\n`,
      400,
      'SERVER_REQUEST_INVALID',
    ],
    [
      'a path that cannot be decoded',
      `GET /v1/%zz HTTP/1.1\r\n${close}\r\n`,
      400,
      'SERVER_REQUEST_INVALID',
    ],
    [
      'a method that no path has',
      `QUERY /v1/gitops/tags HTTP/1.1\r\n${close}\r\n`,
      405,
      'SERVER_METHOD_NOT_ALLOWED',
    ],
  ])('is answered with a problem and logged once: %s', async (_, sent, status, code) => {
    const problem = problemIn(await exchange(await listen(), sent));
    expect(problem).toMatchObject({ status, code });
    if (!sent.includes('/health')) {
      expect(lines()).toMatchObject([{ reqId: problem.request_id, status, ip: '127.0.0.1' }]);
    }
    const metrics = await server.app.inject('/metrics');
    expect(metrics.body).toContain(`status="${status}"`);
  });

  it('is told that it was too slow', async () => {
    const connections = {
      headersTimeout: 100,
      requestTimeout: 200,
      connectionsCheckingInterval: 20,
    };
    const port = await listen({ connections });
    const head = 'POST /v1/gitops/merge HTTP/1.1\r\nHost: localhost\r\n';
    const slow = [
      await exchange(port, head),
      await exchange(port, `${head}Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{`),
    ];
    expect(slow.map(problemIn)).toMatchObject([
      { code: 'SERVER_REQUEST_TIMEOUT', status: 408 },
      { code: 'SERVER_REQUEST_TIMEOUT', status: 408 },
    ]);
    expect(lines().map(({ status }) => status)).toEqual([408, 408]);
  });

  it('is never answered in the middle of another answer', async () => {
    const connected = Promise.withResolvers<Provider>();
    const port = await listen({ connect: () => connected.promise });
    const body = JSON.stringify({ repo: 'gitops-k8s', src_branch: 'prod', dest_branch: 'late' });
    const text = await exchange(
      port,
      `POST /v1/gitops/create-branch HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: text/event-stream\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      'nonsense\r\n\r\n',
    );
    connected.resolve(server.provider);
    expect(text).toMatch(/^HTTP\/1\.1 200 /);
    expect(text).not.toContain('SERVER_REQUEST_INVALID');
  });

  it('names its host as an address, and not in its header', async () => {
    const port = await listen();
    const ask = (target: string, host: string) =>
      exchange(port, `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    expect(await ask('http://localhost/health?x', 'evil.example')).toMatch(/^HTTP\/1\.1 200 /);
    expect(await ask('http://evil.example/health', 'localhost')).toMatch(/^HTTP\/1\.1 421 /);
  });
});

it('an expectation that nobody knows is no reason to refuse a request', async () => {
  const sent = `GET /health HTTP/1.1\r\n${close}Expect: 200-ok\r\n\r\n`;
  expect(await exchange(await listen(), sent)).toMatch(/^HTTP\/1\.1 200 /);
});
