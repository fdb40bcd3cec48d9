import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { type GitEngineName, openGit, sshSigner } from '@bowline/gitops-git';
import {
  type GitHttpServer,
  hasGit,
  runGit,
  startGitHttpServer,
} from '@bowline/test-servers/git-http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const author = { name: 'Ada', email: 'ada@example.com' };
const [, minor = '0'] =
  /^git version 2\.([0-9]+)/.exec(spawnSync('git', ['--version'], { encoding: 'utf8' }).stdout) ??
  [];
const verifiesSsh = Number(minor) >= 34;

describe.skipIf(!hasGit).each<GitEngineName>(['system', 'isomorphic'])(
  'openGit with %s (skipped without git)',
  (engine) => {
    let server: GitHttpServer;
    let folder: string;
    beforeAll(async () => {
      server = await startGitHttpServer();
      await server.createRepository('shop.git', { a: '1\n', 'd/b': '2\n' });
    });
    afterAll(() => server.close());
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'bowline-repository-'));
      return () => rm(folder, { recursive: true, force: true });
    });
    const git = openGit({
      engine,
      environment: { PATH: env['PATH'] },
      clock: () => 1_700_000_000_000,
    });

    it('clones, works and pushes', async () => {
      await server.createRepository(`work-${engine}.git`, { a: '1\n' });
      const target = join(folder, 'clone');
      const repository = await git.clone(server.url(`work-${engine}.git`), target);
      expect(repository).toMatchObject({ directory: target, bare: false, engine });
      expect(await repository.remoteUrl()).toBe(server.url(`work-${engine}.git`));
      await repository.checkout('next', { create: true });
      await writeFile(join(target, 'b'), 'b\n');
      await repository.add(['./b']);
      const commit = await repository.commit({ message: 'Add b', author, signOff: true });
      expect(commit).toMatchObject({
        author: { ...author, timestamp: 1_700_000_000 },
        message: 'Add b\n\nSigned-off-by: Ada <ada@example.com>\n',
      });
      expect(await repository.push()).toEqual({
        branch: 'next',
        before: undefined,
        after: commit.sha,
      });
      expect(await repository.push()).toEqual({
        branch: 'next',
        before: commit.sha,
        after: commit.sha,
      });
      const found = await git.open(join(target));
      expect(await found.resolve('next')).toBe(commit.sha);
      expect(Buffer.from((await found.readFile('next', 'b')) ?? []).toString()).toBe('b\n');
      expect(await found.readFile('next', 'absent')).toBeUndefined();
      await expect(found.readFile('absent', 'b')).rejects.toMatchObject({
        code: 'GIT_REF_NOT_FOUND',
      });
    });

    it('finds a repository above a folder, and says when there is none', async () => {
      await git.clone(server.url('shop.git'), join(folder, 'clone'));
      expect((await git.open(join(folder, 'clone', 'd'))).directory).toBe(join(folder, 'clone'));
      await expect(git.open(folder)).rejects.toMatchObject({ code: 'GIT_NOT_A_REPOSITORY' });
      await expect(git.open(join(folder, 'absent'))).rejects.toMatchObject({
        code: 'GIT_NOT_A_REPOSITORY',
      });
    });

    it('takes a user name in a configured address, and refuses a password there without repeating it', async () => {
      const repository = await git.clone(server.url('shop.git'), join(folder, 'clone'));
      const address = (user: string): string =>
        server.url('shop.git').replace('http://', `http://${user}@`);
      await runGit(join(folder, 'clone'), ['config', 'remote.origin.url', address('ada')]);
      expect(await repository.remoteUrl()).toBe(server.url('shop.git'));
      expect(await repository.fetch()).toEqual([]);
      for (const user of ['me:0ld-s3cret', `ghp_${'x1'.repeat(18)}`, 'me:']) {
        await runGit(join(folder, 'clone'), ['config', 'remote.origin.url', address(user)]);
        expect(await repository.remoteUrl()).toBe(server.url('shop.git'));
        const failure = await repository.fetch().catch((error: unknown) => error);
        expect(failure).toMatchObject({
          code: 'GIT_INVALID_REMOTE',
          hint: expect.stringContaining(`git remote set-url origin ${server.url('shop.git')}`),
        });
        expect(String(failure)).not.toContain(user);
      }
    });

    it('takes whole numbers of commits for a depth', async () => {
      const target = join(folder, 'clone');
      for (const depth of [0, -1, 1.5, Number.NaN, 2 ** 40]) {
        await expect(git.clone(server.url('shop.git'), target, { depth })).rejects.toMatchObject({
          code: 'GIT_INVALID_ARGUMENT',
        });
      }
    });

    it('says when there is no such remote', async () => {
      const repository = await git.clone(server.url('shop.git'), join(folder, 'clone'));
      expect(await repository.remoteUrl('upstream')).toBeUndefined();
      await expect(repository.fetch({ remote: 'upstream' })).rejects.toMatchObject({
        code: 'GIT_REF_NOT_FOUND',
      });
    });

    it.skipIf(!verifiesSsh)(
      'signs commits that git verifies (2.34 or newer), in a clone and on a remote branch',
      async () => {
        await server.createRepository(`signed-${engine}.git`, { a: '1\n' });
        const key = join(folder, 'key');
        execFileSync('ssh-keygen', ['-q', '-N', '', '-t', 'ed25519', '-f', key]);
        const sign = sshSigner({ privateKey: await readFile(key, 'utf8') });
        await writeFile(
          join(folder, 'allowed'),
          `ada@example.com ${await readFile(`${key}.pub`, 'utf8')}`,
        );
        const verify = (directory: string, sha: string): string =>
          execFileSync(
            'git',
            [
              '-c',
              `gpg.ssh.allowedSignersFile=${join(folder, 'allowed')}`,
              'verify-commit',
              '--raw',
              sha,
            ],
            { cwd: directory, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' },
          );
        const remote = server.url(`signed-${engine}.git`);
        const repository = await git.clone(remote, join(folder, 'clone'));
        await writeFile(join(folder, 'clone', 'a'), '2\n');
        const commit = await repository.commit({ message: 'Two', author, all: true, sign });
        expect(() => verify(join(folder, 'clone'), commit.sha)).not.toThrow();
        expect((await repository.status()).files).toEqual([]);
        const result = await git.editBranch({
          remote,
          branch: 'main',
          author,
          sign,
          edit: () => ({
            message: 'Three',
            changes: [{ type: 'write', path: 'a', content: Buffer.from('3\n') }],
          }),
        });
        expect(() => verify(join(server.root, `signed-${engine}.git`), result.sha)).not.toThrow();
      },
    );

    it('reads files and the log of a remote without a clone', async () => {
      const remote = server.url('shop.git');
      const [log] = await git.remoteLog(remote, { ref: 'main', limit: 5 });
      expect(log).toMatchObject({
        parents: [],
        author: { name: 'Test Author', timezoneOffset: 60 },
      });
      const file = await git.readRemoteFile(remote, { ref: 'HEAD', path: 'd/b' });
      expect(file).toEqual({ sha: log?.sha, content: expect.anything() });
      expect(await git.readRemoteFile(remote, { ref: 'main', path: 'd' })).toBeUndefined();
      await expect(git.readRemoteFile(remote, { ref: 'absent', path: 'a' })).rejects.toMatchObject({
        code: 'GIT_REF_NOT_FOUND',
      });
      for (const limit of [0, -1, 1.5, 10_001, Number.NaN]) {
        await expect(git.remoteLog(remote, { ref: 'main', limit })).rejects.toMatchObject({
          code: 'GIT_INVALID_ARGUMENT',
        });
      }
    });
  },
);

