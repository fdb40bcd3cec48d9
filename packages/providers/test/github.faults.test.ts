import { Secret } from '@bowline/gitops-errors';
import { type CreateCommit, ProviderError } from '@bowline/gitops-providers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './github-subject.ts';

// Invariant: sending any call again never makes a second commit, branch, pull request, comment or merge.

let subject: Subject;
let base: string;

beforeEach(async () => {
  subject = await startSubject();
  base = await subject.state.seed({ branch: 'main', files: { 'app.yaml': 'image: web:1\n' } });
});
afterEach(() => subject.close());

const lost = ['drop-after', 'truncate'] as const;
const graphql = { method: 'POST', path: /graphql/ } as const;

const commit = (more: Partial<CreateCommit> = {}): CreateCommit => ({
  branch: 'main',
  message: 'chore: set the image',
  expectedHead: base,
  changes: [{ type: 'write', path: 'app.yaml', content: Buffer.from('image: web:2\n') }],
  ...more,
});

/** Reads the file first, so that the next request of GraphQL is the mutation. */
const read = () => subject.repository.files.read('app.yaml', 'main');

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

const sent = (method: string, path: RegExp) =>
  subject.simulator.requests.filter((item) => item.method === method && path.test(item.url));
const mutations = (name: string) =>
  sent('POST', /graphql/).filter(({ body }) => body.toString('utf8').includes(`${name}(input`));
const headOf = async (branch = 'main') => (await subject.repository.branches.get(branch))?.sha;

describe('reads', () => {
  it.each([502, 503, 504])('are repeated after %d', async (status) => {
    const body = '<html><title>Bad gateway</title></html>';
    const headers = { 'content-type': 'text/html' };
    const fault = { kind: 'answer', status, body, headers } as const;
    subject.simulator.fault({ fault, times: 3 });
    expect(await headOf()).toBe(base);
    expect(subject.clock.sleeps).toEqual([500, 1000, 2000]);
  });

  it.each(['drop', ...lost] as const)('by GraphQL are repeated too after %s', async (kind) => {
    subject.simulator.fault({ fault: { kind }, times: 2 });
    expect((await read())?.commit).toBe(base);
    expect(subject.simulator.requests).toHaveLength(3);
  });

  it.each([
    ['', 'PROVIDER_BAD_RESPONSE'],
    ['null', 'PROVIDER_BAD_RESPONSE'],
    ['[]', 'PROVIDER_BAD_RESPONSE'],
    ['{"ref":"refs/heads/main","object":{"type":"commit","sha":"../x"}}', 'PROVIDER_BAD_RESPONSE'],
    ['<html><body>Sign in</body></html>', 'PROVIDER_BAD_RESPONSE'],
  ])('refuse the answer %j', async (body, expected) => {
    subject.simulator.fault({ fault: { kind: 'answer', status: 200, body } });
    expect(await code(subject.repository.branches.get('main'))).toBe(expected);
  });

  it.each([
    ['{}', 'PROVIDER_BAD_RESPONSE'],
    ['{"data":null}', 'PROVIDER_BAD_RESPONSE'],
    ['{"data":{"repository":{"id":1}}}', 'PROVIDER_BAD_RESPONSE'],
    ['{"errors":[{"message":"Field does not exist"}]}', 'PROVIDER_REJECTED'],
    ['{"errors":[{"type":"FORBIDDEN","message":"Resource not accessible"}]}', 'PROVIDER_FORBIDDEN'],
    ['{"errors":[{"message":"Something went wrong while executing"}]}', 'PROVIDER_UNAVAILABLE'],
  ])('by GraphQL refuse the answer %j', async (body, expected) => {
    subject.simulator.fault({ ...graphql, fault: { kind: 'answer', status: 200, body } });
    expect(await code(read())).toBe(expected);
  });
});

