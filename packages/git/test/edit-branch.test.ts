import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, execPath } from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type GitEngineName, openGit, type TreeEdit } from '@bowline/gitops-git';
import {
  type GitHttpServer,
  hasGit,
  importCommit,
  runGit,
  startGitHttpServer,
} from '@bowline/test-servers/git-http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const author = { name: 'Ada Löv', email: 'ada@example.com' };
const worker = fileURLToPath(new URL('./edit-worker.ts', import.meta.url));
const run = promisify(execFile);

describe.skipIf(!hasGit).each<GitEngineName>(['system', 'isomorphic'])(
  'editBranch with %s (skipped without git)',
  (engine) => {
    let server: GitHttpServer;
    let temporary: string;
    let number = 0;
    let name: string;
    let first: string;

    beforeAll(async () => {
      server = await startGitHttpServer();
      temporary = await mkdtemp(join(tmpdir(), 'bowline-edit-'));
    });
    afterAll(async () => {
      await server.close();
      await rm(temporary, { recursive: true, force: true });
    });
    beforeEach(async () => {
      number += 1;
      name = `edit-${number}.git`;
      first = await server.createRepository(name, { VERSION: '1\n', 'a/b/c.yaml': 'x: 1\n' });
    });
    afterEach(async () => {
      server.faults.length = 0;
      expect(await readdir(temporary)).toEqual([]);
    });

    const git = openGit({
      engine,
      environment: { PATH: env['PATH'] },
      clock: () => 1_700_000_000_000,
    });
    const own = () =>
      openGit({ engine, environment: { PATH: env['PATH'] }, temporaryDirectory: temporary });
    const inRepository = (...args: string[]): Promise<string> =>
      runGit(join(server.root, name), args);
    const write =
      (path: string, content: string): TreeEdit =>
      () => ({
        message: `chore: write ${path}`,
        changes: [{ type: 'write', path, content: Buffer.from(content) }],
      });

    it('commits on the tip and says what was before', async () => {
      const result = await own().editBranch({
        remote: server.url(name),
        branch: 'main',
        author,
        edit: write('VERSION', '2\n'),
      });
      expect(result).toEqual({
        changed: true,
        sha: expect.any(String),
        before: first,
        attempts: 1,
      });
      expect(await inRepository('show', 'main:VERSION')).toBe('2\n');
      expect(await inRepository('rev-parse', 'main', 'main^')).toBe(`${result.sha}\n${first}\n`);
      await inRepository('fsck', '--strict', '--full');
    });

    it('writes author, committer, time and message as they are', async () => {
      await git.editBranch({
        remote: server.url(name),
        branch: 'main',
        author,
        committer: { name: 'Bot', email: 'bot@example.com' },
        edit: write('VERSION', '3\n'),
      });
      expect(
        await inRepository('log', '-1', '--format=%an <%ae> %at|%cn <%ce> %ct|%B', 'main'),
      ).toBe(
        'Ada Löv <ada@example.com> 1700000000|Bot <bot@example.com> 1700000000|chore: write VERSION\n\n',
      );
    });

    it('pushes nothing when the edit changes nothing', async () => {
      const before = server.requests.length;
      const options = { remote: server.url(name), branch: 'main', author };
      expect(await git.editBranch({ ...options, edit: write('VERSION', '1\n') })).toEqual({
        changed: false,
        sha: first,
        attempts: 1,
      });
      expect(await git.editBranch({ ...options, edit: () => undefined })).toMatchObject({
        changed: false,
      });
      const steps = server.requests.slice(before).map((request) => request.step);
      expect(steps.filter((step) => step.startsWith('receive-pack'))).toEqual([]);
    });

    it('creates a branch from another one in the same push', async () => {
      const before = server.requests.length;
      const result = await git.editBranch({
        remote: server.url(name),
        branch: 'feature/x',
        from: 'main',
        author,
        edit: write('VERSION', '2\n'),
      });
      expect(result).toMatchObject({ changed: true, before: undefined });
      expect(await inRepository('rev-parse', 'feature/x^', 'main')).toBe(`${first}\n${first}\n`);
      const pushes = server.requests
        .slice(before)
        .filter((request) => request.step === 'receive-pack');
      expect(pushes).toHaveLength(1);
    });

    it('says when there is no branch to edit', async () => {
      const options = { remote: server.url(name), author, edit: write('x', 'y') };
      await expect(git.editBranch({ ...options, branch: 'nope' })).rejects.toMatchObject({
        code: 'GIT_REF_NOT_FOUND',
      });
      await expect(
        git.editBranch({ ...options, branch: 'nope', from: 'neither' }),
      ).rejects.toMatchObject({ code: 'GIT_REF_NOT_FOUND' });
    });

    it('runs the edit again when the branch moves before the push', async () => {
      const directory = join(server.root, name);
      server.faults.push({
        step: 'receive-pack-refs',
        times: 1,
        fault: {
          type: 'before',
          run: () => importCommit(directory, { files: { other: 'theirs\n' } }),
        },
      });
      const seen: string[] = [];
      const result = await git.editBranch({
        remote: server.url(name),
        branch: 'main',
        author,
        edit: (tree) => {
          seen.push(tree.commit);
          return {
            message: 'm',
            changes: [{ type: 'write', path: 'mine', content: Buffer.from('1') }],
          };
        },
      });
      expect(result).toMatchObject({ changed: true, attempts: 2 });
      expect(new Set(seen).size).toBe(2);
      expect(await inRepository('show', 'main:other')).toBe('theirs\n');
      expect(await inRepository('show', 'main:mine')).toBe('1');
    });

    it('gives up with GIT_BRANCH_MOVED after the attempts that it was given', async () => {
      const directory = join(server.root, name);
      let turn = 0;
      server.faults.push({
        step: 'receive-pack-refs',
        fault: {
          type: 'before',
          run: () => {
            turn += 1;
            return importCommit(directory, { files: { other: `${turn}\n` } });
          },
        },
      });
      await expect(
        own().editBranch({
          remote: server.url(name),
          branch: 'main',
          author,
          attempts: 3,
          edit: write('mine', '1'),
        }),
      ).rejects.toMatchObject({ code: 'GIT_BRANCH_MOVED', retryable: true });
      expect(turn).toBe(3);
      expect(await inRepository('ls-tree', '--name-only', 'main')).not.toContain('mine');
    });

    it('does not say that the branch moved when a lock on the server stops every push', async () => {
      await writeFile(join(server.root, name, 'refs', 'heads', 'main.lock'), '');
      await expect(
        own().editBranch({
          remote: server.url(name),
          branch: 'main',
          author,
          attempts: 2,
          edit: write('mine', '1'),
        }),
      ).rejects.toMatchObject({ code: 'GIT_PUSH_REJECTED', retryable: false });
    });

    it('does not overwrite a branch that somebody else created meanwhile', async () => {
      const directory = join(server.root, name);
      server.faults.push({
        step: 'receive-pack-refs',
        times: 1,
        fault: {
          type: 'before',
          run: () =>
            importCommit(directory, { branch: 'new', from: 'main', files: { theirs: 't' } }),
        },
      });
      const result = await git.editBranch({
        remote: server.url(name),
        branch: 'new',
        from: 'main',
        author,
        edit: write('mine', 'm'),
      });
      expect(result).toMatchObject({ changed: true, attempts: 2, before: expect.any(String) });
      expect(await inRepository('ls-tree', '--name-only', 'new')).toContain('theirs');
    });

    it('passes on what a hook of the server says, and does not try again', async () => {
      const hook = join(server.root, name, 'hooks', 'pre-receive');
      await writeFile(hook, '#!/bin/sh\necho "prod is frozen until Monday" >&2\nexit 1\n');
      await chmod(hook, 0o755);
      let runs = 0;
      await expect(
        own().editBranch({
          remote: server.url(name),
          branch: 'main',
          author,
          edit: () => {
            runs += 1;
            return {
              message: 'm',
              changes: [{ type: 'write', path: 'x', content: Buffer.from('1') }],
            };
          },
        }),
      ).rejects.toMatchObject({
        code: 'GIT_PUSH_REJECTED',
        message: expect.stringContaining('prod is frozen until Monday'),
      });
      expect(runs).toBe(1);
    });

    it('leaves modes, links, submodules and names of other entries as they are', async () => {
      const submodule = '1'.repeat(40);
      await importCommit(join(server.root, name), {
        files: {
          'bin/run.sh': { mode: '100755', content: '#!/bin/sh\n' },
          'bin/link': { mode: '120000', content: '../VERSION' },
          'bin/module': { mode: '160000', sha: submodule },
          'bin/übung \u{1f600}.txt': 'ü\n',
        },
      });
      const before = await inRepository('ls-tree', '-r', '-z', 'main');
      await git.editBranch({
        remote: server.url(name),
        branch: 'main',
        author,
        edit: () => ({
          message: 'm',
          changes: [
            { type: 'write', path: 'bin/new', content: Buffer.from('n'), mode: '100755' },
            { type: 'write', path: 'bin/run.sh', content: Buffer.from('#!/bin/sh\nexit\n') },
            { type: 'delete', path: 'a/b/c.yaml' },
          ],
        }),
      });
      const after = (await inRepository('ls-tree', '-r', '-z', 'main')).split('\0');
      const kept = before.split('\0').filter((line) => !/run\.sh|c\.yaml/.test(line));
      expect(after).toEqual(expect.arrayContaining(kept));
      expect(after.filter((line) => /^100755 .*\tbin\/(?:new|run\.sh)$/.test(line))).toHaveLength(
        2,
      );
      expect(after.some((line) => line.endsWith('a/b/c.yaml'))).toBe(false);
      expect(await inRepository('ls-tree', 'main', 'bin/module')).toContain(
        `160000 commit ${submodule}`,
      );
    });

    it('lets edits of one process take turns, first come, first served', async () => {
      const order: number[] = [];
      const results = await Promise.all(
        [1, 2, 3].map((turn) =>
          git.editBranch({
            remote: server.url(name),
            branch: 'main',
            author,
            edit: async (tree) => {
              order.push(turn);
              const text = Buffer.from((await tree.read('VERSION')) ?? []).toString();
              return {
                message: 'm',
                changes: [
                  { type: 'write', path: 'VERSION', content: Buffer.from(`${text}${turn}\n`) },
                ],
              };
            },
          }),
        ),
      );
      expect(order).toEqual([1, 2, 3]);
      expect(results.map((result) => result.attempts)).toEqual([1, 1, 1]);
      expect(await inRepository('show', 'main:VERSION')).toBe('1\n1\n2\n3\n');
    });

    it('leaves the queue at once when it is aborted', async () => {
      const release = Promise.withResolvers<void>();
      const holds = git.editBranch({
        remote: server.url(name),
        branch: 'main',
        author,
        edit: async () => {
          await release.promise;
          return undefined;
        },
      });
      const controller = new AbortController();
      const reason = new Error('not needed any more');
      const waits = git.editBranch({
        remote: server.url(name),
        branch: 'main',
        author,
        signal: controller.signal,
        edit: write('x', 'y'),
      });
      controller.abort(reason);
      await expect(waits).rejects.toBe(reason);
      release.resolve();
      await expect(holds).resolves.toMatchObject({ changed: false });
    });

    it('rejects with the reason of the signal and leaves no folder behind', async () => {
      const controller = new AbortController();
      const reason = new Error('stop');
      await expect(
        own().editBranch({
          remote: server.url(name),
          branch: 'main',
          author,
          signal: controller.signal,
          edit: async (tree) => {
            await tree.read('VERSION');
            controller.abort(reason);
            return {
              message: 'm',
              changes: [{ type: 'write', path: 'x', content: Buffer.from('y') }],
            };
          },
        }),
      ).rejects.toBe(reason);
    });

    it('passes on what the edit throws', async () => {
      const failure = new TypeError('a bug of the caller');
      await expect(
        own().editBranch({
          remote: server.url(name),
          branch: 'main',
          author,
          edit: () => {
            throw failure;
          },
        }),
      ).rejects.toBe(failure);
    });

    it('loses no edit of two processes at once', async () => {
      const count = 3;
      const start = (id: string): Promise<unknown> =>
        run(execPath, [
          '--conditions=@bowline/source',
          worker,
          server.url(name),
          engine,
          id,
          String(count),
        ]);
      await Promise.all([start('a'), start('b')]);
      expect(await inRepository('show', 'main:counter')).toBe(`${2 * count}\n`);
      const done = (await inRepository('ls-tree', '--name-only', 'main', 'done/'))
        .trim()
        .split('\n');
      expect(done).toHaveLength(2 * count);
    });
  },
);
