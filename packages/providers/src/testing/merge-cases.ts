import assert from 'node:assert/strict';
import type { MergeStrategy } from '../pull-request-types.ts';
import type { ContractContext, ContractTable } from './contract.ts';
import { head, openPullRequest, present, readText, rejectsWith } from './expect.ts';

/** Moves the destination on, so that nothing is a fast-forward by chance. */
async function moveMain({ subject }: ContractContext): Promise<string> {
  return subject.seed({ branch: 'main', files: { 'other.yaml': 'other: 2\n' } });
}

function requireStrategy({ provider }: ContractContext, strategy: MergeStrategy): void {
  assert.ok(
    provider.mergeStrategies.includes(strategy),
    `this provider has no "${strategy}": skip the case with a reason`,
  );
}

/** Merging and declining of pull requests. */
export const mergeCases: ContractTable = {
  'merge: merge makes a commit with both parents': async (context) => {
    const { pull, feature } = await openPullRequest(context);
    const main = await moveMain(context);
    const merged = await context.repository.pullRequests.merge(pull.id, {
      strategy: 'merge',
      message: 'Merge it\n\nbecause größe',
    });
    assert.equal(merged.state, 'merged');
    assert.equal(merged.id, pull.id);
    const tip = await head(context, 'main');
    assert.equal(merged.mergeCommit, tip);
    const seen = await context.subject.inspect(tip);
    assert.deepEqual(seen.parents, [main, feature]);
    assert.equal(seen.message.trim(), 'Merge it\n\nbecause größe');
    assert.equal(await readText(context, 'app.yaml', 'main'), 'image: web:2\nreplicas: 1\n');
    assert.equal(await readText(context, 'new.yaml', 'main'), 'new: 1\n');
    assert.equal(await readText(context, 'other.yaml', 'main'), 'other: 2\n');
    assert.equal((await context.repository.pullRequests.get(pull.id))?.state, 'merged');
    assert.equal(await head(context, 'feature'), feature, 'the source branch stays');
  },
  'merge: squash makes one commit with one parent': async (context) => {
    requireStrategy(context, 'squash');
    const { pull } = await openPullRequest(context);
    await context.subject.seed({ branch: 'feature', files: { 'second.yaml': '2\n' } });
    const main = await moveMain(context);
    const merged = await context.repository.pullRequests.merge(pull.id, { strategy: 'squash' });
    const tip = await head(context, 'main');
    assert.equal(merged.state, 'merged');
    assert.equal(merged.mergeCommit, tip);
    assert.deepEqual((await context.subject.inspect(tip)).parents, [main]);
    assert.equal(await readText(context, 'app.yaml', 'main'), 'image: web:2\nreplicas: 1\n');
    assert.equal(await readText(context, 'second.yaml', 'main'), '2\n');
    assert.equal(await readText(context, 'other.yaml', 'main'), 'other: 2\n');
  },
  'merge: fast-forward moves the destination to the source': async (context) => {
    requireStrategy(context, 'fast-forward');
    const { pull, feature } = await openPullRequest(context);
    const merged = await context.repository.pullRequests.merge(pull.id, {
      strategy: 'fast-forward',
    });
    assert.equal(merged.state, 'merged');
    assert.equal(await head(context, 'main'), feature);
  },
  'merge: fast-forward of branches that have diverged is refused': async (context) => {
    requireStrategy(context, 'fast-forward');
    const { pull } = await openPullRequest(context);
    const main = await moveMain(context);
    await rejectsWith(
      ['PROVIDER_MERGE_BLOCKED', 'PROVIDER_MERGE_CONFLICT', 'PROVIDER_CONFLICT'],
      () => context.repository.pullRequests.merge(pull.id, { strategy: 'fast-forward' }),
    );
    assert.equal(await head(context, 'main'), main);
    assert.equal((await context.repository.pullRequests.get(pull.id))?.state, 'open');
  },
  'merge: rebase puts the commits of the source on the destination': async (context) => {
    requireStrategy(context, 'rebase');
    const { pull } = await openPullRequest(context);
    const second = await context.subject.seed({
      branch: 'feature',
      files: { 'second.yaml': '2\n' },
    });
    const main = await moveMain(context);
    const merged = await context.repository.pullRequests.merge(pull.id, { strategy: 'rebase' });
    assert.equal(merged.state, 'merged');
    const tip = await context.subject.inspect(await head(context, 'main'));
    assert.equal(tip.parents.length, 1);
    assert.equal(tip.message.trim(), (await context.subject.inspect(second)).message.trim());
    const below = await context.subject.inspect(present(tip.parents[0], 'parent'));
    assert.deepEqual(below.parents, [main]);
    assert.equal(await readText(context, 'other.yaml', 'main'), 'other: 2\n');
    assert.equal(await readText(context, 'second.yaml', 'main'), '2\n');
  },
  'merge: works without any option': async (context) => {
    const { pull } = await openPullRequest(context);
    const merged = await context.repository.pullRequests.merge(pull.id);
    assert.equal(merged.state, 'merged');
    assert.equal(await readText(context, 'app.yaml', 'main'), 'image: web:2\nreplicas: 1\n');
  },
  'merge: the same lines changed on both sides is a merge conflict': async (context) => {
    const { pull } = await openPullRequest(context);
    const main = await context.subject.seed({
      branch: 'main',
      files: { 'app.yaml': 'image: web:3\nreplicas: 1\n' },
    });
    await rejectsWith('PROVIDER_MERGE_CONFLICT', () =>
      context.repository.pullRequests.merge(pull.id, { strategy: 'merge' }),
    );
    assert.equal(await head(context, 'main'), main);
    assert.equal((await context.repository.pullRequests.get(pull.id))?.state, 'open');
  },
  'merge: changed here and deleted there is a merge conflict': async (context) => {
    const { pull } = await openPullRequest(context);
    const main = await context.subject.seed({ branch: 'main', files: { 'app.yaml': undefined } });
    await rejectsWith('PROVIDER_MERGE_CONFLICT', () =>
      context.repository.pullRequests.merge(pull.id, { strategy: 'merge' }),
    );
    assert.equal(await head(context, 'main'), main);
  },
  'merge: an expected head that is not there any more is a conflict': async (context) => {
    const { pull, base, feature } = await openPullRequest(context);
    const moved = await context.subject.seed({
      branch: 'feature',
      files: { 'app.yaml': 'newer\n' },
    });
    await rejectsWith('PROVIDER_CONFLICT', () =>
      context.repository.pullRequests.merge(pull.id, { expectedHead: feature }),
    );
    assert.equal(await head(context, 'main'), base);
    const merged = await context.repository.pullRequests.merge(pull.id, { expectedHead: moved });
    assert.equal(merged.state, 'merged');
  },
  'merge: merging a merged one answers with it': async (context) => {
    const { pull, feature } = await openPullRequest(context);
    const merged = await context.repository.pullRequests.merge(pull.id);
    const again = await context.repository.pullRequests.merge(pull.id, { expectedHead: feature });
    assert.equal(again.state, 'merged');
    assert.equal(again.mergeCommit, merged.mergeCommit);
    assert.equal(await head(context, 'main'), merged.mergeCommit);
  },
  'merge: the source branch is deleted when the merge asks for it': async (context) => {
    const { pull } = await openPullRequest(context);
    await context.repository.pullRequests.merge(pull.id, { deleteSourceBranch: true });
    assert.equal(await context.repository.branches.get('feature'), undefined);
    const read = present(await context.repository.pullRequests.get(pull.id), 'pull request');
    assert.equal(read.state, 'merged');
    assert.equal(read.source.branch, 'feature');
  },
  'merge: the source branch is deleted when the pull request says so': async (context) => {
    const { pull } = await openPullRequest(context, { deleteSourceBranch: true });
    await context.repository.pullRequests.merge(pull.id);
    assert.equal(await context.repository.branches.get('feature'), undefined);
  },
  'merge: the merge may keep a source branch that the pull request gives up': async (context) => {
    const { pull, feature } = await openPullRequest(context, { deleteSourceBranch: true });
    await context.repository.pullRequests.merge(pull.id, { deleteSourceBranch: false });
    assert.equal(await head(context, 'feature'), feature);
  },
  'merge: a strategy that the provider does not have is refused': async (context) => {
    const { pull, base } = await openPullRequest(context);
    const all: readonly MergeStrategy[] = ['merge', 'squash', 'fast-forward', 'rebase'];
    const missing = all.filter((strategy) => !context.provider.mergeStrategies.includes(strategy));
    for (const strategy of missing) {
      await rejectsWith('PROVIDER_INVALID_ARGUMENT', () =>
        context.repository.pullRequests.merge(pull.id, { strategy }),
      );
    }
    assert.equal(await head(context, 'main'), base);
  },
  'decline: closes without a merge, and is final': async (context) => {
    const { pull, base } = await openPullRequest(context);
    const { pullRequests } = context.repository;
    const declined = await pullRequests.decline(pull.id);
    assert.equal(declined.state, 'declined');
    assert.equal(declined.mergeCommit, undefined);
    assert.equal((await pullRequests.get(pull.id))?.state, 'declined');
    await rejectsWith(['PROVIDER_REJECTED', 'PROVIDER_MERGE_BLOCKED', 'PROVIDER_CONFLICT'], () =>
      pullRequests.merge(pull.id),
    );
    assert.equal(await head(context, 'main'), base);
    const reopened = await pullRequests.create({
      title: 'again',
      source: 'feature',
      destination: 'main',
    });
    assert.ok(reopened.id > pull.id);
  },
};
