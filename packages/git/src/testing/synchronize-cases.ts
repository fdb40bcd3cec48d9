import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineRepository } from '../engine.ts';
import { author, type ContractKit, failsWith } from './contract-kit.ts';
import type { ContractCase } from './contract-server.ts';

async function commitFile(local: EngineRepository, path: string, text: string): Promise<string> {
  await writeFile(join(local.directory, path), text);
  await local.add([path]);
  return (await local.commit({ message: `Change ${path}`, author })).sha;
}

export function synchronizeCases(kit: ContractKit): readonly ContractCase[] {
  const { server } = kit;
  const tipOf = async (name: string, ref: string): Promise<string> =>
    (await server.git(name, ['rev-parse', ref])).trim();
  return [
    {
      name: 'fetches what is new, and prunes what is gone',
      async run() {
        const { name, url, tip } = await kit.repository();
        await server.git(name, ['branch', 'old', tip]);
        const directory = join(await kit.options.createFolder(), 'clone');
        await kit.engine.clone(url, directory, { singleBranch: false });
        const local = await kit.engine.open(directory);
        assert.deepEqual(await local.fetch({}), []);
        const after = await server.commit(name, { files: { a: '1' } });
        await server.git(name, ['tag', 'v1', after]);
        await server.git(name, ['branch', '-D', 'old']);
        assert.deepEqual(await local.fetch({ prune: true }), [
          { branch: 'main', before: tip, after },
        ]);
        assert.equal(await local.resolve('origin/old'), undefined);
        assert.equal(await local.resolve('v1'), after);
        assert.equal(await local.resolve('HEAD'), tip);
        const { ahead, behind } = await local.status();
        assert.deepEqual({ ahead, behind }, { ahead: 0, behind: 1 });
        await failsWith(local.fetch({ branch: 'absent' }), 'GIT_REF_NOT_FOUND');
        await failsWith(local.fetch({ remote: 'absent' }), 'GIT_REF_NOT_FOUND');
      },
    },
    {
      name: 'pulls forward, with local changes kept and never overwritten',
      async run() {
        const { local, directory, name, tip } = await kit.cloned({ a: '1', b: '1' });
        const after = await server.commit(name, { files: { a: '2' } });
        await writeFile(join(directory, 'b'), 'mine');
        assert.deepEqual(await local.pull({}), { branch: 'main', before: tip, after });
        assert.equal(await readFile(join(directory, 'a'), 'utf8'), '2');
        assert.deepEqual(await local.pull({}), { branch: 'main', before: after, after });
        await server.commit(name, { files: { b: '3' } });
        await failsWith(local.pull({}), 'GIT_WORK_TREE_DIRTY');
        assert.equal(await readFile(join(directory, 'b'), 'utf8'), 'mine');
        assert.equal(await local.resolve('HEAD'), after);
      },
    },
    {
      name: 'refuses to pull diverged branches, and merges them on request',
      async run() {
        const { local, directory, name } = await kit.cloned({ a: '1', b: '1' });
        const ours = await commitFile(local, 'a', '2');
        const theirs = await server.commit(name, { files: { b: '2' } });
        await failsWith(local.pull({}), 'GIT_DIVERGED');
        assert.equal(await local.resolve('HEAD'), ours);
        const merged = await local.pull({ strategy: 'merge', author });
        assert.equal(await readFile(join(directory, 'b'), 'utf8'), '2');
        const [commit] = await local.log({ limit: 1 });
        assert.deepEqual(commit?.parents, [ours, theirs]);
        assert.equal(commit?.sha, merged.after);
        assert.deepEqual((await local.status()).files, []);
      },
    },
    {
      name: 'names the files of a merge conflict, and changes nothing',
      async run() {
        const { local, directory, name } = await kit.cloned({ a: '1\n' });
        const ours = await commitFile(local, 'a', '2\n');
        await server.commit(name, { files: { a: '3\n' } });
        const error = await failsWith(
          local.pull({ strategy: 'merge', author }),
          'GIT_MERGE_CONFLICT',
        );
        assert.deepEqual((error as { details?: { files?: unknown } }).details?.files, ['a']);
        assert.equal(await local.resolve('HEAD'), ours);
        assert.equal(await readFile(join(directory, 'a'), 'utf8'), '2\n');
        assert.deepEqual((await local.status()).files, []);
      },
    },
    {
      name: 'pushes new commits and new branches',
      async run() {
        const { local, name, tip } = await kit.cloned({ a: '1' });
        const after = await commitFile(local, 'x', '1');
        assert.deepEqual(await local.push({}), { branch: 'main', before: tip, after });
        assert.equal(await tipOf(name, 'main'), after);
        assert.equal((await local.status()).ahead, 0);
        assert.deepEqual(await local.push({}), { branch: 'main', before: after, after });
        await local.checkout('topic', { create: true });
        const topic = await commitFile(local, 'y', '1');
        const pushed = await local.push({ branch: 'topic' });
        assert.deepEqual(pushed, { branch: 'topic', before: undefined, after: topic });
        assert.equal(await tipOf(name, 'topic'), topic);
        await server.git(name, ['fsck', '--strict']);
        await failsWith(local.push({ branch: 'absent' }), 'GIT_REF_NOT_FOUND');
      },
    },
    {
      name: 'rejects a push over commits that are not here, and forces with a lease only',
      async run() {
        const { local, name } = await kit.cloned({ a: '1' });
        await commitFile(local, 'a', '2');
        const theirs = await server.commit(name, { files: { a: '3' } });
        await failsWith(local.push({}), 'GIT_PUSH_REJECTED');
        await failsWith(local.push({ force: true }), 'GIT_PUSH_REJECTED');
        assert.equal(await tipOf(name, 'main'), theirs);
        await local.fetch({});
        await failsWith(local.push({}), 'GIT_PUSH_REJECTED');
        const forced = await local.push({ force: true });
        assert.equal(forced.before, theirs);
        assert.equal(await tipOf(name, 'main'), forced.after);
      },
    },
    {
      name: 'repeats the words of a server that refuses a push',
      async run() {
        const { local, name, tip } = await kit.cloned({ a: '1' });
        await server.hook(name, 'pre-receive', 'echo "Freeze until Monday" >&2; exit 1');
        await commitFile(local, 'a', '2');
        const error = await failsWith(local.push({}), 'GIT_PUSH_REJECTED');
        assert.match(error.message, /Freeze until Monday/);
        assert.equal(await tipOf(name, 'main'), tip);
      },
    },
  ];
}
