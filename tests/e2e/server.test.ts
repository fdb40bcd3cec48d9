import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalRepository } from '@bowline/gitops-providers/local';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { bin } from './run-cli.ts';
import { standaloneServer, startProgram } from './run-server.ts';

const built = existsSync(standaloneServer);

describe.skipIf(!built)('the server as a process (skipped before a build)', () => {
  let home: string;
  let root: string;
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'gitops-e2e-server-'));
    root = join(home, 'repositories');
    await createLocalRepository({
      root,
      name: 'gitops-k8s',
      branches: { prod: { 'README.md': '# manifests\n' } },
    });
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  const start = (args: readonly string[]) =>
    startProgram(args, { home, env: { GIT_DEFAULT_REMOTE: 'local', GIT_DEFAULT_ORG: root } });

  it.each([
    ['gitops server', [bin, 'server', '--port', '0', '--json']],
    ['gitops-server', [standaloneServer, '--port', '0']],
  ])('%s serves jobs and pages, logs JSON, and ends with 0 at Ctrl-C', async (_, args) => {
    const server = await start(args);
    const branch = `release-${new URL(server.url).port}`;
    const made = await fetch(`${server.url}/v1/gitops/create-branch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ repo: 'gitops-k8s', src_branch: 'prod', dest_branch: branch }),
    });
    expect(await made.json()).toMatchObject({ created: true, destination_branch: branch });
    for (const page of ['/docs', '/redoc', '/openapi.json', '/docs/redoc.standalone.js']) {
      const answer = await fetch(`${server.url}${page}`);
      expect([page, answer.status, (await answer.text()).length > 300]).toEqual([page, 200, true]);
    }
    expect(await server.interrupt()).toBe(0);
    const entries = server.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries).toContainEqual(
      expect.objectContaining({ method: 'POST', url: '/v1/gitops/create-branch', status: 200 }),
    );
  });

  it.skipIf(process.platform === 'win32')(
    'a second signal, of either kind, ends it at once (POSIX)',
    async () => {
      const server = await start([standaloneServer, '--port', '0']);
      const { port, hostname: host } = new URL(server.url);
      // A request that has begun is waited for.
      const slow = connect({ port: Number(port), host }, () =>
        slow.write('GET /health HTTP/1.1\r\n'),
      );
      slow.on('error', () => undefined);
      await once(slow, 'connect');
      await fetch(`${server.url}/health`, { headers: { connection: 'close' } });
      const ended = server.interrupt('SIGTERM');
      await vi.waitUntil(
        () =>
          fetch(`${server.url}/health`).then(
            () => false,
            () => true,
          ),
        {
          timeout: 10_000,
        },
      );
      server.interrupt('SIGINT');
      expect(await ended).toBeNull();
      slow.destroy();
    },
  );

  it('writes its log for people without --json', async () => {
    const server = await start([bin, 'server', '--port', '0']);
    await fetch(`${server.url}/v1/gitops/tags?repo=gitops-k8s`);
    expect(await server.interrupt()).toBe(0);
    expect(server.lines.join('\n')).toMatch(
      /^\d\d:\d\d:\d\d request: GET \/v1\/gitops\/tags\?repo=gitops-k8s 200 \d+ ms/m,
    );
  });

  it('refuses an address that others reach, as long as there is no token', async () => {
    await expect(start([standaloneServer, '--host', '0.0.0.0', '--port', '0'])).rejects.toThrow(
      'SERVER_TOKENS_MISSING',
    );
  });
});
