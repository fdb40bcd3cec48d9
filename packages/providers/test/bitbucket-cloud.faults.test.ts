import { type CreateCommit, ProviderError } from '@bowline/gitops-providers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './bitbucket-cloud-subject.ts';

// Invariant: sending any call again never makes a second commit, branch, pull request, comment or merge.

let subject: Subject;
let base: string;

beforeEach(async () => {
  subject = await startSubject();
  base = await subject.state.seed({ branch: 'main', files: { 'app.yaml': 'image: web:1\n' } });
});
afterEach(() => subject.close());

const lost = ['drop-after', 'truncate'] as const;
const commit = (): CreateCommit => ({
  branch: 'main',
  message: 'chore: set the image',
  expectedHead: base,
  changes: [
    { type: 'write', path: 'app.yaml', content: Buffer.from('image: web:2\n'), mode: '100644' },
  ],
});

async function openPull() {
  await subject.state.seed({
    branch: 'feature',
    from: 'main',
    files: { 'app.yaml': 'image: web:2\n' },
  });
  return subject.repository.pullRequests.create({
    title: 'Update',
    source: 'feature',
    destination: 'main',
  });
}

async function code(call: Promise<unknown>): Promise<string | undefined> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ProviderError);
  return error instanceof ProviderError ? error.code : undefined;
}

const count = (method: string, path: RegExp) =>
  subject.simulator.requests.filter((item) => item.method === method && path.test(item.path))
    .length;

describe('reads', () => {
  it.each([502, 503, 504, 555])('are repeated after %d', async (status) => {
    subject.simulator.fault({
      fault: {
        kind: 'answer',
        status,
        body: '<html><title>Bad gateway</title></html>',
        headers: { 'content-type': 'text/html' },
      },
      times: 3,
    });
    expect((await subject.repository.branches.get('main'))?.sha).toBe(base);
    expect(subject.clock.sleeps).toEqual([500, 1000, 2000]);
  });

  it.each(['drop', 'drop-after', 'truncate'] as const)('are repeated after %s', async (kind) => {
    subject.simulator.fault({ fault: { kind }, times: 2 });
    expect((await subject.repository.branches.get('main'))?.sha).toBe(base);
    expect(subject.simulator.requests).toHaveLength(3);
  });

  it('fail after three repetitions, with the words of the gateway', async () => {
    subject.simulator.fault({
      fault: {
        kind: 'answer',
        status: 503,
        body: 'upstream connect error',
        headers: { 'content-type': 'text/plain' },
      },
      times: 9,
    });
    await expect(subject.repository.get()).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      retryable: true,
      message:
        'Bitbucket answered 503 when asked to read repository "acme/shop": upstream connect error',
    });
    expect(subject.simulator.requests).toHaveLength(4);
  });

  it('wait as long as Retry-After says, in seconds or as a date', async () => {
    const date = new Date(subject.clock.now() + 7000 + 5000).toUTCString();
    for (const value of ['7', date]) {
      subject.simulator.fault({
        fault: { kind: 'answer', status: 429, headers: { 'retry-after': value } },
      });
      await subject.repository.get();
    }
    expect(subject.clock.sleeps).toEqual([7000, 5000]);
  });

  it('do not wait longer than allowed, and say for how long', async () => {
    subject.simulator.fault({
      fault: { kind: 'answer', status: 429, headers: { 'retry-after': '3600' } },
    });
    await expect(subject.repository.get()).rejects.toMatchObject({
      code: 'PROVIDER_RATE_LIMITED',
      details: { status: 429, retryAfter: '3600' },
    });
    expect(subject.clock.sleeps).toEqual([]);
  });

  it('back off by themselves when a 429 names no time', async () => {
    subject.simulator.fault({ fault: { kind: 'answer', status: 429 }, times: 2 });
    await subject.repository.get();
    expect(subject.clock.sleeps).toEqual([10_000, 20_000]);
  });

  it.each([
    ['', 'PROVIDER_BAD_RESPONSE'],
    ['null', 'PROVIDER_BAD_RESPONSE'],
    ['[]', 'PROVIDER_BAD_RESPONSE'],
    ['{"name":"main"', 'PROVIDER_BAD_RESPONSE'],
    ['{"name":"main","target":{"hash":"../../x"}}', 'PROVIDER_BAD_RESPONSE'],
    ['<html><body>Log in</body></html>', 'PROVIDER_BAD_RESPONSE'],
  ])('refuse the answer %j', async (body, expected) => {
    subject.simulator.fault({ fault: { kind: 'answer', status: 200, body } });
    expect(await code(subject.repository.branches.get('main'))).toBe(expected);
  });

  it.each([
    [401, 'PROVIDER_UNAUTHENTICATED', /app passwords ended/],
    [403, 'PROVIDER_FORBIDDEN', /scope/],
    [410, 'PROVIDER_REJECTED', /removed/],
    [500, 'PROVIDER_UNAVAILABLE', /later/],
  ] as const)('explain %d', async (status, expected, hint) => {
    const body =
      '{"type":"error","error":{"message":"CHANGE-2770 - gone","detail":{"required":["repository:write"]}}}';
    subject.simulator.fault({ fault: { kind: 'answer', status, body } });
    const error: unknown = await subject.repository.get().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: expected, hint: expect.stringMatching(hint) });
    if (status === 403) expect(String(error)).toContain('needed: repository:write');
    else expect(String(error)).toContain('CHANGE-2770 - gone');
  });
});

