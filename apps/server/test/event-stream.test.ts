import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Provider } from '@bowline/gitops-providers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IMAGE, type LocalServer, openLocalServer } from './local-forge.ts';

interface Event {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

const parse = (text: string): Event[] =>
  text
    .split('\n\n')
    .filter((block) => block !== '' && !block.startsWith(':'))
    .map((block) => {
      const [, event = '', data = ''] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
      return { event, data: JSON.parse(data) as Record<string, unknown> };
    });

describe('a job with Accept: text/event-stream', () => {
  let server: LocalServer;
  let connected: PromiseWithResolvers<Provider>;
  beforeEach(async () => {
    connected = Promise.withResolvers();
    server = await openLocalServer({ connect: () => connected.promise, heartbeatMs: 5 });
  });
  afterEach(() => server.close());

  const payload = {
    cluster: 'prod',
    namespace: 'shop',
    deploy: 'web',
    image: `${IMAGE}:2.1.0`,
    approve_merge: true,
  };
  const headers = { accept: 'application/json;q=0.5, text/event-stream' };
  const inject = (body: object = payload) =>
    server.app.inject({ method: 'POST', url: '/v1/gitops/k8s-pr', headers, payload: body });

  it('shows each step, and then the result', async () => {
    connected.resolve(server.provider);
    const answer = await inject();
    expect(answer.headers['content-type']).toBe('text/event-stream; charset=utf-8');
    const events = parse(answer.body);
    const steps = events.filter(({ event }) => event === 'step').map(({ data }) => data);
    expect(steps.map(({ name, status }) => `${name} ${status}`)).toEqual([
      'set_image started',
      'set_image done',
      'create_pr started',
      'create_pr done',
      'merge_pr started',
      'merge_pr done',
    ]);
    expect(steps.at(-1)?.['detail']).toContain('Merged pull request #1');
    expect(events.at(-1)).toMatchObject({ event: 'result', data: { merged: true } });
  });

  it('ends with a problem document when the job fails', async () => {
    connected.resolve(server.provider);
    const events = parse((await inject({ ...payload, cluster: 'none' })).body);
    const { event, data } = events.at(-1) ?? {};
    expect(event).toBe('error');
    expect(data).toMatchObject({ status: 404, code: 'OPERATION_BRANCH_NOT_FOUND' });
  });

  it('answers a wrong body as any other request', async () => {
    const answer = await inject({ ...payload, image: '' });
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  });

  /** Sends the request through a real connection; `text` grows as the answer comes. */
  async function connect(extra: Record<string, string> = {}) {
    await server.app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = server.app.server.address() as AddressInfo;
    const sent = request({
      host: '127.0.0.1',
      port,
      method: 'POST',
      path: '/v1/gitops/k8s-pr',
      headers: { ...headers, 'content-type': 'application/json', ...extra },
    });
    sent.on('error', () => undefined);
    const heard = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<string>();
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.includes('still running')) heard.resolve();
      });
      response.on('end', () => ended.resolve(text));
      response.on('error', () => undefined);
    });
    sent.end(JSON.stringify(payload));
    return { sent, heard: heard.promise, ended: ended.promise };
  }
  const outcomes = async () => {
    const { body } = await server.app.inject('/metrics');
    return [...body.matchAll(/^gitops_jobs_total\{job="k8s-pr",outcome="(\w+)"\} (\d+)$/gm)].map(
      ([, outcome, count]) => `${outcome} ${count}`,
    );
  };
  const closed = () =>
    new Promise<void>((done) => {
      const look = () =>
        server.app.server.getConnections((_, count) => (count === 0 ? done() : setImmediate(look)));
      look();
    });

  it('shows that it is alive while nothing happens', async () => {
    const { heard, ended } = await connect();
    await heard;
    connected.resolve(server.provider);
    const text = await ended;
    expect(text).toMatch(/^: started\n\n(?:: still running\n\n)+event: step\n/);
    expect(parse(text).at(-1)?.event).toBe('result');
  });

  it('stops when the caller leaves', async () => {
    const { sent, heard } = await connect();
    await heard;
    sent.destroy();
    await closed();
    connected.resolve(server.provider);
    while ((await outcomes()).length === 0) await new Promise(setImmediate);
    expect(await outcomes()).toEqual(['stopped 1']);
    expect(await server.provider.repository('gitops-k8s').branches.get('k8s/prod/shop/web')).toBe(
      undefined,
    );
  });

  it('goes on without its caller when it has an Idempotency-Key, and keeps the answer', async () => {
    const key = { 'idempotency-key': 'one' };
    const { sent, heard } = await connect(key);
    await heard;
    sent.destroy();
    await closed();
    connected.resolve(server.provider);
    const again = await server.app.inject({
      method: 'POST',
      url: '/v1/gitops/k8s-pr',
      headers: key,
      payload,
    });
    expect(again.json()).toMatchObject({ merged: true });
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(await outcomes()).toEqual(['done 1']);
  });
});
