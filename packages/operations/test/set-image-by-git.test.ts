import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { openGit } from '@bowline/gitops-git';
import { setImage } from '@bowline/gitops-operations';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { deployment, IMAGE, openSample, PATH, type Sample } from './sample.ts';

const absent = spawnSync('git', ['--version']).status !== 0;
const named = (what: string) => `${what}${absent ? ' (skipped: no git program)' : ''}`;

let sample: Sample;
beforeEach(async () => {
  sample = await openSample();
});
afterEach(() => sample.close());

const input = (change: { branch?: string; path?: string } = {}) => ({
  repository: {
    git: openGit({ environment: process.env, allowFile: true }),
    remote: pathToFileURL(join(sample.root, 'gitops-k8s.git')).href,
    author: { name: 'Ada', email: 'ada@example.com' },
  },
  branch: 'prod',
  path: PATH,
  image: `${IMAGE}:2.1.0`,
  ...change,
});

it.skipIf(absent)(named('sets an image by Git alone, and finds it the second time'), async () => {
  const shown = await setImage(input(), { dryRun: true });
  expect(shown).toMatchObject({ changed: true, commit: null, dry_run: true });
  const result = await setImage(input());
  expect(result).toMatchObject({ changed: true, diff: shown.diff });
  expect((await sample.repository.branches.get('prod'))?.sha).toBe(result.commit);
  expect(await sample.read('prod')).toBe(deployment(`${IMAGE}:2.1.0`));
  expect(await setImage(input())).toMatchObject({ changed: false, commit: null });
});

it.skipIf(absent).each([true, false])(
  named('tells a missing branch from a missing file, and a tag from a branch: dry run %s'),
  async (dryRun) => {
    const head = (await sample.repository.branches.get('prod'))?.sha ?? '';
    await sample.repository.tags.create('v1', head);
    for (const branch of ['nope', 'v1'])
      await expect(setImage(input({ branch }), { dryRun })).rejects.toMatchObject({
        code: 'OPERATION_BRANCH_NOT_FOUND',
      });
    await expect(setImage(input({ path: 'nope.yaml' }), { dryRun })).rejects.toMatchObject({
      code: 'OPERATION_FILE_NOT_FOUND',
    });
  },
);
