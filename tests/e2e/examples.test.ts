import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { hasGit } from '@bowline/test-servers/git-http';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../examples/', import.meta.url));

async function run(file: string, args: readonly string[] = []): Promise<string> {
  const home = await mkdtemp(join(tmpdir(), 'gitops-examples-'));
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(root, file), ...args.map((arg) => arg.replace('{home}', home))],
      {
        env: { PATH: process.env['PATH'], HOME: home },
        cwd: home,
      },
    );
    return stdout;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

describe('the examples', () => {
  it.each([
    [
      'set-image/main.ts',
      'Deployment/web web, line 10: registry.example.com/shop/web:2.0.3 -> registry.example.com/shop/web:2.1.0',
    ],
    ['promote/main.ts', 'prod runs web:2'],
    [
      'read-config/main.ts',
      'hosts.bitbucket.org.credential.token = *** (environment BITBUCKET_ACCESS_TOKEN)',
    ],
    ['notify/main.ts', 'received, signature valid\nwebhook delivered'],
    ['handle-errors/main.ts', 'PROVIDER_UNAVAILABLE try again later\nno secret shown'],
    ['custom-provider/main.ts', ' passed, 0 failed, '],
  ])('%s does what it says', async (file, expected) => {
    expect(await run(file)).toContain(expected);
  });

  it.skipIf(!hasGit)(
    'edit-branch/main.ts does what it says (skipped where there is no git program)',
    async () => {
      expect(await run('edit-branch/main.ts')).toBe('true 2\n');
    },
  );

  it('start moves the image the first time and finds it the second time', async () => {
    const home = await mkdtemp(join(tmpdir(), 'gitops-start-'));
    try {
      const first = await run('start/start.mjs', [home]);
      expect(first).toContain('Made a sample repository');
      expect(first).toContain(
        '+        image: registry.example.com/shop/web:2.1.0  # set by the release job',
      );
      expect(first).toMatch(/Merged commit: [0-9a-f]{40}/);
      expect(first).toContain('Try next:');
      const second = await run('start/start.mjs', [home]);
      expect(second).toContain('already: nothing to do');
      expect(second).not.toContain('Merged commit');
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });
});
