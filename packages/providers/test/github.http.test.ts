import { inspect } from 'node:util';
import { Secret, serializeError } from '@bowline/gitops-errors';
import { type GithubOptions, github } from '@bowline/gitops-providers/github';
import { startGitHub } from '@bowline/test-servers/github';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './github-subject.ts';

let subject: Subject;
let base: string;

beforeEach(async () => {
  subject = await startSubject();
  base = await subject.state.seed({ branch: 'main', files: { 'web.yaml': 'image: web:1\n' } });
});
afterEach(() => subject.close());

const text = (content: Uint8Array | undefined) => Buffer.from(content ?? []).toString('utf8');
const write = (path: string, content: string) =>
  ({ type: 'write', path, content: Buffer.from(content) }) as const;
const sent = () => subject.simulator.requests.map(({ method, path }) => `${method} ${path}`);

describe('requests', () => {
  it('are two for a change of one file on a new branch', async () => {
    const { files, commits } = subject.repository;
    const file = await files.read('web.yaml', 'main');
    expect(file).toMatchObject({ mode: '100644', commit: base });
    await commits.create({
      branch: 'shop/web',
      create: true,
      message: 'set image',
      expectedHead: base,
      changes: [{ ...write('web.yaml', 'image: web:2\n'), mode: file?.mode }],
    });
    expect(sent()).toEqual(['POST /graphql', 'POST /graphql']);
  });

  it('are one more when the files were not read, however many they are', async () => {
    const changes = Array.from({ length: 60 }, (_, index) => write(`f${index}`, 'x'));
    const commit = { branch: 'main', message: 'm', expectedHead: base };
    await subject.repository.commits.create({ ...commit, changes });
    expect(sent()).toEqual(['POST /graphql', 'POST /graphql']);
  });

  it('are four for an executable file that was read, which stays one', async () => {
    const run = { content: '#!/bin/sh\n', mode: '100755' } as const;
    const head = await subject.state.seed({ branch: 'main', files: { 'run.sh': run } });
    await subject.repository.files.read('run.sh', 'main');
    subject.simulator.forgetRequests();
    const { sha } = await subject.repository.commits.create({
      branch: 'main',
      message: 'm',
      expectedHead: head,
      changes: [write('run.sh', '#!/bin/sh\necho 1\n')],
    });
    expect(await subject.state.mode(sha, 'run.sh')).toBe('100755');
    expect(sent().map((line) => line.split('/').slice(0, 3).join('/'))).toEqual([
      'GET /git/commits',
      'POST /git/trees',
      'POST /git/commits',
      'POST /graphql',
    ]);
  });

  it('give and take an executable bit', async () => {
    const files = { a: '1', b: { content: '1', mode: '100755' } as const };
    const head = await subject.state.seed({ branch: 'main', files });
    const { sha } = await subject.repository.commits.create({
      branch: 'main',
      message: 'm',
      expectedHead: head,
      changes: [
        { ...write('a', '2'), mode: '100755' },
        { ...write('b', '2'), mode: '100644' },
        { ...write('link', 'a'), mode: '120000' },
      ],
    });
    const modes = ['a', 'b', 'link'].map((path) => subject.state.mode(sha, path));
    expect(await Promise.all(modes)).toEqual(['100755', '100644', '120000']);
  });

  it('keep a message as it is, also where GitHub would put it together in another way', async () => {
    for (const message of ['one\ntwo', 'one\n\n\nthree', 'one', 'one\n\ntwo\n\nthree']) {
      const expectedHead = (await subject.repository.branches.get('main'))?.sha ?? '';
      const changes = [write('web.yaml', message)];
      const commit = { branch: 'main', message, expectedHead, changes };
      const { sha } = await subject.repository.commits.create(commit);
      expect((await subject.state.inspect(sha)).message.trimEnd()).toBe(message);
    }
  });

  it('refuse to write over a folder or a submodule', async () => {
    const head = await subject.state.seed({ branch: 'main', files: { 'dir/a': '1' } });
    const commit = {
      branch: 'main',
      message: 'm',
      expectedHead: head,
      changes: [write('dir', 'x')],
    };
    await expect(subject.repository.commits.create(commit)).rejects.toMatchObject({
      code: 'PROVIDER_INVALID_ARGUMENT',
      message: expect.stringContaining('is a folder'),
    });
  });
});

