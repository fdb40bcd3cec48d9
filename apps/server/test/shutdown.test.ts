import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import type { Provider } from '@bowline/gitops-providers';
import { afterEach, expect, it } from 'vitest';
import { type LocalServer, openLocalServer } from './local-forge.ts';

let server: LocalServer;
afterEach(() => server.close());

/** Starts a job that gets on when `connected` is resolved. `whileStopping` runs when the server is closed and before it lets go of its port. */
async function startJob(options: {
  readonly shutdownGraceMs?: number;
  readonly accept?: string;
  readonly whileStopping: (port: number) => Promise<void>;
}) {
  const connected = Promise.withResolvers<Provider>();
  const reached = Promise.withResolvers<void>();
  server = await openLocalServer({
    shutdownGraceMs: options.shutdownGraceMs,
    connect: () => {
      reached.resolve();
      return connected.promise;
    },
  });
  let port = 0;
  server.app.addHook('preClose', () => options.whileStopping(port));
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  ({ port } = server.app.server.address() as AddressInfo);
  const running = fetch(`http://127.0.0.1:${port}/v1/gitops/create-branch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: options.accept ?? '*/*' },
    body: JSON.stringify({ repo: 'gitops-k8s', src_branch: 'prod', dest_branch: 'late' }),
  });
  await reached.promise;
  return { running, connected };
}

it('a server that is closed answers what runs, and what is new with a problem', async () => {
  const answers: Response[] = [];
  const { running, connected } = await startJob({
    whileStopping: async (port) => {
      for (const path of ['/ready', '/v1/gitops/tags?repo=gitops-k8s', '/health'])
        answers.push(await fetch(`http://127.0.0.1:${port}${path}`));
    },
  });
  const closing = server.app.close();
  // Only now, so that the job runs while the others ask.
  while (answers.length < 3) await new Promise(setImmediate);
  connected.resolve(server.provider);
  expect(await (await running).json()).toMatchObject({ created: true });
  await closing;
  expect(answers.map(({ status }) => status)).toEqual([503, 503, 200]);
  const [ready, tags] = answers;
  expect(ready?.headers.get('retry-after')).toBe('1');
  expect(ready?.headers.get('connection')).toBe('close');
  expect(await tags?.json()).toMatchObject({ code: 'SERVER_STOPPING', retryable: true });
});

it('a server that is closed stops what takes longer than its time, and says to come again', async () => {
  const { running, connected } = await startJob({
    shutdownGraceMs: 0,
    // Comes after the timer of the server, which is as short and was set before.
    whileStopping: async () => void setTimeout(() => connected.resolve(server.provider), 0),
  });
  const closing = server.app.close();
  const answer = await running;
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ code: 'SERVER_STOPPING', retryable: true });
  await closing;
  const branch = await server.provider.repository('gitops-k8s').branches.get('late');
  expect(branch).toBeUndefined();
});

it('a server that is closed ends a stream of events with its result, and keeps no connection for more', async () => {
  const { running, connected } = await startJob({
    accept: 'text/event-stream',
    whileStopping: async () => undefined,
  });
  const stream = await running;
  const closing = server.app.close();
  connected.resolve(server.provider);
  expect(await stream.text()).toContain('event: result\n');
  await closing;
});

it('a server that is closed lets go of who never asks', async () => {
  const { running, connected } = await startJob({
    shutdownGraceMs: 0,
    whileStopping: async () => undefined,
  });
  const { port } = server.app.server.address() as AddressInfo;
  const silent = connect({ host: '127.0.0.1', port });
  await once(silent, 'connect');
  silent.on('error', () => undefined);
  connected.resolve(server.provider);
  await (await running).text();
  await server.app.close();
  silent.destroy();
});
