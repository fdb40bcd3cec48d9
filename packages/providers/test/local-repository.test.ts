import * as fs from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import git from 'isomorphic-git';
import { afterEach, describe, expect, it } from 'vitest';
import { createLocalRepository, local } from '../src/local/index.ts';
import { memoryRoot } from './local-subject.ts';

const roots: string[] = [];
afterEach(async () => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true, force: true });
});

async function setUp(files: Record<string, string> = { 'app.yaml': 'a: 1\n' }) {
  const root = await memoryRoot();
  roots.push(root);
  const { path } = await createLocalRepository({ root, name: 'shop', branches: { main: files } });
  const repository = local({ root, lockTimeoutMs: 40 }).repository('shop');
  const head = (await repository.branches.get('main'))?.sha ?? '';
  return { root, path, repository, head };
}

const bytes = (text: string) => Buffer.from(text);

describe('createLocalRepository', () => {
  it('makes the same commits from the same input', async () => {
    const [first, second] = [await setUp(), await setUp()];
    expect(first.head).toBe(second.head);
    expect(first.head).toMatch(/^[0-9a-f]{40}$/);
  });

  it('refuses to replace a repository, or keeps it when asked to', async () => {
    const { root, head, repository } = await setUp();
    const options = { root, name: 'shop', branches: { main: { other: '1' } } };
    await expect(createLocalRepository(options)).rejects.toMatchObject({
      code: 'PROVIDER_ALREADY_EXISTS',
    });
    expect(await createLocalRepository({ ...options, ifExists: 'keep' })).toMatchObject({
      created: false,
    });
    expect((await repository.branches.get('main'))?.sha).toBe(head);
    expect(fs.readdirSync(root)).toEqual(['shop.git']);
  });

  it('leaves nothing behind when a path cannot be used', async () => {
    const root = await memoryRoot();
    roots.push(root);
    const bad = createLocalRepository({ root, name: 'shop', branches: { main: { '../x': '1' } } });
    await expect(bad).rejects.toMatchObject({ code: 'PROVIDER_INVALID_ARGUMENT' });
    expect(fs.readdirSync(root)).toEqual([]);
  });

  it('makes an empty repository that takes no default branch yet', async () => {
    const root = await memoryRoot();
    roots.push(root);
    await createLocalRepository({ root, name: 'acme/empty' });
    const info = await local({ root }).repository('acme/empty').get();
    expect(info).toMatchObject({ fullName: 'acme/empty', defaultBranch: undefined });
  });
});

describe('local: where repositories are', () => {
  it('finds them with and without .git, and reads back every address of a pull request', async () => {
    const above = await memoryRoot();
    roots.push(above);
    const root = `${above}/a b#c%20ü`;
    const { path } = await createLocalRepository({
      root,
      name: 'acme/größe',
      branches: { main: { a: '1' }, b: { a: '2' } },
    });
    const provider = local({ root });
    const repository = provider.repository('acme/größe');
    const pull = await repository.pullRequests.create({
      title: 't',
      source: 'b',
      destination: 'main',
    });
    const address = { repository: 'acme/größe', id: 1 };
    expect(provider.parsePullRequestUrl(pull.webUrl)).toEqual(address);
    expect(provider.parsePullRequestUrl('local:acme/größe#pull/1')).toEqual(address);
    expect(provider.parsePullRequestUrl('local:acme/gr%C3%B6%C3%9Fe.git#pull/1')).toEqual(address);
    for (const url of [
      'local:../x#pull/1',
      'local:a/b/c#pull/1',
      'local:%zz#pull/1',
      'local:a#pull/0',
      'file:///etc/x.git#pull/1',
      pull.webUrl.replace('pull/1', 'pull/1x'),
    ]) {
      expect(provider.parsePullRequestUrl(url)).toBe(undefined);
    }
    fs.renameSync(path, path.slice(0, -'.git'.length));
    expect((await provider.repository('acme/größe.git').branches.get('main'))?.name).toBe('main');
  });

  it('refuses links out of the root, work trees and formats that it does not know', async () => {
    const { root, path } = await setUp();
    const outside = await setUp();
    fs.symlinkSync(outside.path, join(root, 'evil.git'));
    fs.symlinkSync(path, join(root, 'alias.git'));
    const provider = local({ root });
    await expect(provider.repository('evil').get()).rejects.toMatchObject({
      code: 'PROVIDER_INVALID_ARGUMENT',
    });
    expect(await provider.repository('alias').get()).toMatchObject({ fullName: 'alias' });
    await git.init({ fs, dir: join(root, 'work') });
    await expect(provider.repository('work').get()).rejects.toMatchObject({
      code: 'PROVIDER_INVALID_ARGUMENT',
      message: expect.stringContaining('work tree'),
    });
    fs.appendFileSync(join(path, 'config'), '[extensions]\n\tobjectFormat = sha256\n');
    await expect(provider.repository('shop').get()).rejects.toMatchObject({
      message: expect.stringContaining('sha256'),
    });
    expect(() => local({ root: 'relative' })).toThrow(/absolute/);
  });

  it('does not follow symbolic links in place of folders and refs', async () => {
    const { root, path, repository, head } = await setUp();
    const secret = join(root, 'secret');
    fs.writeFileSync(secret, `${head}\n`);
    fs.symlinkSync(secret, join(path, 'refs', 'heads', 'linked'));
    await expect(repository.branches.get('linked')).rejects.toMatchObject({
      code: 'PROVIDER_BAD_RESPONSE',
    });
    fs.renameSync(join(path, 'objects'), join(root, 'objects'));
    fs.symlinkSync(join(root, 'objects'), join(path, 'objects'));
    expect(await repository.get()).toBe(undefined);
  });
});

