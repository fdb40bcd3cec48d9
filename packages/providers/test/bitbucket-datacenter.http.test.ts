import { Secret } from '@bowline/gitops-errors';
import { connect, ProviderError } from '@bowline/gitops-providers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gitPresent, pushWithGit } from './bitbucket-datacenter-push.ts';
import { type Subject, startSubject } from './bitbucket-datacenter-subject.ts';

let subject: Subject;

beforeEach(async () => {
  subject = await startSubject();
});
afterEach(() => subject.close());

const seed = (files: Record<string, string>, branch = 'main') =>
  subject.state.seed({ branch, files });
const urls = () => subject.simulator.requests.map(({ method, url }) => `${method} ${url}`);

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function failure(call: Promise<unknown>): Promise<ProviderError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ProviderError) return error;
  throw new Error(`expected a ProviderError, got ${String(error)}`);
}

describe('a connection', () => {
  it('is made by kind, below the context path of the server', async () => {
    const { simulator } = subject;
    await seed({ a: '1' });
    const provider = await connect({
      kind: 'bitbucket-datacenter',
      host: simulator.host,
      webUrl: simulator.webUrl,
      auth: { type: 'basic', username: 'bot', password: new Secret(simulator.tokens.bot) },
    });
    expect(provider).toMatchObject({ kind: 'bitbucket-datacenter', host: simulator.host });
    expect(await provider.repository('SHOP/gitops-k8s').get()).toEqual({
      fullName: 'SHOP/gitops-k8s',
      defaultBranch: 'main',
      private: true,
      webUrl: `${simulator.webUrl}/projects/SHOP/repos/gitops-k8s`,
      // Without the name of the account, which the server writes into it.
      cloneUrl: `${simulator.webUrl}/scm/shop/gitops-k8s.git`,
    });
    const authorization = simulator.requests.map((request) => request.authorization);
    expect(new Set(authorization)).toEqual(
      new Set([`Basic ${Buffer.from('bot:bot-token').toString('base64')}`]),
    );
  });

  it('sends a token as it is, to the APIs beside the core one too', async () => {
    const sha = await seed({ a: '1' });
    await seed({ b: '1' }, 'old');
    await subject.repository.branches.delete('old');
    await collect(subject.repository.statuses.list(sha));
    expect(urls()).toEqual([
      'GET /bitbucket/rest/api/latest/projects/SHOP/repos/gitops-k8s/branches?filterText=old&boostMatches=true&limit=100',
      'DELETE /bitbucket/rest/branch-utils/latest/projects/SHOP/repos/gitops-k8s/branches',
      `GET /bitbucket/rest/build-status/latest/commits/${sha}?limit=100`,
    ]);
    for (const { authorization } of subject.simulator.requests) {
      expect(authorization).toBe('Bearer bot-token');
    }
  });

  it('reaches the repository of a person', async () => {
    const person = await startSubject({ fullName: '~bot/tools' });
    try {
      const sha = await person.state.seed({ branch: 'main', files: { a: '1' } });
      await person.state.seed({ branch: 'x', from: 'main', files: { a: '2' } });
      expect((await person.repository.get())?.webUrl).toMatch(
        /\/bitbucket\/users\/bot\/repos\/tools$/,
      );
      expect((await person.repository.branches.get('main'))?.sha).toBe(sha);
      const input = { title: 't', source: 'x', destination: 'main' };
      const pull = await person.repository.pullRequests.create(input);
      expect(person.provider.parsePullRequestUrl(pull.webUrl)).toEqual({
        repository: '~bot/tools',
        id: 1,
      });
      expect(await collect(person.repository.pullRequests.list())).toHaveLength(1);
    } finally {
      await person.close();
    }
  });

  it('says that a wrong token is one, and shows none', async () => {
    const auth = { type: 'bearer', token: new Secret('CANARY-wrong-token') } as const;
    const error = await failure(subject.connect({ auth }).branches.get('main'));
    expect(error).toMatchObject({ code: 'PROVIDER_UNAUTHENTICATED' });
    expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain(
      'CANARY',
    );
  });

  it('has no default branch while the repository is empty', async () => {
    expect((await subject.repository.get())?.defaultBranch).toBeUndefined();
  });
});

