import { Secret } from '@bowline/gitops-errors';
import { setImage } from '@bowline/gitops-operations';
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

function change(branch: string) {
  const auth = { type: 'bearer', token: new Secret(simulator.accessToken) } as const;
  const provider = bitbucketCloud({ auth, apiUrl: simulator.apiUrl, webUrl: simulator.webUrl });
  const repository = provider.repository('acme/gitops');
  return setImage({ repository, branch, path, image: '2.0.0' });
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