describe('local: refs', () => {
  it('refuses a branch that would be a folder of another, and reuses the name when that is gone', async () => {
    const { repository, head } = await setUp();
    await repository.branches.create('a/b/c', head);
    for (const name of ['a', 'a/b', 'a/b/c/d']) {
      await expect(repository.branches.create(name, head)).rejects.toMatchObject({
        code: 'PROVIDER_ALREADY_EXISTS',
      });
    }
    await repository.branches.delete('a/b/c');
    expect((await repository.branches.create('a', head)).name).toBe('a');
  });

  it('never deletes the default branch', async () => {
    const { repository, head } = await setUp();
    await expect(repository.branches.delete('main')).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
    });
    await repository.branches.create('to', head);
    await repository.commits.create({
      branch: 'main',
      expectedHead: head,
      message: 'm',
      changes: [{ type: 'write', path: 'n', content: bytes('1') }],
    });
    const pull = await repository.pullRequests.create({
      title: 't',
      source: 'main',
      destination: 'to',
      deleteSourceBranch: true,
    });
    await repository.pullRequests.merge(pull.id);
    expect(await repository.branches.get('main')).toBeDefined();
  });

  it('names the file of a lock that stays, waits for one that goes, and stops at a signal', async () => {
    const { root, path, repository, head } = await setUp();
    const lock = join(path, 'refs', 'heads', 'main.lock');
    const commit = {
      branch: 'main',
      expectedHead: head,
      message: 'm',
      changes: [{ type: 'write' as const, path: 'n', content: bytes('1') }],
    };
    fs.writeFileSync(lock, '');
    await expect(repository.commits.create(commit)).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      retryable: true,
      message: expect.stringContaining(lock),
      hint: expect.stringContaining('delete'),
    });
    const patient = local({ root, lockTimeoutMs: 60_000 }).repository('shop');
    const controller = new AbortController();
    const waiting = patient.commits.create(commit, { signal: controller.signal });
    const reason = new Error('enough');
    setImmediate(() => controller.abort(reason));
    await expect(waiting).rejects.toBe(reason);
    expect((await repository.branches.get('main'))?.sha).toBe(head);
    const landing = patient.commits.create(commit);
    setImmediate(() => fs.rmSync(lock));
    expect((await landing).sha).toBe((await repository.branches.get('main'))?.sha);
    expect(fs.readdirSync(join(path, 'refs', 'heads'))).toEqual(['main']);
  });
});

