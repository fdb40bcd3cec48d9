import assert from 'node:assert/strict';
import type { AutoMerge } from '../pull-request-types.ts';
import type { ContractContext, ContractTable } from './contract.ts';
import { head, openPullRequest, present, rejectsWith } from './expect.ts';

function autoMergeOf({ repository }: ContractContext): AutoMerge {
  return present(repository.pullRequests.autoMerge, 'autoMerge (name it in `without`)');
}

/** Merges by the forge itself. What holds a merge back differs from forge to forge, so these are of pull requests that nothing does. */
export const autoMergeCases: ContractTable = {
  'autoMerge: what may be merged already is merged or scheduled, and asking again changes nothing':
    async (context) => {
      const { pull, base, feature } = await openPullRequest(context);
      const autoMerge = autoMergeOf(context);
      const first = await autoMerge.enable(pull.id, { expectedHead: feature });
      assert.equal(first.id, pull.id);
      assert.ok(first.state === 'merged' || first.state === 'open', first.state);
      const again = await autoMerge.enable(pull.id);
      assert.equal(again.id, pull.id);
      const merged = (await context.repository.pullRequests.get(pull.id))?.state === 'merged';
      assert.equal((await head(context, 'main')) !== base, merged, 'only a merge moves the branch');
    },
  'autoMerge: an expected head that is not there any more is a conflict': async (context) => {
    const { pull, base, feature } = await openPullRequest(context);
    await context.subject.seed({ branch: 'feature', files: { late: '1' } });
    await rejectsWith('PROVIDER_CONFLICT', () =>
      autoMergeOf(context).enable(pull.id, { expectedHead: feature }),
    );
    assert.equal((await context.repository.pullRequests.get(pull.id))?.state, 'open');
    assert.equal(await head(context, 'main'), base);
  },
  'autoMerge: taking back what nobody asked for changes nothing': async (context) => {
    const { pull } = await openPullRequest(context);
    const autoMerge = autoMergeOf(context);
    await autoMerge.disable(pull.id);
    await autoMerge.disable(pull.id);
    assert.equal((await context.repository.pullRequests.get(pull.id))?.state, 'open');
  },
  'autoMerge: of a pull request that is not there is not found': async (context) => {
    await context.subject.seed({ branch: 'main', files: { a: '1' } });
    const autoMerge = autoMergeOf(context);
    await rejectsWith('PROVIDER_NOT_FOUND', () => autoMerge.enable(4711));
    await rejectsWith('PROVIDER_NOT_FOUND', () => autoMerge.disable(4711));
  },
};
