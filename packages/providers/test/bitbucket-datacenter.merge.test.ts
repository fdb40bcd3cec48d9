import { Secret } from '@bowline/gitops-errors';
import { ProviderError, type PullRequest } from '@bowline/gitops-providers';
import { mergeWaiting, users } from '@bowline/test-servers/bitbucket-datacenter';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './bitbucket-datacenter-subject.ts';

let subject: Subject;
let pull: PullRequest;
let base: string;
let feature: string;

beforeEach(async () => {
  subject = await startSubject();
  const { state, repository } = subject;
  base = await state.seed({ branch: 'main', files: { 'web.yaml': 'image: web:1\n' } });
  feature = await state.seed({
    branch: 'feature',
    from: 'main',
    files: { 'web.yaml': 'image: web:2\n' },
  });
  pull = await repository.pullRequests.create({
    title: 'Update web',
    source: 'feature',
    destination: 'main',
  });
  subject.simulator.forgetRequests();
});
afterEach(() => subject.close());

const pulls = () => subject.repository.pullRequests;
const stateOf = () => {
  const [found] = subject.state.pulls;
  if (found === undefined) throw new Error('there is no pull request');
  return found;
};
const reviewer = () =>
  subject.connect({
    auth: { type: 'bearer', token: new Secret(subject.simulator.tokens.reviewer) },
  }).pullRequests;
const sent = () =>
  subject.simulator.requests.map(({ method, path }) => `${method} ${path.split('?')[0]}`);

async function failure(call: Promise<unknown>): Promise<ProviderError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ProviderError) return error;
  throw new Error(`expected a ProviderError, got ${String(error)}`);
}

