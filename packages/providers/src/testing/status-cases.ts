import assert from 'node:assert/strict';
import type { CommitState } from '../commit-types.ts';
import type { ContractTable } from './contract.ts';
import { absentSha, collect, rejectsWith } from './expect.ts';

/** Commit statuses and tags. */
export const statusCases: ContractTable = {
  'statuses: set and list': async ({ subject, repository }) => {
    const sha = await subject.seed({ branch: 'main', files: { a: '1' } });
    assert.deepEqual(await collect(repository.statuses.list(sha)), []);
    await repository.statuses.set(sha, {
      context: 'bowline/prod',
      state: 'success',
      description: 'Größe: 2 applied',
      url: 'https://example.com/runs/1',
    });
    const [status, ...more] = await collect(repository.statuses.list(sha));
    assert.deepEqual(more, []);
    assert.deepEqual(status, {
      context: 'bowline/prod',
      state: 'success',
      description: 'Größe: 2 applied',
      url: 'https://example.com/runs/1',
    });
  },
  'statuses: set twice is one, and the last one counts': async ({ subject, repository }) => {
    const sha = await subject.seed({ branch: 'main', files: { a: '1' } });
    const url = 'https://example.com/runs/1';
    await repository.statuses.set(sha, { context: 'bowline/prod', state: 'pending', url });
    await repository.statuses.set(sha, { context: 'bowline/staging', state: 'success', url });
    await repository.statuses.set(sha, { context: 'bowline/prod', state: 'failed', url });
    const found = await collect(repository.statuses.list(sha));
    const seen = found.map((status) => status.context).sort();
    assert.deepEqual(seen, ['bowline/prod', 'bowline/staging']);
    assert.equal(found.find((status) => status.context === 'bowline/prod')?.state, 'failed');
  },
  'statuses: every state can be set': async ({ subject, repository }) => {
    const sha = await subject.seed({ branch: 'main', files: { a: '1' } });
    const states: readonly CommitState[] = [
      'pending',
      'running',
      'success',
      'failed',
      'error',
      'cancelled',
      'skipped',
    ];
    const url = 'https://example.com/runs/1';
    for (const state of states)
      await repository.statuses.set(sha, { context: `c/${state}`, state, url });
    assert.equal((await collect(repository.statuses.list(sha))).length, states.length);
  },
  'statuses: list gives all of many, each once': async ({ subject, repository }) => {
    const sha = await subject.seed({ branch: 'main', files: { a: '1' } });
    const contexts = Array.from({ length: 110 }, (_, index) => `c/${index}`);
    for (const context of contexts) {
      await repository.statuses.set(sha, {
        context,
        state: 'success',
        url: 'https://example.com/',
      });
    }
    const listed = (await collect(repository.statuses.list(sha))).map(({ context }) => context);
    assert.deepEqual(listed.sort(), contexts.sort());
  },
  'statuses: of a commit that is not there is not found': async ({ subject, repository }) => {
    await subject.seed({ branch: 'main', files: { a: '1' } });
    await rejectsWith('PROVIDER_NOT_FOUND', () =>
      repository.statuses.set(absentSha, {
        context: 'c',
        state: 'success',
        url: 'https://example.com/',
      }),
    );
  },
  'tags: create, get and list': async ({ subject, repository }) => {
    const first = await subject.seed({ branch: 'main', files: { a: '1' } });
    const second = await subject.seed({ branch: 'main', files: { a: '2' } });
    assert.equal(await repository.tags.get('v1.0.0'), undefined);
    assert.deepEqual(await repository.tags.create('v1.0.0', first), { name: 'v1.0.0', sha: first });
    const annotated = await repository.tags.create('release/größe', second, {
      message: 'Release 2',
    });
    assert.deepEqual(annotated, { name: 'release/größe', sha: second });
    assert.deepEqual(await repository.tags.get('v1.0.0'), { name: 'v1.0.0', sha: first });
    assert.equal((await repository.tags.get('release/größe'))?.sha, second);
    const listed = await collect(repository.tags.list());
    assert.deepEqual(
      listed.map((tag) => `${tag.name} ${tag.sha}`).sort(),
      [`release/größe ${second}`, `v1.0.0 ${first}`].sort(),
    );
  },
  'tags: list gives all of many, each once': async ({ subject, repository }) => {
    const sha = await subject.seed({ branch: 'main', files: { a: '1' } });
    const names = Array.from({ length: 110 }, (_, index) => `v${index}`);
    for (const name of names) await repository.tags.create(name, sha);
    const listed = (await collect(repository.tags.list())).map(({ name }) => name);
    assert.deepEqual(listed.sort(), names.sort());
  },
  'tags: one that exists, one without a commit and a bad name are refused': async ({
    subject,
    repository,
  }) => {
    const sha = await subject.seed({ branch: 'main', files: { a: '1' } });
    const other = await subject.seed({ branch: 'main', files: { a: '2' } });
    await repository.tags.create('v1', sha);
    await rejectsWith('PROVIDER_ALREADY_EXISTS', () => repository.tags.create('v1', other));
    await rejectsWith('PROVIDER_NOT_FOUND', () => repository.tags.create('v2', absentSha));
    for (const name of ['', '-v', 'a..b', 'a b', 'a\nb', '../x', 'x.lock']) {
      await rejectsWith('PROVIDER_INVALID_ARGUMENT', () => repository.tags.create(name, sha));
    }
    assert.deepEqual(await repository.tags.get('v1'), { name: 'v1', sha });
  },
};
