import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '@bowline/gitops-errors';
import type { CredentialRequest } from '@bowline/gitops-git';
import { isomorphicEngine } from '@bowline/gitops-git/isomorphic';
import {
  type GitHttpServer,
  type GitHttpServerOptions,
  hasGit,
  importCommit,
  runGit,
  startGitHttpServer,
} from '@bowline/test-servers/git-http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MANY = Object.fromEntries(
  Array.from({ length: 300 }, (_, index) => [`d${index % 7}/f${index}`, `${index}\n`.repeat(60)]),
);
const person = {
  name: 'Ada',
  email: 'ada@example.com',
  timestamp: 1_700_000_300,
  timezoneOffset: -90,
};

let folder: string;
const servers: GitHttpServer[] = [];

async function start(options: GitHttpServerOptions = {}): Promise<GitHttpServer> {
  const server = await startGitHttpServer(options);
  servers.push(server);
  return server;
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bowline-isomorphic-'));
});

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
  await rm(folder, { recursive: true, force: true });
});

/** Reads two files, changes one, pushes; returns the number of requests. */
async function editOnce(server: GitHttpServer): Promise<number> {
  const url = server.url('shop.git');
  const before = server.requests.length;
  const session = await isomorphicEngine().openRemote(url, {});
  try {
    const tip = await session.resolve('main');
    if (tip === undefined) throw new Error('there is no main');
    await session.fetch(tip, { ref: 'refs/heads/main' });
    const tree = session.tree(tip);
    const [one, two] = await Promise.all([tree.read('d1/f1'), tree.read('d2/f2')]);
    expect(String(one && Buffer.from(one))).toBe('1\n'.repeat(60));
    expect(String(two && Buffer.from(two))).toBe('2\n'.repeat(60));
    const sha = await session.commit({
      parent: tip,
      message: 'Edit',
      author: person,
      committer: person,
      changes: [{ type: 'write', path: 'd1/f1', content: Buffer.from('new\n') }],
    });
    if (sha === undefined) throw new Error('there is no commit');
    expect(await session.push(sha, { branch: 'main', expected: tip })).toBe('pushed');
    const repository = join(server.root, 'shop.git');
    expect((await runGit(repository, ['rev-parse', 'main'])).trim()).toBe(sha);
    const stat = await runGit(repository, ['diff', '--stat', tip, sha]);
    expect(stat).toContain('1 file changed, 1 insertion(+), 60 deletions(-)');
    await runGit(repository, ['fsck', '--strict', '--full']);
  } finally {
    await session.close();
  }
  return server.requests.length - before;
}

describe.skipIf(!hasGit)('editing a remote (skipped without git)', () => {
  it('takes six requests where the server filters: contents of several reads come in one', async () => {
    const server = await start();
    await server.createRepository('shop.git', MANY);
    expect(await editOnce(server)).toBe(6);
    const steps = server.requests.map((request) => request.step);
    expect(steps).toEqual([
      'upload-pack-refs',
      'upload-pack', // ls-refs
      'upload-pack', // the commit and its trees
      'upload-pack', // the two files
      'receive-pack-refs',
      'receive-pack',
    ]);
  });

  it('works with a server that does not filter', async () => {
    const server = await start({ allowFilter: false });
    await server.createRepository('shop.git', MANY);
    expect(await editOnce(server)).toBe(5);
  });

  it('works with a server that knows version 0 only', async () => {
    const server = await start({ version2: false, allowAnySha1: false });
    await server.createRepository('shop.git', MANY);
    expect(await editOnce(server)).toBe(4);
  });

  it('fetches whole commits from a server that filters but serves no object by its id', async () => {
    const server = await start();
    await server.createRepository('shop.git', MANY);
    let asked = 0;
    // The third request for objects is the one for the two files.
    const body = '0032ERR upload-pack: not our ref 0123456789abcdef';
    const run = (): Promise<void> => {
      asked += 1;
      if (asked === 2)
        server.faults.splice(0, 1, {
          step: 'upload-pack',
          times: 1,
          fault: {
            type: 'status',
            status: 200,
            body: body.replace('0032', body.length.toString(16).padStart(4, '0')),
            headers: { 'content-type': 'application/x-git-upload-pack-result' },
          },
        });
      return Promise.resolve();
    };
    server.faults.push({ step: 'upload-pack', fault: { type: 'before', run } });
    expect(await editOnce(server)).toBe(7);
  });
});

