import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalRepository } from '@bowline/gitops-providers/local';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bin, freshMachine, type Machine } from './run-cli.ts';
import { type RunningProgram, standaloneServer, startProgram } from './run-server.ts';

describe.skipIf(!existsSync(standaloneServer))(
  'tokens of the server (skipped before a build)',
  () => {
    let machine: Machine;
    let file: string;
    let environment: Record<string, string>;
    let running: RunningProgram | undefined;
    beforeEach(async () => {
      machine = await freshMachine();
      file = join(machine.home, '.gitops', 'server-tokens.json');
      const root = join(machine.home, 'repositories');
      await createLocalRepository({
        root,
        name: 'gitops-k8s',
        branches: { prod: { 'README.md': '# manifests\n' } },
      });
      environment = { GIT_DEFAULT_REMOTE: 'local', GIT_DEFAULT_ORG: root };
    });
    afterEach(async () => {
      await running?.interrupt();
      running = undefined;
      await machine.close();
    });

    async function start(env: Record<string, string> = {}, host = '127.0.0.1') {
      await running?.interrupt();
      running = await startProgram([bin, 'server', '--host', host, '--port', '0', '--json'], {
        home: machine.home,
        env: { ...environment, ...env },
      });
      return running;
    }

    const create = async (...args: string[]) => {
      const { data, code } = await machine.json(['server', 'token', 'create', ...args]);
      expect(code).toBe(0);
      return String(data['token']);
    };

    async function statuses(token: string | undefined): Promise<number[]> {
      const origin = `http://127.0.0.1:${new URL(running?.url ?? '').port}`;
      const headers = {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        'content-type': 'application/json',
      };
      const body = JSON.stringify({ repo: 'gitops-k8s', src_branch: 'prod', dest_branch: 'next' });
      const answers = [
        await fetch(`${origin}/v1/gitops/tags?repo=gitops-k8s`, { headers }),
        await fetch(`${origin}/v1/gitops/create-branch`, { method: 'POST', headers, body }),
        await fetch(`${origin}/config`, { headers }),
      ];
      for (const answer of answers) await answer.arrayBuffer();
      return answers.map(({ status }) => status);
    }

    it('are made, listed and revoked, and open what their scope allows, on every address', async () => {
      const reader = await create('reader');
      const writer = await create('writer', '--scope', 'write');
      const admin = await create('admin', '--scope', 'admin', '--expires-in-days', '1');
      const again = await machine.run(['server', 'token', 'create', 'writer']);
      expect([again.code, again.stdout]).toEqual([2, '']);
      if (process.platform !== 'win32') expect((await stat(file)).mode & 0o777).toBe(0o600);
      expect(await readdir(join(machine.home, '.gitops'))).not.toContain('server-tokens.json.new');
      const text = await readFile(file, 'utf8');
      for (const token of [reader, writer, admin]) expect(text).not.toContain(token);

      const { data } = await machine.json(['server', 'token', 'list']);
      expect(data['tokens']).toMatchObject([
        { name: 'reader', scope: 'read', expires: null, expired: false },
        { name: 'writer', scope: 'write' },
        { name: 'admin', scope: 'admin', expires: expect.any(String), expired: false },
      ]);

      const { lines } = await start({}, '0.0.0.0');
      expect(await statuses(undefined)).toEqual([401, 401, 401]);
      expect(await statuses(reader)).toEqual([200, 403, 403]);
      expect(await statuses(writer)).toEqual([200, 200, 403]);
      expect(await statuses(admin)).toEqual([200, 200, 200]);

      const revoked = await machine.run(['server', 'token', 'revoke', 'writer']);
      expect([revoked.code, revoked.stdout]).toEqual([0, expect.stringContaining('"writer"')]);
      expect((await machine.run(['server', 'token', 'revoke', 'writer'])).code).toBe(2);
      // A server that runs has read the file when it started.
      expect(await statuses(writer)).toEqual([200, 200, 403]);
      await start();
      expect(await statuses(writer)).toEqual([401, 401, 401]);
      expect(await statuses(reader)).toEqual([200, 403, 403]);
      for (const token of [reader, writer, admin]) expect(lines.join('')).not.toContain(token);
    });

    it('are refused when they have expired', async () => {
      const token = await create('late');
      const { tokens } = JSON.parse(await readFile(file, 'utf8')) as { tokens: object[] };
      const late = tokens.map((record) => ({ ...record, expires: '2020-01-01T00:00:00Z' }));
      await writeFile(file, JSON.stringify({ tokens: late }));
      const listed = await machine.run(['server', 'token', 'list']);
      expect(listed.stdout).toContain('(expired)');
      await start();
      expect(await statuses(token)).toEqual([401, 401, 401]);
    });

    it.skipIf(process.platform === 'win32')(
      'are not believed from a file that others can change (POSIX)',
      async () => {
        await create('reader');
        await chmod(file, 0o666);
        const program = [standaloneServer, '--port', '0'];
        await expect(startProgram(program, { home: machine.home })).rejects.toThrow(
          'SERVER_TOKENS_INVALID',
        );
      },
    );

    it('come from the environment where there is no file', async () => {
      const token = 'a-token-that-somebody-has-made-by-themselves';
      const sha256 = createHash('sha256').update(token).digest('hex');
      await start({ GITOPS_SERVER_TOKENS: `ci:write:${sha256}` });
      expect(await statuses(token)).toEqual([200, 200, 403]);
      expect(await statuses(undefined)).toEqual([401, 401, 401]);
    });
  },
);
