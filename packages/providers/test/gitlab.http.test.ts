import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { Secret, serializeError } from '@bowline/gitops-errors';
import { connect } from '@bowline/gitops-providers';
import { type GitlabAuth, gitlab } from '@bowline/gitops-providers/gitlab';
import { hasGit } from '@bowline/test-servers/gitlab';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './gitlab-subject.ts';

let subject: Subject;

beforeEach(async () => {
  subject = await startSubject();
});
afterEach(() => subject.close());

const skipped = hasGit ? '' : ' (skipped: there is no git program to push to)';

const commitTo = (branch: string, expectedHead: string) => ({
  branch,
  message: 'm',
  expectedHead,
  changes: [{ type: 'write', path: 'a', content: Buffer.from('2') } as const],
});

describe('addresses', () => {
  it('of projects in subgroups are one segment', async () => {
    await subject.state.seed({ branch: 'main', files: { 'dir/ü?#%.yaml': '1' } });
    await subject.repository.files.read('dir/ü?#%.yaml', 'main');
    expect(subject.simulator.requests[0]?.url).toBe(
      '/api/v4/projects/acme%2Fplatform%2Fshop/repository/files/dir%2F%C3%BC%3F%23%25.yaml?ref=main',
    );
  });

  it.each([
    'a',
    'a//b',
    'a/b.git',
    '/a/b',
    'a/b/',
    'a/../b',
    'a/-b',
    'a/b c',
    'a/%2e',
    `${'a/'.repeat(21)}a`,
  ])('of a project cannot be %j', (name) => {
    expect(() => subject.provider.repository(name)).toThrowError(
      expect.objectContaining({ code: 'PROVIDER_INVALID_ARGUMENT' }),
    );
  });

  it.skipIf(!hasGit)(`may lie below a relative URL root, those of Git too${skipped}`, async () => {
    const below = await startSubject({}, { root: '/git/lab', project: 'a/b/c/d' });
    const head = await below.state.seed({ branch: 'main', files: { a: '1' } });
    const { sha, webUrl } = await below.repository.commits.create(commitTo('main', head));
    expect(await below.state.branch('main')).toBe(sha);
    expect(webUrl).toBe(`${below.simulator.webUrl}/a/b/c/d/-/commit/${sha}`);
    expect(below.simulator.requests.map(({ url }) => url)).toEqual([
      '/git/lab/api/v4/projects/a%2Fb%2Fc%2Fd/repository/commits',
      '/git/lab/a/b/c/d.git/git-receive-pack',
    ]);
    const url = `${below.simulator.webUrl}/a/b/c/d/-/merge_requests/7/diffs?x=1#y`;
    expect(below.provider.parsePullRequestUrl(url)).toEqual({ repository: 'a/b/c/d', id: 7 });
    await below.close();
  });

  it('follow from the host alone', async () => {
    const auth = { type: 'bearer', token: new Secret('a-token') } as const;
    const urls: string[] = [];
    const options = {
      auth,
      maxRetries: 0,
      fetch: async () => new Response('{"message":"404 Project Not Found"}', { status: 404 }),
      onRequest: ({ url }: { url: string }) => urls.push(url),
    };
    const provider = await connect({ kind: 'gitlab', ...options });
    expect(provider).toMatchObject({ kind: 'gitlab', host: 'gitlab.com' });
    expect(await provider.repository('a/b').get()).toBeUndefined();
    const own = gitlab({ ...options, host: 'git.example.com:8443/gitlab' });
    expect(own.host).toBe('git.example.com:8443');
    await own.repository('a/b').get();
    expect(urls).toEqual([
      'https://gitlab.com/api/v4/projects/a%2Fb',
      'https://git.example.com:8443/gitlab/api/v4/projects/a%2Fb',
    ]);
  });

  it.each([
    'http://gitlab.example.com',
    'https://me:secret@gitlab.example.com',
    'ftp://localhost',
    'gitlab.example.com',
    'https://gitlab.example.com?x=1',
  ])('that are no safe ones are refused: %s', (webUrl) => {
    const auth = { type: 'bearer', token: new Secret('a-token') } as const;
    expect(() => gitlab({ auth, webUrl })).toThrowError(
      expect.objectContaining({ code: 'PROVIDER_INVALID_ARGUMENT' }),
    );
  });

  it('of merge requests are those of this instance alone', () => {
    const { provider, simulator } = subject;
    const host = new URL(simulator.webUrl).host;
    expect(provider.parsePullRequestUrl(`${simulator.webUrl}/a/b/-/merge_requests/7`)).toEqual({
      repository: 'a/b',
      id: 7,
    });
    for (const url of [
      `http://me@${host}/a/b/-/merge_requests/7`,
      `http://${host}.evil.example/a/b/-/merge_requests/7`,
      `https://${host}/a/b/-/merge_requests/7`,
      `http://${host}/a/b/-/merge_requests/0`,
      `http://${host}/a/b/-/merge_requests/7x`,
      `http://${host}/b/-/merge_requests/7`,
      `http://${host}/a/b/merge_requests/7`,
      `http://${host}/a/..%2fx/-/merge_requests/7`,
      `http://${host}/a/%E0%A4%A/-/merge_requests/7`,
      `http://${host}/a/b/-/merge_requests/99999999999`,
    ]) {
      expect(provider.parsePullRequestUrl(url), url).toBeUndefined();
    }
  });
});

