import type { PullRequest } from '@bowline/gitops-providers';
import { settleAutoMerges } from '@bowline/test-servers/github';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './github-subject.ts';

let subject: Subject;
let pull: PullRequest;
let feature: string;

beforeEach(async () => {
  subject = await startSubject();
  await subject.state.seed({ branch: 'main', files: { 'app.yaml': 'image: web:1\n' } });
  const files = { 'app.yaml': 'image: web:2\n' };
  feature = await subject.state.seed({ branch: 'feature', from: 'main', files });
  pull = await subject.repository.pullRequests.create({
    title: 't',
    source: 'feature',
    destination: 'main',
  });
  subject.clock.sleeps.length = 0;
  subject.simulator.forgetRequests();
});
afterEach(() => subject.close());

type Input = Parameters<typeof subject.repository.pullRequests.merge>[1];
const merge = (input?: Input) => subject.repository.pullRequests.merge(pull.id, input);
const autoMerge = () => {
  const found = subject.repository.pullRequests.autoMerge;
  if (found === undefined) throw new Error('GitHub has automatic merges');
  return found;
};
const sent = () => subject.simulator.requests.map(({ method, path }) => `${method} ${path}`);
const puts = () => sent().filter((line) => line.startsWith('PUT')).length;
const refuse = (status: number, message: string, times = 1) =>
  subject.simulator.fault({
    method: 'PUT',
    fault: { kind: 'answer', status, body: JSON.stringify({ message }) },
    times,
  });

