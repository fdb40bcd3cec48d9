import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { openGit } from '@bowline/gitops-git';
import { hasGit, runGit } from '@bowline/test-servers/git-http';
import { findSshd, type SshServer, startSshd } from '@bowline/test-servers/sshd';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const author = { name: 'Ada', email: 'ada@example.com' };

describe.skipIf(!hasGit || findSshd() === undefined)(
  'remotes over SSH (skipped without sshd)',
  () => {
    let server: SshServer;
    let temporary: string;
    beforeAll(async () => {
      server = await startSshd();
      temporary = await mkdtemp(join(tmpdir(), 'bowline-ssh-'));
      await server.createRepository('shop.git', { VERSION: '1\n' });
    });
    afterEach(async () => {
      expect(await readdir(temporary)).toEqual([]);
    });
    afterAll(async () => {
      await server.close();
      await rm(temporary, { recursive: true, force: true });
    });
    const open = (engine: 'auto' | 'isomorphic' = 'auto', path = env['PATH']) =>
      openGit({ engine, environment: { PATH: path }, temporaryDirectory: temporary });
    const known = () => ({
      identityFile: server.identityFile,
      knownHostsFile: server.knownHostsFile,
    });

    it('lists, reads and edits a repository of a host that is known', async () => {
      const remote = server.url('shop.git');
      const git = open();
      const refs = await git.listRemoteRefs(remote, { ssh: known() });
      expect(refs.map((ref) => ref.name)).toEqual(['HEAD', 'refs/heads/main']);
      const result = await git.editBranch({
        remote,
        branch: 'main',
        ssh: known(),
        author,
        edit: async (tree) => ({
          message: 'm',
          changes: [
            {
              type: 'write',
              path: 'VERSION',
              content: Buffer.concat([
                (await tree.read('VERSION')) ?? Buffer.alloc(0),
                Buffer.from('2\n'),
              ]),
            },
          ],
        }),
      });
      expect(result.changed).toBe(true);
      expect(await runGit(join(server.root, 'shop.git'), ['show', 'main:VERSION'])).toBe('1\n2\n');
    });

    it('clones, and pushes from the clone', async () => {
      await server.createRepository('clone.git', { VERSION: '1\n' });
      const folder = await mkdtemp(join(tmpdir(), 'bowline-ssh-clone-'));
      try {
        const repository = await open().clone(server.url('clone.git'), join(folder, 'c'), {
          ssh: known(),
        });
        const commit = await repository
          .commit({ message: 'second', author, paths: ['.'] })
          .catch((error: unknown) => error);
        expect(commit).toMatchObject({ code: 'GIT_NOTHING_TO_COMMIT' });
        await repository.createBranch('next');
        const pushed = await repository.push({ branch: 'next', ssh: known() });
        expect(pushed).toMatchObject({ branch: 'next', before: undefined });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });

    it('refuses a host whose key is not known', async () => {
      await expect(
        open().listRemoteRefs(server.url('shop.git'), {
          ssh: { ...known(), knownHostsFile: server.emptyHostsFile },
        }),
      ).rejects.toMatchObject({ code: 'GIT_HOST_KEY_UNKNOWN' });
    });

    it('refuses a host whose key has changed', async () => {
      await expect(
        open().listRemoteRefs(server.url('shop.git'), {
          ssh: { ...known(), knownHostsFile: server.changedHostsFile },
        }),
      ).rejects.toMatchObject({ code: 'GIT_HOST_KEY_UNKNOWN' });
    });

    it('says when the server does not know the key', async () => {
      await expect(
        open().listRemoteRefs(server.url('shop.git'), {
          ssh: { ...known(), identityFile: server.strangerIdentityFile },
        }),
      ).rejects.toMatchObject({ code: 'GIT_AUTHENTICATION_FAILED' });
    });

    it('says when there is no such repository', async () => {
      await expect(
        open().listRemoteRefs(server.url('absent.git'), { ssh: known() }),
      ).rejects.toMatchObject({ code: 'GIT_REMOTE_NOT_FOUND' });
    });

    it('uses the git program for SSH whatever engine is chosen', async () => {
      expect(await open('isomorphic').engineFor(server.url('shop.git'))).toBe('system');
      expect(await open('isomorphic').engineFor('git@github.com:acme/shop.git')).toBe('system');
      expect(await open('isomorphic').engineFor('https://github.com/acme/shop.git')).toBe(
        'isomorphic',
      );
    });

    it.each(['git@github.com:acme/shop.git', 'ssh://git@github.com/acme/shop.git'])(
      'says that %s needs git where there is none, and connects to nothing',
      async (remote) => {
        const git = open('auto', '/nonexistent');
        expect(await git.engineFor()).toBe('isomorphic');
        await expect(git.engineFor(remote)).rejects.toMatchObject({
          code: 'GIT_EXECUTABLE_NOT_FOUND',
        });
        await expect(git.listRemoteRefs(remote)).rejects.toMatchObject({
          code: 'GIT_EXECUTABLE_NOT_FOUND',
          message: expect.stringContaining('github.com/acme/shop.git'),
        });
      },
    );

    it('asks a host that does not answer for no longer than it may', async () => {
      await expect(
        open().listRemoteRefs('ssh://git@192.0.2.1/shop.git', { ssh: known(), timeoutMs: 300 }),
      ).rejects.toMatchObject({
        code: expect.stringMatching(/^GIT_(?:TIMEOUT|REMOTE_UNREACHABLE)$/),
      });
    });
  },
);
