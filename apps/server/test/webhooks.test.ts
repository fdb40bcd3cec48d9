import { createHmac } from 'node:crypto';
import { Secret } from '@bowline/gitops-errors';
import type { GitOpsEvent } from '@bowline/gitops-notify';
import type { WebhookEvent } from '@bowline/gitops-providers';
import { afterEach, describe, expect, it } from 'vitest';
import type { ServerDependencies } from '../src/dependencies.ts';
import { createEventBus, type EventBus } from '../src/webhooks/event-bus.ts';
import { type LocalServer, localConfig, openLocalServer } from './local-forge.ts';

const secret = 'canary-webhook-5d20';
let server: LocalServer;
let told: GitOpsEvent[];
let bus: EventBus<WebhookEvent>;
afterEach(() => server.close());

async function open(options: Partial<ServerDependencies> = {}): Promise<void> {
  told = [];
  bus = createEventBus<WebhookEvent>({ onError: () => undefined });
  const config = await localConfig('/nowhere');
  const webhooks = { 'bitbucket-cloud': [new Secret(secret)] };
  server = await openLocalServer({
    config: { ...config, server: { ...config.server, webhooks } },
    bus,
    notify: async (event) => {
      told.push(event);
      return [];
    },
    ...options,
  });
}

function deliver(key: string, body: object, id = 'delivery-1') {
  const payload = JSON.stringify(body);
  const signature = createHmac('sha256', secret).update(payload).digest('hex');
  return server.app.inject({
    method: 'POST',
    url: '/v1/webhooks/bitbucket-cloud',
    payload,
    headers: {
      'content-type': 'application/json',
      'x-event-key': key,
      'x-request-uuid': id,
      'x-hub-signature': `sha256=${signature}`,
    },
  });
}

const pullRequest = {
  repository: { full_name: 'acme/shop' },
  pullrequest: {
    id: 7,
    title: 'Update web',
    source: { branch: { name: 'web-2' }, repository: { full_name: 'acme/shop' } },
    destination: { branch: { name: 'prod' }, repository: { full_name: 'acme/shop' } },
    links: { html: { href: 'https://bitbucket.org/acme/shop/pull-requests/7' } },
  },
  actor: { display_name: 'Ada Lovelace' },
};

/** Lets everything that was queued be handled. */
const settled = async () => {
  await bus.settled();
  await new Promise((resolve) => setImmediate(resolve));
};

describe('webhooks of forges', () => {
  it('tell people, and other parts of the program', async () => {
    await open();
    const heard: WebhookEvent[] = [];
    bus.subscribe((event) => void heard.push(event));
    expect((await deliver('pullrequest:created', pullRequest)).statusCode).toBe(202);
    await settled();
    expect(heard).toMatchObject([{ type: 'pull-request', id: 7, action: 'opened' }]);
    expect(told).toMatchObject([
      {
        type: 'pull-request.created',
        actor: { name: 'Ada Lovelace' },
        repository: { fullName: 'acme/shop', provider: 'bitbucket-cloud' },
        data: {
          pullRequest: {
            id: 7,
            title: 'Update web',
            source: 'web-2',
            destination: 'prod',
            webUrl: 'https://bitbucket.org/acme/shop/pull-requests/7',
          },
        },
      },
    ]);
    const metrics = await server.app.inject('/metrics');
    expect(metrics.body).toContain(
      'gitops_webhook_deliveries_total{provider="bitbucket-cloud",outcome="accepted"} 1',
    );
    expect(JSON.stringify([server.logged, told])).not.toContain(secret);
  });

  it('that come again tell nobody again, and have the same id', async () => {
    await open();
    await deliver('pullrequest:fulfilled', pullRequest);
    await deliver('pullrequest:fulfilled', pullRequest);
    await settled();
    expect(told.map(({ type }) => type)).toEqual(['pull-request.merged']);
    const { id } = told[0] ?? {};
    expect(id).toMatch(/^hook_[0-9a-f]{40}$/);
  });

  it('need no token, also where everything else does', async () => {
    const { createToken } = await import('../src/security/token.ts');
    await open({ tokens: [createToken({ name: 'ci', scope: 'read' }).record] });
    expect((await deliver('pullrequest:created', pullRequest)).statusCode).toBe(202);
    expect((await server.app.inject('/metrics')).statusCode).toBe(401);
  });

  it('take larger bodies than jobs do, and their own media types', async () => {
    await open();
    const large = { ...pullRequest, padding: 'x'.repeat(2_000_000) };
    expect((await deliver('pullrequest:created', large)).statusCode).toBe(202);
    const job = await server.app.inject({
      method: 'POST',
      url: '/v1/gitops/merge',
      headers: { 'content-type': 'text/plain' },
      payload: 'x',
    });
    expect(job.statusCode).toBe(415);
  });
});