describe('a merge', () => {
  it('takes two requests', async () => {
    expect((await merge({ expectedHead: feature })).state).toBe('merged');
    expect(sent()).toEqual([`PUT /pulls/1/merge`, `GET /pulls/1`]);
  });

  it('waits while GitHub does not know yet whether it can', async () => {
    subject.state.rules.unknownReads = 3;
    expect((await merge()).state).toBe('merged');
    expect(subject.clock.sleeps).toEqual([1000, 2000, 4000]);
  });

  it('is tried again when GitHub knows right after it has refused', async () => {
    refuse(405, 'Pull Request is not mergeable', 2);
    expect((await merge({ expectedHead: feature })).state).toBe('merged');
    expect(puts()).toBe(3);
  });

  it('is blocked when GitHub refuses again and again what it says may be merged', async () => {
    refuse(405, 'Pull Request is not mergeable', 9);
    await expect(merge()).rejects.toMatchObject({
      code: 'PROVIDER_MERGE_BLOCKED',
      message: expect.stringContaining('not mergeable'),
    });
    expect(puts()).toBe(3);
  });

  it('is no more tried when the head moves in the meantime', async () => {
    refuse(405, 'Pull Request is not mergeable');
    const run = async () => {
      await subject.state.seed({ branch: 'feature', files: { later: '1' } });
    };
    subject.simulator.fault({ method: 'GET', path: /pulls/, fault: { kind: 'before', run } });
    await expect(merge({ expectedHead: feature })).rejects.toMatchObject({
      code: 'PROVIDER_CONFLICT',
    });
    expect(subject.state.pulls[0]?.state).toBe('open');
  });

  it('ends with a timeout when it never knows', async () => {
    subject.state.rules.unknownReads = 10_000;
    await expect(merge()).rejects.toMatchObject({ code: 'PROVIDER_TIMEOUT' });
    expect(subject.clock.sleeps.reduce((sum, item) => sum + item, 0)).toBe(300_000);
  });

  it('is tried again when the destination moved in the meantime', async () => {
    refuse(405, 'Base branch was modified. Review and try the merge again.', 2);
    expect((await merge()).state).toBe('merged');
    expect(puts()).toBe(3);
  });

  it.each([
    [
      'a status that is missing',
      () => subject.state.rules.requiredContexts.add('ci'),
      /"ci" is expected/,
    ],
    [
      'an approval that is missing',
      () => {
        subject.state.rules.requiredApprovals = 1;
      },
      /approving review is required/,
    ],
    [
      'the merge queue',
      () => {
        subject.state.rules.queue = true;
      },
      /merge queue/,
    ],
  ])('is blocked by %s, with the words of GitHub', async (_, rule, words) => {
    rule();
    await expect(merge()).rejects.toMatchObject({
      code: 'PROVIDER_MERGE_BLOCKED',
      message: expect.stringMatching(words),
    });
    expect(puts()).toBe(1);
    expect(subject.state.pulls[0]?.state).toBe('open');
  });

  it('is blocked by an approval, and goes through with it', async () => {
    subject.state.rules.requiredApprovals = 1;
    await subject.repository.pullRequests.approve(pull.id);
    expect((await merge()).state).toBe('merged');
  });

  it('uses a method that the repository allows when none is asked for', async () => {
    subject.state.rules.methods.delete('merge');
    const merged = await merge();
    expect((await subject.state.inspect(merged.mergeCommit ?? '')).parents).toHaveLength(1);
    expect(puts()).toBe(2);
  });

  it('does not use another method than the one that is asked for', async () => {
    subject.state.rules.methods.delete('squash');
    await expect(merge({ strategy: 'squash' })).rejects.toMatchObject({
      code: 'PROVIDER_MERGE_BLOCKED',
      message: expect.stringContaining('Squash merges are not allowed'),
    });
  });

  it('deletes the branch only where it was merged', async () => {
    const run = async () => {
      await subject.state.seed({ branch: 'feature', files: { later: '1' } });
    };
    // Somebody pushes right after the merge.
    subject.simulator.fault({
      method: 'GET',
      path: /^\/pulls\/1$/,
      fault: { kind: 'before', run: async () => undefined },
    });
    subject.simulator.fault({ method: 'POST', path: /graphql/, fault: { kind: 'before', run } });
    expect((await merge({ deleteSourceBranch: true })).state).toBe('merged');
    expect(await subject.repository.branches.get('feature')).toBeDefined();
  });

  it('deletes the branch that a former call left behind', async () => {
    await merge();
    await merge({ deleteSourceBranch: true });
    expect(await subject.repository.branches.get('feature')).toBeUndefined();
    await merge({ deleteSourceBranch: true });
  });

  it('says that it was done when only the branch cannot be deleted', async () => {
    subject.state.protectedBranches.add('feature');
    await expect(merge({ deleteSourceBranch: true })).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringMatching(
        /^Pull request 1 of "acme\/shop" is merged, but its source branch is still there: .*Cannot delete this protected branch/,
      ),
    });
    expect((await subject.repository.pullRequests.get(pull.id))?.state).toBe('merged');
  });

  it('never deletes a branch of this repository for a fork that has one of its name', async () => {
    const state = subject.state.pulls[0];
    if (state === undefined) throw new Error('no pull request');
    subject.state.pulls[0] = { ...state, fork: 'mallory/shop', headSha: feature };
    await merge({ deleteSourceBranch: true });
    expect(await subject.repository.branches.get('feature')).toBeDefined();
  });

  it('stops when the signal fires while it waits', async () => {
    subject.state.rules.unknownReads = 10_000;
    const controller = new AbortController();
    const reason = new Error('enough');
    const run = async () => controller.abort(reason);
    subject.simulator.fault({ method: 'GET', fault: { kind: 'before', run } });
    const { signal } = controller;
    const merging = subject.repository.pullRequests.merge(pull.id, {}, { signal });
    await expect(merging).rejects.toBe(reason);
  });
});

