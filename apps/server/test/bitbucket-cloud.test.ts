import { Secret } from '@bowline/gitops-errors';
import type { GitOpsEvent } from '@bowline/gitops-notify';
import { bitbucketCloud } from '@bowline/gitops-providers/bitbucket-cloud';
import {
  type BitbucketCloudSimulator,
  type RepositoryState,
  startBitbucketCloud,
} from '@bowline/test-servers/bitbucket-cloud';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deployment, IMAGE, type LocalServer, openLocalServer, PATH } from './local-forge.ts';

const TOKEN = 'ATATT-canary-token-of-the-server';

describe('the server on Bitbucket Cloud (simulated from the official document)', () => {
  let forge: BitbucketCloudSimulator;
  let repository: RepositoryState;
  let server: LocalServer;
  let connections: number;
  let events: GitOpsEvent[];
  let told: PromiseWithResolvers<void>;

  beforeEach(async () => {
    forge = await startBitbucketCloud({ accessToken: TOKEN });
    repository = await forge.createRepository('acme/gitops-k8s');
    await repository.seed({ branch: 'prod', files: { [PATH]: deployment('2.0.3') } });
    forge.forgetRequests();
    connections = 0;
    events = [];
    told = Promise.withResolvers();
    server = await openLocalServer(
      {
        connect: async (_, { fetch }) => {
          connections += 1;
          const auth = { type: 'bearer', token: new Secret(TOKEN) } as const;
          const { apiUrl, webUrl } = forge;
          return bitbucketCloud({ auth, apiUrl, webUrl, fetch, maxRetries: 0 });
        },
        notify: async (event) => {
          events.push(event);
          told.resolve();
          const error = { code: 'NOTIFY_REJECTED', message: 'no', name: '', retryable: false };
          return [
            { channel: 'teams', status: 'delivered', attempts: 1, durationMs: 1 },
            {
              channel: 'slack',
              status: 'failed',
              attempts: 1,
              durationMs: 1,
              permanent: false,
              error,
            },
          ];
        },
      },
      { environment: { GIT_DEFAULT_REMOTE: 'bitbucket.org', GIT_DEFAULT_ORG: 'acme' } },
    );
  });
  afterEach(async () => {
    expect(JSON.stringify(server.logged)).not.toContain(TOKEN);
    await server.close();
    await forge.close();
    expect(forge.violations).toEqual([]);
  });

  const post = (job: string, payload: object) =>
    server.app.inject({ method: 'POST', url: `/v1/gitops/${job}`, payload });
  const promotion = {
    cluster: 'prod',
    namespace: 'shop',
    deploy: 'web',
    image: `${IMAGE}:2.1.0`,
    approve_merge: true,
  };
  const metrics = async () => (await server.app.inject('/metrics')).body.split('\n');

  it('moves an image to a merged pull request through one connection, and tells people', async () => {
    const answer = await post('k8s-pr', promotion);
    expect(answer.json()).toMatchObject({ changed: true, merged: true });
    expect((await post('k8s-pr', promotion)).json()).toMatchObject({ changed: false });
    expect(connections).toBe(1);
    await told.promise;
    expect(events).toMatchObject([{ type: 'promotion.merged', actor: { name: 'anonymous' } }]);
  });

  it('sets an image in three requests', async () => {
    const body = { repo: 'gitops-k8s', refs: 'prod', yaml_path: PATH, image: `${IMAGE}:2.1.0` };
    expect((await post('set-image-yaml', body)).json()).toMatchObject({ changed: true });
    expect(forge.requests).toHaveLength(3);
  });

  it('counts requests, jobs, calls of the forge and messages', async () => {
    await post('k8s-pr', promotion);
    await post('k8s-pr', { ...promotion, cluster: 'none' });
    await post('k8s-pr', {});
    await server.app.inject('/nowhere');
    await server.app.inject({ method: 'GET', url: '/health' });
    await told.promise;
    const lines = await metrics();
    const route = 'route="/v1/gitops/k8s-pr"';
    const duration = 'gitops_http_request_duration_seconds_count{method=';
    for (const expected of [
      `${duration}"POST",${route},status="200"} 1`,
      `${duration}"POST",${route},status="404"} 1`,
      `${duration}"POST",${route},status="400"} 1`,
      `${duration}"GET",route="unknown",status="404"} 1`,
      'gitops_jobs_total{job="k8s-pr",outcome="done"} 1',
      'gitops_jobs_total{job="k8s-pr",outcome="failed"} 1',
      'gitops_jobs_in_flight{job="k8s-pr"} 0',
      'gitops_notifications_total{outcome="delivered"} 2',
      'gitops_notifications_total{outcome="failed"} 2',
    ])
      expect(lines).toContain(expected);
    const calls = lines.filter((line) => line.startsWith('gitops_forge_requests_total{'));
    expect(calls.some((line) => /method="POST",status="201"\} [1-9]/.test(line))).toBe(true);
    expect(lines.some((line) => line.startsWith('process_resident_memory_bytes '))).toBe(true);
    expect(server.logged).toContainEqual(
      expect.objectContaining({ level: 'warn', channel: 'slack', code: 'NOTIFY_REJECTED' }),
    );
  });

  it.each([
    [401, 502, 'PROVIDER_UNAUTHENTICATED'],
    [403, 403, 'PROVIDER_FORBIDDEN'],
    [429, 503, 'PROVIDER_RATE_LIMITED'],
    [500, 502, 'PROVIDER_UNAVAILABLE'],
  ])('makes of a %i of the forge a %i without its secrets', async (status, expected, code) => {
    const message = `no: Authorization: Bearer ${TOKEN}`;
    forge.fault({
      times: 9,
      fault: {
        kind: 'answer',
        status,
        headers: { 'content-type': 'application/json', 'retry-after': '7' },
        body: JSON.stringify({ type: 'error', error: { message } }),
      },
    });
    const answer = await post('k8s-pr', promotion);
    expect([answer.statusCode, answer.json().code]).toEqual([expected, code]);
    expect(answer.headers['retry-after']).toBe(expected === 503 ? '7' : undefined);
    expect(answer.body).not.toContain(TOKEN);
    await told.promise;
    expect(events).toMatchObject([{ type: 'job.failed', data: { job: 'k8s-pr' } }]);
  });
});
