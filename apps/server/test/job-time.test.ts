import type { GitOpsEvent } from '@bowline/gitops-notify';
import { expect, it } from 'vitest';
import { openLocalServer } from './local-forge.ts';

it('a job that takes too long is stopped, its caller may come again, and people are told', async () => {
  const told = Promise.withResolvers<GitOpsEvent>();
  const server = await openLocalServer({
    jobTimeoutMs: 0,
    connect: async () => {
      // Comes after the timer of the job, which is as short and was set before.
      await new Promise((later) => setTimeout(later, 0));
      return server.provider;
    },
    notify: async (event) => {
      told.resolve(event);
      return [];
    },
  });
  try {
    const answer = await server.app.inject({
      method: 'POST',
      url: '/v1/gitops/create-branch',
      payload: { repo: 'gitops-k8s', src_branch: 'prod', dest_branch: 'late' },
    });
    expect(answer.statusCode).toBe(504);
    expect(answer.json()).toMatchObject({ code: 'SERVER_TIMEOUT', retryable: true });
    expect(await told.promise).toMatchObject({
      type: 'job.failed',
      data: { job: 'create-branch', error: { code: 'SERVER_TIMEOUT' } },
    });
    const { body } = await server.app.inject('/metrics');
    expect(body).toContain('gitops_jobs_total{job="create-branch",outcome="stopped"} 1');
  } finally {
    await server.close();
  }
});
