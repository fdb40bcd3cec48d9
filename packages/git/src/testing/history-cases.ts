import assert from 'node:assert/strict';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { author, type ContractKit, failsWith } from './contract-kit.ts';
import type { ContractCase } from './contract-server.ts';

/** Git chooses how long its short ids are. */
function withoutIds(diff: string): string {
  return diff.replace(/^index [0-9a-f.]+/gm, 'index');
}

export function historyCases(kit: ContractKit): readonly ContractCase[] {
  const { server } = kit;
  return [
    {
      name: 'logs commits, newest first, also of one path',
      async run() {
        const { local, name, tip } = await kit.cloned({ a: '1', b: '1' });
        const two = await server.commit(name, { files: { a: '2' }, message: 'Two\n\nBody\n' });
        const three = await server.commit(name, { files: { b: '2' }, message: 'Three' });
        await local.pull({});
        const ids = async (options: Parameters<typeof local.log>[0]): Promise<string[]> =>
          (await local.log(options)).map((commit) => commit.sha);
        assert.deepEqual(await ids({}), [three, two, tip]);
        assert.deepEqual(await ids({ limit: 2 }), [three, two]);
        assert.deepEqual(await ids({ path: 'a' }), [two, tip]);
        assert.deepEqual(await ids({ ref: two.slice(0, 10) }), [two, tip]);
        const [commit] = await local.log({ ref: two, limit: 1 });
        assert.equal(commit?.message, 'Two\n\nBody\n');
        assert.deepEqual(commit?.parents, [tip]);
        assert.deepEqual(commit?.author, {
          name: 'Test Author',
          email: 'author@example.com',
          timestamp: 1_700_000_000,
          timezoneOffset: 60,
        });
        await failsWith(local.log({ ref: 'absent' }), 'GIT_REF_NOT_FOUND');
      },
    },
    {
      name: 'resolves branches, tags and short ids, and reads files at them',
      async run() {
        const { local, tip } = await kit.cloned({
          'x/a': 'one',
          link: { mode: '120000', content: 'x/a' },
        });
        assert.equal(await local.resolve('main'), tip);
        assert.equal(await local.resolve('refs/heads/main'), tip);
        assert.equal(await local.resolve('origin/main'), tip);
        assert.equal(await local.resolve(tip.slice(0, 8)), tip);
        assert.equal(await local.resolve('absent'), undefined);
        assert.equal(await local.resolve('0'.repeat(40)), undefined);
        const read = async (path: string): Promise<string | undefined> => {
          const bytes = await local.readFile('main', path);
          return bytes && Buffer.from(bytes).toString();
        };
        assert.equal(await read('x/a'), 'one');
        assert.equal(await read('link'), 'x/a');
        assert.equal(await read('x'), undefined);
        assert.equal(await read('x/a/b'), undefined);
        await failsWith(local.readFile('absent', 'x/a'), 'GIT_REF_NOT_FOUND');
      },
    },
    {
      name: 'creates tags, plain and annotated',
      async run() {
        const { local, tip } = await kit.cloned();
        await local.createTag('v1', {});
        await local.createTag('v2', { target: 'main', message: 'Two', tagger: author });
        await failsWith(local.createTag('v1', {}), 'GIT_ALREADY_EXISTS');
        await failsWith(local.createTag('v3', { target: 'absent' }), 'GIT_REF_NOT_FOUND');
        await failsWith(local.createTag('v3', { message: 'Three' }), 'GIT_IDENTITY_MISSING');
        assert.deepEqual(await local.tags(), [
          { name: 'v1', sha: tip },
          { name: 'v2', sha: tip },
        ]);
        assert.equal(await local.resolve('v2'), tip);
      },
    },
    {
      name: 'prints diffs of commits as git does',
      async run() {
        const lines = Array.from({ length: 30 }, (_, index) => `  line ${index}\n`);
        const { local, name, tip } = await kit.cloned({
          'a file.txt': `kind: Service\n${lines.join('')}end\n`,
          gone: 'x\n',
          'no-end': 'x',
          bin: 'a\0b',
          same: 'x\n',
        });
        lines[3] = '  changed\n';
        lines.splice(20, 2);
        const next = await server.commit(name, {
          files: {
            'a file.txt': `kind: Service\n${lines.join('')}end\nmore\n`,
            gone: undefined,
            'no-end': 'y\n',
            bin: 'a\0c',
            'new "größe"': 'x\n',
            empty: '',
          },
        });
        await local.pull({});
        const expected = await server.git(name, [
          '-c',
          'core.quotePath=false',
          'diff',
          '--no-renames',
          tip,
          next,
        ]);
        const found = await local.diff({ from: tip, to: next });
        assert.equal(withoutIds(found), withoutIds(expected));
        assert.equal(await local.diff({ from: next, to: next }), '');
        const some = await local.diff({ from: tip, to: 'main', paths: ['gone'] });
        assert.match(some, /^diff --git a\/gone b\/gone\ndeleted file mode 100644\n/);
        assert.doesNotMatch(some, /no-end/);
      },
    },
    {
      name: 'prints diffs of the work tree',
      async run() {
        const { local, directory } = await kit.cloned({ a: '1\n', b: '1\n', 'x/c': '1\n' });
        assert.equal(await local.diff({}), '');
        await writeFile(join(directory, 'a'), '2\n');
        await rm(join(directory, 'x/c'));
        await chmod(join(directory, 'b'), 0o755);
        await writeFile(join(directory, 'untracked'), '1\n');
        await writeFile(join(directory, 'new'), '1\n');
        await local.add(['new']);
        assert.equal(
          withoutIds(await local.diff({})),
          [
            'diff --git a/a b/a',
            'index 100644',
            '--- a/a',
            '+++ b/a',
            '@@ -1 +1 @@',
            '-1',
            '+2',
            'diff --git a/b b/b',
            'old mode 100644',
            'new mode 100755',
            'diff --git a/new b/new',
            'new file mode 100644',
            'index',
            '--- /dev/null',
            '+++ b/new',
            '@@ -0,0 +1 @@',
            '+1',
            'diff --git a/x/c b/x/c',
            'deleted file mode 100644',
            'index',
            '--- a/x/c',
            '+++ /dev/null',
            '@@ -1 +0,0 @@',
            '-1',
            '',
          ].join('\n'),
        );
      },
    },
  ];
}
