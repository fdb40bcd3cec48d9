import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Secret, serializeError } from '@bowline/gitops-errors';
import { connect } from '@bowline/gitops-providers';
import { gitea } from '@bowline/gitops-providers/gitea';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './gitea-subject.ts';

let subject: Subject;

beforeEach(async () => {
  subject = await startSubject();
});
afterEach(() => subject.close());

const names = async (items: AsyncIterable<{ readonly name: string }>) => {
  const all: string[] = [];
  for await (const { name } of items) all.push(name);
  return all;
};

describe('addresses', () => {
  const auth = { type: 'bearer', token: new Secret('a-token') } as const;

  it('are those of gitea.com, of another host, or of a server below a path', () => {
    expect(gitea({ auth }).host).toBe('gitea.com');
    const codeberg = gitea({ auth, host: 'codeberg.org' });
    expect(codeberg.parsePullRequestUrl('https://codeberg.org/acme/shop/pulls/7/files')).toEqual({
      repository: 'acme/shop',
      id: 7,
    });
    const below = gitea({ auth, apiUrl: 'https://example.com/git/api/v1/' });
    expect(below.host).toBe('example.com');
    const parse = (url: string) => below.parsePullRequestUrl(url);
    expect(parse('https://example.com/git/acme/.profile/pulls/7#issue-1')).toEqual({
      repository: 'acme/.profile',
      id: 7,
    });
    for (const url of [
      'https://example.com/acme/shop/pulls/7',
      'https://me@example.com/git/acme/shop/pulls/7',
      'https://example.com.evil.example/git/acme/shop/pulls/7',
      'http://example.com/git/acme/shop/pulls/7',
      'https://example.com/git/acme/shop/pulls/0',
      'https://example.com/git/acme/shop/pulls/99999999999',
      'https://example.com/git/acme/..%2fx/pulls/7',
      'https://example.com/git/acme/%E0%A4%A/pulls/7',
      'https://example.com/git/acme/shop/issues/7',
    ]) {
      expect(parse(url), url).toBeUndefined();
    }
  });

  it('of a server below a path work from the first call to the last', async () => {
    const below = await startSubject({ path: '/git' });
    await below.state.seed({ branch: 'main', files: { a: '1' } });
    const info = await below.repository.get();
    expect(info?.webUrl).toBe(`${below.simulator.origin}/git/acme/shop`);
    expect(await names(below.repository.branches.list())).toEqual(['main']);
    expect((await below.repository.files.read('a', 'main'))?.path).toBe('a');
    await below.close();
  });

  it('come through connect', async () => {
    const provider = await connect({ kind: 'gitea', host: 'codeberg.org', auth });
    expect([provider.kind, provider.host]).toEqual(['gitea', 'codeberg.org']);
  });

  it.each([
    'http://gitea.com/api/v1',
    'https://me:secret@gitea.com/api/v1',
    'ftp://localhost/',
    'gitea.com/api/v1',
    'https://gitea.com/api/v1?token=x',
  ])('that cannot be used get no credential: %s', (apiUrl) => {
    expect(() => gitea({ auth, apiUrl })).toThrowError(
      expect.objectContaining({ code: 'PROVIDER_INVALID_ARGUMENT' }),
    );
  });
});

