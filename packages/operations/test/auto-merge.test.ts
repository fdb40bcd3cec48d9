import { Secret } from '@bowline/gitops-errors';
import { createPullRequest, jobEvent, mergePullRequest } from '@bowline/gitops-operations';
import type { ProviderRepository } from '@bowline/gitops-providers';
import { github } from '@bowline/gitops-providers/github';
import { type GitHubSimulator, startGitHub } from '@bowline/test-servers/github';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSample } from './sample.ts';

let simulator: GitHubSimulator;
let state: Awaited<ReturnType<GitHubSimulator['createRepository']>>;
let repository: ProviderRepository;
let id: number;

beforeEach(async () => {
  simulator = await startGitHub();
  state = await simulator.createRepository('acme/shop');
  await state.seed({ branch: 'prod', files: { a: '1' } });
  await state.seed({ branch: 'release', from: 'prod', files: { a: '2' } });
  const auth = { type: 'bearer', token: new Secret(simulator.token) } as const;
  const { apiUrl, webUrl } = simulator;
  const clock = { now: () => 0, random: () => 1, sleep: async () => undefined };
  repository = github({ auth, apiUrl, webUrl, clock }).repository('acme/shop');
  const opened = await createPullRequest({ repository, source: 'release', destination: 'prod' });
  id = opened.pr_id ?? 0;
});
afterEach(() => simulator.close());

describe('mergePullRequest with auto', () => {
  it('leaves the merge to the forge while a check is missing, and says so', async () => {
    state.rules.requiredContexts.add('ci');
    const result = await mergePullRequest({ repository, id, auto: true });
    expect(result).toMatchObject({
      already_merged: false,
      auto_merge: true,
      merge_commit: null,
      message: `Pull request #${id} will be merged into "prod" when checks and approvals allow it.`,
    });
    const actor = { name: 'Ada' };
    expect(jobEvent({ job: 'merge', result }, { actor })).toBeUndefined();
    expect(await mergePullRequest({ repository, id, auto: true })).toMatchObject({
      auto_merge: true,
    });
  });

  it('merges now where nothing is missing, and finds it merged the second time', async () => {
    const merged = await mergePullRequest({ repository, id, auto: true });
    expect(merged).toMatchObject({
      already_merged: false,
      merge_commit: await state.branch('prod'),
    });
    expect(merged).not.toHaveProperty('auto_merge');
    expect(await mergePullRequest({ repository, id, auto: true })).toMatchObject({
      already_merged: true,
    });
  });

  it('changes nothing in a dry run', async () => {
    const head = await state.branch('prod');
    const result = await mergePullRequest({ repository, id, auto: true }, { dryRun: true });
    expect(result).toMatchObject({ dry_run: true, merge_commit: null });
    expect(await state.branch('prod')).toBe(head);
  });

  it('is refused where the forge cannot', async () => {
    const sample = await openSample();
    try {
      await sample.commit('staging', 'a.txt', 'a');
      const opened = await createPullRequest({
        repository: sample.repository,
        source: 'staging',
        destination: 'prod',
      });
      await expect(
        mergePullRequest({ repository: sample.repository, id: opened.pr_id ?? 0, auto: true }),
      ).rejects.toMatchObject({ code: 'OPERATION_NOT_SUPPORTED' });
    } finally {
      await sample.close();
    }
  });
});
