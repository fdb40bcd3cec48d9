import type { PullRequest } from '@bowline/gitops-providers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './gitlab-subject.ts';

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

const stringContaining = (text: string): unknown => expect.stringContaining(text);
const merge = (input = {}) => subject.repository.pullRequests.merge(pull.id, input);
const count = (method: string, path: RegExp) =>
  subject.simulator.requests.filter((item) => item.method === method && path.test(item.path))
    .length;
const mergeRequests = () => count('PUT', /\/merge$/);

describe('a merge', () => {
  it('waits for the status, 2, 4, 8 and then 10 seconds, and is asked for once', async () => {
    const [request] = subject.state.mergeRequests;
    if (request !== undefined) request.checks = 5;
    expect((await merge()).state).toBe('merged');
    expect(subject.clock.sleeps).toEqual([2000, 4000, 8000, 10_000, 10_000]);
    expect(mergeRequests()).toBe(1);
  });

  it('ends with a timeout when GitLab does not get to know', async () => {
    const [request] = subject.state.mergeRequests;
    if (request !== undefined) request.checks = 1000;
    await expect(merge()).rejects.toMatchObject({ code: 'PROVIDER_TIMEOUT', retryable: true });
    expect(subject.clock.sleeps.reduce((sum, item) => sum + item, 0)).toBe(300_000);
    expect(mergeRequests()).toBe(0);
  });

  it('sends the head that was looked at, and is refused when it moves before it arrives', async () => {
    let moved = '';
    const run = async () => {
      moved = await subject.state.seed({ branch: 'feature', files: { late: '1' } });
    };
    subject.simulator.fault({ method: 'PUT', path: /\/merge$/, fault: { kind: 'before', run } });
    await expect(merge()).rejects.toMatchObject({
      code: 'PROVIDER_CONFLICT',
      message: stringContaining('SHA does not match'),
    });
    expect(await subject.state.branch('feature')).toBe(moved);
    expect(subject.state.mergeRequests[0]?.state).toBe('opened');
  });

  it('waits until GitLab has taken notice of the push that it is expected at', async () => {
    const [request] = subject.state.mergeRequests;
    const former = (await subject.state.branch('feature')) ?? '';
    const expectedHead = await subject.state.seed({ branch: 'feature', files: { more: '1' } });
    if (request !== undefined) request.lag = { sha: former, reads: 3 };
    expect((await merge({ expectedHead })).state).toBe('merged');
    expect(subject.clock.sleeps).toEqual([2000, 4000, 8000]);
    expect(mergeRequests()).toBe(1);
  });

  it.each([
    ['not_approved', 'PROVIDER_MERGE_BLOCKED'],
    ['discussions_not_resolved', 'PROVIDER_MERGE_BLOCKED'],
    ['ci_must_pass', 'PROVIDER_MERGE_BLOCKED'],
    ['ci_still_running', 'PROVIDER_MERGE_BLOCKED'],
    ['a_status_of_next_year', 'PROVIDER_MERGE_BLOCKED'],
    ['constructor', 'PROVIDER_MERGE_BLOCKED'],
    ['conflict', 'PROVIDER_MERGE_CONFLICT'],
  ])('that is held up says by what: %s', async (status, code) => {
    subject.state.merging.blocker = status;
    await expect(merge()).rejects.toMatchObject({ code, message: stringContaining(status) });
    expect(mergeRequests()).toBe(0);
  });

  it.each(['approvals_syncing', 'preparing', 'unchecked'])('waits on %s', async (status) => {
    subject.state.merging.blocker = status;
    const run = async () => {
      subject.state.merging.blocker = undefined;
    };
    subject.simulator.fault({
      method: 'GET',
      fault: { kind: 'latency', milliseconds: 0 },
      times: 3,
    });
    subject.simulator.fault({ method: 'GET', fault: { kind: 'before', run } });
    expect((await merge()).state).toBe('merged');
  });

  it('is asked for again after 405, which also comes in the first minutes', async () => {
    subject.state.merging.notYet = 2;
    expect((await merge()).state).toBe('merged');
    expect(mergeRequests()).toBe(3);
  });

  it('gives up after five times 405, with the words of GitLab', async () => {
    subject.state.merging.notYet = 99;
    await expect(merge()).rejects.toMatchObject({
      code: 'PROVIDER_MERGE_BLOCKED',
      message: stringContaining('405 Method Not Allowed'),
    });
    expect(mergeRequests()).toBe(5);
  });

  it.each([406, 422])('that fails with %d is not asked for again', async (status) => {
    const body = '{"message":"Branch cannot be merged"}';
    const fault = { kind: 'answer', status, body } as const;
    subject.simulator.fault({ method: 'PUT', path: /\/merge$/, fault });
    await expect(merge()).rejects.toMatchObject({
      code: 'PROVIDER_MERGE_BLOCKED',
      message: stringContaining('Branch cannot be merged'),
    });
    expect(mergeRequests()).toBe(1);
  });

  it('that the account may not do is forbidden, and no fault of the credential', async () => {
    subject.state.merging.allowed = false;
    await expect(merge()).rejects.toMatchObject({ code: 'PROVIDER_FORBIDDEN' });
  });

  it.each(['drop-after', 'truncate'] as const)(
    'is done once when the answer is lost: %s',
    async (kind) => {
      subject.simulator.fault({ method: 'PUT', path: /\/merge$/, fault: { kind } });
      expect((await merge()).state).toBe('merged');
      const [, second, ...more] = await subject.state.history(
        (await subject.state.branch('main')) ?? '',
      );
      expect(second).toBeDefined();
      expect(more.length).toBeLessThanOrEqual(1);
    },
  );

  it.each([500, 503])('is read after %d, and was done', async (status) => {
    const fault = { kind: 'answer-after', status } as const;
    subject.simulator.fault({ method: 'PUT', path: /\/merge$/, fault, times: 9 });
    expect((await merge()).state).toBe('merged');
  });

  it('of a draft is held up, and its title says nothing of it', async () => {
    await subject.state.seed({ branch: 'wip', from: 'main', files: { wip: '1' } });
    const { pullRequests } = subject.repository;
    const draft = await pullRequests.create({
      title: 'Update web',
      source: 'wip',
      destination: 'main',
      draft: true,
    });
    expect(draft).toMatchObject({ title: 'Update web', draft: true });
    expect(await pullRequests.update(draft.id, { title: 'Update shop' })).toMatchObject({
      title: 'Update shop',
      draft: true,
    });
    expect(subject.state.mergeRequests[1]?.title).toBe('Draft: Update shop');
    await expect(pullRequests.merge(draft.id)).rejects.toMatchObject({
      code: 'PROVIDER_MERGE_BLOCKED',
      message: stringContaining('draft_status'),
    });
  });

  it('stops when the signal fires while it waits', async () => {
    const [request] = subject.state.mergeRequests;
    if (request !== undefined) request.checks = 1000;
    const controller = new AbortController();
    const reason = new Error('enough');
    const run = async () => controller.abort(reason);
    subject.simulator.fault({
      method: 'GET',
      fault: { kind: 'latency', milliseconds: 0 },
      times: 2,
    });
    subject.simulator.fault({ method: 'GET', fault: { kind: 'before', run } });
    await expect(
      subject.repository.pullRequests.merge(pull.id, {}, { signal: controller.signal }),
    ).rejects.toBe(reason);
  });
});