describe('pages', () => {
  let sha: string;
  beforeEach(async () => {
    sha = await subject.state.seed({ branch: 'main', files: { a: '1' } });
    for (let index = 0; index < 120; index += 1) {
      await subject.state.store.setRef(`refs/tags/v${index}`, sha);
    }
  });

  it('without links are read to the end all the same, 50 at a time, by the number of items', async () => {
    expect(new Set(await names(subject.repository.tags.list())).size).toBe(120);
    expect(subject.simulator.requests.map(({ path }) => path)).toEqual([
      '/tags?limit=50',
      '/tags?limit=50&page=2',
      '/tags?limit=50&page=3',
    ]);
  });

  it('of runs, whose number stands in the body, are read to the end', async () => {
    const { actions } = subject.state;
    for (let index = 0; index < 101; index += 1) {
      actions.dispatch({ workflow: 'a.yaml', branch: 'main', sha, inputs: {} });
    }
    const numbers: unknown[] = [];
    for await (const run of subject.repository.ci?.list() ?? []) numbers.push(run.number);
    expect(new Set(numbers).size).toBe(101);
    expect(subject.simulator.requests).toHaveLength(3);
  });

  it('end where the server counts more items than it gives', async () => {
    const headers = { 'x-total-count': '999' };
    const fault = { kind: 'answer', status: 200, body: '[]', headers } as const;
    subject.simulator.fault({ fault });
    expect(await names(subject.repository.tags.list())).toEqual([]);
    expect(subject.simulator.requests).toHaveLength(1);
  });

  it('with links are asked for at the address that is configured, whatever the server calls itself', async () => {
    for (let index = 0; index < 70; index += 1) {
      await subject.state.store.setRef(`refs/heads/b${index}`, sha);
    }
    subject.state.rootUrl = 'https://git.example.com';
    expect(new Set(await names(subject.repository.branches.list())).size).toBe(71);
    expect(subject.simulator.requests).toHaveLength(2);
  });

  it('that go round in a circle, or lead to no page, end', async () => {
    for (const page of ['2', 'x', '-1']) {
      const link = `<${subject.simulator.apiUrl}/repos/acme/shop/tags?page=${page}>; rel="next"`;
      const fault = { kind: 'answer', status: 200, body: '[]', headers: { link } } as const;
      subject.simulator.fault({ fault, times: 2 });
      await expect(names(subject.repository.tags.list())).rejects.toMatchObject({
        code: 'PROVIDER_BAD_RESPONSE',
      });
    }
  });
});

describe('files', () => {
  const read = (path: string, maxBytes?: number) =>
    subject.repository.files.read(path, 'main', maxBytes === undefined ? {} : { maxBytes });

  it('that the server leaves out of its answer are read by themselves', async () => {
    await subject.state.seed({ branch: 'main', files: { big: 'x'.repeat(100) } });
    subject.state.maxInlineBytes = 99;
    expect((await read('big'))?.content.byteLength).toBe(100);
    expect(subject.simulator.requests.at(-1)?.path).toContain('/raw/big');
    await expect(read('big', 99)).rejects.toMatchObject({ code: 'PROVIDER_LIMIT_EXCEEDED' });
  });

  it('in Git LFS come with their content, also from another host, which gets no credential', async () => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 6\n`;
    await subject.state.seed({ branch: 'main', files: { big: pointer } });
    subject.state.lfs.set('big', Buffer.from('stored'));
    expect(Buffer.from((await read('big'))?.content ?? []).toString()).toBe('stored');
    const seen: (string | undefined)[] = [];
    const foreign: Server = createServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('stored elsewhere');
    });
    foreign.listen(0, '127.0.0.1');
    await once(foreign, 'listening');
    const location = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}/big`;
    subject.simulator.fault({
      path: /media/,
      fault: { kind: 'answer', status: 302, headers: { location } },
    });
    expect(Buffer.from((await read('big'))?.content ?? []).toString()).toBe('stored elsewhere');
    expect(seen).toEqual([undefined]);
    foreign.closeAllConnections();
    foreign.close();
  });
});

describe('comparison', () => {
  it('reads only the folders that differ, page by page', async () => {
    const many = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [`same/f${at}`, '1']));
    await subject.state.seed({ branch: 'main', files: { ...many, 'dir/a': '1', 'dir/b': '1' } });
    await subject.state.seed({ branch: 'x', from: 'main', files: { 'dir/a': '2', 'new/c': '1' } });
    subject.state.treesPerPage = 2;
    const { files, aheadBy } = await subject.repository.commits.compare('main', 'x');
    expect(files.map(({ path, status }) => `${status} ${path}`)).toEqual([
      'modified dir/a',
      'added new/c',
    ]);
    expect(aheadBy).toBe(1);
    const trees = subject.simulator.requests.filter(({ path }) => path.startsWith('/git/trees/'));
    expect(trees.length).toBeLessThanOrEqual(8);
  });

  it('finds the point of leaving behind a merge of the base', async () => {
    const { state, repository } = subject;
    const fork = await state.seed({ branch: 'main', files: { a: '1' } });
    await state.seed({ branch: 'x', from: 'main', files: { x: '1' } });
    const later = await state.seed({ branch: 'main', files: { b: '1' } });
    const tip = (await state.branch('x')) ?? '';
    const tree = await state.store.merge('x', 'main');
    const merged = await state.store.writeCommit({
      parents: [tip, later],
      tree: tree ?? '',
      message: 'Merge main',
    });
    await state.store.setRef('refs/heads/x', merged);
    const { mergeBase, files } = await repository.commits.compare('main', 'x');
    expect(mergeBase).toBe(later);
    expect(mergeBase).not.toBe(fork);
    expect(files.map(({ path }) => path)).toEqual(['x']);
  });
});