describe.skipIf(!hasGit)('version 0 of the protocol (skipped without git)', () => {
  it('clones, fetches, deepens and pushes', async () => {
    const server = await start({ version2: false });
    await server.createRepository('shop.git', MANY);
    const repository = join(server.root, 'shop.git');
    await runGit(repository, ['tag', '-a', '-m', 'One', 'v1', 'main']);
    const two = await importCommit(repository, { files: { a: '1' }, message: 'Two' });
    const engine = isomorphicEngine();
    const directory = join(folder, 'clone');
    await engine.clone(server.url('shop.git'), directory, { depth: 1 });
    const local = await engine.open(directory);
    expect((await local.log({})).map((commit) => commit.sha)).toEqual([two]);
    const three = await importCommit(repository, { files: { a: '2' }, message: 'Three' });
    await local.pull({});
    expect(await local.resolve('HEAD')).toBe(three);
    await local.fetch({ depth: 10 });
    expect(await local.log({})).toHaveLength(3);
    expect((await local.tags()).map((tag) => tag.name)).toEqual(['v1']);
    await writeFile(join(directory, 'a'), '3');
    await local.commit({ message: 'Four', author: person, all: true });
    await local.push({});
    await runGit(repository, ['fsck', '--strict', '--full']);
    const refs = await engine.listRemoteRefs(server.url('shop.git'), { prefixes: ['HEAD'] });
    expect(refs[0]?.target).toBe('refs/heads/main');
  });
});

describe.skipIf(!hasGit)('the real git (skipped without git)', () => {
  it('agrees with what the engine has written', async () => {
    const server = await start();
    await server.createRepository('shop.git', {
      ...MANY,
      'run.sh': { mode: '100755', content: '#!/bin/sh\n' },
      link: { mode: '120000', content: 'run.sh' },
    });
    const engine = isomorphicEngine();
    const directory = join(folder, 'clone');
    await engine.clone(server.url('shop.git'), directory, {});
    expect(await runGit(directory, ['status', '--porcelain=v1'])).toBe('');
    await runGit(directory, ['fsck', '--strict', '--full']);
    await runGit(directory, ['verify-pack', ...(await packs(directory))]);
    const local = await engine.open(directory);
    await writeFile(join(directory, 'run.sh'), '#!/bin/bash\n');
    await local.commit({ message: 'Bash', author: person, all: true });
    await local.checkout('topic', { create: true });
    await local.createTag('v1', { message: 'One', tagger: person });
    expect(await runGit(directory, ['status', '--porcelain=v1', '--branch'])).toBe('## topic\n');
    await runGit(directory, ['fsck', '--strict', '--full']);
    expect(await runGit(directory, ['rev-parse', '--abbrev-ref', 'main@{upstream}'])).toBe(
      'origin/main\n',
    );
  });

  it('can be followed: packed refs, an index with extensions, loose and packed objects', async () => {
    const server = await start();
    await server.createRepository('shop.git', MANY);
    const directory = join(folder, 'clone');
    await runGit(folder, ['clone', '-q', server.url('shop.git'), directory]);
    await writeFile(join(directory, 'new'), '1\n');
    await runGit(directory, ['add', 'new']);
    await runGit(directory, ['commit', '-q', '-m', 'New']);
    await runGit(directory, ['pack-refs', '--all']);
    const local = await isomorphicEngine().open(directory);
    const { files, branch, ahead } = await local.status();
    expect({ files, branch, ahead }).toEqual({ files: [], branch: 'main', ahead: 1 });
    await local.push({});
    expect((await local.status()).ahead).toBe(0);
  });

  async function packs(directory: string): Promise<string[]> {
    const names = await readdir(join(directory, '.git/objects/pack'));
    return names
      .filter((name) => name.endsWith('.idx'))
      .map((name) => join('.git/objects/pack', name));
  }
});