describe('files', () => {
  it.each<[string, Uint8Array]>([
    ['with a byte order mark', Buffer.from('\uFEFFa: 1\n')],
    ['in Latin-1', Buffer.from([0x67, 0x72, 0xfc, 0x6e])],
    ['that break off within a character', Buffer.from([0xf0, 0x9f, 0x98])],
    ['that are binary', Buffer.from([0, 1, 2, 255])],
    ['that GraphQL cuts', Buffer.from('0123456789'.repeat(80_000))],
  ])('%s are read byte for byte, by a second request', async (_, content) => {
    await subject.state.seed({ branch: 'main', files: { odd: content } });
    const file = await subject.repository.files.read('odd', 'main');
    expect(Buffer.from(file?.content ?? []).equals(Buffer.from(content))).toBe(true);
    expect(sent()).toHaveLength(2);
    expect(sent()[1]).toMatch(/^GET \/git\/blobs\/[0-9a-f]{40}$/);
  });

  it.each(['<!doctype html><title>Sign in</title>', ''])(
    'that are not what GitHub says they are, are not handed on: %j',
    async (body) => {
      const content = Buffer.from([0, 255, 1]);
      await subject.state.seed({ branch: 'main', files: { 'a.bin': content } });
      subject.simulator.fault({ path: /blobs/, fault: { kind: 'answer', status: 200, body } });
      await expect(subject.repository.files.read('a.bin', 'main')).rejects.toMatchObject({
        code: 'PROVIDER_BAD_RESPONSE',
      });
      const file = await subject.repository.files.read('a.bin', 'main');
      expect(Buffer.from(file?.content ?? [])).toEqual(content);
    },
  );

  it('that are too large are not asked for', async () => {
    await subject.state.seed({ branch: 'main', files: { odd: Buffer.alloc(5000) } });
    await expect(
      subject.repository.files.read('odd', 'main', { maxBytes: 4999 }),
    ).rejects.toMatchObject({ code: 'PROVIDER_LIMIT_EXCEEDED' });
    expect(sent()).toHaveLength(1);
  });

  it('tell the commit of a branch, not that of a tag, which is no head', async () => {
    await subject.repository.tags.create('light', base);
    await subject.repository.tags.create('annotated', base, { message: 'm' });
    for (const tag of ['light', 'annotated']) {
      const file = await subject.repository.files.read('web.yaml', tag);
      expect(file).toMatchObject({ mode: '100644', commit: undefined });
    }
    // A branch comes before a tag of the same name.
    const other = await subject.state.seed({ branch: 'light', from: 'main', files: { x: '1' } });
    expect((await subject.repository.files.read('x', 'light'))?.commit).toBe(other);
    expect((await subject.repository.files.read('web.yaml', base))?.commit).toBe(base);
  });

  it('that are links give their target, and pointers of Git LFS are given as they are', async () => {
    const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n';
    const link = { content: '../secret', mode: '120000' } as const;
    await subject.state.seed({ branch: 'main', files: { link, big: pointer } });
    const file = await subject.repository.files.read('link', 'main');
    expect([file?.mode, text(file?.content)]).toEqual(['120000', '../secret']);
    expect(text((await subject.repository.files.read('big', 'main'))?.content)).toBe(pointer);
  });
});