describe('commits in one call', () => {
  it.each(lost)('land once when the answer is lost: %s', async (kind) => {
    await read();
    subject.simulator.fault({ ...graphql, fault: { kind } });
    const made = await subject.repository.commits.create(commit());
    expect(await headOf()).toBe(made.sha);
    expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
    expect(mutations('createCommitOnBranch')).toHaveLength(1);
  });

  it.each(lost)('are found below what came after them: %s', async (kind) => {
    await read();
    subject.simulator.fault({ ...graphql, fault: { kind } });
    const later = async () => {
      await subject.state.seed({ branch: 'main', files: { other: '1' } });
    };
    subject.simulator.fault({ ...graphql, fault: { kind: 'before', run: later } });
    const made = await subject.repository.commits.create(commit());
    expect((await subject.state.inspect((await headOf()) ?? '')).parents).toEqual([made.sha]);
  });

  it.each([500, 502, 503])('land once when %d hides that it was done', async (status) => {
    await read();
    subject.simulator.fault({ ...graphql, fault: { kind: 'answer-after', status } });
    const made = await subject.repository.commits.create(commit());
    expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
  });

  it('land once when GitHub gives up half-way', async () => {
    await read();
    const body =
      '{"data":null,"errors":[{"message":"Something went wrong while executing your query."}]}';
    subject.simulator.fault({ ...graphql, fault: { kind: 'answer-after', status: 200, body } });
    const made = await subject.repository.commits.create(commit());
    expect(await headOf()).toBe(made.sha);
    expect(mutations('createCommitOnBranch')).toHaveLength(1);
  });

  it.each(['main', 'new'])('are sent again when nothing was done: branch %s', async (branch) => {
    await read();
    const create = branch === 'new';
    for (let times = 0; times < 2; times += 1) {
      subject.simulator.fault({ ...graphql, fault: { kind: 'drop' } });
      // What was lost is looked for in between.
      subject.simulator.fault({
        ...graphql,
        fault: { kind: 'before', run: async () => undefined },
      });
    }
    const made = await subject.repository.commits.create(commit({ branch, create }));
    expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
    expect(mutations('createCommitOnBranch')).toHaveLength(3);
  });

  it('make their branch once when the answer is lost', async () => {
    await read();
    subject.simulator.fault({ ...graphql, fault: { kind: 'drop-after' } });
    const made = await subject.repository.commits.create(commit({ branch: 'new', create: true }));
    expect(await headOf('new')).toBe(made.sha);
    expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
  });

  it('are a conflict when another one with the same message is there after a lost request', async () => {
    await read();
    subject.simulator.fault({ ...graphql, fault: { kind: 'drop' } });
    const { message } = commit();
    const run = async () => {
      await subject.state.seed({
        branch: 'main',
        message,
        files: { 'app.yaml': 'image: web:3\n' },
      });
    };
    subject.simulator.fault({ ...graphql, fault: { kind: 'before', run } });
    expect(await code(subject.repository.commits.create(commit()))).toBe('PROVIDER_CONFLICT');
    expect(Buffer.from((await read())?.content ?? []).toString()).toBe('image: web:3\n');
  });

  it('leave no branch behind when GitHub refuses the commit alone', async () => {
    await read();
    const body = JSON.stringify({
      data: { updateRefs: { clientMutationId: null }, createCommitOnBranch: null },
      errors: [
        { type: 'FORBIDDEN', path: ['createCommitOnBranch'], message: 'Commits must be signed' },
      ],
    });
    // What the first half of the mutation has done.
    await subject.state.store.setRef('refs/heads/new', base);
    subject.simulator.fault({ ...graphql, fault: { kind: 'answer', status: 200, body } });
    await expect(
      subject.repository.commits.create(commit({ branch: 'new', create: true })),
    ).rejects.toMatchObject({
      code: 'PROVIDER_FORBIDDEN',
      message: expect.stringContaining('Commits must be signed'),
    });
    expect(await headOf('new')).toBeUndefined();
  });

  it('say why a protected branch takes none', async () => {
    subject.state.protectedBranches.add('main');
    await expect(subject.repository.commits.create(commit())).rejects.toMatchObject({
      code: 'PROVIDER_FORBIDDEN',
      message: expect.stringContaining('Changes must be made through a pull request'),
    });
  });

  it('to a branch that is not there are not found', async () => {
    expect(await code(subject.repository.commits.create(commit({ branch: 'gone' })))).toBe(
      'PROVIDER_NOT_FOUND',
    );
  });
});

