import { createHmac } from 'node:crypto';
import type { GitOpsEvent } from '@bowline/gitops-notify';
import type { Provider } from '@bowline/gitops-providers';
import { afterEach, expect, it } from 'vitest';
import { IMAGE, type LocalServer, openLocalServer } from './local-forge.ts';

const secret = 'a-webhook-secret';
let server: LocalServer;
const goOn = Promise.withResolvers<void>();
afterEach(async () => {
  goOn.resolve();
  await server.close();
});

/** A delivery about the pull request that the job of this test opens. */
function deliver(
  action: 'created' | 'fulfilled' | 'comment_created',
  repository = 'acme/gitops-k8s',
) {
  const side = (name: string) => ({ branch: { name }, repository: { full_name: repository } });
  const payload = JSON.stringify({
    repository: { full_name: repository },
    pullrequest: {
      id: 1,
      title: 'Update web',
      source: side('web'),
      destination: side('prod'),
      links: { html: { href: 'https://bitbucket.org/acme/gitops-k8s/pull-requests/1' } },
    },
    actor: { display_name: 'Bowline' },
  });
  const signature = createHmac('sha256', secret).update(payload).digest('hex');
  return server.app.inject({
    method: 'POST',
    url: '/v1/webhooks/bitbucket-cloud',
    payload,
    headers: {
      'content-type': 'application/json',
      'x-event-key': `pullrequest:${action}`,
      'x-request-uuid': `${action} ${repository}`,
      'x-hub-signature': `sha256=${signature}`,
    },
  });
}

/** A provider whose merges wait, and whose repositories have an owner as those of forges do. */
function gated(provider: Provider, merging: () => void, goOn: Promise<void>): Provider {
  return {
    ...provider,
    repository: (name) => {
      const repository = provider.repository(name);
      const { pullRequests } = repository;
      const merge: typeof pullRequests.merge = async (...request) => {
        merging();
        await goOn;
        return pullRequests.merge(...request);
      };
      return { ...repository, fullName: `acme/${name}`, pullRequests: { ...pullRequests, merge } };
    },
  };
}

it('what a job tells is not told again by the webhooks of the same thing, and delays nothing else', async () => {
  const told: string[] = [];
  const merging = Promise.withResolvers<void>();
  const othersTold = Promise.withResolvers<void>();
  server = await openLocalServer(
    {
      connect: async () => gated(server.provider, merging.resolve, goOn.promise),
      notify: async ({ type, repository }: GitOpsEvent) => {
        told.push(`${type} ${repository?.fullName}`);
        if (told.length === 2) othersTold.resolve();
        return [];
      },
    },
    { environment: { BITBUCKET_WEBHOOK_SECRET: secret } },
  );
  const job = server.app.inject({
    method: 'POST',
    url: '/v1/gitops/k8s-pr',
    payload: {
      cluster: 'prod',
      namespace: 'shop',
      deploy: 'web',
      image: `${IMAGE}:2.1.0`,
      approve_merge: true,
    },
  });
  await merging.promise;
  const during = [
    await deliver('created'),
    await deliver('comment_created'),
    await deliver('created', 'acme/another'),
    await deliver('fulfilled'),
  ];
  expect(during.map(({ statusCode }) => statusCode)).toEqual([202, 202, 202, 202]);
  // While the job still runs.
  await othersTold.promise;
  expect([...told].sort()).toEqual([
    'pull-request.created acme/another',
    'pull-request.reviewed acme/gitops-k8s',
  ]);
  goOn.resolve();
  expect((await job).json()).toMatchObject({ merged: true });
  await deliver('fulfilled', 'ACME/gitops-k8s');
  // Ends when all that has come is told.
  await server.app.close();
  expect(told.slice(2)).toEqual(['promotion.merged acme/gitops-k8s']);
});
