import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { Secret } from '@bowline/gitops-errors';
import { type CredentialRequest, type GitEngineName, openGit } from '@bowline/gitops-git';
import { type GitHttpServer, hasGit, startGitHttpServer } from '@bowline/test-servers/git-http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const password = 'c4nary-0f-case-3';

describe.skipIf(!hasGit).each<GitEngineName>(['system', 'isomorphic'])(
  'abuse case 3: where credentials go, with %s (skipped without git)',
  (engine) => {
    let server: GitHttpServer;
    let other: GitHttpServer;
    const asked: CredentialRequest[] = [];
    const credentials = (request: CredentialRequest) => {
      asked.push(request);
      return { username: 'me', password: new Secret(password) };
    };
    const git = openGit({ engine, environment: { PATH: env['PATH'] } });

    beforeAll(async () => {
      server = await startGitHttpServer({ users: { me: password } });
      other = await startGitHttpServer({ users: { me: password } });
      for (const one of [server, other]) await one.createRepository('shop.git', { a: 'a' });
    });
    afterEach(() => {
      asked.length = 0;
      for (const one of [server, other]) one.faults.length = one.requests.length = 0;
    });
    afterAll(() => Promise.all([server.close(), other.close()]));

    it('asks once, for the host with its port, and sends it there', async () => {
      const refs = await git.listRemoteRefs(server.url('shop.git'), { credentials });
      expect(refs.length).toBeGreaterThan(0);
      expect(asked).toEqual([
        { protocol: 'http', host: new URL(server.origin).host, path: 'shop.git' },
      ]);
      const sent = `Basic ${Buffer.from(`me:${password}`).toString('base64')}`;
      const headers = server.requests.map((request) => request.authorization);
      expect(headers.filter((header) => header !== undefined && header !== sent)).toEqual([]);
      expect(headers.at(-1)).toBe(sent);
    });

    it.each([301, 302, 307, 308])('follows no redirect (%d) to another host', async (status) => {
      server.faults.push({
        fault: {
          type: 'redirect',
          location: other.url('shop.git/info/refs?service=git-upload-pack'),
          status,
        },
      });
      await expect(
        git.listRemoteRefs(server.url('shop.git'), { credentials }),
      ).rejects.toMatchObject({ code: 'GIT_CREDENTIAL_NOT_SENT' });
      expect(other.requests).toEqual([]);
    });

    it('says when the credential is wrong or missing, and does not repeat it', async () => {
      const wrong = () => ({ username: 'me', password: new Secret('wr0ng-c4nary') });
      for (const options of [{ credentials: wrong }, {}]) {
        const failure = await git
          .listRemoteRefs(server.url('shop.git'), options)
          .catch((error: unknown) => error);
        expect(failure).toMatchObject({ code: 'GIT_AUTHENTICATION_FAILED' });
        expect(JSON.stringify(failure) + String(failure)).not.toContain('wr0ng-c4nary');
      }
    });

    it('refuses a credential with a line end', async () => {
      const bad = () => ({ username: 'me', password: new Secret('pass\r\nHost: evil') });
      await expect(
        git.listRemoteRefs(server.url('shop.git'), { credentials: bad }),
      ).rejects.toMatchObject({ code: 'GIT_INVALID_ARGUMENT' });
    });

    it('passes on what the lookup throws', async () => {
      const failure = new Error('the vault is closed');
      await expect(
        git.listRemoteRefs(server.url('shop.git'), {
          credentials: () => Promise.reject(failure),
        }),
      ).rejects.toBe(failure);
    });
  },
);

describe.skipIf(!hasGit)(
  'abuse case 3: a configuration that leads a credential elsewhere (skipped without git)',
  () => {
    it('is refused before anything is sent', async () => {
      const server = await startGitHttpServer({ users: { me: password } });
      const folder = await mkdtemp(join(tmpdir(), 'bowline-abuse-3-'));
      try {
        await server.createRepository('shop.git', { a: 'a' });
        const git = openGit({ engine: 'system', environment: { PATH: env['PATH'] } });
        const credentials = () => ({ username: 'me', password: new Secret(password) });
        const repository = await git.clone(server.url('shop.git'), join(folder, 'clone'), {
          credentials,
        });
        const config = join(folder, 'clone', '.git', 'config');
        const clean = await readFile(config, 'utf8');
        const before = server.requests.length;
        for (const setting of [
          'sslVerify = false',
          'followRedirects = true',
          'followRedirects = initial',
          'proxy = http://127.0.0.1:1',
          'sslCAInfo = /tmp/evil.pem',
        ]) {
          await writeFile(config, `${clean}[http "${server.origin}/"]\n\t${setting}\n`);
          for (const call of [repository.fetch, repository.pull, repository.push]) {
            await expect(call({ credentials })).rejects.toMatchObject({
              code: 'GIT_CREDENTIAL_NOT_SENT',
            });
          }
        }
        expect(server.requests.length).toBe(before);
        await writeFile(config, `${clean}[http]\n\tpostBuffer = 1048576\n`);
        expect(await repository.fetch({ credentials })).toEqual([]);
      } finally {
        await server.close();
        await rm(folder, { recursive: true, force: true });
      }
    });
  },
);

describe.skipIf(!hasGit)(
  'abuse case 3: plain HTTP to another machine (skipped without git)',
  () => {
    let proxy: Server;
    const seen: (string | undefined)[] = [];
    beforeAll(async () => {
      // Stands for the whole network: every host is this server, and every host wants a password.
      proxy = createServer((request, response) => {
        seen.push(request.headers.authorization);
        response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      });
      await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    });
    afterEach(() => {
      seen.length = 0;
    });
    afterAll(() => new Promise((resolve) => proxy.close(resolve)));

    const list = (allowInsecureHttp: boolean) => {
      const address = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
      const git = openGit({
        engine: 'system',
        environment: { PATH: env['PATH'], http_proxy: address },
      });
      return git.listRemoteRefs('http://git.example.com/shop.git', {
        credentials: () => ({ username: 'me', password: new Secret(password) }),
        allowInsecureHttp,
      });
    };

    it('sends no credential', async () => {
      await expect(list(false)).rejects.toMatchObject({ code: 'GIT_CREDENTIAL_NOT_SENT' });
      expect(seen.length).toBeGreaterThan(0);
      expect(seen.filter((header) => header !== undefined)).toEqual([]);
    });

    it('sends it when that is asked for', async () => {
      await expect(list(true)).rejects.toMatchObject({ code: 'GIT_AUTHENTICATION_FAILED' });
      expect(seen.some((header) => header?.startsWith('Basic '))).toBe(true);
    });
  },
);
