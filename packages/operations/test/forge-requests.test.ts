import { Secret } from '@bowline/gitops-errors';
import { kubernetesPullRequest, setImage } from '@bowline/gitops-operations';
import { bitbucketCloud } from '@bowline/gitops-providers/bitbucket-cloud';
import {
  type BitbucketCloudSimulator,
  type RepositoryState,
  startBitbucketCloud,
} from '@bowline/test-servers/bitbucket-cloud';
import { afterEach, beforeEach, expect, it } from 'vitest';

const path = 'shop/web.yaml';
const manifest = `apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
    - name: web
      image: registry.example.com/shop/web:1.0.0
`;

let simulator: BitbucketCloudSimulator;
let state: RepositoryState;

beforeEach(async () => {
  simulator = await startBitbucketCloud();
  state = await simulator.createRepository('acme/gitops');
});
afterEach(async () => {
  await simulator.close();
  expect(simulator.violations).toEqual([]);
});

function connect() {
  const auth = { type: 'bearer', token: new Secret(simulator.accessToken) } as const;
  let now = 0;
  const clock = {
    now: () => now,
    random: () => 1,
    sleep: async (milliseconds: number) => {
      now += milliseconds;
    },
  };
  const { apiUrl, webUrl } = simulator;
  return bitbucketCloud({ auth, apiUrl, webUrl, clock }).repository('acme/gitops');
}

function change(branch: string) {
  return setImage({ repository: connect(), branch, path, image: '2.0.0' });
}

const methods = () => simulator.requests.map(({ method }) => method);

it('sets an image on Bitbucket in three requests, and keeps the executable bit', async () => {
  const base = await state.seed({
    branch: 'prod',
    files: { [path]: { content: manifest, mode: '100755' } },
  });
  const result = await change('prod');
  expect(result).toMatchObject({ changed: true, commit: await state.branch('prod') });
  expect(methods()).toEqual(['GET', 'GET', 'POST']);
  expect((await state.inspect(result.commit ?? '')).parents).toEqual([base]);
  expect(await state.mode(result.commit ?? '', path)).toBe('100755');
});

it('keeps the bit also where the name of the branch hides it, with one request more', async () => {
  await state.seed({
    branch: 'env/prod',
    files: { [path]: { content: manifest, mode: '100755' } },
  });
  const result = await change('env/prod');
  expect(await state.mode(result.commit ?? '', path)).toBe('100755');
  expect(methods()).toEqual(['GET', 'GET', 'GET', 'POST']);
});

it('reads and edits anew when the branch has moved', async () => {
  await state.seed({ branch: 'prod', files: { [path]: manifest } });
  simulator.fault({
    method: 'POST',
    fault: {
      kind: 'before',
      run: async () => {
        await state.seed({ branch: 'prod', files: { 'other.yaml': 'a: 1\n' } });
      },
    },
  });
  const result = await change('prod');
  expect(methods()).toEqual(['GET', 'GET', 'POST', 'GET', 'GET', 'POST']);
  expect(await state.mode(result.commit ?? '', 'other.yaml')).toBe('100644');
});

it('does not take a tag for a branch', async () => {
  const sha = await state.seed({ branch: 'prod', files: { [path]: manifest } });
  await state.store.annotatedTag('v1.0', sha, 'one');
  await expect(change('v1.0')).rejects.toMatchObject({ code: 'OPERATION_BRANCH_NOT_FOUND' });
  await expect(change('absent')).rejects.toMatchObject({ code: 'OPERATION_BRANCH_NOT_FOUND' });
  expect(await state.branch('v1.0')).toBeUndefined();
});

it.each(['sync', 'async', 'timeout'] as const)(
  'promotes an image once although every answer to a write is lost: merge %s',
  async (mode) => {
    await state.seed({ branch: 'prod', files: { [path]: manifest } });
    state.merging.mode = mode;
    simulator.fault({
      method: 'POST',
      path: /src|pullrequests$/,
      fault: { kind: 'drop-after' },
      times: 2,
    });
    const promote = () =>
      kubernetesPullRequest({
        repository: connect(),
        cluster: 'prod',
        namespace: 'shop',
        deploy: 'web',
        image: '2.0.0',
        branch: 'deploy/shop-web',
        path,
        approveMerge: true,
      });
    expect(await promote()).toMatchObject({ success: true, changed: true });
    expect(state.pulls.map((pull) => pull.state)).toEqual(['MERGED']);
    const tip = await state.branch('prod');
    expect(tip).toBe(state.pulls[0]?.mergeCommit);
    expect(await state.branch('deploy/shop-web')).toBeUndefined();
    expect(await promote()).toMatchObject({ success: true, changed: false });
    expect(await state.branch('prod')).toBe(tip);
    expect(state.pulls).toHaveLength(1);
  },
);

it('takes no more requests than it needs for a promotion, and only reads where all is done', async () => {
  await state.seed({ branch: 'prod', files: { [path]: manifest } });
  const repository = connect();
  const promote = async (image: string, approveMerge = false) => {
    const from = simulator.requests.length;
    const result = await kubernetesPullRequest({
      repository,
      cluster: 'prod',
      namespace: 'shop',
      deploy: 'web',
      image,
      branch: 'deploy/shop-web',
      path,
      approveMerge,
    });
    const used = simulator.requests.slice(from);
    const writes = used.filter(({ method }) => method !== 'GET').length;
    return { requests: used.length, writes, changed: result.changed };
  };
  expect(await promote('2.0.0')).toEqual({ requests: 8, writes: 2, changed: true });
  expect(await promote('2.0.0')).toEqual({ requests: 5, writes: 0, changed: true });
  expect(await promote('3.0.0')).toEqual({ requests: 10, writes: 2, changed: true });
  expect(await promote('3.0.0', true)).toEqual({ requests: 9, writes: 1, changed: true });
  expect(await promote('3.0.0', true)).toEqual({ requests: 3, writes: 0, changed: false });
});

it('begins a branch anew that was squashed and left, and keeps one whose pull request was declined', async () => {
  await state.seed({ branch: 'prod', files: { [path]: manifest } });
  const repository = connect();
  const promote = (image: string, approveMerge = false) =>
    kubernetesPullRequest({
      repository,
      cluster: 'prod',
      namespace: 'shop',
      deploy: 'web',
      image,
      branch: 'deploy/shop-web',
      path,
      approveMerge,
    });
  await promote('2.0.0');
  await repository.pullRequests.merge(1, { strategy: 'squash', deleteSourceBranch: false });
  const squashed = await state.branch('prod');
  await promote('3.0.0');
  const parents = async (sha = '') => (await state.inspect(sha)).parents;
  expect(await parents(await state.branch('deploy/shop-web'))).toEqual([squashed]);
  await repository.pullRequests.decline(2);
  const declined = await state.branch('deploy/shop-web');
  await promote('4.0.0');
  expect(await parents(await state.branch('deploy/shop-web'))).toEqual([declined]);
  await promote('4.0.0', true);
  expect(state.pulls.map((pull) => pull.state)).toEqual(['MERGED', 'DECLINED', 'MERGED']);
  expect(await promote('4.0.0', true)).toMatchObject({ changed: false });
});