describe.skipIf(!hasGit).each<GitEngineName>(['system', 'isomorphic'])(
  'servers and %s (skipped without git)',
  (engine) => {
    const git = openGit({ engine, environment: { PATH: env['PATH'] } });
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, at) => [`apps/app-${at}/web.yaml`, `image: web:${at}\n`]),
    );
    const readAll = async (remote: string): Promise<readonly string[]> => {
      let texts: readonly string[] = [];
      await git.editBranch({
        remote,
        branch: 'main',
        author,
        edit: async (tree) => {
          const found = await Promise.all(Object.keys(files).map((path) => tree.read(path)));
          texts = found.map((content) => Buffer.from(content ?? []).toString());
          return {
            message: 'm',
            changes: [{ type: 'write', path: 'done', content: Buffer.from('') }],
          };
        },
      });
      return texts;
    };

    it('gets many file contents in one request', async () => {
      const server = await startGitHttpServer();
      try {
        await server.createRepository('many.git', files);
        expect(await readAll(server.url('many.git'))).toEqual(Object.values(files));
        const fetches = server.requests.filter((request) => request.step === 'upload-pack');
        expect(fetches.length).toBeLessThanOrEqual(4);
      } finally {
        await server.close();
      }
    });

    it('does without partial clones and without objects by their id', async () => {
      const server = await startGitHttpServer({ allowFilter: false, allowAnySha1: false });
      try {
        await server.createRepository('plain.git', files);
        await runGit(join(server.root, 'plain.git'), ['tag', '-a', '-m', 'one', 'v1', 'main']);
        const sha = (await runGit(join(server.root, 'plain.git'), ['rev-parse', 'main'])).trim();
        const remote = server.url('plain.git');
        expect(await readAll(remote)).toEqual(Object.values(files));
        for (const ref of ['v1', 'refs/tags/v1', 'HEAD', 'main']) {
          const path = 'apps/app-3/web.yaml';
          const file = await git.readRemoteFile(remote, { ref, path });
          expect(Buffer.from(file?.content ?? []).toString()).toBe('image: web:3\n');
          if (ref.endsWith('v1')) expect(file?.sha).toBe(sha);
        }
      } finally {
        await server.close();
      }
    });
  },
);

describe.skipIf(!hasGit)('file remotes (skipped without git)', () => {
  it('need to be allowed, and work with the git program', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bowline-files-'));
    try {
      const remote = join(folder, 'remote.git');
      await runGit(folder, ['init', '-q', '--bare', '-b', 'main', 'remote.git']);
      const environment = { PATH: env['PATH'] };
      await expect(openGit({ environment }).listRemoteRefs(remote)).rejects.toMatchObject({
        code: 'GIT_INVALID_REMOTE',
      });
      const git = openGit({ engine: 'isomorphic', environment, allowFile: true });
      expect(await git.engineFor(remote)).toBe('system');
      const repository = await git.clone(remote, join(folder, 'clone'));
      await writeFile(join(folder, 'clone', 'a'), '1\n');
      await repository.add(['.']);
      await repository.commit({ message: 'One', author });
      await repository.push();
      const result = await git.editBranch({
        remote,
        branch: 'main',
        author,
        edit: async (tree) => ({
          message: 'Two',
          changes: [
            { type: 'write', path: 'b', content: (await tree.read('a')) ?? Buffer.alloc(0) },
          ],
        }),
      });
      expect(result.changed).toBe(true);
      const pulled = await repository.pull();
      expect(pulled.after).toBe(result.sha);
      expect(await readFile(join(folder, 'clone', 'b'), 'utf8')).toBe('1\n');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
