import { ProviderError } from '@bowline/gitops-providers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './bitbucket-datacenter-subject.ts';

// Invariant: sending any call again never makes a second branch, tag, pull request, comment, status or webhook.

let subject: Subject;
let base: string;

beforeEach(async () => {
  subject = await startSubject();
  base = await subject.state.seed({ branch: 'main', files: { 'web.yaml': 'image: web:1\n' } });
});
afterEach(() => subject.close());

const lost = ['drop-after', 'truncate'] as const;
const count = (method: string, path: RegExp) =>
  subject.simulator.requests.filter((item) => item.method === method && path.test(item.path))
    .length;
const url = 'https://example.com/hook';

async function feature() {
  await subject.state.seed({ branch: 'feature', from: 'main', files: { a: '1' } });
}
const open = (title = 'Update') =>
  subject.repository.pullRequests.create({ title, source: 'feature', destination: 'main' });

async function code(call: Promise<unknown>): Promise<string | undefined> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error instanceof ProviderError ? error.code : undefined;
}

describe('reads', () => {
  it.each([502, 503, 504])('are repeated after %d', async (status) => {
    const body = '<html><title>Bitbucket is starting up</title></html>';
    subject.simulator.fault({ fault: { kind: 'answer', status, body }, times: 3 });
    expect((await subject.repository.branches.get('main'))?.sha).toBe(base);
    expect(subject.clock.sleeps).toEqual([500, 1000, 2000]);
  });

  it('wait as long as the server asks, where rate limits are on', async () => {
    const headers = { 'retry-after': '7', 'x-ratelimit-remaining': '0' };
    subject.simulator.fault({ fault: { kind: 'answer', status: 429, headers } });
    await subject.repository.branches.get('main');
    expect(subject.clock.sleeps).toEqual([7000]);
  });

  it('fail with the words of the gateway in the end', async () => {
    const body = '<html><title>Bitbucket is starting up</title></html>';
    subject.simulator.fault({ fault: { kind: 'answer', status: 503, body }, times: 9 });
    await expect(subject.repository.tags.get('v1')).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      message: expect.stringContaining('Bitbucket is starting up'),
    });
  });

  it('end at the deadline when the server stops answering', async () => {
    const repository = subject.connect({ attemptTimeoutMs: 60, maxRetries: 0 });
    subject.simulator.fault({ fault: { kind: 'stall' } });
    expect(await code(repository.branches.get('main'))).toBe('PROVIDER_TIMEOUT');
  });

  it('end at once when they are stopped on the way', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const run = async () => controller.abort(reason);
    subject.simulator.fault({ fault: { kind: 'before', run } });
    const { signal } = controller;
    await expect(subject.repository.branches.get('main', { signal })).rejects.toBe(reason);
  });
});

describe.each(lost)('when the answer is lost by %s', (kind) => {
  const fault = (method: string, path: RegExp) =>
    subject.simulator.fault({ method, path, fault: { kind } });

  it('a branch is found, and made once', async () => {
    fault('POST', /branches$/);
    expect((await subject.repository.branches.create('x', base)).sha).toBe(base);
    expect(count('POST', /branches$/)).toBe(1);
  });

  it('a deleted branch is told of as deleted', async () => {
    await feature();
    fault('DELETE', /branches$/);
    expect(await subject.repository.branches.delete('feature')).toBe(true);
    expect(await subject.state.branch('feature')).toBeUndefined();
  });

  it('a tag is found, and made once', async () => {
    fault('POST', /tags$/);
    expect(await subject.repository.tags.create('v1', base)).toEqual({ name: 'v1', sha: base });
    expect(count('POST', /tags$/)).toBe(1);
  });

  it('a pull request is found, and opened once', async () => {
    await feature();
    fault('POST', /pull-requests$/);
    expect((await open()).id).toBe(1);
    expect(subject.state.pulls).toHaveLength(1);
  });

  it('a comment is found, and written once', async () => {
    await feature();
    const { id } = await open();
    fault('POST', /comments$/);
    const { pullRequests } = subject.repository;
    await pullRequests.comment(id, 'Plan: 1', { marker: 'plan' });
    await pullRequests.comment(id, 'Plan: 2', { marker: 'plan' });
    const [pull] = subject.state.pulls;
    expect(pull?.comments.map(({ text }) => text.split('\n')[0])).toEqual(['Plan: 2']);
  });

  it('a status is set once', async () => {
    fault('POST', /builds$/);
    await subject.repository.statuses.set(base, { context: 'c', state: 'success' });
    expect(subject.state.builds.get(base)?.size).toBe(1);
  });

  it('a webhook is found, and made once', async () => {
    fault('POST', /webhooks$/);
    const made = await subject.repository.webhooks?.create({ url, topics: ['push'] });
    expect([...subject.state.hooks.keys()]).toEqual([made?.id]);
  });

  it('an edit and a decline are done once', async () => {
    await feature();
    const { id } = await open();
    fault('PUT', /pull-requests/);
    const { pullRequests } = subject.repository;
    expect((await pullRequests.update(id, { title: 'New' })).title).toBe('New');
    fault('POST', /decline$/);
    expect((await pullRequests.decline(id)).state).toBe('declined');
  });
});

