import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLocalRepository } from '@bowline/gitops-providers/local';
import { hasGit } from '@bowline/test-servers/git-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshMachine, type Machine } from './run-cli.ts';

describe.skipIf(!hasGit)('a clone of a local repository (skipped where there is no git)', () => {
  let machine: Machine;
  let place: readonly string[];
  const env = { GITOPS_AUTHOR_NAME: 'Ada', GITOPS_AUTHOR_EMAIL: 'ada@example.com' };
  const run = async (folder: string, ...args: readonly string[]) =>
    machine.json([...args, '--cwd', join(machine.home, folder)], { env });

  beforeAll(async () => {
    machine = await freshMachine();
    const root = join(machine.home, 'repositories');
    place = ['--remote', 'local', '--org', root];
    await createLocalRepository({ root, name: 'shop', branches: { main: { 'a.txt': 'a\n' } } });
    for (const folder of ['one', 'two']) {
      expect((await machine.json(['clone', 'shop', ...place, '-d', folder])).code).toBe(0);
    }
  });
  afterAll(() => machine.close());

  it('pushes and pulls, and overwrites only what it has seen', async () => {
    for (const folder of ['one', 'two']) {
      await writeFile(join(machine.home, folder, `${folder}.txt`), 'new\n');
      await run(folder, 'add', '.');
      await run(folder, 'commit', '-m', folder);
    }
    expect(await run('one', 'push')).toMatchObject({ code: 0, data: { changed: true } });
    expect(await run('two', 'push')).toMatchObject({ code: 1, data: { success: false } });
    expect(await run('two', 'push', '--force')).toMatchObject({ code: 1 });
    expect(await run('two', 'pull')).toMatchObject({ code: 1 });
    expect(await run('two', 'pull', '--merge')).toMatchObject({ code: 0 });
    expect(await run('two', 'push')).toMatchObject({ code: 0, data: { changed: true } });
    expect(await run('one', 'fetch')).toMatchObject({ data: { updated: [{ branch: 'main' }] } });
    expect(await run('one', 'pull')).toMatchObject({ code: 0, data: { changed: true } });
  });

  it('names a new file once in the status', async () => {
    await writeFile(join(machine.home, 'one', 'later.txt'), 'x\n');
    const { stdout } = await machine.run(['status', '--cwd', join(machine.home, 'one')]);
    expect(stdout).toContain('  later.txt: untracked\n');
  });

  it('makes no branch when only --force is given', async () => {
    expect(await run('one', 'branch', '--force', 'x')).toMatchObject({ code: 2 });
    expect(await run('one', 'branch', '--delete', 'x')).toMatchObject({ code: 1 });
  });
});
