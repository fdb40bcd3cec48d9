import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { Secret, serializeError } from '@bowline/gitops-errors';
import { bitbucketCloud } from '@bowline/gitops-providers/bitbucket-cloud';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './bitbucket-cloud-subject.ts';

let subject: Subject;
let foreign: Server;
let foreignUrl: string;
const foreignAuthorizations: (string | undefined)[] = [];

beforeEach(async () => {
  subject = await startSubject();
  foreignAuthorizations.length = 0;
  foreign = createServer((request, response) => {
    foreignAuthorizations.push(request.headers.authorization);
    response.end('stored elsewhere');
  });
  foreign.listen(0, '127.0.0.1');
  await once(foreign, 'listening');
  foreignUrl = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`;
});
afterEach(async () => {
  foreign.closeAllConnections();
  foreign.close();
  await subject.close();
});

describe('redirects', () => {
  it('to another host lose the credential: a file in Git LFS', async () => {
    const sha = await subject.state.seed({ branch: 'main', files: { big: 'pointer' } });
    subject.state.lfs.set('big', `${foreignUrl}/media`);
    const file = await subject.repository.files.read('big', sha);
    expect(Buffer.from(file?.content ?? []).toString()).toBe('stored elsewhere');
    expect(foreignAuthorizations).toEqual([undefined]);
  });

  it.each([301, 302, 303, 307, 308])(
    'to another host are refused for everything else: %d',
    async (status) => {
      subject.simulator.fault({
        fault: { kind: 'answer', status, headers: { location: foreignUrl } },
        times: 2,
      });
      await expect(subject.repository.get()).rejects.toMatchObject({
        code: 'PROVIDER_BAD_RESPONSE',
      });
      await expect(subject.repository.branches.create('b', 'a'.repeat(40))).rejects.toMatchObject({
        code: 'PROVIDER_BAD_RESPONSE',
      });
      expect(foreignAuthorizations).toEqual([]);
    },
  );

  it('to another host and back do not get the credential again', async () => {
    const sha = await subject.state.seed({ branch: 'main', files: { big: 'pointer' } });
    foreign.removeAllListeners('request');
    foreign.on('request', (_, response) => {
      response.writeHead(302, { location: `${subject.simulator.apiUrl}/repositories/acme/shop` });
      response.end();
    });
    subject.state.lfs.set('big', foreignUrl);
    await expect(subject.repository.files.read('big', sha)).rejects.toMatchObject({
      code: 'PROVIDER_UNAUTHENTICATED',
    });
    expect(subject.simulator.requests.at(-1)?.authorization).toBeUndefined();
  });

  it('that never end are refused', async () => {
    const location = `${subject.simulator.apiUrl}/repositories/acme/shop`;
    subject.simulator.fault({
      fault: { kind: 'answer', status: 302, headers: { location } },
      times: 99,
    });
    await expect(subject.repository.get()).rejects.toMatchObject({ code: 'PROVIDER_BAD_RESPONSE' });
    expect(subject.simulator.requests).toHaveLength(6);
  });
});

describe('limits', () => {
  it('stop an answer that is too large, announced or not', async () => {
    const small = await startSubject({ maxResponseBytes: 100 });
    small.simulator.fault({ fault: { kind: 'answer', status: 200, body: 'x'.repeat(101) } });
    await expect(small.repository.get()).rejects.toMatchObject({ code: 'PROVIDER_LIMIT_EXCEEDED' });
    small.simulator.fault({
      fault: {
        kind: 'answer',
        status: 200,
        headers: { 'content-encoding': 'identity' },
        body: 'x'.repeat(5000),
      },
    });
    await expect(small.repository.get()).rejects.toMatchObject({ code: 'PROVIDER_LIMIT_EXCEEDED' });
    await small.close();
  });

  it('do not hide what an error with a long body says', async () => {
    const body = `<html><title>Gone away</title>${'x'.repeat(3_000_000)}`;
    subject.simulator.fault({ fault: { kind: 'answer', status: 403, body } });
    await expect(subject.repository.get()).rejects.toMatchObject({
      code: 'PROVIDER_FORBIDDEN',
      message: expect.stringContaining('Gone away'),
    });
    subject.simulator.fault({ fault: { kind: 'answer', status: 404, body } });
    expect(await subject.repository.get()).toBeUndefined();
  });

  it('end an attempt that takes too long, and tell it from a cancelled one', async () => {
    // Counted where they are sent: on a busy machine an attempt may end before the simulator has seen it.
    let attempts = 0;
    const quick = await startSubject({
      attemptTimeoutMs: 40,
      maxRetries: 1,
      onRequest: () => {
        attempts += 1;
      },
    });
    quick.simulator.fault({ fault: { kind: 'stall' }, times: 9 });
    await expect(quick.repository.get()).rejects.toMatchObject({ code: 'PROVIDER_TIMEOUT' });
    expect(attempts).toBe(2);
    await quick.close();
    const stop = new AbortController();
    const reason = new Error('stop');
    const run = async () => stop.abort(reason);
    subject.simulator.fault({ fault: { kind: 'before', run } });
    await expect(subject.repository.get({ signal: stop.signal })).rejects.toBe(reason);
  });

  it('end a call when its time is up, retries included', async () => {
    const quick = await startSubject({ requestTimeoutMs: 1200 });
    quick.simulator.fault({ fault: { kind: 'answer', status: 503 }, times: 9 });
    await expect(quick.repository.get()).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(quick.clock.sleeps).toEqual([500]);
    await quick.close();
  });
});

describe('credentials', () => {
  it('work as basic and as bearer, and a wrong one is refused without a retry', async () => {
    const { simulator } = subject;
    await subject.state.seed({ branch: 'main', files: { a: '1' } });
    const connect = (auth: Parameters<typeof bitbucketCloud>[0]['auth']) =>
      bitbucketCloud({ auth, apiUrl: simulator.apiUrl, webUrl: simulator.webUrl });
    const bearer = connect({ type: 'bearer', token: new Secret(simulator.accessToken) });
    expect((await bearer.repository('acme/shop').get())?.defaultBranch).toBe('main');
    simulator.forgetRequests();
    const wrong = connect({
      type: 'basic',
      username: 'me',
      password: new Secret('an-app-password'),
    });
    await expect(wrong.repository('acme/shop').get()).rejects.toMatchObject({
      code: 'PROVIDER_UNAUTHENTICATED',
      hint: expect.stringContaining('app passwords ended'),
    });
    expect(simulator.requests).toHaveLength(1);
  });

  it('never show in an error, also when the forge sends them back', async () => {
    const canary = 'ATATT3xFfGF0-canary/secret+value=';
    const auth = {
      type: 'basic',
      username: 'me@example.com',
      password: new Secret(canary),
    } as const;
    const header = Buffer.from(`me@example.com:${canary}`).toString('base64');
    const echo = `{"type":"error","error":{"message":"bad credential ${canary} in Basic ${header}"}}`;
    const provider = bitbucketCloud({ auth, apiUrl: subject.simulator.apiUrl });
    for (const body of [echo, `refused: ${canary}`, `<title>${header}</title>`]) {
      subject.simulator.fault({ fault: { kind: 'answer', status: 403, body } });
      const error: unknown = await provider
        .repository('acme/shop')
        .get()
        .catch((thrown: unknown) => thrown);
      const shown = `${String(error)} ${JSON.stringify(serializeError(error))} ${(error as Error).stack}`;
      expect(shown).not.toContain(canary);
      expect(shown).not.toContain(header);
    }
  });

  it('never show the secret of a webhook that the forge refuses', async () => {
    const canary = 'hook-canary-5f2b1c';
    subject.simulator.fault({
      method: 'POST',
      fault: { kind: 'answer', status: 400, body: `bad secret: ${canary}` },
    });
    const error: unknown = await subject.repository.webhooks
      ?.create({
        url: 'https://example.com/hook',
        topics: ['push'],
        secret: new Secret(canary),
      })
      .catch((thrown: unknown) => thrown);
    const text = `${String(error)} ${JSON.stringify(serializeError(error))} ${inspect(error)}`;
    expect(text).toContain('bad secret');
    expect(text).not.toContain(canary);
  });

  it('do not hang on an error whose connection broke', async () => {
    subject.simulator.fault({ fault: { kind: 'drop' }, times: 9 });
    const error: unknown = await subject.repository.get().catch((thrown: unknown) => thrown);
    const header = subject.simulator.requests[0]?.authorization ?? '';
    expect(header).toMatch(/^Basic .{10}/);
    const shown = inspect(error, { depth: 12, showHidden: true });
    expect(shown).toContain('PROVIDER_UNAVAILABLE');
    expect(shown).not.toContain(header.slice('Basic '.length));
    expect(shown).not.toContain(subject.simulator.apiToken);
  });

  it.each(['', 'two words', 'line\nbreak', 'ü'])(
    'that cannot be a header are refused: %j',
    (token) => {
      expect(() =>
        bitbucketCloud({ auth: { type: 'bearer', token: new Secret(token) } }),
      ).toThrowError(expect.objectContaining({ code: 'PROVIDER_INVALID_ARGUMENT' }));
    },
  );

  it.each([
    'http://api.bitbucket.org/2.0',
    'https://me:secret@api.bitbucket.org/2.0',
    'ftp://localhost/',
    'api.bitbucket.org',
    'http://127.0.0.1.example.com/2.0',
    'https://api.bitbucket.org/2.0?x=1',
  ])('are not sent to %s', (apiUrl) => {
    const auth = { type: 'bearer', token: new Secret('a-token') } as const;
    expect(() => bitbucketCloud({ auth, apiUrl })).toThrowError(
      expect.objectContaining({ code: 'PROVIDER_INVALID_ARGUMENT' }),
    );
  });

  it('come with a name of the program that asks', async () => {
    await subject.repository.get();
    expect(subject.simulator.requests[0]?.userAgent).toMatch(/^bowline-gitops\/\d+\.\d+\.\d+/);
  });
});

describe('requests', () => {
  it('are three for a change of one file, with its mode kept', async () => {
    await subject.state.seed({
      branch: 'prod',
      files: { 'web.yaml': { content: 'image: web:1\n', mode: '100755' } },
    });
    const { files, commits } = subject.repository;
    const file = await files.read('web.yaml', 'prod');
    expect(file).toMatchObject({ mode: '100755', commit: expect.stringMatching(/^[0-9a-f]{40}$/) });
    const { sha } = await commits.create({
      branch: 'shop/web',
      create: true,
      message: 'set image',
      expectedHead: file?.commit ?? '',
      changes: [
        {
          type: 'write',
          path: 'web.yaml',
          content: Buffer.from('image: web:2\n'),
          mode: file?.mode,
        },
      ],
    });
    expect(subject.simulator.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST']);
    expect(await subject.state.mode(sha, 'web.yaml')).toBe('100755');
  });

  it('are one for a file at a commit, and one more for each write without a mode', async () => {
    const sha = await subject.state.seed({ branch: 'env/prod', files: { a: '1', b: '1' } });
    await subject.repository.files.read('a', sha);
    expect(subject.simulator.requests).toHaveLength(1);
    const change = (path: string) => ({ type: 'write', path, content: Buffer.from('2') }) as const;
    await subject.repository.commits.create({
      branch: 'env/prod',
      message: 'm',
      expectedHead: sha,
      changes: [change('a'), change('b'), { ...change('c'), mode: '100644' }],
    });
    expect(subject.simulator.requests).toHaveLength(4);
  });

  it('do not write over a file in Git LFS', async () => {
    const sha = await subject.state.seed({ branch: 'main', files: { big: 'pointer' } });
    subject.state.lfs.set('big', foreignUrl);
    await expect(
      subject.repository.commits.create({
        branch: 'main',
        message: 'm',
        expectedHead: sha,
        changes: [{ type: 'write', path: 'big', content: Buffer.from('x') }],
      }),
    ).rejects.toMatchObject({ code: 'PROVIDER_INVALID_ARGUMENT' });
  });

  it('write names that need quoting, and symbolic links', async () => {
    const sha = await subject.state.seed({ branch: 'main', files: { a: '1' } });
    const paths = ['message', 'files', "it's", '100%', 'größe/名前; x=y.yaml'];
    const commit = await subject.repository.commits.create({
      branch: 'main',
      message: 'm',
      expectedHead: sha,
      changes: [
        ...paths.map(
          (path) => ({ type: 'write', path, content: Buffer.from(path), mode: '100644' }) as const,
        ),
        { type: 'write', path: 'link', content: Buffer.from('a'), mode: '120000' },
      ],
    });
    for (const path of paths) {
      const file = await subject.repository.files.read(path, commit.sha);
      expect(Buffer.from(file?.content ?? []).toString(), path).toBe(path);
    }
    expect(await subject.state.mode(commit.sha, 'link')).toBe('120000');
  });

  it.each(['a "quoted" name', 'a\\', 'a%22b', 'a%0Ab'])('refuse to write %j', async (path) => {
    const sha = await subject.state.seed({ branch: 'main', files: { a: '1' } });
    const write = { type: 'write', path, content: Buffer.from('x'), mode: '100644' } as const;
    await expect(
      subject.repository.commits.create({
        branch: 'main',
        message: 'm',
        expectedHead: sha,
        changes: [write],
      }),
    ).rejects.toMatchObject({ code: 'PROVIDER_INVALID_ARGUMENT' });
    expect(subject.simulator.requests).toEqual([]);
  });

  it.each(['..', '.'])('never name another thing: webhook %j', async (id) => {
    // `DELETE …/shop/hooks/..` would delete the repository.
    const { webhooks } = subject.repository;
    const input = { url: 'https://example.com/hook', topics: ['push'] as const };
    const refused = { code: 'PROVIDER_INVALID_ARGUMENT' };
    await expect(webhooks?.delete(id)).rejects.toMatchObject(refused);
    await expect(webhooks?.update(id, input)).rejects.toMatchObject(refused);
    expect(subject.simulator.requests).toEqual([]);
  });

  it('tell the owner of a pull request address', () => {
    const { provider, simulator } = subject;
    const parse = (url: string) => provider.parsePullRequestUrl(url);
    expect(parse(`${simulator.webUrl}/acme/shop/pull-requests/7/diff?x=1#y`)).toEqual({
      repository: 'acme/shop',
      id: 7,
    });
    const host = new URL(simulator.webUrl).host;
    for (const url of [
      `http://me@${host}/acme/shop/pull-requests/7`,
      `http://${host}.evil.example/acme/shop/pull-requests/7`,
      `https://${host}/acme/shop/pull-requests/7`,
      `http://${host}/acme/shop/pull-requests/0`,
      `http://${host}/acme/shop/pull-requests/7x`,
      `http://${host}/acme/..%2fx/pull-requests/7`,
      `http://${host}/acme/%E0%A4%A/pull-requests/7`,
      `http://${host}/acme/shop/pull-requests/99999999999`,
    ]) {
      expect(parse(url), url).toBeUndefined();
    }
  });
});
