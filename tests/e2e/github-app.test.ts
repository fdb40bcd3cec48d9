import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type GitHttpServer, hasGit, startGitHttpServer } from '@bowline/test-servers/git-http';
import { type GitHubSimulator, startGitHub } from '@bowline/test-servers/github';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshMachine, type Machine } from './run-cli.ts';

// Both engines: with a git program on the PATH, and with nothing but Node.js.
describe.skipIf(!hasGit).each([
  ['with', true],
  ['without', false],
])(
  'the command as a GitHub App, %s a git program (skipped where there is none to serve)',
  (_, git) => {
    let machine: Machine;
    let forge: GitHubSimulator;
    let server: GitHttpServer;
    let config: string;

    beforeAll(async () => {
      machine = await freshMachine({ git });
      forge = await startGitHub({ enterprise: true });
      const shop = await forge.createRepository('acme/shop');
      await shop.seed({ branch: 'main', files: { 'app.txt': 'by the API\n' } });
      const users = {
        // The tokens are made while the command runs; Git takes the newest.
        get 'x-access-token'() {
          return [...forge.app.tokens.keys()].at(-1) ?? 'there is no token';
        },
      };
      server = await startGitHttpServer({ users });
      await server.createRepository('acme/shop.git', { 'app.txt': 'by Git\n' });
      await server.createRepository('acme/hidden.git', { 'app.txt': 'by Git\n' });
      await writeFile(join(machine.home, 'app.pem'), forge.app.privateKey, { mode: 0o600 });
      config = join(machine.home, 'settings.yaml');
      const { host } = new URL(server.origin);
      const credential = `{ kind: github-app, appId: ${forge.app.appId}, privateKey: { file: ./app.pem } }`;
      await writeFile(
        config,
        `defaults: { remote: "${host}", organization: acme }
hosts:
  "${host}":
    kind: github
    insecureHttp: true
    apiUrl: ${forge.apiUrl}
    apiHost: 127.0.0.1
    credential: ${credential}
`,
      );
    });
    afterAll(async () => {
      expect(forge.violations).toEqual([]);
      await server.close();
      await forge.close();
      await machine.close();
    });
    const run = async (args: readonly string[], cwd?: string) => {
      const env = { GITOPS_AUTHOR_NAME: 'Ada', GITOPS_AUTHOR_EMAIL: 'ada@example.com' };
      const ran = await machine.json([...args, '--config', config], {
        env,
        ...(cwd === undefined ? {} : { cwd }),
      });
      expect(ran.stdout + ran.stderr).not.toMatch(/ghs_|PRIVATE KEY/);
      return ran;
    };

    it('reads, clones and pushes with Git by a token of that repository alone', async () => {
      const logs = await run(['logs', 'shop', 'main', '--last']);
      expect(logs).toMatchObject({ code: 0, data: { count: 1 } });
      const clone = await run(['clone', 'shop', 'main', '-d', 'clone']);
      expect(clone).toMatchObject({ code: 0, data: { repository: 'acme/shop' } });
      const folder = `${clone.data['directory']}`;
      await writeFile(join(folder, 'new.txt'), 'new\n');
      await run(['add', 'new.txt'], folder);
      await run(['commit', '-m', 'feat: new'], folder);
      expect(await run(['push'], folder)).toMatchObject({ code: 0 });
      expect((await run(['logs', 'shop', 'main', '-n', '5'])).data).toMatchObject({ count: 2 });
      const tokens = [...forge.app.tokens.values()];
      expect(tokens.every(({ repositories }) => [...repositories].join() === 'shop')).toBe(true);
      const file = await run(['get-file', 'shop', 'main', 'app.txt']);
      expect(file.data).toMatchObject({ content: 'by the API\n' });
    });

    it('says of which repository the App has no token', async () => {
      for (const args of [
        ['logs', 'hidden'],
        ['clone', 'hidden'],
        ['get-file', 'hidden', 'main', 'app.txt'],
      ]) {
        expect(await run(args)).toMatchObject({
          code: 1,
          data: { error: { message: expect.stringContaining('acme/hidden') } },
        });
      }
    });
  },
);
