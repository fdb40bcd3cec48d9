import { type CreateCommit, ProviderError } from '@bowline/gitops-providers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './gitea-subject.ts';

// Invariant: sending any call again never makes a second commit, branch, pull request, comment or merge.

let subject: Subject;
let base: string;

beforeEach(async () => {
  subject = await startSubject();
  base = await subject.state.seed({ branch: 'main', files: { 'app.yaml': 'image: web:1\n' } });
});
afterEach(() => subject.close());

const lost = ['drop-after', 'truncate'] as const;
const html = { 'content-type': 'text/html' };
const commit = (): CreateCommit => ({
  branch: 'main',
  message: 'chore: set the image',
  expectedHead: base,
  changes: [{ type: 'write', path: 'app.yaml', content: Buffer.from('image: web:2\n') }],
});
const count = (method: string, path: RegExp) =>
  subject.simulator.requests.filter((item) => item.method === method && path.test(item.path))
    .length;

async function openPull() {
  await subject.state.seed({ branch: 'feature', from: 'main', files: { 'app.yaml': 'x\n' } });
  return subject.repository.pullRequests.create({
    title: 'Update',
    source: 'feature',
    destination: 'main',
  });
}

async function code(call: Promise<unknown>): Promise<string | undefined> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error instanceof ProviderError ? error.code : undefined;
}

describe('reads', () => {
  it.each([502, 503, 504])('are repeated after %d', async (status) => {
    const body = '<html><title>Bad gateway</title></html>';
    subject.simulator.fault({ fault: { kind: 'answer', status, body, headers: html }, times: 3 });
    expect((await subject.repository.branches.get('main'))?.sha).toBe(base);
    expect(subject.clock.sleeps).toEqual([500, 1000, 2000]);
  });

  it.each(['drop', 'drop-after', 'truncate'] as const)('are repeated after %s', async (kind) => {
    subject.simulator.fault({ fault: { kind }, times: 2 });
    expect((await subject.repository.branches.get('main'))?.sha).toBe(base);
    expect(subject.simulator.requests).toHaveLength(3);
  });

  it('wait as long as Retry-After says', async () => {
    const headers = { 'retry-after': '7' };
    subject.simulator.fault({ fault: { kind: 'answer', status: 429, headers } });
    await subject.repository.get();
    expect(subject.clock.sleeps).toEqual([7000]);
  });

  it.each([
    '',
    'null',
    '[]',
    '{"name":"main"',
    '{"name":"main","commit":{"id":"../../x"}}',
    '<html><body>Sign in</body></html>',
  ])('refuse the answer %j', async (body) => {
    subject.simulator.fault({ fault: { kind: 'answer', status: 200, body } });
    expect(await code(subject.repository.branches.get('main'))).toBe('PROVIDER_BAD_RESPONSE');
  });

  it.each([
    [401, 'PROVIDER_UNAUTHENTICATED', /access token/],
    [403, 'PROVIDER_FORBIDDEN', /scope/],
    [423, 'PROVIDER_REJECTED', /archive/],
    [500, 'PROVIDER_UNAVAILABLE', /later/],
  ] as const)('explain %d with the words of the server', async (status, expected, hint) => {
    const message = 'token does not have at least one of required scope(s): [write:repository]';
    const body = JSON.stringify({ message, url: 'x' });
    subject.simulator.fault({ fault: { kind: 'answer', status, body } });
    const error: unknown = await subject.repository.get().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: expected, hint: expect.stringMatching(hint) });
    expect(String(error)).toContain('[write:repository]');
  });
});