describe('pages', () => {
  const page = (next: string) => JSON.stringify({ values: [], pagelen: 10, next });

  it('are not followed to another host, and no credential goes there', async () => {
    subject.simulator.fault({
      fault: { kind: 'answer', status: 200, body: page('http://127.0.0.1:9/2.0/x?page=2') },
    });
    await expect(
      subject.repository.tags.list()[Symbol.asyncIterator]().next(),
    ).rejects.toMatchObject({
      code: 'PROVIDER_BAD_RESPONSE',
    });
    expect(subject.simulator.requests).toHaveLength(1);
  });

  it('that go round in a circle end', async () => {
    const next = `${subject.simulator.apiUrl}/repositories/acme/shop/refs/tags?page=2`;
    subject.simulator.fault({ fault: { kind: 'answer', status: 200, body: page(next) }, times: 9 });
    await expect(
      subject.repository.tags.list()[Symbol.asyncIterator]().next(),
    ).rejects.toMatchObject({
      code: 'PROVIDER_BAD_RESPONSE',
    });
    expect(subject.simulator.requests).toHaveLength(2);
  });
});

describe('commits', () => {
  it.each(lost)('land once when the answer is lost: %s', async (kind) => {
    subject.simulator.fault({ method: 'POST', fault: { kind } });
    const made = await subject.repository.commits.create(commit());
    expect((await subject.repository.branches.get('main'))?.sha).toBe(made.sha);
    expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
  });

  it.each([500, 502, 503, 504, 555])('land once when %d hides that it was done', async (status) => {
    subject.simulator.fault({ method: 'POST', fault: { kind: 'answer-after', status } });
    const made = await subject.repository.commits.create(commit());
    expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
    expect(count('POST', /\/src$/)).toBe(1);
  });

  it('are sent again when nothing was done', async () => {
    subject.simulator.fault({ method: 'POST', fault: { kind: 'drop' }, times: 2 });
    const made = await subject.repository.commits.create({
      ...commit(),
      branch: 'new',
      create: true,
    });
    expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
    expect(count('POST', /\/src$/)).toBe(3);
  });

  it('are a conflict when another one with the same message is there after a lost request', async () => {
    subject.simulator.fault({ method: 'POST', fault: { kind: 'drop' } });
    subject.simulator.fault({
      method: 'GET',
      fault: {
        kind: 'before',
        run: async () => {
          await subject.state.seed({
            branch: 'main',
            message: commit().message,
            files: { 'app.yaml': 'image: web:3\n' },
          });
        },
      },
    });
    expect(await code(subject.repository.commits.create(commit()))).toBe('PROVIDER_CONFLICT');
    const tip = await subject.repository.files.read('app.yaml', 'main');
    expect(Buffer.from(tip?.content ?? []).toString()).toBe('image: web:3\n');
  });

  it('are a conflict after 409, without a second try', async () => {
    subject.simulator.fault({ method: 'POST', fault: { kind: 'answer', status: 409 } });
    expect(await code(subject.repository.commits.create(commit()))).toBe('PROVIDER_CONFLICT');
    expect(subject.simulator.requests).toHaveLength(1);
  });

  it('are not repeated after 429', async () => {
    subject.simulator.fault({
      method: 'POST',
      fault: { kind: 'answer', status: 429, headers: { 'retry-after': '1' } },
    });
    expect(await code(subject.repository.commits.create(commit()))).toBe('PROVIDER_RATE_LIMITED');
    expect(subject.simulator.requests).toHaveLength(1);
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

  it('are refused with the words of the forge when another branch is in the way', async () => {
    const refused = {
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('"main" is in the way'),
    };
    await expect(subject.repository.branches.create('main/x', base)).rejects.toMatchObject(refused);
    await expect(
      subject.repository.commits.create({ ...commit(), branch: 'main/x', create: true }),
    ).rejects.toMatchObject(refused);
  });

  it('say that a branch was deleted when the first answer is lost', async () => {
    await subject.repository.branches.create('old', base);
    subject.simulator.fault({ method: 'DELETE', fault: { kind: 'drop-after' } });
    expect(await subject.repository.branches.delete('old')).toBe(true);
  });
});

describe('pull requests', () => {
  it.each(lost)('are opened once when the answer is lost: %s', async (kind) => {
    subject.simulator.fault({ method: 'POST', fault: { kind } });
    const pull = await openPull();
    expect(subject.state.pulls.map((item) => item.id)).toEqual([pull.id]);
    expect(count('POST', /\/pullrequests$/)).toBe(1);
  });

  it('are opened by a second try when the first did nothing', async () => {
    subject.simulator.fault({ method: 'POST', fault: { kind: 'answer', status: 503 } });
    await openPull();
    expect(subject.state.pulls).toHaveLength(1);
  });

  it('are opened once when the first is done a moment after its gateway gave up', async () => {
    subject.simulator.fault({ method: 'POST', fault: { kind: 'answer', status: 504 } });
    let looks = 0;
    const late = {
      kind: 'before' as const,
      run: async () => {
        looks += 1;
        // The first look is before the request, the second right after the lost answer.
        if (looks === 3) await openPull();
      },
    };
    subject.simulator.fault({ method: 'GET', path: /\/pullrequests$/, fault: late, times: 3 });
    await subject.state.seed({ branch: 'feature', from: 'main', files: { 'app.yaml': 'x' } });
    const pull = await subject.repository.pullRequests.create({
      title: 'Update',
      source: 'feature',
      destination: 'main',
    });
    expect(subject.state.pulls.map((item) => item.id)).toEqual([pull.id]);
  });

  it.each(lost)('get one comment when the answer is lost: %s', async (kind) => {
    const pull = await openPull();
    for (const options of [{}, { marker: 'bowline/plan' }]) {
      subject.simulator.fault({ method: 'POST', path: /comments/, fault: { kind } });
      await subject.repository.pullRequests.comment(
        pull.id,
        `Plan ${JSON.stringify(options)}`,
        options,
      );
    }
    expect(subject.state.pulls[0]?.comments).toHaveLength(2);
    expect(count('POST', /comments/)).toBe(2);
  });

  it('keep their reviewers, and that they are drafts, when the title changes', async () => {
    subject.state.defaultReviewers.push('{0a1b2c3d-0000-4000-8000-00000000000a}');
    await subject.state.seed({ branch: 'x', from: 'main', files: { x: '1' } });
    const { pullRequests } = subject.repository;
    const pull = await pullRequests.create({
      title: 'a',
      source: 'x',
      destination: 'main',
      draft: true,
      deleteSourceBranch: true,
    });
    expect(await pullRequests.update(pull.id, { title: 'b' })).toMatchObject({
      title: 'b',
      draft: true,
    });
    expect(subject.state.pulls[0]).toMatchObject({
      reviewers: ['{0a1b2c3d-0000-4000-8000-00000000000a}'],
      closeSourceBranch: true,
    });
  });

  it('from a fork are none of the branch of that name here', async () => {
    const side = (name: string, full_name?: string) => ({
      branch: { name },
      repository: full_name === undefined ? null : { full_name },
    });
    const from = (id: number, repository?: string) => ({
      id,
      title: 't',
      state: 'OPEN',
      source: side('feature', repository),
      destination: side('main', 'acme/shop'),
      created_on: '2026-11-20T08:00:00+00:00',
      updated_on: '2026-11-20T08:00:00+00:00',
    });
    const values = [from(3, 'mallory/shop'), from(2), from(1, 'Acme/Shop')];
    const body = JSON.stringify({ pagelen: 50, values });
    const list = async (source?: string) => {
      subject.simulator.fault({ fault: { kind: 'answer', status: 200, body } });
      const ids: number[] = [];
      const filter = source === undefined ? {} : { source };
      for await (const pull of subject.repository.pullRequests.list(filter)) ids.push(pull.id);
      return ids;
    };
    expect(await list('feature')).toEqual([1]);
    expect(await list()).toEqual([3, 2, 1]);
  });

  it('are declined although the answer is lost', async () => {
    const pull = await openPull();
    subject.simulator.fault({ method: 'POST', fault: { kind: 'answer-after', status: 555 } });
    expect((await subject.repository.pullRequests.decline(pull.id)).state).toBe('declined');
  });
});
