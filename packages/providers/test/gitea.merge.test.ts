import type { PullRequest } from '@bowline/gitops-providers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './gitea-subject.ts';

let subject: Subject;
let pull: PullRequest;

beforeEach(async () => {
  subject = await startSubject();
  await subject.state.seed({ branch: 'main', files: { 'app.yaml': 'image: web:1\n' } });
  await subject.state.seed({
    branch: 'feature',
    from: 'main',
    files: { 'app.yaml': 'image: web:2\n' },
  });
  pull = await subject.repository.pullRequests.create({
    title: 't',
    source: 'feature',
    destination: 'main',
  });
  subject.clock.sleeps.length = 0;
  subject.simulator.forgetRequests();
});
afterEach(() => subject.close());

const merge = (input?: Parameters<typeof subject.repository.pullRequests.merge>[1]) =>
  subject.repository.pullRequests.merge(pull.id, input);
const mergeRequests = () =>
  subject.simulator.requests.filter(
    ({ method, path }) => method === 'POST' && path.endsWith('/merge'),
  );
const waited = () => subject.clock.sleeps.reduce((sum, item) => sum + item, 0);

describe('a merge', () => {
  it('is asked for again while the server computes whether it works', async () => {
    subject.state.merging.checks = 6;
    expect((await merge()).state).toBe('merged');
    expect(subject.clock.sleeps).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
    expect(mergeRequests()).toHaveLength(7);
  });

  it('ends with a timeout when the server never knows', async () => {
    subject.state.merging.checks = 1000;
    await expect(merge()).rejects.toMatchObject({ code: 'PROVIDER_TIMEOUT', retryable: true });
    expect(waited()).toBe(300_000);
  });

  it('of the same file on both sides is a conflict after 15 seconds of "try again later"', async () => {
    await subject.state.seed({ branch: 'main', files: { 'app.yaml': 'image: web:3\n' } });
    await expect(merge()).rejects.toMatchObject({ code: 'PROVIDER_MERGE_CONFLICT' });
    expect(waited()).toBe(15_000);
  });

  it('that the server finds a conflict in while it merges says what the conflict is', async () => {
    subject.state.merging.late = true;
    await subject.state.seed({ branch: 'main', files: { 'app.yaml': 'image: web:3\n' } });
    await expect(merge()).rejects.toMatchObject({
      code: 'PROVIDER_MERGE_CONFLICT',
      message: expect.stringContaining('CONFLICT (content): Merge conflict in app.yaml'),
    });
    expect(waited()).toBe(0);
  });

  it('sends the expected head, so that a push right before is a conflict', async () => {
    const expectedHead = pull.source.sha;
    subject.simulator.fault({
      method: 'POST',
      fault: {
        kind: 'before',
        run: async () => {
          await subject.state.seed({ branch: 'feature', files: { late: '1' } });
        },
      },
    });
    await expect(merge({ expectedHead })).rejects.toMatchObject({
      code: 'PROVIDER_CONFLICT',
      message: expect.stringContaining('head out of date'),
    });
    expect(subject.state.pulls[0]?.merged).toBe(false);
  });

  it.each([
    ['requiredApprovals', 1, 'Does not have enough approvals'],
    ['pending', true, 'Not all required status checks successful'],
    ['rejected', 'signed commits only', 'signed commits only'],
    ['styles', ['squash'], 'not allowed'],
  ] as const)('is blocked with the words of the server: %s', async (name, value, words) => {
    Object.assign(subject.state.merging, { [name]: value });
    await expect(merge({ strategy: 'merge' })).rejects.toMatchObject({
      code: 'PROVIDER_MERGE_BLOCKED',
      message: expect.stringContaining(words),
    });
    expect(mergeRequests()).toHaveLength(1);
  });

  it('of a draft is blocked', async () => {
    const [state] = subject.state.pulls;
    if (state) state.title = 'WIP: t';
    await expect(merge()).rejects.toMatchObject({
      code: 'PROVIDER_MERGE_BLOCKED',
      message: expect.stringContaining('Work in progress'),
    });
  });

  it('takes the style that the repository prefers', async () => {
    subject.state.merging.preferred = 'squash';
    const merged = await merge();
    const seen = await subject.state.inspect(merged.mergeCommit ?? '');
    expect(seen.parents).toHaveLength(1);
    expect(JSON.parse(mergeRequests()[0]?.body.toString() ?? '')).toEqual({ Do: 'squash' });
  });

  it('that is a fast-forward of branches that have diverged is blocked, not in trouble', async () => {
    await subject.state.seed({ branch: 'main', files: { other: '1' } });
    await expect(merge({ strategy: 'fast-forward' })).rejects.toMatchObject({
      code: 'PROVIDER_MERGE_BLOCKED',
      message: expect.stringContaining('has moved on'),
    });
    expect(mergeRequests()).toHaveLength(0);
  });

  it('is asked for again when the destination moved while the server merged', async () => {
    const body = JSON.stringify({ message: 'merge push out of date' });
    subject.simulator.fault({ method: 'POST', fault: { kind: 'answer', status: 409, body } });
    expect((await merge()).state).toBe('merged');
    expect(mergeRequests()).toHaveLength(2);
  });

  it.each(['drop-after', 'truncate'] as const)('is done once after %s', async (kind) => {
    subject.simulator.fault({ method: 'POST', fault: { kind } });
    expect((await merge()).state).toBe('merged');
    expect(mergeRequests()).toHaveLength(1);
  });

  it.each([500, 502])('is done once when %d hides it', async (status) => {
    subject.simulator.fault({ method: 'POST', fault: { kind: 'answer-after', status } });
    expect((await merge()).state).toBe('merged');
    expect(mergeRequests()).toHaveLength(1);
  });

  it('is done also when the branch that goes with it may not be deleted', async () => {
    subject.state.protectedBranches.add('feature');
    expect((await merge({ deleteSourceBranch: true })).state).toBe('merged');
    expect(mergeRequests()).toHaveLength(1);
  });

  it('gives up after three that did nothing', async () => {
    subject.simulator.fault({
      method: 'POST',
      fault: { kind: 'answer', status: 503 },
      times: 9,
    });
    await expect(merge()).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(mergeRequests()).toHaveLength(3);
    expect(subject.state.pulls[0]?.merged).toBe(false);
  });

  it('stops when the signal fires while it waits', async () => {
    subject.state.merging.checks = 100;
    const controller = new AbortController();
    const reason = new Error('enough');
    subject.simulator.fault({
      method: 'POST',
      fault: { kind: 'before', run: async () => controller.abort(reason) },
    });
    await expect(
      subject.repository.pullRequests.merge(pull.id, {}, { signal: controller.signal }),
    ).rejects.toBe(reason);
  });
});