describe('a strategy', () => {
  it.each([
    ['merge', 'rebase'],
    ['merge', 'fast-forward'],
    ['rebase_merge', 'fast-forward'],
    ['ff', 'merge'],
  ] as const)('that the project does not have is refused: on %s, %s', async (method, strategy) => {
    subject.state.merging.method = method;
    await expect(merge({ strategy })).rejects.toMatchObject({
      code: 'PROVIDER_MERGE_BLOCKED',
      message: stringContaining(`its merge method is "${method}"`),
    });
    expect(mergeRequests()).toBe(0);
  });

  it.each([
    ['never', 'squash'],
    ['always', 'merge'],
  ] as const)('is held to the setting for squashing: on %s, %s', async (squashOption, strategy) => {
    subject.state.merging.squashOption = squashOption;
    await expect(merge({ strategy })).rejects.toMatchObject({
      code: 'PROVIDER_MERGE_BLOCKED',
      message: stringContaining(`"${squashOption}"`),
    });
  });

  it('squash puts a merge commit on top where the project merges so', async () => {
    const merged = await merge({ strategy: 'squash', message: 'one' });
    const seen = await subject.state.inspect(merged.mergeCommit ?? '');
    expect(seen.parents).toHaveLength(2);
    expect((await subject.state.inspect(seen.parents[1] ?? '')).message.trim()).toBe('one');
  });

  it('rebase tells of a conflict that only the rebase finds', async () => {
    subject.state.merging.method = 'ff';
    await subject.state.seed({ branch: 'main', files: { other: '1' } });
    const run = async () => {
      await subject.state.seed({ branch: 'main', files: { 'app.yaml': 'image: web:3\n' } });
    };
    subject.simulator.fault({ method: 'PUT', path: /rebase$/, fault: { kind: 'before', run } });
    await expect(merge({ strategy: 'rebase' })).rejects.toMatchObject({
      code: 'PROVIDER_MERGE_CONFLICT',
      message: stringContaining('Rebase failed'),
    });
  });

  it('rebase merges what was looked at, and not what is pushed while it runs', async () => {
    subject.state.merging.method = 'ff';
    await subject.state.seed({ branch: 'main', files: { other: '1' } });
    const expectedHead = (await subject.state.branch('feature')) ?? '';
    const main = await subject.state.branch('main');
    const run = async () => {
      await subject.state.seed({ branch: 'feature', files: { unseen: '1' }, message: 'unseen' });
    };
    const late = { method: 'PUT', path: /rebase$/, fault: { kind: 'before', run } } as const;
    subject.simulator.fault(late);
    await expect(merge({ strategy: 'rebase', expectedHead })).rejects.toMatchObject({
      code: 'PROVIDER_CONFLICT',
      message: stringContaining('while it was rebased'),
    });
    expect(await subject.state.branch('main')).toBe(main);
    await subject.state.seed({ branch: 'main', files: { other: '2' } });
    const looked = (await subject.repository.pullRequests.get(pull.id))?.source.sha;
    expect((await merge({ strategy: 'rebase', expectedHead: looked })).state).toBe('merged');
  });

  it('none is a fast-forward that is behind: it says what would help', async () => {
    subject.state.merging.method = 'ff';
    await subject.state.seed({ branch: 'main', files: { other: '1' } });
    await expect(merge()).rejects.toMatchObject({
      code: 'PROVIDER_MERGE_BLOCKED',
      message: stringContaining('need_rebase'),
      hint: stringContaining('"rebase"'),
    });
  });
});