describe('an automatic merge', () => {
  const enable = (input?: Input) => autoMerge().enable(pull.id, input);

  it('is scheduled, changes nothing when it is asked for again, and happens', async () => {
    subject.state.rules.requiredContexts.add('ci');
    expect((await enable({ strategy: 'squash', expectedHead: feature })).state).toBe('open');
    expect(subject.state.pulls[0]?.autoMerge).toBe('squash');
    expect((await enable({ strategy: 'squash' })).state).toBe('open');
    await subject.repository.statuses.set(feature, { context: 'ci', state: 'success' });
    await settleAutoMerges(subject.state);
    expect((await subject.repository.pullRequests.get(pull.id))?.state).toBe('merged');
    expect((await enable()).state).toBe('merged');
  });

  it.each(['clean', 'unstable', 'has_hooks'])('merges at once in status %s', async (status) => {
    const message = `Pull request Pull request is in ${status} status`;
    const body = JSON.stringify({ data: null, errors: [{ type: 'UNPROCESSABLE', message }] });
    subject.simulator.fault({ path: /graphql/, fault: { kind: 'answer', status: 200, body } });
    expect((await autoMerge().enable(pull.id)).state).toBe('merged');
  });

  it('merges at once where nothing is in the way', async () => {
    expect((await enable({ deleteSourceBranch: true })).state).toBe('merged');
    expect(await subject.repository.branches.get('feature')).toBeUndefined();
  });

  it('uses a method that the repository allows when none is asked for', async () => {
    subject.state.rules.requiredContexts.add('ci');
    subject.state.rules.methods.delete('merge');
    await enable();
    expect(subject.state.pulls[0]?.autoMerge).toBe('squash');
  });

  it('is refused when the head moved', async () => {
    subject.state.rules.requiredContexts.add('ci');
    await subject.state.seed({ branch: 'feature', files: { later: '1' } });
    await expect(enable({ expectedHead: feature })).rejects.toMatchObject({
      code: 'PROVIDER_CONFLICT',
    });
  });

  it('is refused when the head moves at the last moment', async () => {
    subject.state.rules.requiredContexts.add('ci');
    const run = async () => {
      await subject.state.seed({ branch: 'feature', files: { later: '1' } });
    };
    subject.simulator.fault({ method: 'POST', path: /graphql/, fault: { kind: 'before', run } });
    await expect(enable({ expectedHead: feature, strategy: 'merge' })).rejects.toMatchObject({
      code: 'PROVIDER_CONFLICT',
    });
    expect(subject.state.pulls[0]?.autoMerge).toBeUndefined();
  });

  it('is blocked where the repository does not allow it', async () => {
    subject.state.rules.requiredContexts.add('ci');
    subject.state.rules.autoMerge = false;
    await expect(enable()).rejects.toMatchObject({
      code: 'PROVIDER_MERGE_BLOCKED',
      message: expect.stringContaining('Auto merge is not allowed'),
    });
  });

  it('goes through the merge queue where the branch has one', async () => {
    subject.state.rules.queue = true;
    const body = JSON.stringify({
      data: { enablePullRequestAutoMerge: null },
      errors: [{ type: 'UNPROCESSABLE', message: 'Pull request is in clean status' }],
    });
    for (let times = 0; times < 2; times += 1) {
      subject.simulator.fault({ path: /graphql/, fault: { kind: 'answer', status: 200, body } });
      subject.simulator.fault({
        path: /graphql/,
        fault: { kind: 'before', run: async () => undefined },
      });
      expect((await enable()).state).toBe('open');
    }
    expect(subject.state.pulls[0]?.queued).toBe(true);
    await autoMerge().disable(pull.id);
    expect(subject.state.pulls[0]?.queued).toBe(false);
  });

  it.each(['drop-after', 'truncate'] as const)(
    'is scheduled once when the answer is lost: %s',
    async (kind) => {
      subject.state.rules.requiredContexts.add('ci');
      subject.simulator.fault({ path: /graphql/, fault: { kind } });
      expect((await enable()).state).toBe('open');
      expect(subject.state.pulls[0]?.autoMerge).toBe('merge');
      subject.simulator.fault({
        path: /graphql/,
        fault: { kind: 'before', run: async () => undefined },
      });
      subject.simulator.fault({ path: /graphql/, fault: { kind } });
      await autoMerge().disable(pull.id);
      expect(subject.state.pulls[0]?.autoMerge).toBeUndefined();
    },
  );

  it('is taken back, also when there is none', async () => {
    subject.state.rules.requiredContexts.add('ci');
    await enable();
    await autoMerge().disable(pull.id);
    await autoMerge().disable(pull.id);
    expect(subject.state.pulls[0]?.autoMerge).toBeUndefined();
    await expect(autoMerge().disable(4711)).rejects.toMatchObject({ code: 'PROVIDER_NOT_FOUND' });
    await expect(autoMerge().enable(4711)).rejects.toMatchObject({ code: 'PROVIDER_NOT_FOUND' });
  });

  it('is refused for a pull request that is closed, and by fast-forward', async () => {
    await expect(enable({ strategy: 'fast-forward' })).rejects.toMatchObject({
      code: 'PROVIDER_INVALID_ARGUMENT',
    });
    await subject.repository.pullRequests.decline(pull.id);
    await expect(enable()).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
  });
});
