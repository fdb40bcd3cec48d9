import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import { readdirSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { hasGit } from '@bowline/test-servers/git-http';
import { afterEach, describe, expect, it } from 'vitest';
import { createLocalRepository, local } from '../src/local/index.ts';
import { flatten, temporaryRoot } from './local-subject.ts';

const worker = join(dirname(fileURLToPath(import.meta.url)), 'local-worker.ts');
const run = promisify(execFile);
const roots: string[] = [];

async function newRoot(): Promise<string> {
  const root = await temporaryRoot();
  roots.push(root);
  return root;
}

afterEach(async () => {
  for (const root of roots.splice(0)) await rm(root, { recursive: true, force: true });
});

function leftovers(path: string): string[] {
  return readdirSync(path, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.lock$|tmp_obj/.test(name),
  );
}

describe('local: several processes on one repository', () => {
  it('loses nothing, numbers every pull request once and leaves no lock', async () => {
    const root = await newRoot();
    const { path } = await createLocalRepository({
      root,
      name: 'shop',
      branches: { main: { 'README.md': '# shop\n' } },
    });
    const repository = local({ root }).repository('shop');
    const base = (await repository.branches.get('main'))?.sha ?? '';
    await repository.commits.create({
      branch: 'talk',
      create: true,
      expectedHead: base,
      message: 'talk',
      changes: [{ type: 'write', path: 'talk', content: Buffer.from('1') }],
    });
    await repository.pullRequests.create({ title: 'talk', source: 'talk', destination: 'main' });

    const names = ['ann', 'ben', 'cleo', 'dan'];
    const rounds = 4;
    const processes = names.map((name) =>
      run(process.execPath, ['--conditions=@bowline/source', worker, root, name, String(rounds)]),
    );
    // Meanwhile Git packs the refs and objects under their feet.
    const maintenance = hasGit ? packAgainAndAgain(path) : { stop: async () => 0 };
    const settled = await Promise.allSettled(processes);
    await maintenance.stop();
    const ids = settled.flatMap((result) => {
      if (result.status === 'rejected') throw result.reason;
      return result.value.stdout.trim().split('\n').map(Number);
    });

    expect(ids.sort((a, b) => a - b)).toEqual(
      Array.from({ length: names.length * rounds }, (_, index) => index + 2),
    );
    const tip = (await repository.branches.get('main'))?.sha ?? '';
    const found = await flatten(path, tip);
    for (const name of names) {
      for (let round = 0; round < rounds; round += 1) {
        expect(found.has(`direct/${name}-${round}`)).toBe(true);
        expect(found.has(`merged/${name}-${round}`)).toBe(true);
      }
    }
    const open: number[] = [];
    for await (const pull of repository.pullRequests.list()) open.push(pull.id);
    expect(open).toEqual([1]);
    const branches: string[] = [];
    for await (const branch of repository.branches.list()) branches.push(branch.name);
    expect(branches).toEqual(['main', 'talk']);
    expect(leftovers(path)).toEqual([]);
    if (hasGit) {
      const { stdout, stderr } = await run(
        'git',
        ['fsck', '--strict', '--no-dangling', '--no-progress'],
        {
          cwd: path,
        },
      );
      expect(stdout + stderr).toBe('');
    }
  });

  it('survives processes that are killed at work', async () => {
    const root = await newRoot();
    const { path } = await createLocalRepository({
      root,
      name: 'shop',
      branches: { main: { 'README.md': '# shop\n' }, talk: { talk: '1' } },
    });
    const repository = local({ root }).repository('shop');
    await repository.pullRequests.create({ title: 'talk', source: 'talk', destination: 'main' });
    const finished: number[] = [];
    for (const [index, name] of ['ann', 'ben'].entries()) {
      const child = spawn(
        process.execPath,
        ['--conditions=@bowline/source', worker, root, name, '1000'],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      const exit = new Promise((resolve) => child.once('exit', resolve));
      for await (const chunk of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
        finished.push(...chunk.trim().split('\n').map(Number));
        if (finished.length > index * 2) child.kill('SIGKILL');
      }
      await exit;
      // What a person does after the message that names the lock.
      for (const lock of leftovers(path)) rmSync(join(path, lock));
    }
    expect(new Set(finished).size).toBe(finished.length);
    for (const id of finished)
      expect((await repository.pullRequests.get(id))?.state).toBe('merged');
    const all: number[] = [];
    for await (const pull of repository.pullRequests.list({ state: 'all' })) all.push(pull.id);
    expect(new Set(all).size).toBe(all.length);
    if (hasGit) {
      const { stdout, stderr } = await run(
        'git',
        ['fsck', '--strict', '--no-dangling', '--no-progress'],
        {
          cwd: path,
        },
      );
      expect(stdout + stderr).toBe('');
    }
  });

  it('lets exactly one of many processes make the repository', async () => {
    const root = await newRoot();
    const results = await Promise.all(
      Array.from({ length: 8 }, () =>
        createLocalRepository({
          root,
          name: 'acme/shop',
          branches: { main: { a: '1' } },
          ifExists: 'keep',
        }),
      ),
    );
    expect(results.filter((result) => result.created)).toHaveLength(1);
    expect(readdirSync(join(root, 'acme'))).toEqual(['shop.git']);
  });
});

function packAgainAndAgain(cwd: string): { stop(): Promise<number> } {
  let going = true;
  const loop = (async () => {
    let count = 0;
    while (going) {
      await run('git', ['pack-refs', '--all'], { cwd });
      await run('git', ['repack', '-adq'], { cwd });
      count += 1;
    }
    return count;
  })();
  return {
    stop: () => {
      going = false;
      return loop;
    },
  };
}

describe.skipIf(!hasGit)('local: together with Git (skipped without the git program)', () => {
  const git = (cwd: string, ...args: string[]) =>
    execFileSync('git', args, {
      cwd,
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_AUTHOR_NAME: 'G',
        GIT_AUTHOR_EMAIL: 'g@example.com',
        GIT_COMMITTER_NAME: 'G',
        GIT_COMMITTER_EMAIL: 'g@example.com',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  async function setUp() {
    const root = await newRoot();
    const files = { 'app.yaml': 'a: 1\nb: 2\nc: 3\n', 'dir/größe 1.yaml': 'x\n', run: 'go\n' };
    const { path } = await createLocalRepository({ root, name: 'shop', branches: { main: files } });
    const repository = local({ root }).repository('shop');
    const head = (await repository.branches.get('main'))?.sha ?? '';
    await repository.commits.create({
      branch: 'feature',
      create: true,
      expectedHead: head,
      message: 'feature',
      changes: [
        { type: 'write', path: 'app.yaml', content: Buffer.from('a: 1\nb: 2\nc: 4') },
        { type: 'write', path: 'dir/größe 1.yaml', content: Buffer.from('y\r\n') },
        { type: 'write', path: 'bin', content: Buffer.from([0, 1, 2]) },
        { type: 'write', path: 'new "quoted"\tname', content: Buffer.from('n\n') },
        { type: 'write', path: 'moved', content: Buffer.from('go\n'), mode: '100755' },
        { type: 'delete', path: 'run' },
      ],
    });
    const pull = await repository.pullRequests.create({
      title: 'Feature',
      source: 'feature',
      destination: 'main',
    });
    return { root, path, repository, pull, head };
  }

  it('is the same after git gc, and every object is read', async () => {
    const { root, path, repository, pull } = await setUp();
    const before = await repository.pullRequests.get(pull.id);
    git(path, 'gc', '-q', '--prune=now');
    expect(readdirSync(join(path, 'refs', 'heads'))).toEqual([]);
    const again = local({ root }).repository('shop');
    expect(await again.pullRequests.get(pull.id)).toEqual(before);
    expect((await again.files.read('app.yaml', 'feature'))?.content).toEqual(
      new Uint8Array(Buffer.from('a: 1\nb: 2\nc: 4')),
    );
    await again.pullRequests.merge(pull.id, { deleteSourceBranch: true });
    expect(git(path, 'for-each-ref', '--format=%(refname)', 'refs/heads')).toBe(
      'refs/heads/main\n',
    );
    expect(git(path, 'show', 'main:app.yaml')).toBe('a: 1\nb: 2\nc: 4');
    expect(git(path, 'fsck', '--strict', '--no-dangling', '--no-progress')).toBe('');
  });

  it('reads packs of every kind: several, deep deltas, bases named by id, many in one index', async () => {
    const { root, path, repository } = await setUp();
    const texts = new Map<string, string>();
    const lines = Array.from(
      { length: 400 },
      (_, index) => `line ${index} ${'x'.repeat(index % 50)}`,
    );
    for (let version = 0; version < 24; version += 1) {
      lines[version * 16] = `version ${version}`;
      const text = lines.join('\n');
      const { sha } = await repository.commits.create({
        branch: 'main',
        expectedHead: (await repository.branches.get('main'))?.sha ?? '',
        message: `${version}`,
        changes: [{ type: 'write', path: 'long', content: Buffer.from(text) }],
      });
      texts.set(sha, text);
      if (version % 8 === 7) git(path, 'repack', '-dq');
    }
    git(path, 'tag', '-a', '-m', 'annotated', 'v1', 'main');
    git(path, 'pack-refs', '--all');
    const again = async () => {
      const fresh = local({ root }).repository('shop');
      for (const [sha, text] of texts) {
        expect(Buffer.from((await fresh.files.read('long', sha))?.content ?? []).toString()).toBe(
          text,
        );
      }
      const tip = [...texts.keys()].at(-1);
      // `packed-refs` holds the commit of an annotated tag in a line of its own.
      expect(await fresh.tags.get('v1')).toEqual({ name: 'v1', sha: tip });
      expect((await fresh.branches.get('main'))?.sha).toBe(tip);
    };
    await again();
    git(path, 'multi-pack-index', 'write');
    await again();
    git(path, 'repack', '-adfq', '--depth=200', '--window=50');
    await again();
    git(path, '-c', 'repack.useDeltaBaseOffset=false', 'repack', '-adfq');
    await again();
  });

  it.each(['commit', 'abort'])('waits while Git holds the lock of a branch: %s', async (end) => {
    const { path, repository, head } = await setUp();
    const next = git(path, 'commit-tree', '-p', head, '-m', 'pushed', `${head}^{tree}`).trim();
    const child = spawn('git', ['update-ref', '--stdin'], { cwd: path });
    child.stdin.write(`start\nupdate refs/heads/main ${next} ${head}\nprepare\n`);
    let said = '';
    for await (const chunk of child.stdout.setEncoding('utf8') as AsyncIterable<string>) {
      said += chunk;
      if (said.includes('prepare: ok')) break;
    }
    expect(readdirSync(join(path, 'refs', 'heads'))).toContain('main.lock');
    const ours = repository.commits.create({
      branch: 'main',
      expectedHead: head,
      message: 'ours',
      changes: [{ type: 'write', path: 'ours', content: Buffer.from('1') }],
    });
    child.stdin.end(`${end}\n`);
    if (end === 'commit') await expect(ours).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' });
    const tip = end === 'commit' ? next : (await ours).sha;
    expect(git(path, 'rev-parse', 'main')).toBe(`${tip}\n`);
  });

  it('makes a diff that git applies', async () => {
    const { root, path, repository, pull } = await setUp();
    const diff = await repository.pullRequests.diff(pull.id);
    expect(diff).toContain('rename from run');
    expect(diff).toContain('Binary files /dev/null and b/bin differ');
    const work = join(root, 'work');
    git(root, 'clone', '-q', path, work);
    const text = diff.replace(/^diff --git a\/bin b\/bin\n(?:(?!diff --git).*\n)*/m, '');
    const { status, stderr } = spawnSync('git', ['apply', '--index', '--whitespace=nowarn', '-'], {
      cwd: work,
      input: text,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(git(work, 'diff', '--cached', '--name-only', 'origin/feature')).toBe('bin\n');
  });

  it('carries pull requests by a plain fetch', async () => {
    const { root, path, repository, pull } = await setUp();
    await repository.pullRequests.comment(pull.id, 'looks good');
    const copy = join(root, 'copy.git');
    git(root, 'clone', '-q', '--bare', path, copy);
    git(copy, 'fetch', '-q', 'origin', 'refs/bowline/*:refs/bowline/*');
    const there = await local({ root }).repository('copy').pullRequests.get(pull.id);
    expect(there).toEqual({
      ...pull,
      webUrl: expect.stringContaining('copy.git#pull/1'),
      updatedAt: expect.any(String),
    });
    expect(git(copy, 'log', '--format=%s', `refs/bowline/pull/${pull.id}/meta`)).toBe(
      'Comment on pull request 1: Feature\nOpen pull request 1: Feature\n',
    );
  });

  it('sees a merge and a fast-forward that somebody made with Git', async () => {
    const { root, path, repository, pull } = await setUp();
    const work = join(root, 'work');
    git(root, 'clone', '-q', path, work);
    git(work, 'merge', '-q', '--no-ff', '-m', 'by hand', 'origin/feature');
    git(work, 'commit', '-q', '--allow-empty', '-m', 'later');
    git(work, 'push', '-q', 'origin', 'HEAD:main');
    const merge = git(work, 'rev-parse', 'HEAD^').trim();
    const seen = await repository.pullRequests.get(pull.id);
    expect(seen).toMatchObject({ state: 'merged', mergeCommit: merge });
    expect(await repository.pullRequests.merge(pull.id)).toMatchObject({ mergeCommit: merge });
    git(work, 'push', '-q', 'origin', ':feature');
    expect((await repository.pullRequests.get(pull.id))?.state).toBe('merged');

    const tip = (await repository.branches.get('main'))?.sha ?? '';
    const { sha } = await repository.commits.create({
      branch: 'second',
      create: true,
      expectedHead: tip,
      message: 's',
      changes: [{ type: 'write', path: 's', content: Buffer.from('s') }],
    });
    const second = await repository.pullRequests.create({
      title: 's',
      source: 'second',
      destination: 'main',
    });
    git(path, 'update-ref', 'refs/heads/main', sha);
    expect(await repository.pullRequests.get(second.id)).toMatchObject({
      state: 'merged',
      mergeCommit: sha,
    });
  });

  it('stays open when the source branch is set back or deleted without a merge', async () => {
    const { path, repository, pull, head } = await setUp();
    git(path, 'update-ref', 'refs/heads/feature', head);
    await repository.commits.create({
      branch: 'main',
      expectedHead: head,
      message: 'on',
      changes: [{ type: 'write', path: 'on', content: Buffer.from('on') }],
    });
    expect((await repository.pullRequests.get(pull.id))?.state).toBe('open');
    git(path, 'update-ref', '-d', 'refs/heads/feature');
    expect(await repository.pullRequests.get(pull.id)).toMatchObject({
      state: 'open',
      source: { branch: 'feature', sha: undefined },
    });
    await expect(repository.pullRequests.merge(pull.id)).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
    });
  });
});
