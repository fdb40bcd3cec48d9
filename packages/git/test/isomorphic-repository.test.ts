import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isomorphicEngine } from '@bowline/gitops-git/isomorphic';
import { hasGit, runGit } from '@bowline/test-servers/git-http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const author = { name: 'Ada', email: 'ada@example.com' };
const engine = isomorphicEngine();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bowline-isomorphic-repository-'));
  await runGit(folder, ['init', '-q', '--initial-branch=main', '.']);
  await writeFile(join(folder, 'a'), '1\n');
  await writeFile(join(folder, 'b'), '1\n');
  await runGit(folder, ['add', '.']);
  await runGit(folder, ['commit', '-q', '-m', 'One']);
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe.skipIf(!hasGit)('the index (skipped without git)', () => {
  it('is locked as git locks it, and unlocked after a failure', async () => {
    const local = await engine.open(folder);
    const lock = join(folder, '.git/index.lock');
    await writeFile(lock, '');
    const busy = { code: 'GIT_COMMAND_FAILED', retryable: true };
    await writeFile(join(folder, 'a'), '2\n');
    await expect(local.add(['a'])).rejects.toMatchObject(busy);
    await expect(local.commit({ message: 'Two', author, all: true })).rejects.toMatchObject(busy);
    await rm(lock);
    const nothing = local.commit({ message: 'Two', author });
    await expect(nothing).rejects.toMatchObject({ code: 'GIT_NOTHING_TO_COMMIT' });
    await expect(access(lock)).rejects.toMatchObject({ code: 'ENOENT' });
    await local.commit({ message: 'Two', author, all: true });
    expect(await runGit(folder, ['status', '--porcelain'])).toBe('');
  });

  it('lets one of two commits at once win, or both in turn', async () => {
    const local = await engine.open(folder);
    await writeFile(join(folder, 'a'), '2\n');
    await writeFile(join(folder, 'b'), '2\n');
    const outcomes = await Promise.allSettled(
      ['a', 'b'].map((path) => local.commit({ message: path, author, paths: [path] })),
    );
    const made = outcomes.filter((outcome) => outcome.status === 'fulfilled').length;
    expect(made).toBeGreaterThan(0);
    expect(await runGit(folder, ['rev-list', '--count', 'HEAD'])).toBe(`${made + 1}\n`);
    await runGit(folder, ['fsck', '--strict']);
  });

  it('keeps files out of a sparse checkout, and refuses what it cannot read', async () => {
    await runGit(folder, ['update-index', '--skip-worktree', 'b']);
    await rm(join(folder, 'b'));
    const local = await engine.open(folder);
    expect((await local.status()).files).toEqual([]);
    await writeFile(join(folder, 'a'), '2\n');
    await local.commit({ message: 'Two', author, all: true });
    expect(await runGit(folder, ['ls-tree', '--name-only', 'HEAD'])).toBe('a\nb\n');
    await runGit(folder, ['update-index', '--index-version', '4']);
    await expect(local.status()).rejects.toMatchObject({ code: 'GIT_EXECUTABLE_NOT_FOUND' });
    await runGit(folder, ['update-index', '--index-version', '2']);
    await runGit(folder, ['update-index', '--split-index']);
    await expect(local.status()).rejects.toMatchObject({ code: 'GIT_EXECUTABLE_NOT_FOUND' });
  });
});

describe.skipIf(!hasGit)('checkout (skipped without git)', () => {
  it('keeps a file that the index has forgotten, as git does', async () => {
    await runGit(folder, ['checkout', '-q', '-b', 'topic']);
    await runGit(folder, ['rm', '-q', 'b']);
    await runGit(folder, ['commit', '-q', '-m', 'Without b']);
    await runGit(folder, ['checkout', '-q', 'main']);
    await runGit(folder, ['rm', '-q', '--cached', 'b']);
    const local = await engine.open(folder);
    await local.checkout('topic', { create: false });
    expect(await readFile(join(folder, 'b'), 'utf8')).toBe('1\n');
    expect((await local.status()).files).toEqual([
      { path: 'b', staged: 'untracked', unstaged: 'untracked' },
    ]);
  });

  it('refuses to lose what is staged', async () => {
    await runGit(folder, ['checkout', '-q', '-b', 'topic']);
    await writeFile(join(folder, 'a'), 'topic\n');
    await runGit(folder, ['commit', '-q', '-a', '-m', 'Topic']);
    await runGit(folder, ['checkout', '-q', 'main']);
    await writeFile(join(folder, 'a'), 'staged\n');
    const local = await engine.open(folder);
    await local.add(['a']);
    await expect(local.checkout('topic', { create: false })).rejects.toMatchObject({
      code: 'GIT_WORK_TREE_DIRTY',
      details: { paths: ['a'] },
    });
    expect(await readFile(join(folder, 'a'), 'utf8')).toBe('staged\n');
    expect((await local.status()).branch).toBe('main');
  });
});

