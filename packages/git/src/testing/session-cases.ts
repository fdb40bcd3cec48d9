import assert from 'node:assert/strict';
import type { NewCommit, RemoteSession } from '../engine.ts';
import type { TreeChange } from '../types.ts';
import { type ContractKit, failsWith, signature, withFault } from './contract-kit.ts';
import type { ContractCase } from './contract-server.ts';

async function fetchTip(session: RemoteSession, branch = 'main'): Promise<string> {
  const tip = await session.resolve(`refs/heads/${branch}`, { fetch: true });
  assert.ok(tip !== undefined);
  await session.fetch(tip, { ref: `refs/heads/${branch}` });
  return tip;
}

function newCommit(parent: string, changes: readonly TreeChange[]): NewCommit {
  return { parent, changes, message: 'Edit\n', author: signature, committer: signature };
}

const write = (path: string, text: string): TreeChange => ({
  type: 'write',
  path,
  content: Buffer.from(text),
});

async function commitOf(session: RemoteSession, commit: NewCommit): Promise<string> {
  const sha = await session.commit(commit);
  assert.ok(sha !== undefined);
  return sha;
}

export function sessionCases(kit: ContractKit): readonly ContractCase[] {
  const { server } = kit;
  const tipOf = async (name: string, ref: string): Promise<string> =>
    (await server.git(name, ['rev-parse', '--verify', ref])).trim();
  const files = {
    'run.sh': { mode: '100755', content: '#!/bin/sh\n' },
    'x/link': { mode: '120000', content: '../run.sh' },
    'x/module': { mode: '160000', sha: '1234567890123456789012345678901234567890' },
    'x/größe/日本 "語".yaml': 'a: 1\n',
    'x/app.yaml': 'image: web:1\n',
    'y/z': '1',
  } as const;
  return [
    {
      name: 'resolves branches, tags and full names of a remote',
      async run() {
        const { name, url, tip } = await kit.repository();
        await server.git(name, ['tag', '-a', '-m', 'One', 'v1', tip]);
        await kit.session(url, async (session) => {
          for (const ref of ['main', 'refs/heads/main', 'v1', 'refs/tags/v1', 'HEAD'])
            assert.equal(await session.resolve(ref), tip, ref);
          assert.equal(await session.resolve('absent'), undefined);
          assert.equal(await session.resolve('absent', { fetch: true }), undefined);
          const later = await server.commit(name, { files: { a: '1' } });
          assert.equal(await session.resolve('main'), later);
          const missing = session.fetch('1'.repeat(40), { ref: 'main' });
          await failsWith(missing, 'GIT_REF_NOT_FOUND');
        });
      },
    },
    {
      name: 'reads files, entries and folders of a remote commit',
      async run() {
        const { url } = await kit.repository(files);
        await kit.session(url, async (session) => {
          const tree = session.tree(await fetchTip(session));
          const texts = await Promise.all(
            [
              'x/app.yaml',
              'run.sh',
              'x/link',
              'x/größe/日本 "語".yaml',
              'absent',
              'x',
              'x/module',
            ].map(async (path) => {
              const bytes = await tree.read(path);
              return bytes && Buffer.from(bytes).toString();
            }),
          );
          assert.deepEqual(texts, [
            'image: web:1\n',
            '#!/bin/sh\n',
            '../run.sh',
            'a: 1\n',
            undefined,
            undefined,
            undefined,
          ]);
          assert.equal((await tree.entry('run.sh'))?.mode, '100755');
          assert.equal((await tree.entry('x'))?.mode, '040000');
          assert.equal(await tree.entry('x/absent'), undefined);
          const listed = await tree.list('x');
          assert.deepEqual(
            listed.map((entry) => `${entry.mode} ${entry.path}`),
            ['100644 x/app.yaml', '040000 x/größe', '120000 x/link', '160000 x/module'],
          );
          assert.deepEqual(
            (await tree.list('')).map((entry) => entry.path),
            ['run.sh', 'x', 'y'],
          );
        });
      },
    },
    {
      name: 'commits changes, and leaves every other entry as it is',
      async run() {
        const { name, url, tip } = await kit.repository(files);
        const before = (await server.git(name, ['ls-tree', '-r', '-z', 'main'])).split('\0');
        await kit.session(url, async (session) => {
          await fetchTip(session);
          const sha = await commitOf(
            session,
            newCommit(tip, [
              write('x/app.yaml', 'image: web:2\n'),
              write('run.sh', '#!/bin/bash\n'),
              write('new/folder/file', '1'),
              { type: 'write', path: 'tool', content: Buffer.from('1'), mode: '100755' },
              { type: 'delete', path: 'y/z' },
              { type: 'delete', path: 'absent/file' },
            ]),
          );
          assert.equal(await session.push(sha, { branch: 'main', expected: tip }), 'pushed');
          assert.equal(await tipOf(name, 'main'), sha);
        });
        const after = (await server.git(name, ['ls-tree', '-r', '-z', 'main'])).split('\0');
        const paths = (list: readonly string[]): string[] =>
          list.map((line) => `${line.slice(0, 6)} ${line.split('\t')[1] ?? ''}`);
        assert.deepEqual(paths(after), [
          '100644 new/folder/file',
          '100755 run.sh',
          '100755 tool',
          '100644 x/app.yaml',
          '100644 x/größe/日本 "語".yaml',
          '120000 x/link',
          '160000 x/module',
          ' ',
        ]);
        const untouched = (list: readonly string[]): string[] =>
          list.filter((line) => /größe|link|module/.test(line));
        assert.deepEqual(untouched(after), untouched(before));
        const raw = await server.git(name, ['cat-file', 'commit', 'main']);
        assert.match(raw, /\nauthor Ada Lovelace <ada@example.com> 1700000100 \+0100\n/);
        await server.git(name, ['fsck', '--strict']);
      },
    },
    {
      name: 'makes no commit when nothing changes, and refuses what would lose files',
      async run() {
        const { url, tip } = await kit.repository(files);
        await kit.session(url, async (session) => {
          await fetchTip(session);
          const same = newCommit(tip, [write('y/z', '1'), { type: 'delete', path: 'absent' }]);
          assert.equal(await session.commit(same), undefined);
          for (const path of ['x', 'run.sh/x', 'x/module'])
            await failsWith(
              session.commit(newCommit(tip, [write(path, '1')])),
              'GIT_INVALID_ARGUMENT',
            );
        });
      },
    },
    {
      name: 'pushes only when the branch is what was expected',
      async run() {
        const { name, url, tip } = await kit.repository({ a: '1' });
        const theirs = await server.commit(name, { files: { b: '1' } });
        await kit.session(url, async (session) => {
          await session.fetch(tip, { ref: 'refs/heads/main' });
          const sha = await commitOf(session, newCommit(tip, [write('a', '2')]));
          const push = (branch: string, expected: string | undefined): Promise<string> =>
            session.push(sha, { branch, expected });
          assert.equal(await push('main', tip), 'rejected');
          assert.equal(await push('main', undefined), 'rejected');
          assert.equal(await push('absent', tip), 'rejected');
          assert.equal(await tipOf(name, 'main'), theirs);
          assert.equal(await push('made/here', undefined), 'pushed');
          assert.equal(await tipOf(name, 'made/here'), sha);
        });
      },
    },
    {
      name: 'loses a race that happens in the middle of the push',
      async run() {
        const { name, url, tip } = await kit.repository({ a: '1' });
        await kit.session(url, async (session) => {
          await fetchTip(session);
          const sha = await commitOf(session, newCommit(tip, [write('a', '2')]));
          let theirs = '';
          const run = async (): Promise<void> => {
            theirs = await server.commit(name, { files: { b: '1' } });
          };
          const outcome = await withFault(
            server,
            { step: 'receive-pack', times: 1, fault: { type: 'before', run } },
            () => session.push(sha, { branch: 'main', expected: tip }),
          );
          assert.equal(outcome, 'rejected');
          assert.equal(await tipOf(name, 'main'), theirs);
          const next = await fetchTip(session);
          const again = await commitOf(session, newCommit(next, [write('a', '2')]));
          assert.equal(await session.push(again, { branch: 'main', expected: next }), 'pushed');
          assert.equal(await server.git(name, ['show', 'main:a']), '2');
          assert.equal(await server.git(name, ['show', 'main:b']), '1');
        });
      },
    },
    {
      name: 'says that a hook has refused a push, and what it said',
      async run() {
        const { name, url, tip } = await kit.repository({ a: '1' });
        await server.hook(name, 'update', 'echo "Branch is locked" >&2; exit 1');
        await kit.session(url, async (session) => {
          await fetchTip(session);
          const sha = await commitOf(session, newCommit(tip, [write('a', '2')]));
          const push = session.push(sha, { branch: 'main', expected: tip });
          assert.match((await failsWith(push, 'GIT_PUSH_REJECTED')).message, /Branch is locked/);
        });
      },
    },
    {
      name: 'takes a branch whose name stands in the way of another for no race',
      async run() {
        const { url, tip } = await kit.repository({ a: '1' });
        await kit.session(url, async (session) => {
          await fetchTip(session);
          const sha = await commitOf(session, newCommit(tip, [write('a', '2')]));
          const push = session.push(sha, { branch: 'main/x', expected: undefined });
          assert.match((await failsWith(push, 'GIT_PUSH_REJECTED')).message, /cannot create/);
        });
      },
    },
    {
      name: 'logs a remote to the depth that was fetched',
      async run() {
        const { name, url } = await kit.repository({ a: '1' });
        const two = await server.commit(name, { files: { a: '2' }, message: 'Two' });
        const three = await server.commit(name, { files: { b: '1' }, message: 'Three' });
        await kit.session(url, async (session) => {
          await session.fetch(three, { ref: 'refs/heads/main', depth: 2 });
          const log = await session.log(three, {});
          assert.deepEqual(
            log.map((commit) => commit.sha),
            [three, two],
          );
          assert.equal((await session.log(three, { limit: 1 })).length, 1);
        });
      },
    },
    {
      name: 'signs the exact bytes of a remote commit',
      async run() {
        const { name, url, tip } = await kit.repository({ a: '1' });
        await kit.session(url, async (session) => {
          await fetchTip(session);
          let payload = '';
          const sign = (bytes: Uint8Array): Promise<string> => {
            payload = Buffer.from(bytes).toString();
            return Promise.resolve(
              '-----BEGIN SSH SIGNATURE-----\nabc\n-----END SSH SIGNATURE-----',
            );
          };
          const sha = await commitOf(session, { ...newCommit(tip, [write('a', '2')]), sign });
          assert.equal(await session.push(sha, { branch: 'main', expected: tip }), 'pushed');
          const raw = await server.git(name, ['cat-file', 'commit', 'main']);
          const header =
            'gpgsig -----BEGIN SSH SIGNATURE-----\n abc\n -----END SSH SIGNATURE-----\n';
          assert.ok(raw.includes(`\n${header}\nEdit\n`));
          assert.equal(raw.replace(header, ''), payload);
        });
      },
    },
  ];
}