describe('an automatic merge', () => {
  const auto = () => {
    const { autoMerge } = subject.repository.pullRequests;
    if (autoMerge === undefined) throw new Error('GitLab merges by itself');
    return autoMerge;
  };
  const bodies = () =>
    subject.simulator.requests
      .filter(({ method, path }) => method === 'PUT' && path.endsWith('/merge'))
      .map(({ body }) => JSON.parse(body.toString('utf8')));
  const ready = async () => {
    await subject.repository.pullRequests.get(pull.id);
    await subject.repository.pullRequests.get(pull.id);
    subject.simulator.forgetRequests();
  };

  it.each([
    ['18.4.1-ee', 'auto_merge'],
    ['17.11.0', 'auto_merge'],
    ['17.10.8-ee', 'merge_when_pipeline_succeeds'],
    ['16.0.0', 'merge_when_pipeline_succeeds'],
  ])('is scheduled in the words of version %s', async (version, member) => {
    await ready();
    subject.simulator.version = version;
    subject.state.merging.blocker = 'ci_still_running';
    expect(await auto().enable(pull.id)).toMatchObject({ state: 'open' });
    expect(bodies()).toEqual([{ sha: pull.source.sha, [member]: true }]);
    // Once more changes nothing.
    expect(await auto().enable(pull.id)).toMatchObject({ state: 'open' });
    expect(mergeRequests()).toBe(1);
    subject.state.merging.blocker = undefined;
    expect((await subject.repository.pullRequests.get(pull.id))?.state).toBe('merged');
  });

  it('is asked for once GitLab knows what there is to wait for', async () => {
    const [request] = subject.state.mergeRequests;
    if (request !== undefined) request.checks = 3;
    subject.state.merging.blocker = 'ci_still_running';
    subject.state.merging.notYet = 1;
    expect(await auto().enable(pull.id)).toMatchObject({ state: 'open' });
    expect(subject.clock.sleeps).toEqual([2000, 4000, 8000, 10_000]);
    expect(mergeRequests()).toBe(2);
    expect(subject.state.mergeRequests[0]?.autoMerge).toBe(true);
  });

  it('asks for the version once', async () => {
    await ready();
    subject.state.merging.blocker = 'ci_must_pass';
    await auto().enable(pull.id);
    await auto().disable(pull.id);
    await auto().enable(pull.id);
    expect(count('GET', /^\/version/)).toBe(1);
  });

  it('merges now where it may already', async () => {
    expect((await auto().enable(pull.id)).state).toBe('merged');
    expect((await auto().enable(pull.id)).state).toBe('merged');
  });

  it('waits until GitLab has taken notice of the push that it is expected at', async () => {
    await ready();
    const [request] = subject.state.mergeRequests;
    const former = (await subject.state.branch('feature')) ?? '';
    const expectedHead = await subject.state.seed({ branch: 'feature', files: { more: '1' } });
    if (request !== undefined) request.lag = { sha: former, reads: 2 };
    subject.state.merging.blocker = 'ci_must_pass';
    expect((await auto().enable(pull.id, { expectedHead })).state).toBe('open');
    expect(bodies()).toEqual([{ sha: expectedHead, auto_merge: true }]);
  });

  it('is refused at another head, and with conflicts', async () => {
    await ready();
    const expectedHead = 'deadbeef'.repeat(5);
    await expect(auto().enable(pull.id, { expectedHead })).rejects.toMatchObject({
      code: 'PROVIDER_CONFLICT',
    });
    subject.state.merging.blocker = 'conflict';
    await expect(auto().enable(pull.id)).rejects.toMatchObject({ code: 'PROVIDER_MERGE_CONFLICT' });
  });

  it('is refused with the status where GitLab does not schedule', async () => {
    await ready();
    subject.state.merging.blocker = 'broken_status';
    await expect(auto().enable(pull.id)).rejects.toMatchObject({
      code: 'PROVIDER_MERGE_BLOCKED',
      message: stringContaining('broken_status'),
    });
  });

  it('is taken back, and once more', async () => {
    await ready();
    subject.state.merging.blocker = 'ci_still_running';
    await auto().enable(pull.id);
    await auto().disable(pull.id);
    await auto().disable(pull.id);
    subject.state.merging.blocker = undefined;
    expect((await subject.repository.pullRequests.get(pull.id))?.state).toBe('open');
    await expect(auto().disable(4711)).rejects.toMatchObject({ code: 'PROVIDER_NOT_FOUND' });
  });
});