describe('a merge', () => {
  it('takes two requests, and one more for a strategy', async () => {
    const merged = await pulls().merge(pull.id, { expectedHead: feature });
    expect(merged).toMatchObject({
      state: 'merged',
      mergeCommit: await subject.state.branch('main'),
    });
    expect(sent()).toEqual(['GET /pull-requests/1', 'POST /pull-requests/1/merge']);
  });

  it('takes one request more to delete the source branch', async () => {
    await pulls().merge(pull.id, { deleteSourceBranch: true });
    expect(sent().map((each) => each.split(' ')[0])).toEqual(['GET', 'POST', 'DELETE']);
    expect(await subject.state.branch('feature')).toBeUndefined();
    // Once more finds it gone, which is what was asked for.
    expect((await pulls().merge(pull.id, { deleteSourceBranch: true })).state).toBe('merged');
  });

  it('that is vetoed holds the words of the merge checks', async () => {
    subject.state.merging.requiredApprovals = 2;
    const error = await failure(pulls().merge(pull.id));
    expect(error).toMatchObject({
      code: 'PROVIDER_MERGE_BLOCKED',
      message:
        'Pull request 1 of "SHOP/gitops-k8s" is not merged: Not all required reviewers have approved yet. You still need 2 more approval(s) before this pull request can be merged.',
    });
    expect(await subject.state.branch('main')).toBe(base);
  });

  it('uses only a strategy that the repository enables', async () => {
    subject.state.merging.strategies = ['ff-only', 'rebase-ff-only'];
    const error = await failure(pulls().merge(pull.id, { strategy: 'squash' }));
    expect(error).toMatchObject({
      code: 'PROVIDER_MERGE_BLOCKED',
      message:
        '"SHOP/gitops-k8s" does not allow the merge strategy "squash", only ff-only, rebase-ff-only.',
    });
    await pulls().merge(pull.id, { strategy: 'fast-forward' });
    expect(await subject.state.branch('main')).toBe(feature);
    expect(sent()).toContain('GET /settings/pull-requests');
  });

  it('of a pull request that somebody edits meanwhile reads it again', async () => {
    const run = async () => {
      stateOf().version += 1;
    };
    const path = /merge$/;
    subject.simulator.fault({ method: 'POST', path, fault: { kind: 'before', run }, times: 2 });
    expect((await pulls().merge(pull.id)).state).toBe('merged');
    expect(sent().filter((each) => each.startsWith('POST'))).toHaveLength(3);
  });

  it('of one that never stands still is a conflict', async () => {
    const run = async () => {
      stateOf().version += 1;
    };
    subject.simulator.fault({ method: 'POST', fault: { kind: 'before', run }, times: 9 });
    expect((await failure(pulls().merge(pull.id))).code).toBe('PROVIDER_CONFLICT');
    expect(sent().filter((each) => each.startsWith('POST'))).toHaveLength(3);
  });

  it('whose head moves with the version is refused for another head', async () => {
    const run = async () => {
      await subject.state.seed({ branch: 'feature', files: { other: '1' } });
      stateOf().version += 1;
    };
    subject.simulator.fault({ method: 'POST', fault: { kind: 'before', run } });
    const error = await failure(pulls().merge(pull.id, { expectedHead: feature }));
    expect(error.code).toBe('PROVIDER_CONFLICT');
    expect(await subject.state.branch('main')).toBe(base);
  });

  it.each(['drop-after', 'truncate'] as const)(
    'whose answer is lost (%s) is found',
    async (kind) => {
      subject.simulator.fault({ method: 'POST', path: /merge$/, fault: { kind } });
      expect((await pulls().merge(pull.id)).state).toBe('merged');
      expect(sent().filter((each) => each.startsWith('POST'))).toHaveLength(1);
    },
  );

  it('that was not carried out is asked for again', async () => {
    subject.simulator.fault({ method: 'POST', path: /merge$/, fault: { kind: 'drop' } });
    expect((await pulls().merge(pull.id)).state).toBe('merged');
    expect(subject.clock.sleeps.length).toBeGreaterThan(0);
  });

  it('leaves a source branch that moved on after it', async () => {
    const run = async () => {
      await subject.state.seed({ branch: 'feature', files: { late: '1' } });
    };
    subject.simulator.fault({ method: 'DELETE', fault: { kind: 'before', run } });
    const merged = await pulls().merge(pull.id, { deleteSourceBranch: true });
    expect(merged.state).toBe('merged');
    expect(await subject.state.branch('feature')).not.toBe(feature);
    expect(await subject.state.branch('feature')).toBeDefined();
  });

  it('says that it was done when only the branch cannot be deleted', async () => {
    const body = JSON.stringify({ errors: [{ message: 'The branch is protected.' }] });
    subject.simulator.fault({ method: 'DELETE', fault: { kind: 'answer', status: 403, body } });
    const error = await failure(pulls().merge(pull.id, { deleteSourceBranch: true }));
    expect(error.code).toBe('PROVIDER_FORBIDDEN');
    expect(error.message).toMatch(
      /^Pull request 1 of "SHOP\/gitops-k8s" is merged, but its source branch is still there: .*The branch is protected\./,
    );
    expect(stateOf().state).toBe('MERGED');
  });

  it('never deletes a branch of the same name when the source is in a fork', async () => {
    Object.assign(stateOf(), { fork: '~mallory/gitops-k8s' });
    await pulls().merge(pull.id, { deleteSourceBranch: true });
    expect(await subject.state.branch('feature')).toBe(feature);
  });

  it('by a token of a project says that it has no user', async () => {
    const token = new Secret(subject.simulator.tokens.project);
    const other = subject.connect({ auth: { type: 'bearer', token } });
    const error = await failure(other.pullRequests.merge(pull.id));
    expect(error).toMatchObject({
      code: 'PROVIDER_FORBIDDEN',
      hint: expect.stringContaining('have no user'),
    });
    expect((await failure(other.pullRequests.approve(pull.id))).code).toBe('PROVIDER_FORBIDDEN');
  });
});

describe('the wish to delete the source branch', () => {
  it('stands in the description, where nobody sees it, and outlives an edit', async () => {
    await subject.state.seed({ branch: 'other', from: 'main', files: { a: '1' } });
    const made = await pulls().create({
      title: 'Other',
      source: 'other',
      destination: 'main',
      description: 'Why',
      deleteSourceBranch: true,
    });
    expect(made.description).toBe('Why');
    const edited = await pulls().update(made.id, { description: 'Because' });
    expect(edited.description).toBe('Because');
    await pulls().merge(made.id);
    expect(await subject.state.branch('other')).toBeUndefined();
  });
});