describe('credentials', () => {
  it('work as a token and with a user name, and a wrong one is refused without a retry', async () => {
    const { simulator } = subject;
    await subject.state.seed({ branch: 'main', files: { a: '1' } });
    const basic = subject.connect({
      auth: {
        type: 'basic',
        username: simulator.user,
        password: new Secret(simulator.token),
      },
    });
    expect((await basic.repository('acme/shop').get())?.defaultBranch).toBe('main');
    simulator.forgetRequests();
    const wrong = subject.connect({ auth: { type: 'bearer', token: new Secret('wrong') } });
    await expect(wrong.repository('acme/shop').get()).rejects.toMatchObject({
      code: 'PROVIDER_UNAUTHENTICATED',
    });
    expect(simulator.requests).toHaveLength(1);
  });

  it('never show in an error, also when the server sends them back', async () => {
    const canary = 'canary0f3b9d1c5a7e2846';
    const provider = subject.connect({ auth: { type: 'bearer', token: new Secret(canary) } });
    for (const body of [`{"message":"bad token ${canary}"}`, `<title>${canary}</title>`]) {
      subject.simulator.fault({ fault: { kind: 'answer', status: 403, body } });
      const error: unknown = await provider
        .repository('acme/shop')
        .get()
        .catch((thrown: unknown) => thrown);
      const shown = `${String(error)} ${JSON.stringify(serializeError(error))}`;
      expect(shown).toContain('403');
      expect(shown).not.toContain(canary);
    }
  });

  it('never show the secret of a webhook that the server refuses', async () => {
    const canary = 'hook-canary-5f2b1c';
    subject.simulator.fault({
      method: 'POST',
      fault: { kind: 'answer', status: 422, body: `{"message":"bad secret: ${canary}"}` },
    });
    const error: unknown = await subject.repository.webhooks
      ?.create({
        url: 'https://example.com/hook',
        topics: ['push'],
        secret: new Secret(canary),
      })
      .catch((thrown: unknown) => thrown);
    expect(String(error)).toContain('bad secret');
    expect(String(error)).not.toContain(canary);
  });
});

describe('webhooks', () => {
  it('keep their secret when they change, and say which topics the server takes', async () => {
    const { webhooks } = subject.repository;
    const input = { url: 'https://example.com/hook', secret: new Secret('s1') };
    const topics = ['push', 'tag', 'pull-request', 'pipeline'] as const;
    const hook = await webhooks?.create({ ...input, topics });
    expect(hook?.topics).toEqual(topics);
    await webhooks?.update(hook?.id ?? '', { url: 'https://example.com/2', topics: ['tag'] });
    expect([...subject.state.hooks.values()]).toMatchObject([
      { secret: 's1', events: ['create', 'delete'], config: { url: 'https://example.com/2' } },
    ]);
    const forgejo = await startSubject({ flavour: 'forgejo' });
    const there = await forgejo.repository.webhooks?.create({ ...input, topics });
    expect(there?.topics).toEqual(['push', 'tag', 'pull-request']);
    await forgejo.close();
  });

  it.each(['..', '.', '', '1/../..', '0'])('never name another thing: %j', async (id) => {
    const { webhooks } = subject.repository;
    const input = { url: 'https://example.com/hook', topics: ['push'] as const };
    const refused = { code: 'PROVIDER_INVALID_ARGUMENT' };
    await expect(webhooks?.delete(id)).rejects.toMatchObject(refused);
    await expect(webhooks?.update(id, input)).rejects.toMatchObject(refused);
    expect(subject.simulator.requests).toEqual([]);
  });
});