describe('limits', () => {
  const limited = (status: number, headers: Record<string, string>, body = '{"message":"no"}') =>
    subject.simulator.fault({ fault: { kind: 'answer', status, headers, body } });
  const resetIn = (seconds: number) => ({
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(subject.clock.now() / 1000 + seconds),
  });

  it.each([403, 429])('are waited for as Retry-After says: %d', async (status) => {
    limited(status, { 'retry-after': '7' });
    await subject.repository.get();
    expect(subject.clock.sleeps).toEqual([7000]);
  });

  it.each([403, 429])('are waited for until the hour ends: %d', async (status) => {
    limited(status, resetIn(42));
    await subject.repository.get();
    expect(subject.clock.sleeps).toEqual([42_000]);
  });

  it('that last longer than allowed are told with their end', async () => {
    limited(403, resetIn(3600));
    await expect(subject.repository.get()).rejects.toMatchObject({
      code: 'PROVIDER_RATE_LIMITED',
      message: expect.stringContaining('The limit ends at 2026-11-20T09:00:00.000Z'),
    });
    expect(subject.clock.sleeps).toEqual([]);
  });

  it('of the second kind are waited for a minute, then two', async () => {
    await subject.close();
    subject = await startSubject({ maxRetryAfterMs: 600_000, requestTimeoutMs: 900_000 });
    await subject.state.seed({ branch: 'main', files: { a: '1' } });
    const body =
      '{"message":"You have exceeded a secondary rate limit. Please wait a few minutes."}';
    limited(403, {}, body);
    limited(403, {}, body);
    await subject.repository.get();
    expect(subject.clock.sleeps).toEqual([60_000, 120_000]);
  });

  it('are another thing than a missing permission, which is named', async () => {
    limited(403, { 'x-accepted-github-permissions': 'contents=write; workflows=write' });
    await expect(subject.repository.get()).rejects.toMatchObject({
      code: 'PROVIDER_FORBIDDEN',
      message: expect.stringContaining('(needed: contents=write; workflows=write)'),
    });
  });

  it('do not make a write happen twice', async () => {
    subject.simulator.fault({
      method: 'POST',
      fault: { kind: 'answer', status: 403, headers: { 'retry-after': '1' } },
    });
    await expect(subject.repository.branches.create('b', base)).rejects.toMatchObject({
      code: 'PROVIDER_RATE_LIMITED',
    });
    expect(sent()).toEqual(['POST /git/refs']);
  });
});

describe('answers that have not changed', () => {
  it('are asked for with their ETag, and come from the last time', async () => {
    const first = await subject.repository.branches.get('main');
    expect(await subject.repository.branches.get('main')).toEqual(first);
    const [, second] = subject.simulator.requests;
    expect(second?.headers['if-none-match']).toMatch(/^W\/"/);
    const moved = await subject.state.seed({ branch: 'main', files: { a: '1' } });
    expect((await subject.repository.branches.get('main'))?.sha).toBe(moved);
  });

  it('are there for all who ask at once, also when one of them fails', async () => {
    const get = () => subject.repository.branches.get('main');
    await get();
    subject.simulator.fault({ fault: { kind: 'answer', status: 401 } });
    const results = await Promise.allSettled([get(), get(), get()]);
    expect(results.map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
    ]);
  });
});

describe('lists', () => {
  it('of more than a hundred come page after page, as they are asked for', async () => {
    for (let index = 0; index < 210; index += 1) {
      await subject.state.store.setRef(`refs/heads/b-${index}`, base);
    }
    const names: string[] = [];
    for await (const { name } of subject.repository.branches.list()) names.push(name);
    expect(new Set(names).size).toBe(211);
    expect(sent()).toHaveLength(3);
    for await (const _ of subject.repository.branches.list()) break;
    expect(sent()).toHaveLength(4);
  });

  it('are not followed to another host', async () => {
    const headers = { link: '<http://127.0.0.1:9/x?page=2>; rel="next"' };
    subject.simulator.fault({ fault: { kind: 'answer', status: 200, body: '[]', headers } });
    await expect(
      subject.repository.tags.list()[Symbol.asyncIterator]().next(),
    ).rejects.toMatchObject({ code: 'PROVIDER_BAD_RESPONSE' });
    expect(sent()).toHaveLength(1);
  });

  it('of statuses have the check runs too', async () => {
    await subject.repository.statuses.set(base, { context: 'ci', state: 'success' });
    const long = 'ü'.repeat(200);
    await subject.repository.statuses.set(base, {
      context: 'ci',
      state: 'failed',
      description: long,
    });
    const run = {
      id: 1,
      head_sha: base,
      name: 'build',
      output: { title: 'ok' },
      html_url: 'https://example.com/1',
    };
    subject.state.checkRuns.push(
      { ...run, status: 'completed', conclusion: 'timed_out' },
      { ...run, id: 2, name: 'lint', status: 'in_progress', conclusion: null },
    );
    const listed = [];
    for await (const status of subject.repository.statuses.list(base)) listed.push(status);
    expect(listed.map(({ context, state }) => [context, state])).toEqual([
      ['ci', 'failed'],
      ['build', 'failed'],
      ['lint', 'running'],
    ]);
    expect(listed[0]?.description).toBe(`${'ü'.repeat(139)}…`);
  });
});

