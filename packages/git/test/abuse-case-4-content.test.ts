import { chmod, lstat, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { openGit } from '@bowline/gitops-git';
import {
  type GitHttpServer,
  hasGit,
  importCommit,
  runGit,
  startGitHttpServer,
} from '@bowline/test-servers/git-http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const author = { name: 'Ada', email: 'ada@example.com' };

describe.skipIf(!hasGit)('abuse case 4: hostile contents (skipped without git)', () => {
  let server: GitHttpServer;
  let folder: string;
  let marker: string;
  beforeAll(async () => {
    server = await startGitHttpServer();
  });
  afterAll(() => server.close());
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bowline-abuse-4-'));
    marker = join(folder, 'marker');
    return () => rm(folder, { recursive: true, force: true });
  });
  const git = openGit({ engine: 'system', environment: { PATH: env['PATH'] } });

  it('does not write through a symbolic link, neither when it edits nor when it reads', async () => {
    await server.createRepository('links.git', {
      secrets: { mode: '120000', content: '/var/run/secrets' },
      loop: { mode: '120000', content: 'loop' },
      up: { mode: '120000', content: '../..' },
    });
    const remote = server.url('links.git');
    for (const path of ['secrets/token', 'loop/x', 'up/x']) {
      expect(await git.readRemoteFile(remote, { ref: 'main', path })).toBeUndefined();
      await expect(
        git.editBranch({
          remote,
          branch: 'main',
          author,
          edit: () => ({
            message: 'm',
            changes: [{ type: 'write', path, content: Buffer.from('x') }],
          }),
        }),
      ).rejects.toMatchObject({ code: 'GIT_INVALID_ARGUMENT' });
    }
    const link = await git.readRemoteFile(remote, { ref: 'main', path: 'secrets' });
    expect(Buffer.from(link?.content ?? []).toString()).toBe('/var/run/secrets');
  });

  it.each(['.git', '.GIT', 'git~1', '.git ', '.g\u200cit'])(
    'refuses to clone or fetch a tree with an entry %j',
    async (name) => {
      const repository = 'dotgit.git';
      await server.createRepository(repository);
      const directory = join(server.root, repository);
      const blob = (
        await runGit(directory, ['hash-object', '-w', '--stdin'], 'touch marker')
      ).trim();
      const inner = (
        await runGit(directory, ['mktree'], `100755 blob ${blob}\tpost-checkout\n`)
      ).trim();
      const tree = Buffer.concat([Buffer.from(`40000 ${name}\0`), Buffer.from(inner, 'hex')]);
      const root = (
        await runGit(directory, ['hash-object', '-w', '-t', 'tree', '--literally', '--stdin'], tree)
      ).trim();
      const commit = (await runGit(directory, ['commit-tree', root, '-m', 'm'])).trim();
      await runGit(directory, ['update-ref', 'refs/heads/main', commit]);
      const target = join(folder, 'clone');
      await expect(git.clone(server.url(repository), target)).rejects.toMatchObject({
        code: 'GIT_REMOTE_INVALID_ANSWER',
      });
      expect(await readdir(folder)).toEqual([]);
      await rm(directory, { recursive: true, force: true });
    },
  );

  it('runs no filter, no driver and no submodule command of a clone', async () => {
    await server
      .createRepository('filters.git', {
        '.gitattributes': '* filter=evil diff=evil merge=evil\n',
        '.gitmodules': `[submodule "x"]\n\tpath = x\n\turl = -u./marker\n\tupdate = !touch ${marker}\n`,
        file: 'content\n',
      })
      .catch(() => undefined);
    const target = join(folder, 'clone');
    // Git itself refuses the hostile .gitmodules when it checks what it receives.
    await expect(git.clone(server.url('filters.git'), target)).rejects.toMatchObject({
      code: 'GIT_REMOTE_INVALID_ANSWER',
    });
    await importCommit(join(server.root, 'filters.git'), { files: { '.gitmodules': undefined } });
    expect(await readdir(folder)).toEqual([]);
  });

  it('runs nothing that the configuration of a repository names', async () => {
    await server.createRepository('shop.git', {
      '.gitattributes': '* filter=evil merge=evil diff=evil\n',
      a: '1\n',
    });
    const target = join(folder, 'clone');
    const clone = await git.clone(server.url('shop.git'), target);
    const hooks = join(folder, 'hooks');
    await mkdir(hooks);
    const program = join(folder, 'program');
    await writeFile(program, `#!/bin/sh\necho "$0 $*" >> '${marker}'\ncat\n`);
    await chmod(program, 0o755);
    for (const hook of [
      'pre-commit',
      'commit-msg',
      'prepare-commit-msg',
      'post-commit',
      'post-checkout',
      'post-merge',
      'pre-push',
      'reference-transaction',
      'fsmonitor-watchman',
      'post-index-change',
      'pre-merge-commit',
    ]) {
      for (const place of [hooks, join(target, '.git', 'hooks')]) {
        await mkdir(place, { recursive: true });
        await writeFile(join(place, hook), `#!/bin/sh\necho ${hook} >> '${marker}'\n`, {
          mode: 0o755,
        });
      }
    }
    const settings = {
      'core.hooksPath': hooks,
      'core.fsmonitor': program,
      'core.sshCommand': program,
      'core.pager': program,
      'core.editor': program,
      'core.askPass': program,
      'credential.helper': program,
      'diff.external': program,
      'diff.evil.command': program,
      'diff.evil.textconv': program,
      'filter.evil.clean': program,
      'filter.evil.smudge': program,
      'filter.evil.process': program,
      'filter.evil.required': 'true',
      'merge.evil.driver': program,
      'commit.gpgSign': 'true',
      'gpg.program': program,
      'remote.origin.uploadpack': program,
      'remote.origin.receivepack': program,
      'alias.status': `!${program}`,
      'alias.log': `!${program}`,
      'protocol.ext.allow': 'always',
      'log.showSignature': 'true',
    };
    for (const [key, value] of Object.entries(settings))
      await runGit(target, ['config', key, value]);
    await importCommit(join(server.root, 'shop.git'), { files: { b: 'theirs\n', a: '1\n2\n' } });

    const repository = await git.open(target);
    await writeFile(join(target, 'c'), 'mine\n');
    await repository.add(['c']);
    await repository.commit({ message: 'mine', author });
    await repository.pull({ strategy: 'merge', author });
    await writeFile(join(target, 'a'), 'changed\n');
    expect((await repository.status()).files).toEqual([
      { path: 'a', staged: 'unmodified', unstaged: 'modified' },
    ]);
    expect(await repository.diff()).toContain('+changed');
    await repository.commit({ message: 'all', author, all: true });
    await repository.checkout('next', { create: true });
    await repository.log();
    await repository.push();
    await repository.fetch();
    await repository.createTag('v1', { message: 'one', tagger: author });
    await expect(lstat(marker)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(clone.directory).toBe(target);
  });

  it('reaches no remote through another protocol that a repository names', async () => {
    await runGit(folder, ['init', '-q', '-b', 'main', '.']);
    const repository = await git.open(folder);
    for (const url of [
      `ext::sh -c touch% ${marker}`,
      '/etc',
      'file:///etc',
      `--upload-pack=touch ${marker}`,
    ]) {
      await runGit(folder, ['config', 'remote.origin.url', url]);
      await expect(repository.fetch()).rejects.toMatchObject({ code: 'GIT_INVALID_REMOTE' });
      await expect(repository.pull()).rejects.toMatchObject({ code: 'GIT_INVALID_REMOTE' });
    }
    await runGit(folder, ['config', 'remote.origin.url', 'https://git.example.com/a.git']);
    await runGit(folder, [
      'config',
      'url.ext::sh -c touch% marker#.insteadOf',
      'https://git.example.com/',
    ]);
    await expect(repository.fetch()).rejects.toMatchObject({ code: 'GIT_INVALID_REMOTE' });
    await expect(lstat(marker)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
