import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type GitHttpServer, hasGit, startGitHttpServer } from '@bowline/test-servers/git-http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freshMachine, type Machine } from './run-cli.ts';

const PASSWORD = 'canary-git-password-42';
const manifest = (tag: string) => `apiVersion: v1
kind: Pod
metadata: { name: web }
spec:
  containers:
  - { name: web, image: "example.com/web:${tag}" }   # keep
`;

// Both engines: with a git program on the PATH, and with nothing but Node.js.
describe.skipIf(!hasGit).each([
  ['with', true],
  ['without', false],
])(
  'the command on a Git server over HTTP, %s a git program (skipped where there is none to serve)',
  (_, git) => {
    let machine: Machine;
    let server: GitHttpServer;
    let config: string;
    let host: string;
    let count = 0;
    let repository: string;
    const env = {
      GIT_TEST_PASSWORD: PASSWORD,
      GITOPS_AUTHOR_NAME: 'Ada Lovelace',
      GITOPS_AUTHOR_EMAIL: 'ada@example.com',
    };
    beforeAll(async () => {
      machine = await freshMachine({ git });
      server = await startGitHttpServer({ users: { ada: PASSWORD } });
      host = new URL(server.origin).host;
      config = join(machine.home, 'settings.yaml');
      await writeFile(
        config,
        `hosts:
  "${host}":
    kind: git
    insecureHttp: true
    credential: { kind: password, username: ada, password: { env: GIT_TEST_PASSWORD } }
`,
      );
    });
    afterAll(async () => {
      await server.close();
      await machine.close();
    });
    beforeEach(async () => {
      count += 1;
      repository = `acme/repo-${count}`;
      await server.createRepository(`${repository}.git`, {
        'app.yaml': manifest('1'),
        'b/c.txt': 'c\n',
      });
    });
    const run = async (args: readonly string[], cwd?: string) => {
      const ran = await machine.json([...args, '--config', config], {
        env,
        ...(cwd === undefined ? {} : { cwd }),
      });
      expect(ran.stdout + ran.stderr).not.toContain('canary');
      return ran;
    };
    const remote = () => ['--remote', host];

    it('says that a credential is refused, or that there is none', async () => {
      const message = (why: string) => ({
        code: 1,
        data: {
          error: {
            code: 'GIT_AUTHENTICATION_FAILED',
            message: expect.stringMatching(new RegExp(`^The server of "http.*" ${why}`)),
          },
        },
      });
      const logs = ['logs', repository, ...remote()];
      const wrong = { env: { ...env, GIT_TEST_PASSWORD: 'canary-wrong-password' } };
      const refused = await machine.json([...logs, '--config', config], wrong);
      expect(refused).toMatchObject(message('refused the credential'));
      expect(refused.stdout + refused.stderr).not.toContain('canary');
      const none = await machine.json(['logs', `${server.origin}/${repository}.git`]);
      expect(none).toMatchObject(message('wants a credential and none was given'));
    });

    it('clones, commits, pushes and pulls, and never writes the password down', async () => {
      const clone = await run(['clone', repository, ...remote(), '-d', `clone-${count}`]);
      expect(clone).toMatchObject({ code: 0, data: { success: true } });
      const folder = `${clone.data['directory']}`;
      expect(await readFile(join(folder, '.git', 'config'), 'utf8')).not.toContain('canary');
      await run(['checkout', 'feature', '--create'], folder);
      await writeFile(join(folder, 'new.txt'), 'new\n');
      expect((await run(['status'], folder)).data).toMatchObject({
        branch: 'feature',
        clean: false,
        files: [{ path: 'new.txt', unstaged: 'untracked' }],
      });
      expect((await run(['add', 'new.txt'], folder)).data).toMatchObject({
        staged: [{ path: 'new.txt' }],
      });
      const commit = await run(['commit', '-m', 'feat: add new', '--signoff'], folder);
      expect(commit.data).toMatchObject({
        commit: { subject: 'feat: add new', author: 'Ada Lovelace' },
      });
      expect((await run(['push'], folder)).data).toMatchObject({
        success: true,
        branch: 'feature',
        changed: true,
      });
      const log = await run(['logs', repository, 'feature', ...remote(), '-n', '5']);
      expect(log.data).toMatchObject({ count: 2, commits: [{ subject: 'feat: add new' }, {}] });
      expect((await run(['branch'], folder)).data).toMatchObject({ branches: [{}, {}] });
      expect((await run(['fetch'], folder)).code).toBe(0);
      expect((await run(['pull'], folder)).data).toMatchObject({ changed: false });
    });

    it('sets an image on any Git server without a clone', async () => {
      const set = await run([
        'set-image-yaml',
        repository,
        'main',
        'app.yaml',
        'example.com/web:2',
        ...remote(),
      ]);
      expect(set).toMatchObject({
        code: 0,
        data: { changed: true, changes: [{ container: 'web', line: 6 }] },
      });
      const file = await run(['get-file', repository, 'main', 'app.yaml', ...remote()]);
      expect(file.data).toMatchObject({ content: manifest('2'), binary: false });
      const again = await run([
        'set-image-yaml',
        repository,
        'main',
        'app.yaml',
        'example.com/web:2',
        ...remote(),
      ]);
      expect(again).toMatchObject({ code: 0, data: { changed: false, commit: null } });
      const log = await run(['logs', repository, 'main', ...remote(), '--last']);
      expect(log.data).toMatchObject({
        commits: [{ sha: set.data['commit'], subject: 'chore: update image to example.com/web:2' }],
      });
    });

    it('shows the short id with --version and a commit with --detail', async () => {
      const last = await machine.run(
        ['logs', repository, 'main', ...remote(), '--version', '--config', config],
        { env },
      );
      expect(last.stdout).toMatch(/^[0-9a-f]{12}\n$/);
      const detail = await run([
        'logs',
        repository,
        'main',
        ...remote(),
        '--detail',
        last.stdout.trim(),
      ]);
      expect(detail.data).toMatchObject({ count: 1, commits: [{ short_sha: last.stdout.trim() }] });
    });

    it('sends no credential to another host', async () => {
      const other = await startGitHttpServer({ users: { ada: PASSWORD } });
      try {
        await other.createRepository('acme/x.git', { 'app.yaml': manifest('1') });
        const ran = await run(['get-file', other.url('acme/x.git'), 'main', 'app.yaml']);
        expect(ran).toMatchObject({
          code: 1,
          data: { error: { code: 'GIT_AUTHENTICATION_FAILED' } },
        });
        expect(other.requests.filter(({ authorization }) => authorization !== undefined)).toEqual(
          [],
        );
      } finally {
        await other.close();
      }
    });

    // Windows has no such signal to send.
    it.skipIf(process.platform === 'win32')(
      'ends with 130 when interrupted, and soon',
      async () => {
        const silent = createServer();
        const connected = new Promise((accepted) => silent.once('connection', accepted));
        await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
        const address = silent.address();
        const port = typeof address === 'object' ? address?.port : undefined;
        const ran = await machine.json(
          ['logs', `http://127.0.0.1:${port}/a/b.git`, 'main', '--config', config],
          {
            env,
            interruptOn: connected,
          },
        );
        silent.close();
        expect(ran).toMatchObject({
          code: 130,
          data: { success: false, error: { code: 'CLI_INTERRUPTED' } },
        });
      },
    );
  },
);
