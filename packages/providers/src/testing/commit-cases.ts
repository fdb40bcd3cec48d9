import assert from 'node:assert/strict';
import { isGitOpsError } from '@bowline/gitops-errors';
import type { ContractTable } from './contract.ts';
import { absentSha, bytes, head, present, readText, rejectsWith, write } from './expect.ts';

/** Files at a ref, and commits of many files. */
export const commitCases: ContractTable = {
  'files: are read byte for byte': async ({ subject, repository }) => {
    const binary = Uint8Array.from({ length: 512 }, (_, index) => index % 256);
    const files = {
      'crlf.yaml': bytes('a: 1\r\nb: 2\r\n'),
      'bom.yaml': bytes('\uFEFFa: 1\n'),
      'no-final-newline': bytes('x'),
      empty: new Uint8Array(),
      'dir/binary.bin': binary,
      'ordner/größe 名前.yaml': bytes('größe: 名前\n'),
      'odd/50% #1?&+.yaml': bytes('odd: true\n'),
    };
    const sha = await subject.seed({ branch: 'main', files });
    for (const [path, expected] of Object.entries(files)) {
      for (const ref of ['main', sha]) {
        const file = present(await repository.files.read(path, ref), path);
        assert.equal(file.path, path);
        assert.deepEqual(Buffer.from(file.content), Buffer.from(expected), path);
      }
    }
  },
  'files: read at a branch with a slash, at a tag and at an old commit': async (context) => {
    const { subject, repository } = context;
    const first = await subject.seed({ branch: 'main', files: { a: '1\n' } });
    await subject.seed({ branch: 'main', files: { a: '2\n' } });
    await subject.seed({ branch: 'env/prod', from: first, files: { a: '3\n' } });
    await repository.tags.create('v1', first);
    assert.equal(await readText(context, 'a', 'main'), '2\n');
    assert.equal(await readText(context, 'a', first), '1\n');
    assert.equal(await readText(context, 'a', 'env/prod'), '3\n');
    assert.equal(await readText(context, 'a', 'v1'), '1\n');
  },
  'files: the commit and mode that come with a file are those of the branch': async ({
    subject,
    repository,
  }) => {
    await subject.seed({ branch: 'main', files: { a: '1\n' } });
    const sha = await subject.seed({
      branch: 'main',
      files: { 'run.sh': { content: '#!/bin/sh\n', mode: '100755' } },
    });
    for (const ref of ['main', sha]) {
      const file = present(await repository.files.read('run.sh', ref), 'run.sh');
      if (file.commit !== undefined) assert.equal(file.commit, sha);
      if (file.mode !== undefined) assert.equal(file.mode, '100755');
    }
    await repository.tags.create('stable', sha);
    assert.equal((await repository.files.read('a', 'stable'))?.path, 'a');
  },
  'files: a path that is not there, or is a folder, is undefined': async ({
    subject,
    repository,
  }) => {
    await subject.seed({ branch: 'main', files: { 'dir/a': '1' } });
    for (const path of ['b', 'dir/b', 'dir/a/b', 'dir', 'DIR/a']) {
      assert.equal(await repository.files.read(path, 'main'), undefined, path);
    }
  },
  'files: a ref that is not there is not found, or undefined where the forge cannot tell': async ({
    subject,
    repository,
  }) => {
    await subject.seed({ branch: 'main', files: { a: '1' } });
    for (const ref of ['absent', absentSha]) {
      try {
        assert.equal(await repository.files.read('a', ref), undefined);
      } catch (error) {
        assert.ok(isGitOpsError(error) && error.code === 'PROVIDER_NOT_FOUND', String(error));
      }
    }
  },
  'files: one that is larger than maxBytes is refused': async ({ subject, repository }) => {
    await subject.seed({ branch: 'main', files: { a: '0123456789' } });
    assert.ok(await repository.files.read('a', 'main', { maxBytes: 10 }));
    await rejectsWith('PROVIDER_LIMIT_EXCEEDED', () =>
      repository.files.read('a', 'main', { maxBytes: 9 }),
    );
  },
  'files: a path that leaves the repository is refused': async ({ subject, repository }) => {
    await subject.seed({ branch: 'main', files: { a: '1' } });
    for (const path of ['', '/a', '../a', 'x/../a', './a', 'x//a', 'a/', 'a\0']) {
      await rejectsWith('PROVIDER_INVALID_ARGUMENT', () => repository.files.read(path, 'main'));
    }
  },
  'commits: one file': async (context) => {
    const { subject, repository } = context;
    const base = await subject.seed({ branch: 'main', files: { a: '1\n', 'dir/b': '1\n' } });
    const commit = await repository.commits.create({
      branch: 'main',
      message: 'chore: set b\n\nWith a body — größe.',
      expectedHead: base,
      changes: [write('dir/b', '2\n')],
    });
    assert.equal(await head(context, 'main'), commit.sha);
    assert.ok(URL.canParse(commit.webUrl), commit.webUrl);
    assert.equal(await readText(context, 'dir/b', commit.sha), '2\n');
    assert.equal(await readText(context, 'a', 'main'), '1\n');
    const seen = await subject.inspect(commit.sha);
    assert.deepEqual(seen.parents, [base]);
    assert.equal(seen.message.trim(), 'chore: set b\n\nWith a body — größe.');
  },
  'commits: write, add and delete many files in one commit, byte for byte': async (context) => {
    const { subject, repository } = context;
    const base = await subject.seed({
      branch: 'main',
      files: { keep: 'k', edit: '1', 'gone/a': '1', 'gone/b': '1', 'half/a': '1', 'half/b': '1' },
    });
    const binary = Uint8Array.from({ length: 300 }, (_, index) => 255 - (index % 256));
    const { sha } = await repository.commits.create({
      branch: 'main',
      message: 'many',
      expectedHead: base,
      changes: [
        write('edit', '2\r\n'),
        { type: 'write', path: 'new/deep/binary', content: binary },
        write('größe/名前 1.yaml', 'ü\n'),
        write('new/empty', ''),
        { type: 'delete', path: 'gone/a' },
        { type: 'delete', path: 'gone/b' },
        { type: 'delete', path: 'half/a' },
      ],
    });
    assert.deepEqual((await subject.inspect(sha)).parents, [base]);
    assert.equal(await readText(context, 'keep', sha), 'k');
    assert.equal(await readText(context, 'edit', sha), '2\r\n');
    assert.equal(await readText(context, 'größe/名前 1.yaml', sha), 'ü\n');
    assert.equal(await readText(context, 'new/empty', sha), '');
    assert.equal(await readText(context, 'half/b', sha), '1');
    const read = present(await repository.files.read('new/deep/binary', sha), 'binary');
    assert.deepEqual(Buffer.from(read.content), Buffer.from(binary));
    for (const path of ['gone/a', 'gone/b', 'half/a']) {
      assert.equal(await repository.files.read(path, sha), undefined, path);
    }
  },
  'commits: create makes the branch in the same call': async (context) => {
    const { subject, repository } = context;
    const base = await subject.seed({ branch: 'main', files: { a: '1' } });
    const { sha } = await repository.commits.create({
      branch: 'shop/web_deployment.yaml',
      create: true,
      message: 'set a',
      expectedHead: base,
      changes: [write('a', '2')],
    });
    assert.equal(await head(context, 'shop/web_deployment.yaml'), sha);
    assert.equal(await head(context, 'main'), base);
    assert.deepEqual((await subject.inspect(sha)).parents, [base]);
  },
  'commits: create of a branch that exists elsewhere is a conflict': async (context) => {
    const { subject, repository } = context;
    const base = await subject.seed({ branch: 'main', files: { a: '1' } });
    const other = await subject.seed({ branch: 'taken', from: 'main', files: { a: '5' } });
    await rejectsWith('PROVIDER_CONFLICT', () =>
      repository.commits.create({
        branch: 'taken',
        create: true,
        message: 'set a',
        expectedHead: base,
        changes: [write('a', '2')],
      }),
    );
    assert.equal(await head(context, 'taken'), other);
  },
  'commits: a branch that moved is a conflict, and keeps what it has': async (context) => {
    const { subject, repository } = context;
    const base = await subject.seed({ branch: 'main', files: { a: '1' } });
    const moved = await subject.seed({ branch: 'main', files: { b: '1' } });
    await rejectsWith('PROVIDER_CONFLICT', () =>
      repository.commits.create({
        branch: 'main',
        message: 'late',
        expectedHead: base,
        changes: [write('a', '2')],
      }),
    );
    assert.equal(await head(context, 'main'), moved);
  },
  'commits: of two at once on the same head exactly one lands': async (context) => {
    const { subject, repository } = context;
    const base = await subject.seed({ branch: 'main', files: { a: '1' } });
    const results = await Promise.allSettled(
      ['left', 'right'].map((path) =>
        repository.commits.create({
          branch: 'main',
          message: path,
          expectedHead: base,
          changes: [write(path, '1')],
        }),
      ),
    );
    const landed = results.filter((result) => result.status === 'fulfilled');
    const refused = results.filter((result) => result.status === 'rejected');
    assert.equal(landed.length, 1);
    const reason: unknown = refused[0]?.reason;
    assert.ok(isGitOpsError(reason) && reason.code === 'PROVIDER_CONFLICT', String(reason));
    assert.equal(await head(context, 'main'), landed[0]?.value.sha);
    assert.deepEqual((await subject.inspect(await head(context, 'main'))).parents, [base]);
  },
  'commits: the executable bit of untouched and of rewritten files survives': async ({
    subject,
    repository,
  }) => {
    const base = await subject.seed({
      branch: 'main',
      files: {
        'run.sh': { content: '#!/bin/sh\n', mode: '100755' },
        'bin/other.sh': { content: '#!/bin/sh\n', mode: '100755' },
        link: { content: 'run.sh', mode: '120000' },
        plain: '1',
      },
    });
    const { sha } = await repository.commits.create({
      branch: 'main',
      message: 'edit',
      expectedHead: base,
      changes: [write('run.sh', '#!/bin/sh\necho 2\n'), write('plain', '2')],
    });
    assert.equal(await subject.mode(sha, 'run.sh'), '100755');
    assert.equal(await subject.mode(sha, 'bin/other.sh'), '100755');
    assert.equal(await subject.mode(sha, 'link'), '120000');
    assert.equal(await subject.mode(sha, 'plain'), '100644');
    const mode = (await repository.files.read('run.sh', sha))?.mode;
    assert.ok(mode === undefined || mode === '100755', String(mode));
  },
  'commits: the author is kept': async ({ subject, repository }) => {
    const base = await subject.seed({ branch: 'main', files: { a: '1' } });
    const author = { name: 'Zoë Müller', email: 'zoe@example.com' };
    const { sha } = await repository.commits.create({
      branch: 'main',
      message: 'by Zoë',
      expectedHead: base,
      changes: [write('a', '2')],
      author,
    });
    assert.deepEqual((await subject.inspect(sha)).author, author);
  },
  'commits: an author, path or branch that could smuggle something is refused': async (context) => {
    const { subject, repository } = context;
    const base = await subject.seed({ branch: 'main', files: { a: '1' } });
    const commit = { branch: 'main', message: 'm', expectedHead: base, changes: [write('a', '2')] };
    const refused = [
      { ...commit, author: { name: 'a\nb', email: 'a@example.com' } },
      { ...commit, author: { name: 'a', email: 'a@example.com> 0 +0000\ncommitter x <y' } },
      { ...commit, branch: '-x' },
      { ...commit, branch: '../x' },
      ...['../a', '/a', 'x/../a', '.git/config', 'x/.GIT/hooks/post-checkout', 'a\0', ''].map(
        (path) => ({ ...commit, changes: [write(path, '2')] }),
      ),
    ];
    for (const input of refused) {
      await rejectsWith('PROVIDER_INVALID_ARGUMENT', () => repository.commits.create(input));
    }
    assert.equal(await head(context, 'main'), base);
  },
};
