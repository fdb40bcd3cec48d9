import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import {
  checkBranchName,
  checkRepositoryPath,
  type Git,
  openGit,
  type Repository,
} from '@bowline/gitops-git';
import { hasGit, runGit } from '@bowline/test-servers/git-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const badNames = [
  '',
  '-d',
  '--upload-pack=touch x',
  '--output=x',
  'a..b',
  'a@{1}',
  '@{u}',
  '@',
  'HEAD^',
  'a~1',
  'a:b',
  'a b',
  'a\nb',
  'a\0b',
  'a\x7f',
  'a?',
  'a*',
  'a[',
  'a\\b',
  '/a',
  'a/',
  'a//b',
  '.a',
  'a/.b',
  'a.',
  'a.lock',
  'a.lock/b',
  'refs/heads/../../x',
  '\ud800',
  'x'.repeat(2000),
];
const badPaths = [
  '',
  '/etc/passwd',
  '../x',
  'a/../../x',
  'a/./b',
  'a//b',
  'a/',
  'a\\..\\b',
  'a\0b',
  'a\rb',
  'modules/x\r',
  'a\nb',
  '.git/hooks/post-checkout',
  'a/.git/config',
  '.GIT/config',
  '.gIt',
  'GIT~1/config',
  'git~1',
  '.git./config',
  '.git /config',
  '.git::$INDEX_ALLOCATION/config',
  '.git:x',
  '.g\u200cit/config',
  '\ufeff.git/config',
  '.gi\u206ft',
  '\ud800',
  'x'.repeat(5000),
  'é'.repeat(2100),
  `${'a/'.repeat(600)}b`,
];
const invalid = { code: 'GIT_INVALID_ARGUMENT' };

describe.skipIf(!hasGit)('abuse case 2: names of refs and paths (skipped without git)', () => {
  let folder: string;
  let git: Git;
  let repository: Repository;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bowline-abuse-2-'));
    await runGit(folder, ['init', '-q', '-b', 'main', '.']);
    await writeFile(join(folder, 'a'), 'a');
    await runGit(folder, ['add', 'a']);
    await runGit(folder, ['commit', '-q', '-m', 'first']);
    git = openGit({ engine: 'system', environment: { PATH: env['PATH'] } });
    repository = await git.open(folder);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it.each(badNames)('refuses the name %j everywhere', async (name) => {
    expect(() => checkBranchName(name)).toThrow(expect.objectContaining(invalid));
    const person = { name: 'a', email: 'b' };
    const remote = 'https://127.0.0.1:1/a.git';
    const edit = () => undefined;
    const calls: readonly (() => Promise<unknown>)[] = [
      () => repository.createBranch(name),
      () => repository.createBranch('ok', { start: name }),
      () => repository.deleteBranch(name),
      () => repository.checkout(name),
      () => repository.checkout(name, { create: true }),
      () => repository.log({ ref: name }),
      () => repository.diff({ from: name }),
      () => repository.diff({ to: name }),
      () => repository.createTag(name),
      () => repository.createTag('ok', { target: name }),
      () => repository.resolve(name),
      () => repository.readFile(name, 'a'),
      () => repository.fetch({ remote: name }),
      () => repository.fetch({ branch: name }),
      () => repository.pull({ branch: name }),
      () => repository.push({ branch: name }),
      () => repository.remoteUrl(name),
      () => git.clone(remote, join(folder, 'clone'), { ref: name }),
      () => git.editBranch({ remote, branch: name, author: person, edit }),
      () => git.editBranch({ remote, branch: 'ok', from: name, author: person, edit }),
      () => git.readRemoteFile(remote, { ref: name, path: 'a' }),
      () => git.remoteLog(remote, { ref: name, limit: 1 }),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject(invalid);
    expect((await readdir(folder)).sort()).toEqual(['.git', 'a']);
  });

  it.each(badPaths)('refuses the path %j everywhere', async (path) => {
    expect(() => checkRepositoryPath(path)).toThrow(expect.objectContaining(invalid));
    await expect(repository.readFile('HEAD', path)).rejects.toMatchObject(invalid);
    await expect(repository.log({ path })).rejects.toMatchObject(invalid);
    await expect(repository.diff({ paths: [path] })).rejects.toMatchObject(invalid);
    if (path !== 'a/') {
      await expect(repository.add([path])).rejects.toMatchObject(invalid);
      const author = { name: 'a', email: 'b' };
      await expect(
        repository.commit({ message: 'm', author, paths: [path] }),
      ).rejects.toMatchObject(invalid);
    }
  });

  it.each([
    'a-b',
    '-a',
    '--help',
    ':(exclude)x',
    '*',
    'x{y}',
    '$(id)',
    '.gitignore',
    'a.git',
    '.github/x',
    'git',
  ])('takes the path %j as it is', async (path) => {
    expect(checkRepositoryPath(path)).toBe(path);
    expect(await repository.readFile('HEAD', path)).toBeUndefined();
  });

  it('refuses people who would forge a header of the commit', async () => {
    for (const name of ['a\nparent 0', 'a\0', 'a <b>', 'a\r']) {
      const author = { name, email: 'a@example.com' };
      await expect(repository.commit({ message: 'm', author })).rejects.toMatchObject(invalid);
      await expect(
        repository.commit({ message: 'm', author: { name: 'a', email: name } }),
      ).rejects.toMatchObject(invalid);
    }
    await expect(
      repository.commit({ message: 'm', author: { name: ' ', email: 'x' } }),
    ).rejects.toMatchObject({ code: 'GIT_IDENTITY_MISSING' });
    await expect(
      repository.commit({ message: 'a\0b', author: { name: 'a', email: 'x' } }),
    ).rejects.toMatchObject(invalid);
  });
});
