import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, platform } from 'node:process';
import { describe, expect, it } from 'vitest';
import { systemEngine } from './index.ts';

describe.skipIf(platform === 'win32')('clone with git 2.30 (POSIX only)', () => {
  it('names no remote, which "--bare" refuses there, and the branch of an empty repository', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'bowline-git-2.30-'));
    try {
      const program = join(folder, 'git');
      await writeFile(
        program,
        `#!/bin/sh\nif [ "$1" = --version ]; then echo "git version 2.30.2"; exit 0; fi\nprintf '%s\\n' "$@" > '${folder}/arguments'\nexit 1\n`,
      );
      await chmod(program, 0o755);
      const engine = systemEngine({
        environment: { PATH: `${folder}:${env['PATH']}` },
        temporaryDirectory: folder,
        clock: () => 0,
      });
      await expect(
        engine.clone('https://git.example.com/a.git', join(folder, 'clone'), { bare: true }),
      ).rejects.toMatchObject({ code: 'GIT_COMMAND_FAILED' });
      const words = (await readFile(join(folder, 'arguments'), 'utf8')).split('\n');
      expect(words).toEqual(expect.arrayContaining(['clone', '--bare', 'init.defaultBranch=main']));
      expect(words.filter((word) => word.startsWith('--origin'))).toEqual([]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