describe('when a request is lost before it is carried out', () => {
  const fault = (path: RegExp) =>
    subject.simulator.fault({ method: 'POST', path, fault: { kind: 'drop' } });

  it('a pull request is opened by the next attempt', async () => {
    await feature();
    fault(/pull-requests$/);
    expect((await open()).id).toBe(1);
    expect(subject.state.pulls).toHaveLength(1);
  });

  it('the caller hears of a branch and of a comment that is not there', async () => {
    await feature();
    fault(/branches$/);
    expect(await code(subject.repository.branches.create('x', base))).toBe('PROVIDER_UNAVAILABLE');
    const { id } = await open();
    fault(/comments$/);
    expect(await code(subject.repository.pullRequests.comment(id, 'x'))).toBe(
      'PROVIDER_UNAVAILABLE',
    );
    expect(subject.state.pulls[0]?.comments).toEqual([]);
  });
});

describe('a pull request', () => {
  it('of somebody else for the same branches is not taken for ours', async () => {
    await feature();
    await open('Theirs');
    await expect(open('Ours')).rejects.toMatchObject({
      code: 'PROVIDER_ALREADY_EXISTS',
      details: { id: 1 },
    });
    // Also when the answer to ours was lost.
    subject.simulator.fault({ method: 'POST', fault: { kind: 'drop' } });
    expect(await code(open('Ours'))).toBe('PROVIDER_ALREADY_EXISTS');
  });

  it('is not mistaken for one from a fork with a branch of that name', async () => {
    await feature();
    await open('From a fork');
    Object.assign(subject.state.pulls[0] ?? {}, { fork: '~mallory/gitops-k8s' });
    const listed = async (filter: { source?: string }) => {
      const ids: number[] = [];
      for await (const { id } of subject.repository.pullRequests.list(filter)) ids.push(id);
      return ids;
    };
    expect(await listed({ source: 'feature' })).toEqual([]);
    expect(await listed({})).toEqual([1]);
    expect((await open()).id).toBe(2);
  });

  it('that answers nonsense is not believed', async () => {
    await feature();
    await open();
    for (const body of ['null', '[]', '{"id":1}', '{"id":"1","title":1}']) {
      subject.simulator.fault({ method: 'GET', fault: { kind: 'answer', status: 200, body } });
      expect(await code(subject.repository.pullRequests.get(1))).toBe('PROVIDER_BAD_RESPONSE');
    }
  });
});

describe('a comment', () => {
  it('is replaced in two requests', async () => {
    await feature();
    const { id } = await open();
    const { pullRequests } = subject.repository;
    await pullRequests.comment(id, 'Plan: 1', { marker: 'plan' });
    await pullRequests.comment(id, 'Plan: 2', { marker: 'plan' });
    subject.simulator.forgetRequests();
    await pullRequests.comment(id, 'Plan: 3', { marker: 'plan' });
    expect(subject.simulator.requests.map(({ method }) => method)).toEqual(['GET', 'PUT']);
  });

  it('that was deleted is written anew, and one that somebody edits meanwhile is read again', async () => {
    await feature();
    const { id } = await open();
    const { pullRequests } = subject.repository;
    const first = await pullRequests.comment(id, 'Plan: 1', { marker: 'plan' });
    const [comment] = subject.state.pulls[0]?.comments ?? [];
    if (comment === undefined) throw new Error('there is no comment');
    const run = async () => {
      comment.version += 1;
    };
    subject.simulator.fault({ method: 'PUT', fault: { kind: 'before', run } });
    const again = await pullRequests.comment(id, 'Plan: 2', { marker: 'plan' });
    expect(again.id).toBe(first.id);
    comment.deleted = true;
    const anew = await pullRequests.comment(id, 'Plan: 3', { marker: 'plan' });
    expect(anew.id).not.toBe(first.id);
  });
});

describe('a branch that moves while it is deleted', () => {
  it('stays, and the server itself says so', async () => {
    const tip = await subject.state.seed({ branch: 'feature', from: 'main', files: { a: '1' } });
    const run = async () => {
      await subject.state.seed({ branch: 'feature', files: { late: '1' } });
    };
    subject.simulator.fault({ method: 'DELETE', fault: { kind: 'before', run } });
    const deletion = subject.repository.branches.delete('feature', { expectedHead: tip });
    expect(await code(deletion)).toBe('PROVIDER_CONFLICT');
    expect(await subject.state.branch('feature')).toBeDefined();
  });

  it('and the default branch is not deleted', async () => {
    expect(await code(subject.repository.branches.delete('main'))).toBe('PROVIDER_REJECTED');
  });
});
