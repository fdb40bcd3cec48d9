import assert from 'node:assert/strict';
import { lstat, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { author, type ContractKit, failsWith } from './contract-kit.ts';
import type { ContractCase } from './contract-server.ts';

const odd = {
  'run.sh': { mode: '100755', content: '#!/bin/sh\n' },
  'deploy/link': { mode: '120000', content: '../run.sh' },
  module: { mode: '160000', sha: '1234567890123456789012345678901234567890' },
  'größe/日本 語.yaml': 'a: 1\n',
  'README.md': '# Shop\n',
} as const;

export function cloneCases(kit: ContractKit): readonly ContractCase[] {
  const { engine, server } = kit;
  const target = async (): Promise<string> => join(await kit.options.createFolder(), 'a', 'b');
  return [
    {
      name: 'lists remote refs with peeled tags and the target of HEAD',
      async run() {
        const { name, url, tip } = await kit.repository();
        await server.git(name, ['tag', '-a', '-m', 'One', 'v1', tip]);
        await server.git(name, ['branch', 'staging', tip]);
        const tag = (await server.git(name, ['rev-parse', 'v1'])).trim();
        const refs = new Map((await engine.listRemoteRefs(url, {})).map((ref) => [ref.name, ref]));
        assert.deepEqual([...refs.keys()].sort(), [
          'HEAD',
          'refs/heads/main',
          'refs/heads/staging',
          'refs/tags/v1',
        ]);
        assert.equal(refs.get('HEAD')?.target, 'refs/heads/main');
        assert.deepEqual(refs.get('refs/tags/v1'), { name: 'refs/tags/v1', sha: tag, peeled: tip });
        const some = await engine.listRemoteRefs(url, { prefixes: ['refs/heads/st'] });
        assert.deepEqual(some, [{ name: 'refs/heads/staging', sha: tip }]);
      },
    },
    {
      name: 'lists no refs of an empty repository',
      async run() {
        const { name, url } = await kit.repository();
        await server.git(name, ['update-ref', '-d', 'refs/heads/main']);
        const refs = await engine.listRemoteRefs(url, { prefixes: ['refs/'] });
        assert.deepEqual(refs, []);
      },
    },
    {
      name: 'clones with modes, links, submodules and names',
      async run() {
        const { local, directory, tip, url } = await kit.cloned(odd);
        assert.equal(await local.resolve('HEAD'), tip);
        assert.equal(local.bare, false);
        assert.notEqual((await lstat(join(directory, 'run.sh'))).mode & 0o100, 0);
        assert.equal(await readlink(join(directory, 'deploy/link')), '../run.sh');
        assert.ok((await lstat(join(directory, 'module'))).isDirectory());
        assert.equal(await readFile(join(directory, 'größe/日本 語.yaml'), 'utf8'), 'a: 1\n');
        assert.equal(await local.remoteUrl('origin'), url);
        assert.equal(await local.remoteUrl('nowhere'), undefined);
        const status = await local.status();
        assert.deepEqual(status, {
          branch: 'main',
          head: tip,
          upstream: 'origin/main',
          ahead: 0,
          behind: 0,
          files: [],
        });
      },
    },
    {
      name: 'keeps modes, links and submodules of untouched files in a commit',
      async run() {
        const { local, directory, name } = await kit.cloned(odd);
        const before = await server.git(name, ['ls-tree', '-r', 'main']);
        await writeFile(join(directory, 'README.md'), '# Store\n');
        await local.commit({ message: 'Rename', author, all: true });
        await local.push({});
        const after = await server.git(name, ['ls-tree', '-r', 'main']);
        const others = (text: string): string[] =>
          text.split('\n').filter((line) => !line.endsWith('README.md'));
        assert.deepEqual(others(after), others(before));
        assert.notEqual(after, before);
      },
    },
    {
      name: 'clones one branch by default, all on request',
      async run() {
        const { name, url, tip } = await kit.repository();
        await server.git(name, ['branch', 'staging', tip]);
        const one = await target();
        await engine.clone(url, one, { ref: 'staging' });
        const local = await engine.open(one);
        assert.deepEqual(await local.branches(), [{ name: 'staging', sha: tip, current: true }]);
        assert.equal(await local.resolve('origin/main'), undefined);
        const all = await target();
        await engine.clone(url, all, { singleBranch: false });
        assert.equal(await (await engine.open(all)).resolve('origin/staging'), tip);
      },
    },
    {
      name: 'clones so many commits, and deepens with a fetch',
      async run() {
        const { name, url } = await kit.repository();
        await server.commit(name, { files: { a: '1' }, message: 'Two' });
        await server.commit(name, { files: { a: '2' }, message: 'Three' });
        const directory = await target();
        await engine.clone(url, directory, { depth: 1 });
        const local = await engine.open(directory);
        assert.equal((await local.log({})).length, 1);
        await local.fetch({ depth: 2 });
        assert.equal((await local.log({})).length, 2);
      },
    },
    {
      name: 'clones a tag with a detached HEAD',
      async run() {
        const { name, url, tip } = await kit.repository();
        await server.git(name, ['tag', '-a', '-m', 'One', 'v1', tip]);
        await server.commit(name, { files: { a: '1' } });
        const directory = await target();
        await engine.clone(url, directory, { ref: 'v1' });
        const local = await engine.open(directory);
        const { branch, head } = await local.status();
        assert.deepEqual({ branch, head }, { branch: undefined, head: tip });
      },
    },
    {
      name: 'clones a bare repository',
      async run() {
        const { url, tip } = await kit.repository({ a: '1' });
        const directory = await target();
        await engine.clone(url, directory, { bare: true });
        const local = await engine.open(directory);
        assert.equal(local.bare, true);
        assert.deepEqual(await local.branches(), [{ name: 'main', sha: tip, current: true }]);
        assert.equal(Buffer.from((await local.readFile('main', 'a')) ?? '').toString(), '1');
        await failsWith(local.status(), 'GIT_NO_WORK_TREE');
        await failsWith(local.add(['a']), 'GIT_NO_WORK_TREE');
      },
    },
    {
      name: 'clones an empty repository, and pushes the first commit',
      async run() {
        const { name, url } = await kit.repository();
        await server.git(name, ['update-ref', '-d', 'refs/heads/main']);
        const directory = await target();
        await engine.clone(url, directory, {});
        const local = await engine.open(directory);
        assert.deepEqual(await local.log({}), []);
        await writeFile(join(directory, 'a'), '1');
        await local.add(['a']);
        const commit = await local.commit({ message: 'First', author });
        const pushed = await local.push({});
        assert.deepEqual(pushed, { branch: 'main', before: undefined, after: commit.sha });
        assert.equal((await server.git(name, ['rev-parse', 'main'])).trim(), commit.sha);
      },
    },
    {
      name: 'refuses a folder with files, and an unknown branch, and leaves nothing behind',
      async run() {
        const { url } = await kit.repository();
        const folder = await kit.options.createFolder();
        await writeFile(join(folder, 'mine'), '');
        await failsWith(engine.clone(url, folder, {}), 'GIT_ALREADY_EXISTS');
        assert.deepEqual(await readdir(folder), ['mine']);
        const empty = await kit.options.createFolder();
        await failsWith(engine.clone(url, join(empty, 'x'), { ref: 'no' }), 'GIT_REF_NOT_FOUND');
        assert.deepEqual(await readdir(empty), []);
        await failsWith(
          engine.clone(server.url('absent.git'), join(empty, 'x'), {}),
          'GIT_REMOTE_NOT_FOUND',
        );
        assert.deepEqual(await readdir(empty), []);
      },
    },
    {
      name: 'opens a repository from a folder inside it, and nothing elsewhere',
      async run() {
        const { directory } = await kit.cloned({ 'a/b': '1' });
        const local = await engine.open(join(directory, 'a'));
        assert.equal(local.directory, (await engine.open(directory)).directory);
        await failsWith(engine.open(await kit.options.createFolder()), 'GIT_NOT_A_REPOSITORY');
      },
    },
  ];
}