describe('merging by the server', () => {
  const auto = () => {
    const { autoMerge } = pulls();
    if (autoMerge === undefined) throw new Error('there is no auto-merge');
    return autoMerge;
  };

  it('waits for approvals, and is asked for twice as if once', async () => {
    subject.state.merging.requiredApprovals = 1;
    const input = { strategy: 'squash', message: 'Later', expectedHead: feature } as const;
    expect((await auto().enable(pull.id, input)).state).toBe('open');
    expect((await auto().enable(pull.id, input)).state).toBe('open');
    await reviewer().approve(pull.id);
    await mergeWaiting(subject.state);
    expect((await pulls().get(pull.id))?.state).toBe('merged');
    const tip = (await subject.state.branch('main')) ?? '';
    expect(await subject.state.inspect(tip)).toMatchObject({ parents: [base], message: 'Later\n' });
  });

  it('merges now what may be merged now', async () => {
    const merged = await auto().enable(pull.id, { deleteSourceBranch: true });
    expect(merged.state).toBe('merged');
    expect(await subject.state.branch('feature')).toBeUndefined();
    expect((await auto().enable(pull.id)).state).toBe('merged');
  });

  it('is taken back, also when there is none', async () => {
    subject.state.merging.requiredApprovals = 1;
    await auto().enable(pull.id);
    await auto().disable(pull.id);
    await auto().disable(pull.id);
    expect(stateOf().autoMerge).toBeUndefined();
    expect((await failure(auto().disable(4711))).code).toBe('PROVIDER_NOT_FOUND');
    await pulls().decline(pull.id);
    await auto().disable(pull.id);
  });

  it('is blocked where the repository does not allow it, and refused for another head', async () => {
    const other = await failure(auto().enable(pull.id, { expectedHead: base }));
    expect(other.code).toBe('PROVIDER_CONFLICT');
    subject.state.merging.autoMerge = false;
    expect(await failure(auto().enable(pull.id))).toMatchObject({
      code: 'PROVIDER_MERGE_BLOCKED',
      message: expect.stringContaining('Auto-merge is not enabled'),
    });
  });
});

describe('an approval', () => {
  it('is given and taken back by another account, each twice', async () => {
    await reviewer().approve(pull.id);
    await reviewer().approve(pull.id);
    expect([...stateOf().approvals]).toEqual(['rita.reviewer']);
    await reviewer().unapprove(pull.id);
    await reviewer().unapprove(pull.id);
    expect([...stateOf().approvals]).toEqual([]);
    // The name of the account is not its slug, so that is looked up.
    expect(sent().filter((each) => each === 'GET /api/latest/users')).toHaveLength(4);
  });

  it('is refused to the author, and of what is closed or not there', async () => {
    const own = await failure(pulls().approve(pull.id));
    expect(own).toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('Authors may not update their status'),
    });
    await pulls().decline(pull.id);
    expect((await failure(reviewer().approve(pull.id))).code).toBe('PROVIDER_REJECTED');
    expect((await failure(reviewer().approve(4711))).code).toBe('PROVIDER_NOT_FOUND');
  });
});

describe('an edit', () => {
  it('keeps the reviewers and the draft, and starts again when the version has moved', async () => {
    stateOf().reviewers = [users.reviewer];
    stateOf().draft = true;
    const run = async () => {
      stateOf().version += 1;
      stateOf().title = 'By somebody else';
    };
    subject.simulator.fault({ method: 'PUT', fault: { kind: 'before', run } });
    const edited = await pulls().update(pull.id, { description: 'New' });
    expect(edited).toMatchObject({ title: 'By somebody else', description: 'New', draft: true });
    expect(stateOf().reviewers).toEqual([users.reviewer]);
  });

  it('of a draft that is created stays one, and blocks the merge', async () => {
    await subject.state.seed({ branch: 'draft', from: 'main', files: { d: '1' } });
    const draft = await pulls().create({
      title: 'Draft',
      source: 'draft',
      destination: 'main',
      draft: true,
    });
    expect(draft.draft).toBe(true);
    expect((await failure(pulls().merge(draft.id))).message).toContain('draft');
  });

  it('of a declined one is refused, and declining it again answers with it', async () => {
    await pulls().decline(pull.id);
    expect((await failure(pulls().update(pull.id, { title: 'x' }))).code).toBe('PROVIDER_REJECTED');
    expect((await pulls().decline(pull.id)).state).toBe('declined');
  });
});