describe('credentials', () => {
  const { token, job } = { token: 'simulated-access-token', job: 'simulated-job-token' };
  const basic = (user: string, secret: string) =>
    `Basic ${Buffer.from(`${user}:${secret}`).toString('base64')}`;

  it.each<[string, GitlabAuth, Record<string, string>, string]>([
    [
      'bearer',
      { type: 'bearer', token: new Secret(token) },
      { authorization: `Bearer ${token}` },
      basic('oauth2', token),
    ],
    [
      'private-token',
      { type: 'private-token', token: new Secret(token) },
      { 'private-token': token },
      basic('oauth2', token),
    ],
    [
      'job-token',
      { type: 'job-token', token: new Secret(job) },
      { 'job-token': job },
      basic('gitlab-ci-token', job),
    ],
    [
      'basic, as Git knows it',
      { type: 'basic', username: 'me', password: new Secret(token) },
      { authorization: `Bearer ${token}` },
      basic('oauth2', token),
    ],
    [
      'basic of a job',
      { type: 'basic', username: 'gitlab-ci-token', password: new Secret(job) },
      { 'job-token': job },
      basic('gitlab-ci-token', job),
    ],
  ])('of the kind %s go into their headers', async (_, auth, headers, git) => {
    const own = await startSubject({ auth });
    const sha = await own.state.seed({ branch: 'main', files: { a: '1' } });
    await own.state.seed({ branch: 'old', from: sha, files: {} });
    expect((await own.repository.get())?.defaultBranch).toBe('main');
    const sent = own.simulator.requests[0]?.headers ?? {};
    for (const name of ['authorization', 'private-token', 'job-token']) {
      expect(sent[name]).toBe(headers[name]);
    }
    if (hasGit) {
      await own.repository.commits.create(commitTo('main', sha));
      const push = own.simulator.requests.find(({ path }) => path === '/git-receive-pack');
      expect(push?.authorization).toBe(git);
      expect(push?.headers['private-token']).toBeUndefined();
    }
    await own.close();
  });

  it('that are wrong are refused without a retry', async () => {
    const { simulator } = subject;
    const auth = { type: 'private-token', token: new Secret('wrong') } as const;
    const wrong = gitlab({ auth, apiUrl: simulator.apiUrl, webUrl: simulator.webUrl });
    await expect(wrong.repository('a/b').get()).rejects.toMatchObject({
      code: 'PROVIDER_UNAUTHENTICATED',
      hint: expect.stringContaining('scope "api"'),
    });
    expect(simulator.requests).toHaveLength(1);
  });

  it.each(['', 'two words', 'line\nbreak', 'ü'])(
    'that cannot be a header are refused: %j',
    (text) => {
      for (const type of ['bearer', 'private-token', 'job-token'] as const) {
        expect(() => gitlab({ auth: { type, token: new Secret(text) } })).toThrowError(
          expect.objectContaining({ code: 'PROVIDER_INVALID_ARGUMENT' }),
        );
      }
    },
  );

  it('never show in an error, also when GitLab sends them back', async () => {
    const canary = 'glpat-canary_secret-value';
    const header = Buffer.from(`oauth2:${canary}`).toString('base64');
    const auth = { type: 'private-token', token: new Secret(canary) } as const;
    const { apiUrl, webUrl } = subject.simulator;
    const provider = gitlab({ auth, apiUrl, webUrl });
    for (const body of [
      `{"message":"bad ${canary}"}`,
      `refused: ${canary}`,
      `<title>${header}</title>`,
    ]) {
      subject.simulator.fault({ fault: { kind: 'answer', status: 403, body } });
      const error: unknown = await provider
        .repository('a/b')
        .get()
        .catch((thrown: unknown) => thrown);
      const shown = `${inspect(error, { depth: 12 })} ${JSON.stringify(serializeError(error))}`;
      expect(shown).toContain('403');
      expect(shown).not.toContain(canary);
      expect(shown).not.toContain(header);
    }
  });
});

