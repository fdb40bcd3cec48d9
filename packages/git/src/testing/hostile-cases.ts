import assert from 'node:assert/strict';
import { lstat, readdir, readFile, readlink, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { author, type ContractKit, failsWith } from './contract-kit.ts';
import type { ContractCase } from './contract-server.ts';

const addresses: readonly string[] = [
  '--upload-pack=touch /tmp/x',
  '-oProxyCommand=id',
  'ext::sh -c id',
  'fd::17',
  'git://example.com/shop.git',
  'ftp://example.com/shop.git',
  'https://user:hunter22@example.com/shop.git',
  'https://token@example.com/shop.git',
  'https://example.com/shop.git\r\nX: y',
  'https://example.com/\0shop.git',
  'https://exam\u3002ple.com/shop.git',
  'ssh://-oProxyCommand=id/shop.git',
  'ssh://host:-1/shop.git',
  'https://',
  '',
];

/** Names that would reach `.git` on some file system, or lead out of the folder. */
const names: readonly string[] = [
  '.git',
  '.GIT',
  'git~1',
  '.git ',
  '.git.',
  '..',
  '.',
  '.g\u200cit',
];

export function hostileCases(kit: ContractKit): readonly ContractCase[] {
  const { engine, server } = kit;

  /** Makes a commit with trees that no git client would write. */
  async function evilRepository(
    entries: readonly { readonly mode: string; readonly name: string; readonly text?: string }[],
  ): Promise<string> {
    const { name, url, tip } = await kit.repository({ a: 'evil', sub: 'x' });
    const blob = (await server.git(name, ['rev-parse', `${tip}:a`])).trim();
    const folder = (await server.git(name, ['rev-parse', `${tip}^{tree}`])).trim();
    const bytes = entries.map((entry) => {
      const id = entry.mode === '40000' ? folder : blob;
      return Buffer.concat([Buffer.from(`${entry.mode} ${entry.name}\0`), Buffer.from(id, 'hex')]);
    });
    const file = join(await kit.options.createFolder(), 'tree');
    await writeFile(file, Buffer.concat(bytes));
    const tree = await server.git(name, ['hash-object', '-t', 'tree', '-w', '--literally', file]);
    const commit = await server.git(name, ['commit-tree', '-m', 'Evil', tree.trim()]);
    await server.git(name, ['update-ref', 'refs/heads/main', commit.trim()]);
    return url;
  }

  return [
    {
      name: 'refuses addresses that are commands, options, or carry a password',
      async run() {
        for (const address of addresses) {
          const error = await failsWith(engine.listRemoteRefs(address, {}), 'GIT_INVALID_REMOTE');
          assert.doesNotMatch(error.message, /hunter22/);
          await failsWith(
            engine.clone(address, join(await kit.options.createFolder(), 'x'), {}),
            'GIT_INVALID_REMOTE',
          );
          await failsWith(engine.openRemote(address, {}), 'GIT_INVALID_REMOTE');
        }
      },
    },
    {
      name: 'checks out no name that reaches .git or leads out of the folder',
      async run() {
        for (const [index, name] of names.entries()) {
          const mode = index % 2 === 0 ? '40000' : '100644';
          const url = await evilRepository([{ mode, name }]);
          const folder = await kit.options.createFolder();
          const clone = engine.clone(url, join(folder, 'x'), {});
          await failsWith(clone, 'GIT_REMOTE_INVALID_ANSWER');
          assert.deepEqual(await readdir(folder), [], name);
        }
      },
    },
    {
      name: 'writes no file through a link that stands at the place of its folder',
      async run() {
        const url = await evilRepository([
          { mode: '120000', name: 'evil' },
          { mode: '40000', name: 'evil' },
        ]);
        const folder = await kit.options.createFolder();
        await failsWith(engine.clone(url, join(folder, 'x'), {}), 'GIT_REMOTE_INVALID_ANSWER');
        assert.deepEqual(await readdir(folder), []);
      },
    },
    {
      name: 'takes links as links, and never follows one',
      async run() {
        const outside = await kit.options.createFolder();
        await writeFile(join(outside, 'kept'), 'mine');
        const { local, directory, name } = await kit.cloned({
          out: { mode: '120000', content: outside },
          up: { mode: '120000', content: '../..' },
          loop: { mode: '120000', content: 'loop' },
        });
        assert.equal(await readlink(join(directory, 'out')), outside);
        assert.deepEqual((await local.status()).files, []);
        await server.commit(name, { files: { out: undefined, 'out/kept': 'theirs' } });
        await local.pull({});
        assert.equal(await readFile(join(outside, 'kept'), 'utf8'), 'mine');
        assert.ok((await lstat(join(directory, 'out'))).isDirectory());
        assert.equal(await readFile(join(directory, 'out/kept'), 'utf8'), 'theirs');
      },
    },
    {
      name: 'writes through no link that somebody has put into the work tree',
      async run() {
        const outside = await kit.options.createFolder();
        const { local, directory, name } = await kit.cloned();
        await symlink(outside, join(directory, 'folder'));
        await server.commit(name, { files: { 'folder/file': 'theirs' } });
        await failsWith(local.pull({}), 'GIT_WORK_TREE_DIRTY');
        assert.deepEqual(await readdir(outside), []);
        assert.equal(await readlink(join(directory, 'folder')), outside);
      },
    },
    {
      name: 'runs no filter and no hook of a repository',
      async run() {
        const { local, directory } = await kit.cloned({
          '.gitattributes': '* filter=evil diff=evil merge=evil\n',
          a: '1\n',
        });
        const mark = join(await kit.options.createFolder(), 'ran');
        const config = join(directory, '.git', 'config');
        const driver = `sh -c 'touch ${mark}; cat'`;
        await writeFile(
          config,
          `${await readFile(config, 'utf8')}[filter "evil"]\n\tclean = "${driver}"\n\tsmudge = "${driver}"\n[diff "evil"]\n\tcommand = "${driver}"\n\ttextconv = "${driver}"\n[core]\n\tfsmonitor = "${driver}"\n`,
        );
        await writeFile(join(directory, 'a'), '2\n');
        await local.add(['.']);
        await local.diff({});
        await local.commit({ message: 'Two', author });
        await local.checkout('other', { create: true });
        await local.checkout('main', { create: false });
        await local.status();
        await assert.rejects(lstat(mark));
      },
    },
  ];
}