describe('lists', () => {
  it('are read page after page, each when it is asked for', async () => {
    const sha = await seed({ a: '1' });
    const names = Array.from({ length: 250 }, (_, index) => `b/${String(index).padStart(3, '0')}`);
    for (const name of names) await subject.state.store.setRef(`refs/heads/${name}`, sha);
    for await (const branch of subject.repository.branches.list({ nameContains: 'b/' })) {
      expect(branch.name).toBe('b/000');
      break;
    }
    expect(subject.simulator.requests).toHaveLength(1);
    const listed = await collect(subject.repository.branches.list({ nameContains: 'b/' }));
    expect(listed.map(({ name }) => name)).toEqual(names);
    expect(
      urls()
        .slice(1)
        .map((url) => /start=(\d+)/.exec(url)?.[1]),
    ).toEqual([undefined, '100', '200']);
  });

  it('find a branch behind hundreds that hold its name', async () => {
    const sha = await seed({ a: '1' });
    for (let index = 0; index < 120; index += 1) {
      await subject.state.store.setRef(`refs/heads/a-web-${index}`, sha);
    }
    await subject.state.store.setRef('refs/heads/web', sha);
    expect((await subject.repository.branches.get('web'))?.sha).toBe(sha);
    expect(subject.simulator.requests).toHaveLength(1);
    expect(await subject.repository.branches.get('WEB')).toBeUndefined();
  });

  it('that never end are ended', async () => {
    const page = { values: [], isLastPage: false, nextPageStart: 25 };
    const fault = {
      kind: 'answer',
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(page),
    } as const;
    subject.simulator.fault({ fault, times: 5 });
    expect((await failure(collect(subject.repository.branches.list()))).code).toBe(
      'PROVIDER_BAD_RESPONSE',
    );
    expect(subject.simulator.requests.length).toBeLessThan(4);
  });

  it.each(['{"values":null}', '{}', '[]', '<html>', ''])(
    'of %j are no empty lists',
    async (body) => {
      subject.simulator.fault({ fault: { kind: 'answer', status: 200, body } });
      expect((await failure(collect(subject.repository.branches.list()))).code).toBe(
        'PROVIDER_BAD_RESPONSE',
      );
    },
  );
});

describe('statuses', () => {
  it('have a key of at most 255 characters, and an address', async () => {
    const sha = await seed({ a: '1' });
    const long = `bowline/${'x'.repeat(300)}`;
    await subject.repository.statuses.set(sha, { context: long, state: 'running' });
    await subject.repository.statuses.set(sha, { context: `${long}x`, state: 'failed' });
    await subject.repository.statuses.set(sha, { context: long, state: 'success' });
    const [first, second, ...more] = await collect(subject.repository.statuses.list(sha));
    expect(more).toEqual([]);
    expect(first).toEqual({
      context: expect.stringMatching(/^bowline\/x+-[0-9a-f]{12}$/),
      state: 'success',
      url: `${subject.simulator.webUrl}/projects/SHOP/repos/gitops-k8s/commits/${sha}`,
    });
    expect(first?.context).toHaveLength(255);
    expect(second?.state).toBe('failed');
    const far = {
      context: 'c',
      state: 'success',
      url: `https://example.com/${'x'.repeat(450)}`,
    } as const;
    expect((await failure(subject.repository.statuses.set(sha, far))).code).toBe(
      'PROVIDER_INVALID_ARGUMENT',
    );
  });

  it('of a fork with the same commit are left out', async () => {
    const sha = await seed({ a: '1' });
    const fork = await subject.simulator.createRepository('~bot/gitops-k8s');
    fork.builds.set(
      sha,
      new Map([
        [
          'k',
          {
            key: 'k',
            state: 'FAILED',
            url: 'https://example.com',
            projectKey: '~bot',
            repositorySlug: 'gitops-k8s',
            createdDate: 1,
          },
        ],
      ]),
    );
    expect(await collect(subject.repository.statuses.list(sha))).toEqual([]);
  });
});

describe('webhooks', () => {
  it('keep their secret unless there is a new one, and never show it', async () => {
    const { webhooks } = subject.repository;
    if (webhooks === undefined) throw new Error('there are no webhooks');
    const url = 'https://example.com/hook';
    const made = await webhooks.create({
      url,
      topics: ['push', 'tag'],
      secret: new Secret('first'),
    });
    expect(made).toEqual({ id: made.id, url, active: true, topics: ['push'] });
    const secret = () => subject.state.hooks.get(made.id)?.['configuration'];
    await webhooks.update(made.id, { url, topics: ['pull-request'] });
    expect(secret()).toEqual({ secret: 'first' });
    await webhooks.update(made.id, { url, topics: ['push'], secret: new Secret('second') });
    expect(secret()).toEqual({ secret: 'second' });
    expect(JSON.stringify(await collect(webhooks.list()))).not.toContain('second');
    const none = await failure(webhooks.create({ url, topics: ['pipeline'] }));
    expect(none.code).toBe('PROVIDER_INVALID_ARGUMENT');
    expect((await failure(webhooks.update('4711', { url, topics: ['push'] }))).code).toBe(
      'PROVIDER_NOT_FOUND',
    );
  });
});

