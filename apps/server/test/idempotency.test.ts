import { type Provider, ProviderError } from '@bowline/gitops-providers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IMAGE, type LocalServer, openLocalServer, PATH } from './local-forge.ts';

describe('Idempotency-Key', () => {
  let server: LocalServer;
  let connected: PromiseWithResolvers<Provider>;
  let connect: () => Promise<Provider>;
  beforeEach(async () => {
    connected = Promise.withResolvers();
    connect = () => connected.promise;
    server = await openLocalServer({ connect: () => connect() });
  });
  afterEach(() => server.close());

  const body = { repo: 'gitops-k8s', refs: 'staging', yaml_path: PATH, image: `${IMAGE}:2.1.0` };
  const send = (key: string, payload: object = body) =>
    server.app.inject({
      method: 'POST',
      url: '/v1/gitops/set-image-yaml',
      headers: { 'idempotency-key': key },
      payload,
    });

  it('gives the first answer again, with the commit that was made', async () => {
    connected.resolve(server.provider);
    const first = await send('one');
    const again = await send('one');
    expect(first.json()).toMatchObject({ changed: true });
    expect(again.body).toBe(first.body);
    expect([first, again].map(({ headers }) => headers['idempotency-replayed'])).toEqual([
      undefined,
      'true',
    ]);
    expect((await send('two')).json()).toMatchObject({ changed: false });
  });

  it('answers a request that comes again while the first one runs', async () => {
    const both = [send('one'), send('one')];
    connected.resolve(server.provider);
    const [first, second] = await Promise.all(both);
    expect(second?.body).toBe(first?.body);
    expect(first?.json()).toMatchObject({ changed: true });
  });

  it('refuses the key for another body, and gives the failure again that cannot pass', async () => {
    connected.resolve(server.provider);
    const failed = await send('one', { ...body, refs: 'none' });
    expect([failed.statusCode, failed.json().code]).toEqual([404, 'OPERATION_BRANCH_NOT_FOUND']);
    const other = await send('one');
    expect([other.statusCode, other.json().code]).toEqual([422, 'SERVER_IDEMPOTENCY_KEY_REUSED']);
    expect((await send('one', { ...body, refs: 'none' })).body).toBe(failed.body);
  });

  it('does not run a request whose body or key is wrong, and remembers nothing of it', async () => {
    connected.resolve(server.provider);
    expect((await send('one', { ...body, refs: 7 })).statusCode).toBe(400);
    expect((await send('a b')).json()).toMatchObject({
      code: 'SERVER_REQUEST_INVALID',
      issues: [{ path: 'header.idempotency-key' }],
    });
    expect((await send('one')).json()).toMatchObject({ changed: true });
  });

  it('runs again what failed because the forge was away', async () => {
    const away = new ProviderError('PROVIDER_UNAVAILABLE', 'The forge did not answer.');
    connect = () => Promise.reject(away);
    const failed = await send('one');
    expect([failed.statusCode, failed.json().retryable]).toEqual([502, true]);
    connect = async () => server.provider;
    expect((await send('one')).json()).toMatchObject({ changed: true });
  });
});
