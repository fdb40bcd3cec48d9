import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LocalServer, openLocalServer } from './local-forge.ts';

let server: LocalServer;
beforeEach(async () => {
  server = await openLocalServer();
});
afterEach(() => server.close());

const post = (job: string, payload: object) =>
  server.app.inject({ method: 'POST', url: `/v1/gitops/${job}`, payload });

describe('create-branch', () => {
  const body = { repo: 'gitops-k8s', src_branch: 'prod', dest_branch: 'release' };

  it('creates a branch, and finds it the second time', async () => {
    const first = await post('create-branch', body);
    expect(first.statusCode).toBe(200);
    const prod = await server.provider.repository('gitops-k8s').branches.get('prod');
    expect(first.json()).toEqual({
      success: true,
      repository: 'gitops-k8s',
      source_branch: 'prod',
      destination_branch: 'release',
      created: true,
      commit: prod?.sha,
      branch_url: expect.any(String),
      dry_run: false,
      message: expect.stringContaining('Created branch "release"'),
    });
    expect((await post('create-branch', body)).json()).toMatchObject({ created: false });
  });

  it('writes nothing in a dry run', async () => {
    const answer = await post('create-branch', { ...body, dry_run: true });
    expect(answer.json()).toMatchObject({ created: true, dry_run: true });
    const made = await server.provider.repository('gitops-k8s').branches.get('release');
    expect(made).toBeUndefined();
  });
});