describe.skipIf(!gitPresent)(`a push${gitPresent ? '' : ' (skipped: no git program)'}`, () => {
  const changes = [
    {
      type: 'write' as const,
      path: 'run.sh',
      content: Buffer.from('#!/bin/sh\n'),
      mode: '100755' as const,
    },
    { type: 'delete' as const, path: 'b' },
  ];

  it('takes no request of the API, and one for a new branch', async () => {
    const base = await seed({ a: '1', b: '1' });
    const commitFiles = pushWithGit(subject.simulator.tokens.bot);
    const { commits } = subject.connect({ commitFiles });
    const { sha } = await commits.create({
      branch: 'main',
      message: 'm',
      expectedHead: base,
      changes,
    });
    expect(urls()).toEqual([]);
    expect(await subject.state.mode(sha, 'run.sh')).toBe('100755');
    const other = { branch: 'new', create: true, message: 'm', expectedHead: base, changes };
    await commits.create(other);
    expect(urls()).toEqual([
      'POST /bitbucket/rest/api/latest/projects/SHOP/repos/gitops-k8s/branches',
    ]);
  });

  it('is not needed for one regular file on a new branch, unless the token has no user', async () => {
    const base = await seed({ a: '1' });
    const { tokens, git } = subject.simulator;
    const a = { type: 'write' as const, path: 'a', content: Buffer.from('2') };
    const commit = { create: true, message: 'm', expectedHead: base, changes: [a] };
    const { commits } = subject.connect({ commitFiles: pushWithGit(tokens.bot) });
    const { sha } = await commits.create({ ...commit, branch: 'through-the-api' });
    expect((await subject.state.inspect(sha)).parents).toEqual([base]);
    expect(urls()).toHaveLength(3);
    expect(git.requests).toEqual([]);
    await commits.create({ ...commit, branch: 'mode', changes: [{ ...a, mode: '100755' }] });
    expect(git.requests.length).toBeGreaterThan(0);
    git.requests.length = 0;
    const auth = { type: 'bearer', token: new Secret(tokens.project) } as const;
    const other = subject.connect({ auth, commitFiles: pushWithGit(tokens.project) });
    const made = await other.commits.create({ ...commit, branch: 'by-a-project' });
    expect(await subject.state.branch('by-a-project')).toBe(made.sha);
    expect(git.requests.length).toBeGreaterThan(0);
  });

  it('that fails takes the new branch away, and its error is handed on as it is', async () => {
    const base = await seed({ a: '1' });
    const reason = new Error('the push failed');
    const commitFiles = () => Promise.reject(reason);
    const { commits } = subject.connect({ commitFiles });
    const commit = { branch: 'new', create: true, message: 'm', expectedHead: base, changes };
    await expect(commits.create(commit)).rejects.toBe(reason);
    expect(await subject.state.branch('new')).toBeUndefined();
  });

  it('that names no commit is not believed', async () => {
    const base = await seed({ a: '1' });
    const commitFiles = async () => ({ sha: 'HEAD' });
    const { commits } = subject.connect({ commitFiles });
    const commit = { branch: 'main', message: 'm', expectedHead: base, changes };
    expect((await failure(commits.create(commit))).code).toBe('PROVIDER_BAD_RESPONSE');
  });

  it('that is stopped rejects with the reason, and leaves a branch that the next one takes', async () => {
    const base = await seed({ a: '1', b: '1' });
    const controller = new AbortController();
    const reason = new Error('enough');
    const stopping = async () => {
      controller.abort(reason);
      throw controller.signal.reason;
    };
    const commit = { branch: 'new', create: true, message: 'm', expectedHead: base, changes };
    const { signal } = controller;
    const first = subject.connect({ commitFiles: stopping }).commits.create(commit, { signal });
    await expect(first).rejects.toBe(reason);
    const commitFiles = pushWithGit(subject.simulator.tokens.bot);
    const { sha } = await subject.connect({ commitFiles }).commits.create(commit);
    expect(await subject.state.branch('new')).toBe(sha);
  });
});
