import { Secret } from '@bowline/gitops-errors';
import { kubernetesPullRequest, setImage } from '@bowline/gitops-operations';
import { gitea } from '@bowline/gitops-providers/gitea';
import { type GiteaSimulator, type RepositoryState, startGitea } from '@bowline/test-servers/gitea';
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

let simulator: GiteaSimulator;
let state: RepositoryState;

beforeEach(async () => {
  simulator = await startGitea();
  state = await simulator.createRepository('acme/gitops');
});
afterEach(async () => {
  await simulator.close();
  expect(simulator.violations).toEqual([]);
});

function connect() {
  const auth = { type: 'bearer', token: new Secret(simulator.token) } as const;
  return gitea({ auth, apiUrl: simulator.apiUrl }).repository('acme/gitops');
}

const change = (file = path) =>
  setImage({ repository: connect(), branch: 'prod', path: file, image: '2.0.0' });
const methods = () => simulator.requests.map(({ method }) => method).join(' ');

function pushBeforeCommit(files: Record<string, string>): void {
  const run = async () => {
    await state.seed({ branch: 'prod', files });
  };
  simulator.fault({ method: 'POST', path: /^\/contents$/, fault: { kind: 'before', run } });
}

it('sets an image on Gitea in four requests', async () => {
  await state.seed({ branch: 'prod', files: { [path]: manifest } });
  const result = await change();
  expect(result).toMatchObject({ changed: true, commit: await state.branch('prod') });
  expect(methods()).toBe('GET GET GET POST');
});

it('starts again when the file changes in the last moment', async () => {
  await state.seed({ branch: 'prod', files: { [path]: manifest } });
  pushBeforeCommit({ [path]: `# by hand\n${manifest}` });
  const result = await change();
  expect(result).toMatchObject({ changed: true, commit: await state.branch('prod') });
  const file = await connect().files.read(path, 'prod');
  expect(Buffer.from(file?.content ?? []).toString()).toBe(
    `# by hand\n${manifest.replace('1.0.0', '2.0.0')}`,
  );
});

it('takes the commit that lands on top of other files', async () => {
  await state.seed({ branch: 'prod', files: { [path]: manifest } });
  pushBeforeCommit({ other: '1' });
  const result = await change();
  const head = await state.branch('prod');
  expect(result).toMatchObject({
    changed: true,
    commit: head,
    commit_url: `${simulator.webUrl}/acme/gitops/commit/${head}`,
  });
  expect((await connect().files.read('other', 'prod'))?.path).toBe('other');
  expect(methods().match(/POST/g)).toHaveLength(1);
});

it('lands every one of many jobs of several processes, each with its own commit', async () => {
  const files = Array.from({ length: 12 }, (_, index) => `web-${index}.yaml`);
  await state.seed({
    branch: 'prod',
    files: Object.fromEntries(files.map((file) => [file, manifest])),
  });
  const results = await Promise.all(files.map((file) => change(file)));
  expect(results.map(({ changed }) => changed)).toEqual(files.map(() => true));
  expect(new Set(results.map(({ commit }) => commit)).size).toBe(files.length);
});

it('promotes by pull request, and finds all of it the second time', async () => {
  await state.seed({ branch: 'prod', files: { [path]: manifest } });
  const promote = () =>
    kubernetesPullRequest({
      repository: connect(),
      cluster: 'prod',
      namespace: 'shop',
      deploy: 'web',
      image: 'registry.example.com/shop/web:2.0.0',
      branch: 'k8s/prod/shop/web',
      path,
      approveMerge: true,
    });
  expect(await promote()).toMatchObject({ merged: true, merge_commit: await state.branch('prod') });
  expect(await state.branch('k8s/prod/shop/web')).toBeUndefined();
  expect(await promote()).toMatchObject({ changed: false });
  expect(state.pulls).toHaveLength(1);
});
