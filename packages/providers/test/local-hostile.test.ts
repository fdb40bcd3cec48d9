import * as fs from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deflateSync } from 'node:zlib';
import git from 'isomorphic-git';
import { afterEach, describe, expect, it } from 'vitest';
import { createLocalRepository, local } from '../src/local/index.ts';
import { temporaryRoot } from './local-subject.ts';

const roots: string[] = [];
afterEach(async () => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true, force: true });
});

async function setUp(files: Record<string, string> = { 'app.yaml': 'a: 1\n' }) {
  const root = await temporaryRoot();
  roots.push(root);
  const { path } = await createLocalRepository({ root, name: 'shop', branches: { main: files } });
  const repository = local({ root, lockTimeoutMs: 40 }).repository('shop');
  const head = (await repository.branches.get('main'))?.sha ?? '';
  return { root, path, repository, head };
}

const bytes = (text: string) => Buffer.from(text);

/** Writes a pull request as somebody could push it. */
async function poison(gitdir: string, id: number, text: string): Promise<void> {
  const author = { name: 'x', email: 'x@example.com', timestamp: 0, timezoneOffset: 0 };
  const oid = await git.writeBlob({ fs, gitdir, blob: bytes(text) });
  const tree = await git.writeTree({
    fs,
    gitdir,
    tree: [{ mode: '100644', path: 'pull-request.json', oid, type: 'blob' }],
  });
  const commit = { message: 'x', tree, parent: [], author, committer: author };
  const value = await git.writeCommit({ fs, gitdir, commit });
  await git.writeRef({ fs, gitdir, ref: `refs/bowline/pull/${id}/meta`, value, force: true });
}

describe('local: a hostile or damaged repository', () => {
  it('says which file cannot be read', async () => {
    const { path, repository } = await setUp();
    fs.mkdirSync(join(path, 'packed-refs'));
    await expect(repository.branches.get('absent')).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      message: expect.stringContaining('packed-refs'),
    });
  });

  it('refuses a pull request that is not what it should be, by name', async () => {
    const { path, repository, head } = await setUp();
    for (const text of [
      '',
      '[]',
      '{"version":2}',
      `{"version":1,"source":{"branch":"../../x","sha":"${head}"}}`,
    ]) {
      await poison(path, 1, text);
      await expect(repository.pullRequests.get(1)).rejects.toMatchObject({
        code: 'PROVIDER_BAD_RESPONSE',
        message: expect.stringContaining('refs/bowline/pull/1/meta'),
      });
    }
  });

  it.each([
    ['config', '[extensions]\n\tobjectFormat = sha256\n', /objectFormat = sha256/],
    ['config', '[extensions] refStorage=reftable\n', /refStorage=reftable/],
    ['objects/info/alternates', '../../other.git/objects\n', /borrows objects/],
  ])('refuses what it would read wrong: %s of %j', async (file, text, message) => {
    const { path, repository } = await setUp();
    fs.mkdirSync(dirname(join(path, file)), { recursive: true });
    fs.writeFileSync(join(path, file), text);
    await expect(repository.branches.get('main')).rejects.toMatchObject({
      code: 'PROVIDER_INVALID_ARGUMENT',
      message: expect.stringMatching(message),
    });
  });

  it('lists the other pull requests when some cannot be read, and names those', async () => {
    const { path, repository, head } = await setUp();
    const { pullRequests } = repository;
    const open = async (branch: string) => {
      const change = { type: 'write' as const, path: branch, content: bytes('x') };
      const from = { branch, create: true, expectedHead: head, message: 'm', changes: [change] };
      await repository.commits.create(from);
      return (await pullRequests.create({ title: 't', source: branch, destination: 'main' })).id;
    };
    expect(await open('a')).toBe(1);
    await poison(path, 2, '{');
    await git.writeRef({ fs, gitdir: path, ref: 'refs/bowline/pull/4/meta', value: head });
    // A new one is opened all the same, under a number of its own.
    expect(await open('b')).toBe(5);
    const seen: number[] = [];
    const list = async (onUnreadable?: (error: Error) => void) => {
      seen.length = 0;
      for await (const pull of pullRequests.list({}, { onUnreadable })) seen.push(pull.id);
    };
    await expect(list()).rejects.toMatchObject({
      code: 'PROVIDER_BAD_RESPONSE',
      message: expect.stringContaining('refs/bowline/pull/4/meta'),
    });
    expect(seen).toEqual([5, 1]);
    const told: string[] = [];
    await list((error) => told.push(error.message));
    expect(seen).toEqual([5, 1]);
    expect(told.map((message) => /pull\/\d/.exec(message)?.[0])).toEqual(['pull/4', 'pull/2']);
  });

  it('notices an object with other content than its name says', async () => {
    const { path, root } = await setUp();
    const { oid } = await git.readBlob({
      fs,
      gitdir: path,
      oid: await git.resolveRef({ fs, gitdir: path, ref: 'main' }),
      filepath: 'app.yaml',
    });
    const file = join(path, 'objects', oid.slice(0, 2), oid.slice(2));
    const read = () => local({ root }).repository('shop').files.read('app.yaml', 'main');
    for (const content of [
      deflateSync('blob 5\0evil!'),
      deflateSync('blob 9\0a: 1\n'),
      bytes('nonsense'),
      bytes(''),
    ]) {
      fs.rmSync(file, { force: true });
      fs.writeFileSync(file, content);
      await expect(read()).rejects.toMatchObject({ code: 'PROVIDER_BAD_RESPONSE' });
    }
  });

  it('does not unpack more than it was asked for', async () => {
    const { path, repository, root } = await setUp();
    const blob = new Uint8Array(8 * 1024 * 1024);
    const oid = await git.writeBlob({ fs, gitdir: path, blob });
    const { sha } = await repository.commits.create({
      branch: 'big',
      create: true,
      expectedHead: (await repository.branches.get('main'))?.sha ?? '',
      message: 'big',
      changes: [{ type: 'write', path: 'big', content: blob }],
    });
    const read = () =>
      local({ root }).repository('shop').files.read('big', sha, { maxBytes: 1000 });
    await expect(read()).rejects.toMatchObject({ code: 'PROVIDER_LIMIT_EXCEEDED' });
    const { packfile, filename } = await git.packObjects({ fs, gitdir: path, oids: [oid] });
    fs.writeFileSync(join(path, 'objects', 'pack', filename), packfile ?? '');
    await git.indexPack({
      fs,
      dir: path,
      gitdir: path,
      filepath: join('objects', 'pack', filename),
    });
    fs.rmSync(join(path, 'objects', oid.slice(0, 2), oid.slice(2)));
    await expect(read()).rejects.toMatchObject({ code: 'PROVIDER_LIMIT_EXCEEDED' });
    expect((await repository.files.read('big', sha))?.content.length).toBe(blob.length);
  });
});