describe.skipIf(!hasGit)('open (skipped without git)', () => {
  it('refuses formats that it would misread', async () => {
    await runGit(folder, ['config', 'core.repositoryFormatVersion', '1']);
    await runGit(folder, ['config', 'extensions.objectFormat', 'sha256']);
    await expect(engine.open(folder)).rejects.toMatchObject({ code: 'GIT_EXECUTABLE_NOT_FOUND' });
  });

  it('refuses a repository that shares the objects of another one', async () => {
    const shared = join(folder, 'shared');
    await runGit(folder, ['clone', '-q', '--shared', '.', shared]);
    await expect(engine.open(shared)).rejects.toMatchObject({ code: 'GIT_EXECUTABLE_NOT_FOUND' });
  });

  it('refuses a linked work tree, and reads a submodule', async () => {
    const linked = join(folder, 'linked');
    await runGit(folder, ['worktree', 'add', '-q', linked]);
    await expect(engine.open(linked)).rejects.toMatchObject({ code: 'GIT_EXECUTABLE_NOT_FOUND' });
    const module = join(folder, 'module');
    await runGit(folder, ['init', '-q', '--separate-git-dir', join(folder, 'elsewhere'), module]);
    expect((await engine.open(module)).directory).toBe(module);
  });
});

describe.skipIf(!hasGit)('commit (skipped without git)', () => {
  it('finishes a merge that git has begun', async () => {
    await runGit(folder, ['checkout', '-q', '-b', 'topic']);
    await writeFile(join(folder, 'a'), 'topic\n');
    await runGit(folder, ['commit', '-q', '-a', '-m', 'Topic']);
    await runGit(folder, ['checkout', '-q', 'main']);
    await writeFile(join(folder, 'a'), 'main\n');
    await runGit(folder, ['commit', '-q', '-a', '-m', 'Main']);
    await expect(runGit(folder, ['merge', 'topic'])).rejects.toThrow();
    const local = await engine.open(folder);
    const { files } = await local.status();
    expect(files).toEqual([{ path: 'a', staged: 'conflicted', unstaged: 'conflicted' }]);
    const early = local.commit({ message: 'Merge', author });
    await expect(early).rejects.toMatchObject({ code: 'GIT_MERGE_CONFLICT' });
    await writeFile(join(folder, 'a'), 'both\n');
    await local.add(['a']);
    const commit = await local.commit({ message: 'Merge', author });
    expect(commit.parents).toHaveLength(2);
    await expect(readFile(join(folder, '.git/MERGE_HEAD'))).rejects.toMatchObject({
      code: 'ENOENT',
    });
    expect(await runGit(folder, ['status', '--porcelain'])).toBe('');
  });
});

describe.skipIf(!hasGit)('status (skipped without git)', () => {
  it('counts what either side has more, as git does', async () => {
    const bare = join(folder, 'remote.git');
    await runGit(folder, ['clone', '-q', '--bare', '.', bare]);
    await runGit(folder, ['remote', 'add', 'origin', bare]);
    for (const message of ['Two', 'Three'])
      await runGit(folder, ['commit', '-q', '--allow-empty', '-m', message]);
    await runGit(folder, ['push', '-q', '-u', 'origin', 'main']);
    await runGit(folder, ['reset', '-q', '--hard', 'HEAD~2']);
    await runGit(folder, ['commit', '-q', '--allow-empty', '-m', 'Other']);
    const { ahead, behind, upstream } = await (await engine.open(folder)).status();
    expect({ ahead, behind, upstream }).toEqual({ ahead: 1, behind: 2, upstream: 'origin/main' });
  });
});
