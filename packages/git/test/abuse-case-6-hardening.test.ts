import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, platform } from 'node:process';
import { Secret } from '@bowline/gitops-errors';
import { openGit } from '@bowline/gitops-git';
import { type GitHttpServer, hasGit, startGitHttpServer } from '@bowline/test-servers/git-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const author = { name: 'Ada', email: 'ada@example.com' };
const canary = 'c4nary-p4ssw0rd-6';
const linux = (await stat('/proc/self/cmdline').catch(() => undefined)) !== undefined;

/** Every form of the canary that would give it away. */
const forms = [
  canary,
  Buffer.from(`me:${canary}`).toString('base64'),
  Buffer.from(canary).toString('hex'),
];
const shows = (text: string): boolean => forms.some((form) => text.includes(form));

async function filesBelow(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) found.push(join(entry.parentPath, entry.name));
  }
  return found;
}

async function readOrEmpty(path: string): Promise<string> {
  return readFile(path, 'latin1').catch(() => ''); // A process or file may be gone by now.
}

describe.skipIf(!hasGit || platform === 'win32')(
  'abuse case 6: what a process of git shows and sees (POSIX only)',
  () => {
    let server: GitHttpServer;
    let folder: string;
    let temporary: string;
    let bin: string;
    beforeAll(async () => {
      server = await startGitHttpServer({ users: { me: canary } });
      await server.createRepository('shop.git', { a: '1\n' });
      folder = await mkdtemp(join(tmpdir(), 'bowline-abuse-6-'));
      temporary = join(folder, 'temporary');
      bin = join(folder, 'bin');
      await mkdir(temporary);
      await mkdir(bin);
    });
    afterAll(async () => {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    });
    const credentials = () => ({ username: 'me', password: new Secret(canary) });

    /** A git in front of the real one that writes down its arguments and its environment, and can claim to be an old one. */
    async function recordingGit(version?: string): Promise<string> {
      const claim =
        version === undefined
          ? ''
          : `if [ "$1" = --version ]; then echo "git version ${version}"; exit 0; fi\n`;
      const script = `#!/bin/sh\n${claim}printf '%s\\n' "$@" >> '${folder}/arguments'\nenv >> '${folder}/environment'\nPATH='${env['PATH']}' exec git "$@"\n`;
      await writeFile(join(bin, 'git'), script);
      await chmod(join(bin, 'git'), 0o755);
      await rm(join(folder, 'arguments'), { force: true });
      await rm(join(folder, 'environment'), { force: true });
      return `${bin}:${env['PATH']}`;
    }

    it.each([undefined, '2.30.9'])(
      'shows a password in no argument, file or address (git %s)',
      async (version) => {
        const PATH = await recordingGit(version);
        const git = openGit({
          engine: 'system',
          environment: { PATH },
          temporaryDirectory: temporary,
        });
        const found = new Set<string>();
        let looks = 0;
        const look = async (): Promise<void> => {
          looks += 1;
          if (linux) {
            for (const pid of await readdir('/proc')) {
              if (!/^[0-9]+$/.test(pid)) continue;
              if (shows(await readOrEmpty(`/proc/${pid}/cmdline`))) found.add(`cmdline of ${pid}`);
            }
          }
          for (const path of await filesBelow(temporary)) {
            if (shows(await readOrEmpty(path))) found.add(path);
          }
        };
        server.faults.push({ fault: { type: 'before', run: look } });
        const target = join(temporary, 'clone');
        const remote = server.url('shop.git');
        const repository = await git.clone(remote, target, { credentials });
        await repository.fetch({ credentials });
        await git.editBranch({
          remote,
          branch: 'main',
          author,
          credentials,
          edit: async (tree) => {
            await tree.read('a');
            await look();
            const content = Buffer.from(`${looks}\n`);
            return { message: 'm', changes: [{ type: 'write', path: 'a', content }] };
          },
        });
        await look();
        server.faults.length = 0;
        expect(looks).toBeGreaterThan(5);
        expect([...found]).toEqual([]);
        expect(shows(await readFile(join(folder, 'arguments'), 'utf8'))).toBe(false);
        expect(shows(await readFile(join(target, '.git', 'config'), 'utf8'))).toBe(false);
        // It was there: in the environment of the child, which only this user can read.
        expect(shows(await readFile(join(folder, 'environment'), 'utf8'))).toBe(true);
        await rm(target, { recursive: true, force: true });
        expect(await readdir(temporary)).toEqual([]);
      },
    );

    it('gives git an environment of its own, without a credential where none is needed', async () => {
      const PATH = await recordingGit();
      const git = openGit({
        engine: 'system',
        environment: {
          PATH,
          LD_PRELOAD: '/nonexistent/evil.so',
          GIT_SSH_COMMAND: 'evil',
          GIT_DIR: '/evil',
          GIT_EXEC_PATH: '/evil',
          GIT_TRACE_CURL: '1',
          AWS_SECRET_ACCESS_KEY: canary,
        },
        temporaryDirectory: temporary,
      });
      await git.editBranch({
        remote: server.url('shop.git'),
        branch: 'main',
        author,
        credentials,
        edit: () => undefined,
      });
      const lines = (await readFile(join(folder, 'environment'), 'utf8')).split('\n');
      expect(lines.filter((line) => /evil|AWS_|GIT_TRACE|LD_PRELOAD/.test(line))).toEqual([]);
      for (const line of [
        'GIT_TERMINAL_PROMPT=0',
        'GIT_ALLOW_PROTOCOL=http',
        'GIT_CONFIG_NOSYSTEM=1',
        'GIT_CONFIG_GLOBAL=/dev/null',
        'GIT_LFS_SKIP_SMUDGE=1',
        'HOME=/dev/null',
      ]) {
        expect(lines).toContain(line);
      }
      const words = (await readFile(join(folder, 'arguments'), 'utf8')).split('\n');
      for (const setting of [
        'core.hooksPath=/dev/null',
        'core.fsmonitor=false',
        'protocol.allow=never',
        'http.followRedirects=false',
        'transfer.fsckObjects=true',
        'submodule.recurse=false',
        'credential.helper=',
      ]) {
        expect(words).toContain(setting);
      }
    });

    it('refuses a git that is too old, and a program that is not git', async () => {
      for (const version of ['2.29.3', '1.8.0', 'of something else']) {
        const PATH = await recordingGit(version);
        const git = openGit({
          engine: 'system',
          environment: { PATH },
          temporaryDirectory: temporary,
        });
        await expect(git.engineFor()).rejects.toMatchObject({ code: 'GIT_EXECUTABLE_NOT_FOUND' });
        const auto = openGit({ environment: { PATH }, temporaryDirectory: temporary });
        expect(await auto.engineFor()).toBe('isomorphic');
      }
    });
  },
);