describe('commits by objects', () => {
  const author = { name: 'Ann', email: 'ann@example.com' };

  it.each(lost)('land once when the answer of the last step is lost: %s', async (kind) => {
    await read();
    subject.simulator.fault({ ...graphql, fault: { kind } });
    const made = await subject.repository.commits.create(commit({ author }));
    expect(await headOf()).toBe(made.sha);
    expect(mutations('updateRefs')).toHaveLength(1);
  });

  it.each(lost)('are found below what came after them: %s', async (kind) => {
    await read();
    subject.simulator.fault({ ...graphql, fault: { kind } });
    const run = async () => {
      await subject.state.seed({ branch: 'main', files: { other: '1' } });
    };
    subject.simulator.fault({ method: 'GET', path: /heads\/main/, fault: { kind: 'before', run } });
    const made = await subject.repository.commits.create(commit({ author }));
    expect((await subject.state.inspect((await headOf()) ?? '')).parents).toEqual([made.sha]);
    expect(mutations('updateRefs')).toHaveLength(1);
  });

  it('are a conflict when another push came first and the answer is lost', async () => {
    await read();
    const run = async () => {
      await subject.state.seed({ branch: 'main', files: { other: '1' } });
    };
    subject.simulator.fault({ ...graphql, fault: { kind: 'drop' } });
    subject.simulator.fault({ method: 'GET', path: /heads\/main/, fault: { kind: 'before', run } });
    expect(await code(subject.repository.commits.create(commit({ author })))).toBe(
      'PROVIDER_CONFLICT',
    );
  });

  it.each(lost)('land once whatever step is lost: %s', async (kind) => {
    await read();
    subject.simulator.fault({ method: 'POST', path: /^\/git\//, fault: { kind }, times: 3 });
    const binary = Buffer.from([0, 255]);
    const changes = [{ type: 'write', path: 'new.bin', content: binary }] as const;
    const made = await subject.repository.commits.create(commit({ author, changes }));
    expect((await subject.state.inspect(made.sha)).parents).toEqual([base]);
    const file = await subject.repository.files.read('new.bin', 'main');
    expect(Buffer.from(file?.content ?? [])).toEqual(binary);
  });

  it('are sent again when nothing was done', async () => {
    await read();
    subject.simulator.fault({ ...graphql, fault: { kind: 'drop' }, times: 2 });
    const made = await subject.repository.commits.create(
      commit({ author, branch: 'new', create: true }),
    );
    expect(await headOf('new')).toBe(made.sha);
    expect(mutations('updateRefs')).toHaveLength(3);
  });

  it('on a branch that went back are a conflict, although they would be a fast-forward', async () => {
    const next = await subject.state.seed({ branch: 'main', files: { other: '1' } });
    await subject.state.store.setRef('refs/heads/main', base);
    expect(
      await code(subject.repository.commits.create(commit({ author, expectedHead: next }))),
    ).toBe('PROVIDER_CONFLICT');
    expect(await headOf()).toBe(base);
  });

  it('begin a branch that stands at the expected head already', async () => {
    await subject.repository.branches.create('new', base);
    const made = await subject.repository.commits.create(
      commit({ author, branch: 'new', create: true }),
    );
    expect(await headOf('new')).toBe(made.sha);
  });
});

describe('branches, tags and webhooks', () => {
  it.each(lost)('are made once when the answer is lost: %s', async (kind) => {
    subject.simulator.fault({ method: 'POST', fault: { kind }, times: 3 });
    expect((await subject.repository.branches.create('b', base)).sha).toBe(base);
    expect(await subject.repository.tags.create('v1', base)).toEqual({ name: 'v1', sha: base });
    const hook = { url: 'https://example.com/hook', topics: ['push'] } as const;
    await subject.repository.webhooks?.create(hook);
    expect(subject.state.hooks.size).toBe(1);
    expect(sent('POST', /./)).toHaveLength(3);
  });

  it('are refused with the words of GitHub when another branch is in the way', async () => {
    await expect(subject.repository.branches.create('main/x', base)).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('is in conflict with "main"'),
    });
  });

  it.each([undefined, 'expected'])(
    'say that a branch was deleted when the answer is lost: %s',
    async (head) => {
      await subject.repository.branches.create('old', base);
      await read();
      subject.simulator.fault({ fault: { kind: 'drop-after' } });
      const options = head === undefined ? {} : { expectedHead: base };
      expect(await subject.repository.branches.delete('old', options)).toBe(true);
    },
  );

  it('keep their secret when an update has none, and lose it to nobody', async () => {
    const { webhooks } = subject.repository;
    const secret = new Secret('webhook-canary-81c2');
    const made = await webhooks?.create({ url: 'https://example.com/a', topics: ['push'], secret });
    const id = made?.id ?? '';
    await webhooks?.update(id, { url: 'https://example.com/b', topics: ['pipeline'] });
    const [hook] = [...subject.state.hooks.values()];
    expect(hook?.['config']).toMatchObject({
      url: 'https://example.com/b',
      secret: 'webhook-canary-81c2',
      insecure_ssl: '0',
    });
    expect(hook?.['events']).toEqual(['workflow_run', 'check_suite', 'status']);
  });
});