describe('commits', () => {
  it.each(lost)('land once when the answer is lost: %s', async (kind) => {
    subject.simulator.fault({ method: 'POST', fault: { kind } });
    const made = await subject.repository.commits.create(commit());
    expect((await subject.repository.branches.get('main'))?.sha).toBe(made.sha);
    expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
    expect(count('POST', /contents/)).toBe(1);
  });

  it.each([500, 502, 503, 504])('land once when %d hides that it was done', async (status) => {
    for (const branch of ['main', 'new']) {
      subject.simulator.fault({ method: 'POST', fault: { kind: 'answer-after', status } });
      const create = branch === 'new';
      const made = await subject.repository.commits.create({ ...commit(), branch, create });
      expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
      if (!create) await subject.state.store.setRef('refs/heads/main', base);
    }
  });

  it.each([false, true])(
    'are sent again when nothing was done, on a new branch: %s',
    async (create) => {
      const branch = create ? 'new' : 'main';
      await subject.repository.files.read('app.yaml', 'main');
      subject.simulator.fault({
        method: 'POST',
        path: /contents/,
        fault: { kind: 'drop' },
        times: 2,
      });
      const made = await subject.repository.commits.create({ ...commit(), branch, create });
      expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
      expect(await subject.state.branch(branch)).toBe(made.sha);
      expect(count('POST', /contents/)).toBe(3);
    },
  );

  it('give up after three that did nothing', async () => {
    subject.simulator.fault({
      method: 'POST',
      path: /contents/,
      fault: { kind: 'answer', status: 503 },
      times: 9,
    });
    expect(await code(subject.repository.commits.create(commit()))).toBe('PROVIDER_UNAVAILABLE');
    expect(count('POST', /contents/)).toBe(3);
    expect(await subject.state.branch('main')).toBe(base);
  });

  it('find the branch again that a call which broke off has left', async () => {
    const wanted = { ...commit(), branch: 'new', create: true };
    subject.simulator.fault({
      method: 'POST',
      path: /contents/,
      fault: { kind: 'answer', status: 503 },
      times: 3,
    });
    expect(await code(subject.repository.commits.create(wanted))).toBe('PROVIDER_UNAVAILABLE');
    expect(await subject.state.branch('new')).toBe(base);
    for (const repository of [subject.repository, subject.connect().repository('acme/shop')]) {
      await repository.files.read('app.yaml', 'main');
      const made = await repository.commits.create(wanted);
      expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
      await subject.state.store.setRef('refs/heads/new', base);
    }
  });

  it('are a conflict when the server says 500 to a push that came first', async () => {
    subject.simulator.fault({
      method: 'POST',
      path: /contents/,
      fault: { kind: 'answer', status: 500, body: '{"message":""}' },
    });
    subject.simulator.fault({
      method: 'GET',
      path: /branches/,
      fault: { kind: 'before', run: async () => undefined },
    });
    subject.simulator.fault({
      method: 'GET',
      path: /branches/,
      fault: {
        kind: 'before',
        run: async () => {
          await subject.state.seed({ branch: 'main', files: { b: '1' } });
        },
      },
    });
    expect(await code(subject.repository.commits.create(commit()))).toBe('PROVIDER_CONFLICT');
  });

  it.each([
    ['a page of a gateway', '<html><title>Created</title></html>'],
    ['nothing', ''],
    ['another commit than a full one', '{"commit":{"sha":"abc"}}'],
  ])('land once when the answer is %s', async (_, body) => {
    subject.simulator.fault({
      method: 'POST',
      fault: { kind: 'answer-after', status: 201, body, headers: html },
    });
    const made = await subject.repository.commits.create(commit());
    expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
    expect(count('POST', /contents/)).toBe(1);
  });

  it('land once when the answer never comes', async () => {
    const quick = subject.connect({ attemptTimeoutMs: 200 }).repository('acme/shop');
    subject.simulator.fault({ method: 'POST', fault: { kind: 'stall' } });
    const made = await quick.commits.create(commit());
    expect(await subject.state.branch('main')).toBe(made.sha);
    expect(count('POST', /contents/)).toBe(1);
  });

  it('are left out when the signal fires while another one is at work', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    let waiting: Promise<unknown> | undefined;
    subject.simulator.fault({
      method: 'POST',
      fault: {
        kind: 'before',
        run: async () => {
          const { signal } = controller;
          waiting = subject.repository.commits
            .create(commit(), { signal })
            .catch((e: unknown) => e);
          controller.abort(reason);
        },
      },
    });
    const made = await subject.repository.commits.create(commit());
    expect(await waiting).toBe(reason);
    expect(await subject.state.branch('main')).toBe(made.sha);
    expect(count('POST', /contents/)).toBe(1);
  });

  it('are not repeated after 429', async () => {
    const headers = { 'retry-after': '1' };
    subject.simulator.fault({ method: 'POST', fault: { kind: 'answer', status: 429, headers } });
    expect(await code(subject.repository.commits.create(commit()))).toBe('PROVIDER_RATE_LIMITED');
    expect(count('POST', /contents/)).toBe(1);
  });
});

describe('branches, tags and webhooks', () => {
  it.each(lost)('are made once when the answer is lost: %s', async (kind) => {
    subject.simulator.fault({ method: 'POST', fault: { kind }, times: 3 });
    expect((await subject.repository.branches.create('b', base)).sha).toBe(base);
    expect(await subject.repository.tags.create('v1', base)).toEqual({ name: 'v1', sha: base });
    await subject.repository.webhooks?.create({
      url: 'https://example.com/hook',
      topics: ['push'],
    });
    expect(subject.state.hooks.size).toBe(1);
    expect(count('POST', /./)).toBe(3);
  });

  it('of a commit that is not there are not found, also where the server says 500', async () => {
    subject.simulator.fault({ method: 'POST', fault: { kind: 'answer', status: 500 } });
    const absent = 'deadbeef'.repeat(5);
    expect(await code(subject.repository.branches.create('b', absent))).toBe('PROVIDER_NOT_FOUND');
    subject.simulator.fault({ method: 'POST', fault: { kind: 'answer', status: 500 } });
    const status = { context: 'c', state: 'success' } as const;
    expect(await code(subject.repository.statuses.set(absent, status))).toBe('PROVIDER_NOT_FOUND');
  });

  it('are refused with the words of the server when a tag has the name of a branch', async () => {
    await subject.repository.tags.create('v1', base);
    await expect(subject.repository.branches.create('v1', base)).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('same tag already exists'),
    });
  });

  it('say that a branch was deleted when the first answer is lost', async () => {
    await subject.repository.branches.create('old', base);
    subject.simulator.fault({ method: 'DELETE', fault: { kind: 'drop-after' } });
    expect(await subject.repository.branches.delete('old')).toBe(true);
  });
});