describe('redirects', () => {
  let foreign: Server;
  let foreignUrl: string;
  const seen: unknown[] = [];

  beforeEach(async () => {
    seen.length = 0;
    foreign = createServer((request, response) => {
      seen.push(request.headers);
      response.end('elsewhere');
    });
    foreign.listen(0, '127.0.0.1');
    await once(foreign, 'listening');
    foreignUrl = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    foreign.closeAllConnections();
    foreign.close();
  });

  it('of a project that was moved are followed, and its new name is told', async () => {
    await subject.state.seed({ branch: 'main', files: { a: '1' } });
    subject.simulator.move('old/shop', 'acme/platform/shop');
    const moved = subject.provider.repository('old/shop');
    expect((await moved.get())?.fullName).toBe('acme/platform/shop');
    expect((await moved.branches.get('main'))?.name).toBe('main');
  });

  it.each([301, 302, 307, 308])('to another host are refused: %d', async (status) => {
    const headers = { location: foreignUrl };
    subject.simulator.fault({ fault: { kind: 'answer', status, headers }, times: 99 });
    const refused = { code: 'PROVIDER_BAD_RESPONSE' };
    await expect(subject.repository.get()).rejects.toMatchObject(refused);
    await expect(subject.repository.branches.create('b', 'a'.repeat(40))).rejects.toMatchObject(
      refused,
    );
    await expect(
      subject.repository.commits.create(commitTo('main', 'a'.repeat(40))),
    ).rejects.toMatchObject(refused);
    expect(seen).toEqual([]);
  });

  it('of a log to a store lose the credential', async () => {
    const fault = { kind: 'answer', status: 302, headers: { location: foreignUrl } } as const;
    subject.simulator.fault({ path: /trace$/, fault });
    const { ci } = subject.repository;
    let text = '';
    for await (const { bytes } of ci?.logs({ run: '1', job: '2' }) ?? []) {
      text += Buffer.from(bytes).toString('utf8');
    }
    expect(text).toBe('elsewhere');
    expect(seen).toHaveLength(1);
    expect(seen[0]).not.toHaveProperty('private-token');
    expect(seen[0]).not.toHaveProperty('authorization');
  });
});

describe('pages', () => {
  it('of branches and tags are read by keyset, of merge requests by number', async () => {
    const base = await subject.state.seed({ branch: 'main', files: { a: '1' } });
    const count = 230;
    for (let index = 0; index < count; index += 1) {
      await subject.state.store.setRef(`refs/heads/b${index}`, base);
      await subject.state.store.setRef(`refs/tags/t${index}`, base);
    }
    const names = new Set<string>();
    for await (const { name } of subject.repository.branches.list()) names.add(name);
    for await (const { name } of subject.repository.tags.list()) names.add(name);
    expect(names.size).toBe(2 * count + 1);
    const paths = subject.simulator.requests.map(({ path }) => path);
    expect(paths).toHaveLength(6);
    expect(paths.every((path) => path.includes('pagination=keyset'))).toBe(true);
    expect(paths[1]).toContain('page_token=');
  });

  it('are asked for at the address that is configured, whatever host they name', async () => {
    await subject.state.seed({ branch: 'main', files: { a: '1' } });
    const query = 'order_by=name&sort=asc&pagination=keyset&per_page=100&page_token=x';
    const headers = { link: `<https://evil.example/api/v4/elsewhere?${query}>; rel="next"` };
    subject.simulator.fault({ fault: { kind: 'answer', status: 200, body: '[]', headers } });
    for await (const tag of subject.repository.tags.list()) expect(tag).toBeUndefined();
    expect(subject.simulator.requests.map(({ path }) => path)).toEqual([
      '/repository/tags?order_by=name&sort=asc&pagination=keyset&per_page=100',
      `/repository/tags?${query}`,
    ]);
  });

  it('are counted where a proxy leaves out the links', async () => {
    const headers = { 'x-next-page': '2' };
    subject.simulator.fault({ fault: { kind: 'answer', status: 200, body: '[]', headers } });
    for await (const hook of subject.repository.webhooks?.list() ?? [])
      expect(hook).toBeUndefined();
    expect(subject.simulator.requests.map(({ path }) => path)).toEqual([
      '/hooks?per_page=100',
      '/hooks?per_page=100&page=2',
    ]);
  });

  it('that go round in a circle end', async () => {
    const headers = { link: '<https://gitlab.example.com/x?page=2>; rel="next"' };
    subject.simulator.fault({
      fault: { kind: 'answer', status: 200, body: '[]', headers },
      times: 9,
    });
    await expect(
      subject.repository.tags.list()[Symbol.asyncIterator]().next(),
    ).rejects.toMatchObject({ code: 'PROVIDER_BAD_RESPONSE' });
    expect(subject.simulator.requests).toHaveLength(2);
  });

  it('find names with characters that mean something in a search', async () => {
    const base = await subject.state.seed({ branch: 'main', files: { a: '1' } });
    for (const name of ['a$b', 'a$', 'A$c', 'ab'])
      await subject.repository.branches.create(name, base);
    const found: string[] = [];
    for await (const { name } of subject.repository.branches.list({ nameContains: 'a$' }))
      found.push(name);
    expect(found.sort()).toEqual(['a$', 'a$b']);
  });
});