describe.skipIf(!hasGit)('limits (skipped without git)', () => {
  it('stops at too many refs, a pack that never ends, and an object that is too large', async () => {
    const server = await start();
    await server.createRepository('shop.git', { ...MANY, large: 'x'.repeat(100_000) });
    const url = server.url('shop.git');
    const small = isomorphicEngine({ maxAdvertisementBytes: 100_000, maxPackBytes: 1_000_000 });
    server.faults.push({
      step: 'upload-pack-refs',
      fault: { type: 'huge-advertisement', refs: Number.POSITIVE_INFINITY },
    });
    await expect(small.listRemoteRefs(url, {})).rejects.toMatchObject({
      code: 'GIT_LIMIT_EXCEEDED',
    });
    server.faults.length = 0;
    const target = join(folder, 'x');
    // The first request lists the refs, the second one fetches; its answer begins with 13 bytes that name the section.
    const endless = { type: 'endless', afterBytes: 13 } as const;
    const run = (): Promise<void> => {
      server.faults.splice(0, 1, { step: 'upload-pack', fault: endless });
      return Promise.resolve();
    };
    server.faults.push({ step: 'upload-pack', times: 1, fault: { type: 'before', run } });
    await expect(small.clone(url, target, {})).rejects.toMatchObject({
      code: 'GIT_LIMIT_EXCEEDED',
    });
    server.faults.length = 0;
    const tiny = isomorphicEngine({ maxObjectBytes: 50_000 });
    await expect(tiny.clone(url, target, {})).rejects.toMatchObject({ code: 'GIT_LIMIT_EXCEEDED' });
    expect(await readdir(folder)).toEqual([]);
    await small.clone(url, target, {});
  });

  it('ends a server that sends one byte per second by the total time', async () => {
    const server = await start();
    await server.createRepository('shop.git', MANY);
    server.faults.push({ fault: { type: 'trickle', afterBytes: 100 } });
    const refs = isomorphicEngine().listRemoteRefs(server.url('shop.git'), { timeoutMs: 300 });
    await expect(refs).rejects.toMatchObject({ code: 'GIT_TIMEOUT', retryable: true });
  });

  it('ends a server that falls silent in the middle of an answer by the idle time', async () => {
    const server = await start();
    await server.createRepository('shop.git', MANY);
    server.faults.push({ fault: { type: 'trickle', afterBytes: 100 } });
    const refs = isomorphicEngine().listRemoteRefs(server.url('shop.git'), { idleTimeoutMs: 150 });
    await expect(refs).rejects.toMatchObject({
      code: 'GIT_TIMEOUT',
      message: expect.stringContaining('150 milliseconds'),
    });
  });
});

describe.skipIf(!hasGit)('credentials (skipped without git)', () => {
  it('are not even looked up over plain HTTP to another machine, unless that is allowed', async () => {
    const server = await start({ users: { me: 'hunter22' } });
    await server.createRepository('shop.git', { a: '1' });
    // The same server under an address that is not known as this machine.
    const url = server.url('shop.git').replace('127.0.0.1', '[::ffff:127.0.0.1]');
    const asked: CredentialRequest[] = [];
    const credentials = (request: CredentialRequest) => {
      asked.push(request);
      return { username: 'me', password: new Secret('hunter22') };
    };
    const engine = isomorphicEngine();
    await expect(engine.listRemoteRefs(url, { credentials })).rejects.toMatchObject({
      code: 'GIT_CREDENTIAL_NOT_SENT',
    });
    expect(asked).toEqual([]);
    expect(server.requests.every((request) => request.authorization === undefined)).toBe(true);
    const refs = await engine.listRemoteRefs(url, { credentials, allowInsecureHttp: true });
    expect(refs).toHaveLength(2);
    expect(asked).toHaveLength(1);
  });

  it('never reach the disk', async () => {
    const server = await start({ users: { me: 'hunter22-canary' } });
    await server.createRepository('shop.git', { a: '1' });
    const credentials = () => ({ username: 'me', password: new Secret('hunter22-canary') });
    const directory = join(folder, 'clone');
    await isomorphicEngine().clone(server.url('shop.git'), directory, { credentials });
    const grep = runGit(directory, ['grep', '-r', '--no-index', '-e', 'hunter22', '--', '.']);
    await expect(grep).rejects.toThrow(/ended with 1:/);
  });
});