describe('a merge by the server', () => {
  const auto = () => {
    const { autoMerge } = subject.repository.pullRequests;
    if (autoMerge === undefined) throw new Error('Gitea merges by itself');
    return autoMerge;
  };

  it('is scheduled, asked for again without a change, and done when the checks pass', async () => {
    subject.state.merging.pending = true;
    expect((await auto().enable(pull.id)).state).toBe('open');
    expect((await auto().enable(pull.id, { expectedHead: pull.source.sha })).state).toBe('open');
    await subject.state.passChecks();
    expect((await subject.repository.pullRequests.get(pull.id))?.state).toBe('merged');
    expect((await auto().enable(pull.id)).state).toBe('merged');
  });

  it('is done at once when nothing is missing', async () => {
    expect((await auto().enable(pull.id, { strategy: 'squash' })).state).toBe('merged');
  });

  it('is taken back, also when there is none', async () => {
    subject.state.merging.pending = true;
    await auto().enable(pull.id);
    await auto().disable(pull.id);
    await auto().disable(pull.id);
    await subject.state.passChecks();
    expect((await subject.repository.pullRequests.get(pull.id))?.state).toBe('open');
    await expect(auto().disable(4711)).rejects.toMatchObject({ code: 'PROVIDER_NOT_FOUND' });
  });

  it('of another head is a conflict, and nothing is scheduled', async () => {
    subject.state.merging.pending = true;
    await expect(auto().enable(pull.id, { expectedHead: 'a'.repeat(40) })).rejects.toMatchObject({
      code: 'PROVIDER_CONFLICT',
    });
    expect(subject.state.pulls[0]?.scheduled).toBeUndefined();
  });

  it.each(['drop-after', 'truncate'] as const)('is scheduled once after %s', async (kind) => {
    subject.state.merging.pending = true;
    subject.simulator.fault({ method: 'POST', fault: { kind } });
    expect((await auto().enable(pull.id)).state).toBe('open');
    expect(subject.state.pulls[0]?.scheduled).toBeDefined();
  });
});

describe('approvals', () => {
  it('count once, and again for new commits', async () => {
    const { approve, unapprove } = subject.repository.pullRequests;
    await approve(pull.id);
    await approve(pull.id);
    expect(subject.state.pulls[0]?.reviews).toHaveLength(1);
    await subject.state.seed({ branch: 'feature', files: { more: '1' } });
    await approve(pull.id);
    expect(subject.state.pulls[0]?.reviews).toHaveLength(2);
    await unapprove(pull.id);
    expect(subject.state.pulls[0]?.reviews).toHaveLength(0);
  });

  it('of one’s own pull request are refused by the server', async () => {
    subject.state.selfApproval = false;
    await expect(subject.repository.pullRequests.approve(pull.id)).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('approve your own pull is not allowed'),
    });
  });
});
