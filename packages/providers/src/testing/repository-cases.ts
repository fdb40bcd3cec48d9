import assert from 'node:assert/strict';
import type { ContractTable } from './contract.ts';
import { absentSha, collect, head, present, rejectsWith } from './expect.ts';

/** The repository itself, branches and names. */
export const repositoryCases: ContractTable = {
  'repository: get answers with name, default branch and addresses': async ({
    subject,
    repository,
  }) => {
    await subject.seed({ branch: 'main', files: { 'README.md': '# shop\n' } });
    const info = present(await repository.get(), 'repository');
    assert.equal(info.fullName, subject.repository);
    assert.equal(repository.fullName, subject.repository);
    assert.equal(info.defaultBranch, 'main');
    assert.ok(URL.canParse(info.webUrl), info.webUrl);
    assert.ok(info.cloneUrl.length > 0);
    assert.doesNotMatch(info.cloneUrl, /:\/\/[^/]*:[^/]*@/, 'a clone address holds no password');
  },
  'repository: one that is not there is undefined': async ({ subject, provider }) => {
    const other = subject.repository.replace(/[^/]+$/, 'no-such-repository');
    assert.equal(await provider.repository(other).get(), undefined);
  },
  'repository: what is inside one that is not there is not found': async ({
    subject,
    provider,
  }) => {
    const other = provider.repository(subject.repository.replace(/[^/]+$/, 'no-such-repository'));
    await rejectsWith('PROVIDER_NOT_FOUND', () => other.branches.create('x', absentSha));
    await rejectsWith('PROVIDER_NOT_FOUND', () =>
      other.pullRequests.create({ title: 't', source: 'a', destination: 'b' }),
    );
  },
  'repository: a name that leaves its place is refused': async ({ provider }) => {
    for (const name of [
      '',
      '../x',
      'a/../b',
      '/abs',
      'a/b/../../c',
      'a\nb',
      'a b',
      '-x/y',
      'a\0b',
    ]) {
      await rejectsWith('PROVIDER_INVALID_ARGUMENT', async () => provider.repository(name));
    }
  },
  'provider: says what it is and which strategies it has': async ({ provider }) => {
    assert.ok(provider.kind.length > 0);
    assert.ok(provider.host.length > 0);
    assert.ok(provider.mergeStrategies.includes('merge'));
    assert.equal(new Set(provider.mergeStrategies).size, provider.mergeStrategies.length);
  },
  'branches: get answers with the tip, or undefined': async ({ subject, repository }) => {
    const sha = await subject.seed({ branch: 'main', files: { a: '1' } });
    const branch = present(await repository.branches.get('main'), 'main');
    assert.equal(branch.name, 'main');
    assert.equal(branch.sha, sha);
    assert.ok(URL.canParse(branch.webUrl), branch.webUrl);
    assert.equal(await repository.branches.get('absent'), undefined);
    assert.equal(await repository.branches.get('mai'), undefined);
  },
  'branches: create at a commit, then it exists': async ({ subject, repository }) => {
    const first = await subject.seed({ branch: 'main', files: { a: '1' } });
    await subject.seed({ branch: 'main', files: { a: '2' } });
    const created = await repository.branches.create('release', first);
    assert.equal(created.name, 'release');
    assert.equal(created.sha, first);
    assert.equal((await repository.branches.get('release'))?.sha, first);
    await rejectsWith('PROVIDER_ALREADY_EXISTS', () =>
      repository.branches.create('release', first),
    );
  },
  'branches: create without that commit is not found': async ({ subject, repository }) => {
    await subject.seed({ branch: 'main', files: { a: '1' } });
    await rejectsWith('PROVIDER_NOT_FOUND', () => repository.branches.create('x', absentSha));
    assert.equal(await repository.branches.get('x'), undefined);
  },
  'branches: names with slashes, dots and other scripts': async ({ subject, repository }) => {
    const sha = await subject.seed({ branch: 'main', files: { a: '1' } });
    const names = [
      'shop/web_deployment.yaml',
      'release/1.2.x',
      'größe/名前',
      'a+b',
      'user@host',
      '50%',
    ];
    for (const name of names) {
      assert.equal((await repository.branches.create(name, sha)).name, name);
      assert.equal((await repository.branches.get(name))?.sha, sha, name);
    }
    const listed = (await collect(repository.branches.list())).map((branch) => branch.name);
    for (const name of names) assert.ok(listed.includes(name), name);
    for (const name of names) assert.equal(await repository.branches.delete(name), true, name);
    assert.equal(await repository.branches.get('größe/名前'), undefined);
  },
  'branches: names that Git refuses are refused before anything is sent': async ({
    subject,
    repository,
  }) => {
    const sha = await subject.seed({ branch: 'main', files: { a: '1' } });
    for (const name of [
      '',
      '-x',
      'a..b',
      'a b',
      'a~1',
      'a^',
      'a:b',
      'a?b',
      'a*',
      'a[b',
      'a\\b',
      'a\nb',
      'a\0b',
      '/a',
      'a/',
      'a//b',
      '.a',
      'a/.b',
      'a.lock',
      'a.',
      '@',
      'a@{b',
      'x/../../../main',
    ]) {
      await rejectsWith('PROVIDER_INVALID_ARGUMENT', () => repository.branches.create(name, sha));
    }
    assert.deepEqual(
      (await collect(repository.branches.list())).map((branch) => branch.name),
      ['main'],
    );
  },
  'branches: list gives all of many, each once': async ({ subject, repository }) => {
    const sha = await subject.seed({ branch: 'main', files: { a: '1' } });
    const names = Array.from({ length: 120 }, (_, index) => `many/b-${index}`);
    for (const name of names) await repository.branches.create(name, sha);
    const listed = (await collect(repository.branches.list())).map((branch) => branch.name);
    assert.deepEqual(listed.sort(), ['main', ...names].sort());
  },
  'branches: list can be filtered and left early': async ({ subject, repository }) => {
    const sha = await subject.seed({ branch: 'main', files: { a: '1' } });
    for (const name of ['feature/a', 'feature/b', 'fix/a'])
      await repository.branches.create(name, sha);
    const found = (await collect(repository.branches.list({ nameContains: 'feature' }))).map(
      (branch) => branch.name,
    );
    assert.deepEqual(found.sort(), ['feature/a', 'feature/b']);
    let seen = 0;
    for await (const branch of repository.branches.list()) {
      assert.equal(branch.sha, sha);
      seen += 1;
      break;
    }
    assert.equal(seen, 1);
  },
  'branches: delete says whether there was one': async ({ subject, repository }) => {
    const sha = await subject.seed({ branch: 'main', files: { a: '1' } });
    await repository.branches.create('old', sha);
    assert.equal(await repository.branches.delete('old'), true);
    assert.equal(await repository.branches.get('old'), undefined);
    assert.equal(await repository.branches.delete('old'), false);
  },
  'branches: delete with an expected head that is not there any more is refused': async (
    context,
  ) => {
    const { subject, repository } = context;
    const sha = await subject.seed({ branch: 'main', files: { a: '1' } });
    await repository.branches.create('moving', sha);
    const moved = await subject.seed({ branch: 'moving', files: { a: '2' } });
    await rejectsWith('PROVIDER_CONFLICT', () =>
      repository.branches.delete('moving', { expectedHead: sha }),
    );
    assert.equal(await head(context, 'moving'), moved);
    assert.equal(await repository.branches.delete('moving', { expectedHead: moved }), true);
  },
};