describe('local: commits and pull requests', () => {
  it('makes no commit that changes nothing, but makes the branch', async () => {
    const { repository, head } = await setUp();
    const commit = {
      message: 'm',
      expectedHead: head,
      changes: [{ type: 'write' as const, path: 'app.yaml', content: bytes('a: 1\n') }],
    };
    expect((await repository.commits.create({ ...commit, branch: 'main' })).sha).toBe(head);
    expect((await repository.commits.create({ ...commit, branch: 'new', create: true })).sha).toBe(
      head,
    );
    expect((await repository.branches.get('new'))?.sha).toBe(head);
  });

  it('says which path cannot be written or deleted', async () => {
    const { repository, head } = await setUp({ 'dir/a': '1', b: '1' });
    const attempt = (
      ...changes: Parameters<typeof repository.commits.create>[0]['changes'][number][]
    ) => repository.commits.create({ branch: 'main', message: 'm', expectedHead: head, changes });
    const content = bytes('x');
    const invalid = { code: 'PROVIDER_INVALID_ARGUMENT' };
    await expect(attempt({ type: 'write', path: 'b/c', content })).rejects.toMatchObject(invalid);
    await expect(attempt({ type: 'write', path: 'dir', content })).rejects.toMatchObject(invalid);
    await expect(
      attempt({ type: 'write', path: 'x', content }, { type: 'delete', path: 'x' }),
    ).rejects.toMatchObject(invalid);
    await expect(
      attempt({ type: 'write', path: '.gitmodules', content, mode: '120000' }),
    ).rejects.toMatchObject(invalid);
    await expect(attempt({ type: 'delete', path: 'dir' })).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
    });
    const { sha } = await attempt(
      { type: 'delete', path: 'b' },
      { type: 'write', path: 'b/c', content },
    );
    expect((await repository.files.read('b/c', sha))?.content).toEqual(new Uint8Array(content));
  });

  it('refuses to rebase a branch that holds a merge', async () => {
    const { repository, head } = await setUp();
    const add = (branch: string, expectedHead: string) =>
      repository.commits.create({
        branch,
        create: expectedHead === head,
        expectedHead,
        message: branch,
        changes: [{ type: 'write', path: branch, content: bytes('1') }],
      });
    await add('one', head);
    await add('two', head);
    const inner = await repository.pullRequests.create({
      title: 'i',
      source: 'one',
      destination: 'two',
    });
    await repository.pullRequests.merge(inner.id);
    const outer = await repository.pullRequests.create({
      title: 'o',
      source: 'two',
      destination: 'main',
    });
    await expect(
      repository.pullRequests.merge(outer.id, { strategy: 'rebase' }),
    ).rejects.toMatchObject({ code: 'PROVIDER_MERGE_BLOCKED' });
    expect(
      (await repository.pullRequests.merge(outer.id, { strategy: 'fast-forward' })).mergeCommit,
    ).toBe((await repository.branches.get('two'))?.sha);
  });
});

describe('local: many at once, and nothing to do', () => {
  it('merges many pull requests at once', async () => {
    const { repository, head } = await setUp();
    const patient = local({ root: roots.at(-1) ?? '' }).repository('shop');
    const ids = await Promise.all(
      Array.from({ length: 15 }, async (_, index) => {
        const source = `b${index}`;
        await repository.commits.create({
          branch: source,
          create: true,
          expectedHead: head,
          message: source,
          changes: [{ type: 'write', path: source, content: bytes('1') }],
        });
        return (await patient.pullRequests.create({ title: source, source, destination: 'main' }))
          .id;
      }),
    );
    expect(new Set(ids).size).toBe(15);
    await Promise.all(ids.map((id) => patient.pullRequests.merge(id)));
    for (let index = 0; index < 15; index += 1) {
      expect(await repository.files.read(`b${index}`, 'main')).toBeDefined();
    }
  });

  it('refuses to merge what has become empty, and does not squash twice', async () => {
    const { repository, head, path: gitdir } = await setUp();
    const changes = [{ type: 'write' as const, path: 'n', content: bytes('1') }];
    const { sha } = await repository.commits.create({
      branch: 'b',
      create: true,
      expectedHead: head,
      message: 'm',
      changes,
    });
    const pull = await repository.pullRequests.create({
      title: 't',
      source: 'b',
      destination: 'main',
    });
    await git.writeRef({ fs, gitdir, ref: 'refs/heads/b', value: head, force: true });
    await expect(repository.pullRequests.merge(pull.id)).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
    });
    await git.writeRef({ fs, gitdir, ref: 'refs/heads/b', value: sha, force: true });
    // As if the process that squashed had been killed before it wrote that it did.
    const squashed = await repository.commits.create({
      branch: 'main',
      expectedHead: head,
      message: 't (pull request 1)',
      changes,
    });
    const merged = await repository.pullRequests.merge(pull.id, { strategy: 'squash' });
    expect(merged).toMatchObject({ state: 'merged', mergeCommit: squashed.sha });
    expect((await repository.branches.get('main'))?.sha).toBe(squashed.sha);
  });
});