describe('pull requests', () => {
  it.each([...lost, 'drop'] as const)(
    'are opened once when the answer is lost: %s',
    async (kind) => {
      subject.simulator.fault({ method: 'POST', fault: { kind } });
      const pull = await openPull();
      expect(subject.state.pulls.map(({ number }) => number)).toEqual([pull.id]);
    },
  );

  it('of somebody else in the meantime are not taken for the own one', async () => {
    subject.simulator.fault({ method: 'POST', fault: { kind: 'drop' } });
    const run = async () => {
      await subject.provider
        .repository('acme/shop')
        .pullRequests.create({ title: 'Theirs', source: 'feature', destination: 'main' });
    };
    subject.simulator.fault({ method: 'GET', path: /pulls/, fault: { kind: 'before', run } });
    expect(await code(openPull())).toBe('PROVIDER_ALREADY_EXISTS');
    expect(subject.state.pulls).toHaveLength(1);
  });

  it.each(lost)('get one comment and one approval when the answer is lost: %s', async (kind) => {
    const pull = await openPull();
    const { pullRequests } = subject.repository;
    subject.simulator.fault({ method: 'POST', path: /comments/, fault: { kind } });
    subject.simulator.fault({ method: 'POST', path: /reviews/, fault: { kind } });
    await pullRequests.comment(pull.id, 'Plan', { marker: 'plan' });
    await pullRequests.comment(pull.id, 'Plan', { marker: 'plan' });
    await pullRequests.approve(pull.id);
    expect(subject.state.pulls[0]?.comments).toHaveLength(1);
    expect(subject.state.pulls[0]?.reviews).toHaveLength(1);
  });

  it.each([...lost, 'drop'] as const)(
    'are merged once when the answer is lost: %s',
    async (kind) => {
      const pull = await openPull();
      subject.simulator.fault({ method: 'PUT', fault: { kind }, times: 5 });
      const merged = await subject.repository.pullRequests.merge(pull.id);
      expect(merged.state).toBe('merged');
      const tip = await subject.state.inspect((await headOf()) ?? '');
      expect(tip.parents).toHaveLength(2);
    },
  );
});

it('ends a write that never gets an answer at the deadline, and then looks', async () => {
  await subject.close();
  subject = await startSubject({ attemptTimeoutMs: 100 });
  base = await subject.state.seed({ branch: 'main', files: { 'app.yaml': 'image: web:1\n' } });
  subject.simulator.fault({ method: 'POST', fault: { kind: 'stall' } });
  expect((await subject.repository.branches.create('b', base)).sha).toBe(base);
  expect(sent('POST', /refs/)).toHaveLength(1);
});
