import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { type GitEngineName, openGit } from '@bowline/gitops-git';
import {
  type GitHttpFault,
  type GitHttpServer,
  hasGit,
  importCommit,
  startGitHttpServer,
} from '@bowline/test-servers/git-http';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

const author = { name: 'Ada', email: 'ada@example.com' };
const linux = existsSync('/proc/self/cmdline');

async function processesWith(text: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc')) {
    if (!/^[0-9]+$/.test(pid)) continue;
    // A process may be gone by the time that it is looked at.
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const [program = ''] = line.split('\0', 1);
    if (/(?:^|\/)git$/.test(program) && line.includes(text)) found.push(line.replaceAll('\0', ' '));
  }
  return found;
}

const broken = /^GIT_(?:REMOTE_UNREACHABLE|REMOTE_INVALID_ANSWER|TIMEOUT)$/;

describe.skipIf(!hasGit)(
  'abuse case 5: servers that misbehave, with system (skipped without git)',
  () => {
    let server: GitHttpServer;
    let temporary: string;
    let target: string;
    beforeAll(async () => {
      server = await startGitHttpServer();
      temporary = await mkdtemp(join(tmpdir(), 'bowline-abuse-5-'));
      target = join(temporary, 'clone');
      const noise = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7919) % 251));
      await server.createRepository('shop.git', { a: '1\n', noise });
    });
    afterAll(async () => {
      await server.close();
      await rm(temporary, { recursive: true, force: true });
    });
    afterEach(async () => {
      server.faults.length = 0;
      // Neither a half clone, nor a private folder, nor a process that still writes into one.
      expect(await readdir(temporary)).toEqual([]);
    });
    const open = (engine: GitEngineName = 'system') =>
      openGit({
        engine,
        environment: { PATH: env['PATH'] },
        temporaryDirectory: temporary,
      });
    const clone = (
      options: { idleTimeoutMs?: number; timeoutMs?: number; signal?: AbortSignal } = {},
    ) => open().clone(server.url('shop.git'), target, options);
    const during = (step: 'upload-pack' | 'upload-pack-refs', fault: GitHttpFault): void => {
      server.faults.push({ step, fault });
    };

    it.each([
      ['stalls at the refs', 'upload-pack-refs', { type: 'stall' }],
      ['stalls at the pack', 'upload-pack', { type: 'stall' }],
      ['sends one byte per second', 'upload-pack', { type: 'trickle', afterBytes: 600 }],
    ] as const)('gives up when the server %s', async (_name, step, fault) => {
      during(step, fault);
      await expect(clone({ idleTimeoutMs: 400 })).rejects.toMatchObject({
        code: 'GIT_TIMEOUT',
        retryable: true,
      });
    });

    it.each([
      ['a pack that never ends', 'upload-pack', { type: 'endless', afterBytes: 600 }],
      [
        'a list of refs that never ends',
        'upload-pack-refs',
        { type: 'huge-advertisement', refs: Infinity },
      ],
    ] as const)('ends %s with the deadline', async (_name, step, fault) => {
      during(step, fault);
      await expect(clone({ timeoutMs: 700, idleTimeoutMs: 60_000 })).rejects.toMatchObject({
        code: expect.stringMatching(broken),
      });
    });

    it.each([
      ['drops at 99 %', { type: 'cut', fraction: 0.99 }],
      ['ends the pack too early', { type: 'cut', fraction: 0.5, clean: true }],
    ] as const)('says when the connection %s', async (_name, fault) => {
      during('upload-pack', fault);
      await expect(clone()).rejects.toMatchObject({
        code: expect.stringMatching(broken),
        retryable: true,
      });
    });

    it.each([
      [500, 'GIT_REMOTE_UNREACHABLE'],
      [503, 'GIT_REMOTE_UNREACHABLE'],
      [404, 'GIT_REMOTE_NOT_FOUND'],
      [401, 'GIT_AUTHENTICATION_FAILED'],
      [403, 'GIT_AUTHENTICATION_FAILED'],
      [200, 'GIT_REMOTE_INVALID_ANSWER'],
    ] as const)('reads the status %d as %s', async (status, code) => {
      during('upload-pack-refs', {
        type: 'status',
        status,
        body: '<html>\n<h1>Log in</h1>\n</html>\n',
      });
      await expect(open().listRemoteRefs(server.url('shop.git'))).rejects.toMatchObject({ code });
    });

    it('rejects with the reason of the signal, at any point of a clone', async () => {
      const reason = new Error('enough');
      during('upload-pack', { type: 'stall' });
      for (const wait of [0, 40, 120]) {
        const controller = new AbortController();
        setTimeout(() => controller.abort(reason), wait);
        await expect(clone({ signal: controller.signal })).rejects.toBe(reason);
        expect(await readdir(temporary)).toEqual([]);
      }
    });

    it.each(['system', 'isomorphic'] as const)(
      'takes any length for a deadline, and no other number, with %s too',
      async (engine) => {
        const remote = server.url('shop.git');
        for (const time of [Number.POSITIVE_INFINITY, 1e15, 60_000]) {
          const options = { timeoutMs: time, idleTimeoutMs: time };
          expect((await open(engine).listRemoteRefs(remote, options)).length).toBe(2);
        }
        for (const time of [0, -1, Number.NaN]) {
          for (const options of [{ timeoutMs: time }, { idleTimeoutMs: time }]) {
            await expect(open(engine).listRemoteRefs(remote, options)).rejects.toMatchObject({
              code: 'GIT_INVALID_ARGUMENT',
            });
          }
        }
      },
    );

    it.skipIf(!linux)('leaves no process behind (needs /proc)', async () => {
      during('upload-pack', { type: 'stall' });
      const controller = new AbortController();
      const call = clone({ signal: controller.signal });
      const ended = expect(call).rejects.toBe('over');
      const { port } = new URL(server.origin);
      await vi.waitFor(
        async () => expect(await processesWith(`:${port}/shop.git`)).not.toEqual([]),
        {
          timeout: 5000,
        },
      );
      controller.abort('over');
      await ended;
      await vi.waitFor(async () => expect(await processesWith(`:${port}/shop.git`)).toEqual([]));
    });

    it('reads the commit that it got, however the branch moves between two requests', async () => {
      server.faults.push({
        step: 'upload-pack',
        times: 1,
        fault: {
          type: 'before',
          run: () => importCommit(join(server.root, 'shop.git'), { files: { a: '2\n' } }),
        },
      });
      const file = await open().readRemoteFile(server.url('shop.git'), { ref: 'main', path: 'a' });
      const text = Buffer.from(file?.content ?? []).toString();
      const at = await open().readRemoteFile(server.url('shop.git'), {
        ref: file?.sha ?? '',
        path: 'a',
      });
      expect(Buffer.from(at?.content ?? []).toString()).toBe(text);
    });

    it('takes a push for done when only the answer to it was lost', async () => {
      await server.createRepository('lost.git', { a: '1\n' });
      server.faults.push({ step: 'receive-pack', times: 1, fault: { type: 'cut', afterBytes: 0 } });
      const result = await open().editBranch({
        remote: server.url('lost.git'),
        branch: 'main',
        author,
        edit: () => ({
          message: 'm',
          changes: [{ type: 'write', path: 'a', content: Buffer.from('2\n') }],
        }),
      });
      expect(result).toMatchObject({ changed: true, attempts: 1 });
      const [head] = await open().listRemoteRefs(server.url('lost.git'), {
        prefixes: ['refs/heads/main'],
      });
      expect(head?.sha).toBe(result.sha);
    });
  },
);