describe('credentials', () => {
  it('go with each request, with the version of the API and the name of the program', async () => {
    await subject.repository.get();
    await subject.repository.files.read('web.yaml', 'main');
    for (const { headers } of subject.simulator.requests) {
      expect(headers).toMatchObject({
        authorization: `Bearer ${subject.simulator.token}`,
        'x-github-api-version': '2022-11-28',
        accept: 'application/vnd.github+json',
        'user-agent': expect.stringMatching(/^bowline-gitops\//),
      });
    }
  });

  it('do not come back in an error, whatever the server says', async () => {
    const body = JSON.stringify({ message: `Bad credentials: ${subject.simulator.token}` });
    subject.simulator.fault({ fault: { kind: 'answer', status: 401, body } });
    const error: unknown = await subject.repository.get().catch((thrown: unknown) => thrown);
    const shown = `${JSON.stringify(serializeError(error))} ${inspect(error, { depth: 9 })}`;
    expect(shown).toContain('PROVIDER_UNAUTHENTICATED');
    expect(JSON.stringify(serializeError(error))).not.toContain(subject.simulator.token);
  });

  it.each<[Partial<GithubOptions>, string]>([
    [{}, 'https://api.github.com/repos/acme/shop'],
    [{ host: 'GitHub.com' }, 'https://api.github.com/repos/acme/shop'],
    [{ host: 'acme.ghe.com' }, 'https://api.acme.ghe.com/repos/acme/shop'],
    [{ host: 'git.example.com' }, 'https://git.example.com/api/v3/repos/acme/shop'],
  ])('go to the API that belongs to the host: %j', async (options, expected) => {
    const addresses: string[] = [];
    const provider = github({
      auth: { type: 'bearer', token: new Secret('a-token-of-the-test') },
      fetch: async (input) => {
        addresses.push(String(input));
        return new Response('{}', { status: 404 });
      },
      ...options,
    });
    expect(await provider.repository('acme/shop').get()).toBeUndefined();
    await provider
      .repository('acme/shop')
      .files.read('a', 'main')
      .catch(() => undefined);
    expect(addresses[0]).toBe(expected);
    expect(addresses[1]).toBe(
      `${expected.replace(/\/repos.*$/, '').replace(/\/api\/v3$/, '/api')}/graphql`,
    );
  });

  it.each(['', 'a b', 'https://github.com', 'github.com/x', 'me@github.com', '-x'])(
    'are not sent to the host %j',
    (host) => {
      const auth = { type: 'bearer', token: new Secret('a-token-of-the-test') } as const;
      expect(() => github({ auth, host })).toThrowError(
        expect.objectContaining({ code: 'PROVIDER_INVALID_ARGUMENT' }),
      );
    },
  );
});

it('follows a repository that was renamed to read it, and says so when it is to write', async () => {
  const headers = { location: `${subject.simulator.apiUrl}/repos/acme/shop` };
  subject.simulator.fault({ method: 'GET', fault: { kind: 'answer', status: 301, headers } });
  expect((await subject.repository.get())?.fullName).toBe('acme/shop');
  subject.simulator.fault({ method: 'POST', fault: { kind: 'answer', status: 307, headers } });
  await expect(subject.repository.branches.create('b', base)).rejects.toMatchObject({
    code: 'PROVIDER_BAD_RESPONSE',
    hint: expect.stringContaining('renamed'),
  });
});

it('talks to an Enterprise Server', async () => {
  const simulator = await startGitHub({ enterprise: true });
  try {
    const state = await simulator.createRepository('acme/shop');
    const sha = await state.seed({ branch: 'main', files: { a: '1' } });
    const auth = { type: 'bearer', token: new Secret(simulator.token) } as const;
    const { apiUrl, webUrl } = simulator;
    const repository = github({ auth, apiUrl, webUrl }).repository('acme/shop');
    expect((await repository.files.read('a', 'main'))?.commit).toBe(sha);
    expect((await repository.branches.get('main'))?.sha).toBe(sha);
    expect(simulator.requests.map(({ url }) => url)).toEqual([
      '/api/graphql',
      '/api/v3/repos/acme/shop/git/ref/heads/main',
    ]);
  } finally {
    await simulator.close();
  }
  expect(simulator.violations).toEqual([]);
});
