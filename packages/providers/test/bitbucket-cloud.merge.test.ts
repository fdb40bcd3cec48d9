import type { PullRequest } from '@bowline/gitops-providers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './bitbucket-cloud-subject.ts';

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

const merge = () => subject.repository.pullRequests.merge(pull.id);
const mergeRequests = () =>
  subject.simulator.requests.filter(
    ({ method, path }) => method === 'POST' && path.endsWith('/merge'),
  ).length;

describe('a merge', () => {
  it('is polled after 202, at 1, 2, 4, 8 and then 10 seconds', async () => {
    subject.state.merging.mode = 'async';
    subject.state.merging.pendingPolls = 5;
    expect((await merge()).state).toBe('merged');
    expect(subject.clock.sleeps).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
    expect(mergeRequests()).toBe(1);
  });

  it('ends with a timeout when the task does not', async () => {
    subject.state.merging.mode = 'async';
    subject.state.merging.pendingPolls = 1000;
    await expect(merge()).rejects.toMatchObject({ code: 'PROVIDER_TIMEOUT', retryable: true });
    expect(subject.clock.sleeps.reduce((sum, item) => sum + item, 0)).toBe(300_000);
  });

  it('that fails in the task is a conflict of contents', async () => {
    subject.state.merging.mode = 'async';
    await subject.state.seed({ branch: 'main', files: { 'app.yaml': 'image: web:3\n' } });
    await expect(merge()).rejects.toMatchObject({ code: 'PROVIDER_MERGE_CONFLICT' });
  });

  it('is read first after 555, and not asked for twice when it was done', async () => {
    subject.state.merging.mode = 'timeout';
    expect((await merge()).state).toBe('merged');
    expect(mergeRequests()).toBe(1);
  });

  it('is asked for again after 555 when it stays undone, three times at most', async () => {
    subject.state.merging.mode = 'timeout-undone';
    await expect(merge()).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(mergeRequests()).toBe(3);
    expect(subject.state.pulls[0]?.state).toBe('OPEN');
  });

  it.each(['drop-after', 'truncate'] as const)(
    'is done once when the answer is lost: %s',
    async (kind) => {
      subject.simulator.fault({ method: 'POST', fault: { kind } });
      expect((await merge()).state).toBe('merged');
      expect(mergeRequests()).toBe(1);
    },
  );

  it('is blocked without the approvals that are wanted, with the words of Bitbucket', async () => {
    subject.state.merging.requiredApprovals = 1;
    await expect(merge()).rejects.toMatchObject({
      code: 'PROVIDER_MERGE_BLOCKED',
      message: expect.stringContaining('You need 1 approval(s)'),
    });
    await subject.repository.pullRequests.approve(pull.id);
    expect((await merge()).state).toBe('merged');
  });

  it('is a conflict when refs move while it runs', async () => {
    subject.simulator.fault({ method: 'POST', fault: { kind: 'answer', status: 409 } });
    await expect(merge()).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' });
  });

  it('does not poll a task on another host', async () => {
    subject.simulator.fault({
      method: 'POST',
      fault: {
        kind: 'answer-after',
        status: 202,
        headers: { location: 'https://evil.example/2.0/task' },
      },
    });
    await expect(merge()).rejects.toMatchObject({ code: 'PROVIDER_BAD_RESPONSE' });
  });

  it('waits for the pull request itself when 202 names no task', async () => {
    subject.simulator.fault({ method: 'POST', fault: { kind: 'answer-after', status: 202 } });
    expect((await merge()).state).toBe('merged');
  });

  it('is over when the pull request says so, not when the answer is 200', async () => {
    const branch = (name: string) => ({ branch: { name } });
    const body = JSON.stringify({
      id: pull.id,
      title: 't',
      state: 'OPEN',
      source: branch('feature'),
      destination: branch('main'),
      created_on: pull.createdAt,
      updated_on: pull.updatedAt,
    });
    subject.simulator.fault({ method: 'POST', fault: { kind: 'answer-after', status: 200, body } });
    expect((await merge()).state).toBe('merged');
    expect(mergeRequests()).toBe(1);
  });

  it('is read from the pull request when the task is forgotten', async () => {
    subject.state.merging.mode = 'async';
    subject.state.merging.pendingPolls = 0;
    subject.simulator.fault({
      path: /task-status/,
      fault: { kind: 'answer-after', status: 404 },
    });
    expect((await merge()).state).toBe('merged');
    expect(mergeRequests()).toBe(1);
  });

  it('stops when the signal fires while it waits', async () => {
    subject.state.merging.mode = 'async';
    const controller = new AbortController();
    const reason = new Error('enough');
    subject.simulator.fault({
      method: 'GET',
      path: /task-status/,
      fault: { kind: 'before', run: async () => controller.abort(reason) },
    });
    await expect(
      subject.repository.pullRequests.merge(pull.id, {}, { signal: controller.signal }),
    ).rejects.toBe(reason);
  });
});
