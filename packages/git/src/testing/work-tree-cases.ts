import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineRepository } from '../engine.ts';
import { author, type ContractKit, failsWith } from './contract-kit.ts';
import type { ContractCase } from './contract-server.ts';

async function states(local: EngineRepository): Promise<Record<string, string>> {
  const { files } = await local.status();
  return Object.fromEntries(files.map((file) => [file.path, `${file.staged} ${file.unstaged}`]));
}

export function workTreeCases(kit: ContractKit): readonly ContractCase[] {
  return [
    {
      name: 'tells the states of files',
      async run() {
        const { local, directory } = await kit.cloned({
          kept: '1',
          edited: '1',
          removed: '1',
          staged: '1',
          both: '1',
          script: '1',
          '.gitignore': 'ignored\nout/\n',
        });
        const put = (path: string, text: string): Promise<void> =>
          writeFile(join(directory, path), text);
        await put('edited', '2');
        await rm(join(directory, 'removed'));
        await put('staged', '2');
        await put('both', '2');
        await put('new', '1');
        await local.add(['staged', 'both', 'new']);
        await put('both', '3');
        await put('ignored', '1');
        await mkdir(join(directory, 'out'));
        await mkdir(join(directory, 'more'));
        await put('out/x', '1');
        await put('more/x', '1');
        await chmod(join(directory, 'script'), 0o755);
        assert.deepEqual(await states(local), {
          both: 'modified modified',
          edited: 'unmodified modified',
          new: 'added unmodified',
          removed: 'unmodified deleted',
          script: 'unmodified modified',
          staged: 'modified unmodified',
          'more/x': 'untracked untracked',
        });
        await local.add(['.']);
        assert.deepEqual(await states(local), {
          both: 'modified unmodified',
          edited: 'modified unmodified',
          'more/x': 'added unmodified',
          new: 'added unmodified',
          removed: 'deleted unmodified',
          script: 'modified unmodified',
          staged: 'modified unmodified',
        });
      },
    },
    {
      name: 'refuses to add what is not there',
      async run() {
        const { local } = await kit.cloned();
        await failsWith(local.add(['absent']), 'GIT_INVALID_ARGUMENT');
      },
    },
    {
      name: 'commits the index, with the author and a sign-off',
      async run() {
        const { local, directory, tip } = await kit.cloned({ a: '1', b: '1' });
        await failsWith(local.commit({ message: 'Nothing', author }), 'GIT_NOTHING_TO_COMMIT');
        await writeFile(join(directory, 'a'), '2');
        await writeFile(join(directory, 'b'), '2');
        await failsWith(local.commit({ message: 'Nothing', author }), 'GIT_NOTHING_TO_COMMIT');
        await local.add(['a']);
        const commit = await local.commit({
          message: 'Change a  \n\n\nBecause.\n\nRefs: X-1\n\n',
          author,
          signOff: true,
        });
        assert.deepEqual(commit.parents, [tip]);
        assert.deepEqual([commit.author.name, commit.author.email], [author.name, author.email]);
        assert.equal(
          commit.message,
          'Change a\n\nBecause.\n\nRefs: X-1\nSigned-off-by: Ada Lovelace <ada@example.com>\n',
        );
        assert.equal(await local.resolve('HEAD'), commit.sha);
        assert.deepEqual(await states(local), { b: 'unmodified modified' });
        const [logged] = await local.log({ limit: 1 });
        assert.deepEqual(logged, commit);
      },
    },
    {
      name: 'commits everything that is tracked, or some paths only',
      async run() {
        const { local, directory } = await kit.cloned({ 'x/a': '1', b: '1', c: '1' });
        await writeFile(join(directory, 'x/a'), '2');
        await writeFile(join(directory, 'b'), '2');
        await rm(join(directory, 'c'));
        await writeFile(join(directory, 'new'), '1');
        await local.add(['b']);
        await local.commit({ message: 'Only x', author, paths: ['x'] });
        assert.deepEqual(await states(local), {
          b: 'modified unmodified',
          c: 'unmodified deleted',
          new: 'untracked untracked',
        });
        await local.commit({ message: 'All', author, all: true });
        assert.deepEqual(await states(local), { new: 'untracked untracked' });
        await local.commit({ message: 'New', author, paths: ['new'] });
        assert.deepEqual(await states(local), {});
        assert.equal(await local.readFile('HEAD', 'c'), undefined);
      },
    },
    {
      name: 'signs the exact bytes of a commit',
      async run() {
        const { local, directory } = await kit.cloned({ a: '1' });
        await writeFile(join(directory, 'a'), '2');
        let payload = '';
        const commit = await local.commit({
          message: 'Signed',
          author,
          all: true,
          sign: (bytes) => {
            payload = Buffer.from(bytes).toString();
            return Promise.resolve(
              '-----BEGIN SSH SIGNATURE-----\nabc\n-----END SSH SIGNATURE-----\n',
            );
          },
        });
        assert.match(payload, /^tree [0-9a-f]{40}\nparent [0-9a-f]{40}\nauthor Ada/);
        assert.ok(payload.endsWith('\n\nSigned\n'));
        assert.equal(await local.resolve('HEAD'), commit.sha);
        assert.equal(commit.message, 'Signed\n');
      },
    },
    {
      name: 'creates, lists, checks out and deletes branches',
      async run() {
        const { local, directory, tip } = await kit.cloned({ a: '1' });
        const made = await local.createBranch('topic/one', 'main');
        assert.deepEqual(made, { name: 'topic/one', sha: tip, current: false });
        await failsWith(local.createBranch('topic/one'), 'GIT_ALREADY_EXISTS');
        await failsWith(local.createBranch('other', 'absent'), 'GIT_REF_NOT_FOUND');
        await local.checkout('topic/one', { create: false });
        await writeFile(join(directory, 'a'), '2');
        await writeFile(join(directory, 'b'), '1');
        await local.add(['.']);
        const { sha } = await local.commit({ message: 'Topic', author });
        assert.deepEqual(await local.branches(), [
          { name: 'main', sha: tip, current: false },
          { name: 'topic/one', sha, current: true },
        ]);
        await failsWith(local.deleteBranch('topic/one', { force: true }), 'GIT_INVALID_ARGUMENT');
        await local.checkout('main', { create: false });
        assert.equal(await readFile(join(directory, 'a'), 'utf8'), '1');
        await assert.rejects(readFile(join(directory, 'b')));
        await failsWith(local.deleteBranch('topic/one', { force: false }), 'GIT_INVALID_ARGUMENT');
        await local.deleteBranch('topic/one', { force: true });
        await failsWith(local.deleteBranch('topic/one', { force: true }), 'GIT_REF_NOT_FOUND');
        await failsWith(local.checkout('absent', { create: false }), 'GIT_REF_NOT_FOUND');
        await local.checkout('fresh', { create: true });
        await failsWith(local.checkout('fresh', { create: true }), 'GIT_ALREADY_EXISTS');
        assert.equal((await local.status()).branch, 'fresh');
      },
    },
    {
      name: 'keeps local changes at a checkout, and overwrites none',
      async run() {
        const { local, directory, name } = await kit.cloned({ a: '1', b: '1' });
        await kit.server.commit(name, { branch: 'next', from: 'main', files: { a: '2', c: '1' } });
        await local.fetch({ branch: 'next' });
        await local.createBranch('next', 'origin/next');
        await writeFile(join(directory, 'b'), 'mine');
        await local.checkout('next', { create: false });
        assert.equal(await readFile(join(directory, 'b'), 'utf8'), 'mine');
        assert.equal(await readFile(join(directory, 'a'), 'utf8'), '2');
        await writeFile(join(directory, 'a'), 'mine');
        await failsWith(local.checkout('main', { create: false }), 'GIT_WORK_TREE_DIRTY');
        assert.equal(await readFile(join(directory, 'a'), 'utf8'), 'mine');
        await writeFile(join(directory, 'a'), '2');
        await local.checkout('main', { create: false });
        await writeFile(join(directory, 'c'), 'untracked');
        await failsWith(local.checkout('next', { create: false }), 'GIT_WORK_TREE_DIRTY');
        assert.equal(await readFile(join(directory, 'c'), 'utf8'), 'untracked');
        assert.equal((await local.status()).branch, 'main');
      },
    },
    {
      name: 'turns files into folders and back',
      async run() {
        const { local, directory, name } = await kit.cloned({ x: '1' });
        await kit.server.commit(name, {
          branch: 'folder',
          from: 'main',
          files: { x: undefined, 'x/y/z': '2' },
        });
        await local.fetch({ branch: 'folder' });
        await local.createBranch('folder', 'origin/folder');
        await local.checkout('folder', { create: false });
        assert.equal(await readFile(join(directory, 'x/y/z'), 'utf8'), '2');
        await local.checkout('main', { create: false });
        assert.equal(await readFile(join(directory, 'x'), 'utf8'), '1');
        assert.deepEqual(await states(local), {});
      },
    },
  ];
}
