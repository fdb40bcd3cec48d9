import assert from 'node:assert/strict';
import type { ContractTable } from './contract.ts';
import { collect, openPullRequest, present, rejectsWith } from './expect.ts';

/** Comparison, and pull requests up to the merge. */
export const pullRequestCases: ContractTable = {
  'compare: says what the head has since it left the base': async ({ subject, repository }) => {
    const fork = await subject.seed({
      branch: 'main',
      files: { 'app.yaml': '1\n', 'old.yaml': 'to be removed\n', 'same.yaml': '1\n' },
    });
    await subject.seed({
      branch: 'feature',
      from: 'main',
      files: { 'app.yaml': '2\n', 'größe.yaml': 'n\n', 'old.yaml': undefined },
    });
    await subject.seed({ branch: 'main', files: { 'same.yaml': 'moved on\n' } });
    const comparison = await repository.commits.compare('main', 'feature');
    assert.deepEqual(
      comparison.files.map((file) => `${file.status} ${file.path}`).sort(),
      ['added größe.yaml', 'modified app.yaml', 'removed old.yaml'].sort(),
    );
    assert.equal(comparison.truncated, false);
    if (comparison.aheadBy !== undefined) assert.equal(comparison.aheadBy, 1);
    if (comparison.mergeBase !== undefined) assert.equal(comparison.mergeBase, fork);
    const none = await repository.commits.compare('feature', 'feature');
    assert.deepEqual(none.files, []);
  },
  'compare: diff is a unified diff of the same': async ({ subject, repository }) => {
    await subject.seed({
      branch: 'main',
      files: { 'app.yaml': 'a\nimage: web:1\nb\n', other: '1\n' },
    });
    await subject.seed({
      branch: 'feature',
      from: 'main',
      files: { 'app.yaml': 'a\nimage: web:2\nb\n' },
    });
    await subject.seed({ branch: 'main', files: { other: '2\n' } });
    const diff = await repository.commits.diff('main', 'feature');
    assert.match(diff, /^--- a\/app\.yaml$/m);
    assert.match(diff, /^\+\+\+ b\/app\.yaml$/m);
    assert.match(diff, /^@@ -1,3 \+1,3 @@/m);
    assert.match(diff, /^-image: web:1$/m);
    assert.match(diff, /^\+image: web:2$/m);
    assert.doesNotMatch(diff, /other/);
    assert.equal((await repository.commits.diff('main', 'main')).trim(), '');
  },
  'compare: a ref that is not there is not found': async ({ subject, repository }) => {
    await subject.seed({ branch: 'main', files: { a: '1' } });
    await rejectsWith('PROVIDER_NOT_FOUND', () => repository.commits.compare('main', 'absent'));
    await rejectsWith('PROVIDER_NOT_FOUND', () => repository.commits.diff('absent', 'main'));
  },
  'pull requests: create answers with what was asked for': async (context) => {
    const { pull, feature, base } = await openPullRequest(context, { title: 'Größe: "web" & <b>' });
    assert.ok(Number.isInteger(pull.id) && pull.id >= 1);
    assert.equal(pull.title, 'Größe: "web" & <b>');
    assert.equal(pull.description, 'Sets web to 2.');
    assert.equal(pull.state, 'open');
    assert.equal(pull.draft, false);
    assert.equal(pull.source.branch, 'feature');
    assert.equal(pull.destination.branch, 'main');
    assert.equal(pull.source.sha, feature);
    if (pull.destination.sha !== undefined) assert.equal(pull.destination.sha, base);
    assert.equal(pull.mergeCommit, undefined);
    assert.ok(!Number.isNaN(Date.parse(pull.createdAt)), pull.createdAt);
    assert.ok(!Number.isNaN(Date.parse(pull.updatedAt)), pull.updatedAt);
    const read = present(await context.repository.pullRequests.get(pull.id), 'pull request');
    assert.deepEqual({ ...read, updatedAt: '' }, { ...pull, updatedAt: '' });
  },
  'pull requests: its web address can be read back': async (context) => {
    const { pull } = await openPullRequest(context);
    assert.deepEqual(context.provider.parsePullRequestUrl(pull.webUrl), {
      repository: context.subject.repository,
      id: pull.id,
    });
    for (const url of ['', 'nonsense', 'https://example.invalid/a/b/pull/1', `${pull.webUrl}x`]) {
      assert.equal(context.provider.parsePullRequestUrl(url), undefined, url);
    }
  },
  'pull requests: one that is not there is undefined': async ({ subject, repository }) => {
    await subject.seed({ branch: 'main', files: { a: '1' } });
    assert.equal(await repository.pullRequests.get(4711), undefined);
    assert.deepEqual(await collect(repository.pullRequests.list({ state: 'all' })), []);
    await rejectsWith('PROVIDER_NOT_FOUND', () => repository.pullRequests.merge(4711));
  },
  'pull requests: without such a branch cannot be created': async ({ subject, repository }) => {
    await subject.seed({ branch: 'main', files: { a: '1' } });
    await rejectsWith(['PROVIDER_NOT_FOUND', 'PROVIDER_REJECTED'], () =>
      repository.pullRequests.create({ title: 't', source: 'absent', destination: 'main' }),
    );
  },
  'pull requests: without a commit between the branches cannot be created': async ({
    subject,
    repository,
  }) => {
    const sha = await subject.seed({ branch: 'main', files: { a: '1' } });
    await repository.branches.create('same', sha);
    await rejectsWith('PROVIDER_REJECTED', () =>
      repository.pullRequests.create({ title: 't', source: 'same', destination: 'main' }),
    );
    assert.deepEqual(await collect(repository.pullRequests.list({ state: 'all' })), []);
  },
  'pull requests: a second one for the same branches never stands beside the first': async (
    context,
  ) => {
    const { pull } = await openPullRequest(context);
    const { repository } = context;
    try {
      const again = await repository.pullRequests.create({
        title: 'again',
        source: 'feature',
        destination: 'main',
      });
      assert.equal(again.id, pull.id);
    } catch (error) {
      await rejectsWith('PROVIDER_ALREADY_EXISTS', () => Promise.reject(error));
    }
    const open = await collect(repository.pullRequests.list());
    assert.deepEqual(
      open.map((item) => item.id),
      [pull.id],
    );
  },
  'pull requests: are found by source and destination': async ({ subject, repository }) => {
    await subject.seed({ branch: 'main', files: { a: '1' } });
    await subject.seed({ branch: 'prod', from: 'main', files: { a: '1', p: '1' } });
    for (const name of ['shop/"web"', 'shop/web', 'shop/webshop']) {
      await subject.seed({ branch: name, from: 'main', files: { a: name } });
    }
    const create = (source: string, destination: string) =>
      repository.pullRequests.create({ title: `${source} to ${destination}`, source, destination });
    const web = await create('shop/web', 'main');
    const prod = await create('shop/web', 'prod');
    const shop = await create('shop/webshop', 'main');
    const quoted = await create('shop/"web"', 'main');
    const find = async (source?: string, destination?: string) =>
      (
        await collect(
          repository.pullRequests.list({
            ...(source === undefined ? {} : { source }),
            ...(destination === undefined ? {} : { destination }),
          }),
        )
      ).map((pull) => pull.id);
    assert.deepEqual(await find('shop/web', 'main'), [web.id]);
    assert.deepEqual(await find('shop/web'), [prod.id, web.id]);
    assert.deepEqual(await find('shop/"web"'), [quoted.id]);
    assert.deepEqual(await find(undefined, 'main'), [quoted.id, shop.id, web.id]);
    assert.deepEqual(await find('shop/web', 'absent'), []);
  },
  'pull requests: list gives all of many, newest first, by state': async ({
    subject,
    repository,
  }) => {
    const base = await subject.seed({ branch: 'main', files: { a: '1' } });
    const tip = await subject.seed({ branch: 'b', from: base, files: { a: '2' } });
    const sources = Array.from({ length: 55 }, (_, index) => `b-${index}`);
    await Promise.all(sources.map((source) => repository.branches.create(source, tip)));
    const ids: number[] = [];
    for (const source of sources) {
      const pull = await repository.pullRequests.create({
        title: source,
        source,
        destination: 'main',
      });
      ids.unshift(pull.id);
    }
    const list = async (state?: 'open' | 'declined' | 'merged' | 'all') =>
      (await collect(repository.pullRequests.list(state === undefined ? {} : { state }))).map(
        (pull) => pull.id,
      );
    assert.deepEqual(await list(), ids);
    const declined = present(ids.at(-1), 'id');
    assert.equal((await repository.pullRequests.decline(declined)).state, 'declined');
    assert.deepEqual(await list('declined'), [declined]);
    assert.deepEqual(await list('merged'), []);
    assert.deepEqual(await list('open'), ids.slice(0, -1));
    assert.deepEqual(await list('all'), ids);
  },
  'pull requests: update changes what it is given and nothing else': async (context) => {
    const { pull } = await openPullRequest(context);
    const { pullRequests } = context.repository;
    const titled = await pullRequests.update(pull.id, { title: 'Another title' });
    assert.equal(titled.title, 'Another title');
    assert.equal(titled.description, pull.description);
    assert.equal(titled.destination.branch, 'main');
    const described = await pullRequests.update(pull.id, { description: 'line 1\n\n- ü' });
    assert.equal(described.title, 'Another title');
    assert.equal(described.description, 'line 1\n\n- ü');
    await context.subject.seed({ branch: 'prod', from: 'main', files: { p: '1' } });
    const moved = await pullRequests.update(pull.id, { destination: 'prod' });
    assert.equal(moved.destination.branch, 'prod');
    assert.equal((await pullRequests.get(pull.id))?.destination.branch, 'prod');
    await rejectsWith('PROVIDER_NOT_FOUND', () => pullRequests.update(4711, { title: 'x' }));
  },
  'pull requests: a draft is one, and stays one when its title changes': async ({
    subject,
    repository: { pullRequests },
  }) => {
    await subject.seed({ branch: 'main', files: { a: '1' } });
    await subject.seed({ branch: 'feature', from: 'main', files: { a: '2' } });
    const branches = { source: 'feature', destination: 'main' };
    const made = await pullRequests.create({ title: 'Draft it: web', ...branches, draft: true });
    assert.deepEqual([made.title, made.draft], ['Draft it: web', true]);
    await pullRequests.update(made.id, { title: 'Another title' });
    const read = present(await pullRequests.get(made.id), 'pull request');
    assert.deepEqual([read.title, read.draft, read.state], ['Another title', true, 'open']);
    const [listed] = await collect(pullRequests.list({ source: 'feature' }));
    assert.deepEqual([listed?.title, listed?.draft], ['Another title', true]);
  },
  'pull requests: the source follows its branch': async (context) => {
    const { pull } = await openPullRequest(context);
    const moved = await context.subject.seed({
      branch: 'feature',
      files: { 'app.yaml': 'newer\n' },
    });
    assert.equal((await context.repository.pullRequests.get(pull.id))?.source.sha, moved);
  },
  'pull requests: diff shows the change': async (context) => {
    const { pull } = await openPullRequest(context);
    await context.subject.seed({ branch: 'main', files: { 'other.yaml': 'other: 2\n' } });
    const diff = await context.repository.pullRequests.diff(pull.id);
    assert.match(diff, /^-image: web:1$/m);
    assert.match(diff, /^\+image: web:2$/m);
    assert.match(diff, /^\+\+\+ b\/new\.yaml$/m);
    assert.doesNotMatch(diff, /other/);
  },
  'pull requests: approve and take it back, each twice': async (context) => {
    const { pull } = await openPullRequest(context);
    const { pullRequests } = context.repository;
    await pullRequests.approve(pull.id);
    await pullRequests.approve(pull.id);
    await pullRequests.unapprove(pull.id);
    await pullRequests.unapprove(pull.id);
    await rejectsWith('PROVIDER_NOT_FOUND', () => pullRequests.approve(4711));
  },
  'pull requests: a comment with a marker replaces its former self': async (context) => {
    const { pull } = await openPullRequest(context);
    const { pullRequests } = context.repository;
    const first = await pullRequests.comment(pull.id, 'Plan: 1', { marker: 'bowline/plan' });
    const other = await pullRequests.comment(pull.id, 'Cost: 1', { marker: 'bowline/cost' });
    const again = await pullRequests.comment(pull.id, 'Plan: 2 größe', { marker: 'bowline/plan' });
    assert.equal(again.id, first.id);
    assert.notEqual(other.id, first.id);
    const plain = await pullRequests.comment(pull.id, 'Plan: 2');
    const plainAgain = await pullRequests.comment(pull.id, 'Plan: 2');
    assert.notEqual(plain.id, plainAgain.id);
    await rejectsWith('PROVIDER_NOT_FOUND', () => pullRequests.comment(4711, 'x'));
  },
  'pull requests: a comment with a marker is found behind many others': async (context) => {
    const { pull } = await openPullRequest(context);
    const { pullRequests } = context.repository;
    const first = await pullRequests.comment(pull.id, 'Plan: 1', { marker: 'bowline/plan' });
    for (let count = 0; count < 105; count += 1) {
      await pullRequests.comment(pull.id, `Comment ${count}`);
    }
    const again = await pullRequests.comment(pull.id, 'Plan: 2', { marker: 'bowline/plan' });
    assert.equal(again.id, first.id);
  },
  'pull requests: a comment without a text, and a marker that breaks out, are refused': async (
    context,
  ) => {
    const { pull } = await openPullRequest(context);
    const { pullRequests } = context.repository;
    await rejectsWith('PROVIDER_INVALID_ARGUMENT', () => pullRequests.comment(pull.id, ' \n'));
    for (const marker of ['', 'a b', 'a\nb', 'a)', '-->', 'x'.repeat(101)]) {
      await rejectsWith('PROVIDER_INVALID_ARGUMENT', () =>
        pullRequests.comment(pull.id, 'x', { marker }),
      );
    }
  },
};
