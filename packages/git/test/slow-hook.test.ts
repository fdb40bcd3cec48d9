import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { env } from 'node:process';
import { openGit } from '@bowline/gitops-git';
import { hasGit, startGitHttpServer } from '@bowline/test-servers/git-http';
import { expect, it } from 'vitest';

it.skipIf(!hasGit)(
  'editBranch waits for a hook of the server for longer than the server may be silent (skipped without git)',
  async () => {
    const server = await startGitHttpServer();
    try {
      // Both at once: git counts in whole seconds, so this takes its time.
      const edits = (['system', 'isomorphic'] as const).map(async (engine) => {
        await server.createRepository(`${engine}.git`, { a: '1\n' });
        const hook = join(server.root, `${engine}.git`, 'hooks', 'pre-receive');
        await writeFile(hook, '#!/bin/sh\nsleep 2.5\n');
        await chmod(hook, 0o755);
        const result = await openGit({ engine, environment: { PATH: env['PATH'] } }).editBranch({
          remote: server.url(`${engine}.git`),
          branch: 'main',
          author: { name: 'Ada', email: 'ada@example.com' },
          idleTimeoutMs: 900,
          edit: () => ({
            message: 'm',
            changes: [{ type: 'write', path: 'a', content: Buffer.from('2\n') }],
          }),
        });
        return { changed: result.changed, attempts: result.attempts };
      });
      const done = { changed: true, attempts: 1 };
      expect(await Promise.all(edits)).toEqual([done, done]);
    } finally {
      await server.close();
    }
  },
);