describe('pull requests', () => {
  it.each([...lost, 503] as const)('are opened once when the answer is lost: %s', async (how) => {
    const fault =
      how === 503 ? ({ kind: 'answer-after', status: 503 } as const) : ({ kind: how } as const);
    subject.simulator.fault({ method: 'POST', fault });
    const pull = await openPull();
    expect(subject.state.pulls.map(({ number }) => number)).toEqual([pull.id]);
    expect(count('POST', /\/pulls$/)).toBe(1);
  });

  it('are opened by a second try when the first did nothing', async () => {
    subject.simulator.fault({ method: 'POST', fault: { kind: 'answer', status: 503 } });
    await openPull();
    expect(subject.state.pulls).toHaveLength(1);
  });

  it('that are open already are named, also behind an older one of the same branches', async () => {
    const first = await openPull();
    await subject.repository.pullRequests.decline(first.id);
    const second = await subject.repository.pullRequests.create({
      title: 'again',
      source: 'feature',
      destination: 'main',
    });
    await expect(
      subject.repository.pullRequests.create({
        title: 'and again',
        source: 'feature',
        destination: 'main',
      }),
    ).rejects.toMatchObject({ code: 'PROVIDER_ALREADY_EXISTS', details: { id: second.id } });
  });

  it('of two branches are found by one request, also with names like numbers', async () => {
    const own = await openPull();
    await subject.state.seed({ branch: '7', from: 'main', files: { b: '1' } });
    const find = async (destination: string) => {
      subject.simulator.forgetRequests();
      const ids: number[] = [];
      const filter = { source: 'feature', destination };
      for await (const { id } of subject.repository.pullRequests.list(filter)) ids.push(id);
      return [ids, subject.simulator.requests.map(({ path }) => path.split('?')[0])];
    };
    expect(await find('main')).toEqual([[own.id], ['/pulls/main/feature']]);
    expect(await find('7')).toEqual([[], ['/pulls']]);
  });

  it.each(lost)('get one comment and one approval when the answer is lost: %s', async (kind) => {
    const pull = await openPull();
    for (const options of [{}, { marker: 'bowline/plan' }]) {
      subject.simulator.fault({ method: 'POST', path: /comments/, fault: { kind } });
      const text = `Plan ${JSON.stringify(options)}`;
      await subject.repository.pullRequests.comment(pull.id, text, options);
    }
    expect(subject.state.pulls[0]?.comments).toHaveLength(2);
    subject.simulator.fault({ method: 'POST', path: /reviews/, fault: { kind } });
    await subject.repository.pullRequests.approve(pull.id);
    expect(subject.state.pulls[0]?.reviews).toHaveLength(1);
  });

  it('are declined although the answer is lost', async () => {
    const pull = await openPull();
    subject.simulator.fault({ method: 'PATCH', fault: { kind: 'drop-after' } });
    expect((await subject.repository.pullRequests.decline(pull.id)).state).toBe('declined');
  });

  it('keep that they are drafts, and what happens to their branch, when they change', async () => {
    await subject.state.seed({ branch: 'x', from: 'main', files: { x: '1' } });
    const { pullRequests } = subject.repository;
    const pull = await pullRequests.create({
      title: 'a',
      source: 'x',
      destination: 'main',
      description: 'first\n',
      draft: true,
      deleteSourceBranch: true,
    });
    expect(pull).toMatchObject({ title: 'a', description: 'first\n', draft: true });
    const changed = await pullRequests.update(pull.id, { title: 'b', description: 'second' });
    expect(changed).toMatchObject({ title: 'b', description: 'second', draft: true });
    expect(subject.state.pulls[0]?.title).toBe('WIP: b');
    expect(subject.state.pulls[0]?.body).toContain('bowline:delete-source-branch');
  });

  it('from a fork are none of the branch of that name here', async () => {
    const own = await openPull();
    const [pull] = subject.state.pulls;
    for (const [number, headRepository] of [
      [7, 'mallory/shop'],
      [8, undefined],
    ] as const) {
      if (pull) subject.state.pulls.push({ ...pull, number, headRepository });
    }
    const ids: number[] = [];
    for await (const { id } of subject.repository.pullRequests.list({ source: 'feature' })) {
      ids.push(id);
    }
    expect(ids).toEqual([own.id]);
  });
});
