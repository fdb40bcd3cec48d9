import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createBranch,
  createPullRequest,
  createTag,
  ensureWebhook,
  listPullRequests,
  mergePullRequest,
  pullRequestDiff,
  setImage,
} from '@bowline/gitops-operations';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deployment, IMAGE, openSample, PATH, type Sample } from './sample.ts';

let sample: Sample;
beforeEach(async () => {
  sample = await openSample();
});
afterEach(() => sample.close());

describe('createBranch', () => {
  it('creates a branch at the tip, and finds it the second time', async () => {
    const input = { repository: sample.repository, source: 'prod', destination: 'hotfix/ä' };
    const first = await createBranch(input);
    expect(first).toMatchObject({
      success: true,
      created: true,
      source_branch: 'prod',
      dry_run: false,
    });
    expect(first.commit).toBe((await sample.repository.branches.get('prod'))?.sha);
    expect(await createBranch(input)).toMatchObject({ created: false, commit: first.commit });
  });

  it('writes nothing in a dry run', async () => {
    const input = { repository: sample.repository, source: 'prod', destination: 'hotfix' };
    expect(await createBranch(input, { dryRun: true })).toMatchObject({
      created: true,
      dry_run: true,
    });
    expect(await sample.repository.branches.get('hotfix')).toBeUndefined();
  });

  it('names the source branch that is missing', async () => {
    const input = { repository: sample.repository, source: 'nope', destination: 'hotfix' };
    await expect(createBranch(input)).rejects.toMatchObject({
      code: 'OPERATION_BRANCH_NOT_FOUND',
      message: expect.stringContaining('"nope"'),
    });
  });

  it('succeeds for all of many that create the same branch at once', async () => {
    const input = { repository: sample.repository, source: 'prod', destination: 'hotfix' };
    const results = await Promise.all(Array.from({ length: 8 }, () => createBranch(input)));
    expect(new Set(results.map(({ commit }) => commit)).size).toBe(1);
  });
});

describe('setImage', () => {
  const image = `${IMAGE}:2.1.0`;
  const input = () => ({ repository: sample.repository, branch: 'staging', path: PATH, image });

  it('changes the bytes of one image, commits, and says what it did', async () => {
    const result = await setImage(input());
    expect(result).toMatchObject({
      changed: true,
      skipped: false,
      branch: 'staging',
      yaml_path: PATH,
      image,
    });
    expect(result.changes).toMatchObject([
      { container: 'web', before: `${IMAGE}:2.0.3`, after: image, line: 12 },
    ]);
    expect(await sample.read('staging')).toBe(deployment(image));
    expect(await sample.read('prod')).toBe(deployment(`${IMAGE}:2.0.3`));
    expect((await sample.repository.branches.get('staging'))?.sha).toBe(result.commit);
  });

  it('makes no commit when the file has the image already', async () => {
    await setImage(input());
    const head = (await sample.repository.branches.get('staging'))?.sha;
    expect(await setImage(input())).toMatchObject({
      changed: false,
      skipped: true,
      commit: null,
      diff: '',
    });
    expect((await sample.repository.branches.get('staging'))?.sha).toBe(head);
  });

  it('still fixes the other image of a file in which one matches', async () => {
    await sample.commit('staging', PATH, deployment(image, `${IMAGE}:1.0.0`));
    const result = await setImage(input());
    expect(result.changes.map(({ container }) => container)).toEqual(['logs']);
    expect(await sample.read('staging')).toBe(deployment(image, image));
  });

  it('keeps the repository for a bare tag, and asks which container is meant', async () => {
    const bare = { ...input(), image: '2.1.0' };
    await expect(setImage(bare)).rejects.toMatchObject({ code: 'MANIFEST_IMAGE_AMBIGUOUS' });
    await setImage({ ...bare, container: 'web' });
    expect(await sample.read('staging')).toBe(deployment(image));
  });

  it('shows the diff in a dry run and writes nothing', async () => {
    const head = (await sample.repository.branches.get('staging'))?.sha;
    const result = await setImage(input(), { dryRun: true });
    expect(result).toMatchObject({ changed: true, commit: null, dry_run: true });
    expect(result.diff).toContain(`-        image: "${IMAGE}:2.0.3"   # set by the release job`);
    expect(result.diff).toContain(`+        image: "${image}"   # set by the release job`);
    expect((await sample.repository.branches.get('staging'))?.sha).toBe(head);
  });

  it.each([
    [{ branch: 'nope' }, 'OPERATION_BRANCH_NOT_FOUND'],
    [{ path: 'nope.yaml' }, 'OPERATION_FILE_NOT_FOUND'],
    [{ image: 'example.com/Upper:1' }, 'MANIFEST_IMAGE_INVALID'],
    [{ container: 'nope' }, 'MANIFEST_IMAGE_NOT_FOUND'],
  ])('refuses %o with %s', async (change, code) => {
    await expect(setImage({ ...input(), ...change })).rejects.toMatchObject({ code });
  });

  it('refuses a file that is not UTF-8', async () => {
    const head = await sample.repository.branches.get('staging');
    await sample.repository.commits.create({
      branch: 'staging',
      message: 'latin-1',
      changes: [{ type: 'write', path: PATH, content: Uint8Array.of(0x69, 0xe4, 0x0a) }],
      expectedHead: head?.sha ?? '',
    });
    await expect(setImage(input())).rejects.toMatchObject({ code: 'OPERATION_INVALID_ARGUMENT' });
  });

  it('loses none of many edits of one branch at once', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `app-${index}`);
    for (const name of names)
      await sample.commit('staging', `${name}.yaml`, deployment(`${IMAGE}:1`));
    await Promise.all(
      names.map((name) => setImage({ ...input(), path: `${name}.yaml` }, { attempts: 50 })),
    );
    for (const name of names)
      expect(await sample.read('staging', `${name}.yaml`)).toBe(deployment(image));
  });

  it('gives up after the allowed number of attempts and says so', async () => {
    const { repository } = sample;
    const moving = {
      ...repository,
      commits: {
        ...repository.commits,
        create: async (...args: Parameters<typeof repository.commits.create>) => {
          await sample.commit('staging', 'other.txt', `${Math.random()}`);
          return repository.commits.create(...args);
        },
      },
    };
    await expect(
      setImage({ ...input(), repository: moving }, { attempts: 2 }),
    ).rejects.toMatchObject({
      code: 'OPERATION_BRANCH_MOVED',
      retryable: true,
    });
    expect(await sample.read('staging')).toBe(deployment(`${IMAGE}:2.0.3`));
  });

  it('stops with the reason of the signal', async () => {
    const reason = new Error('enough');
    await expect(setImage(input(), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('pull requests', () => {
  const open = async () => {
    await createBranch({ repository: sample.repository, source: 'prod', destination: 'release' });
    await setImage({
      repository: sample.repository,
      branch: 'release',
      path: PATH,
      image: `${IMAGE}:2.1.0`,
    });
    return createPullRequest({
      repository: sample.repository,
      source: 'release',
      destination: 'prod',
    });
  };

  it('opens one, finds it again, and brings its text up to date', async () => {
    const first = await open();
    expect(first).toMatchObject({ created: true, title: 'Merge release into prod', pr_id: 1 });
    const input = { repository: sample.repository, source: 'release', destination: 'prod' };
    expect(await createPullRequest(input)).toMatchObject({
      created: false,
      pr_id: 1,
      pr_url: first.pr_url,
    });
    const renamed = await createPullRequest({ ...input, title: 'Release 2.1.0' });
    expect(renamed).toMatchObject({ created: false, pr_id: 1, title: 'Release 2.1.0' });
    expect((await listPullRequests({ repository: sample.repository })).pull_requests).toMatchObject(
      [{ id: 1, title: 'Release 2.1.0', state: 'open', source: 'release', destination: 'prod' }],
    );
  });

  it('merges what it saw, once, and deletes the source branch when asked', async () => {
    const { pr_id } = await open();
    const input = { repository: sample.repository, id: pr_id ?? 0, deleteAfterMerge: true };
    expect(await mergePullRequest(input, { dryRun: true })).toMatchObject({
      merge_commit: null,
      dry_run: true,
    });
    const merged = await mergePullRequest(input);
    expect(merged).toMatchObject({ already_merged: false, source: 'release', destination: 'prod' });
    expect(await sample.read('prod')).toBe(deployment(`${IMAGE}:2.1.0`));
    expect(await sample.repository.branches.get('release')).toBeUndefined();
    expect(await mergePullRequest(input)).toMatchObject({
      already_merged: true,
      merge_commit: merged.merge_commit,
    });
  });

  it('does not merge commits that it has not seen', async () => {
    const { pr_id } = await open();
    const seen = (await sample.repository.branches.get('release'))?.sha;
    await sample.commit('release', 'later.txt', 'unseen');
    await expect(
      mergePullRequest({ repository: sample.repository, id: pr_id ?? 0, expectedHead: seen }),
    ).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' });
    expect(await sample.read('prod', 'later.txt')).toBeUndefined();
  });

  it('says that a declined one cannot be merged, and that an unknown one is unknown', async () => {
    const { pr_id } = await open();
    await sample.repository.pullRequests.decline(pr_id ?? 0);
    const merge = (id: number) => mergePullRequest({ repository: sample.repository, id });
    await expect(merge(pr_id ?? 0)).rejects.toMatchObject({
      code: 'OPERATION_PULL_REQUEST_CLOSED',
    });
    await expect(merge(99)).rejects.toMatchObject({ code: 'OPERATION_PULL_REQUEST_NOT_FOUND' });
  });

  it('shows the diff, and says when the list was cut', async () => {
    const { pr_id } = await open();
    const { diff } = await pullRequestDiff({ repository: sample.repository, id: pr_id ?? 0 });
    expect(diff).toContain(`+        image: "${IMAGE}:2.1.0"`);
    await sample.commit('staging', 'x.txt', 'x');
    await createPullRequest({
      repository: sample.repository,
      source: 'staging',
      destination: 'prod',
    });
    expect(await listPullRequests({ repository: sample.repository, limit: 1 })).toMatchObject({
      count: 1,
      truncated: true,
    });
  });

  it('names a pull request that cannot be read, and goes on without it', async () => {
    const folder = join(sample.root, 'gitops-k8s.git', 'refs', 'bowline', 'pull', '7');
    await mkdir(folder, { recursive: true });
    const head = (await sample.repository.branches.get('prod'))?.sha;
    await writeFile(join(folder, 'meta'), `${head}\n`);
    const { pr_id } = await open();
    expect(await listPullRequests({ repository: sample.repository })).toMatchObject({
      pull_requests: [{ id: pr_id }],
      unreadable: [expect.stringContaining('refs/bowline/pull/7/meta')],
    });
  });
});

describe('createTag', () => {
  const input = (commit: string, name = 'v1') => ({
    repository: sample.repository,
    branch: 'prod',
    commit,
    name,
  });

  it('tags the tip, an older commit, and accepts a tag that is right already', async () => {
    const older = (await sample.repository.branches.get('prod'))?.sha ?? '';
    const tip = await sample.commit('prod', 'a.txt', 'a');
    expect(await createTag(input('HEAD'))).toMatchObject({ created: true, commit_id: tip });
    expect(await createTag(input(tip.slice(0, 9)))).toMatchObject({
      created: false,
      commit_id: tip,
    });
    expect(await createTag(input(older, 'v0'))).toMatchObject({ created: true, commit_id: older });
  });

  it('does not move a tag', async () => {
    await createTag(input('HEAD'));
    await sample.commit('prod', 'a.txt', 'a');
    await expect(createTag(input('HEAD'))).rejects.toMatchObject({ code: 'OPERATION_TAG_EXISTS' });
  });

  it('refuses a commit of another branch and text that is no commit', async () => {
    const other = await sample.commit('staging', 'a.txt', 'a');
    await expect(createTag(input(other))).rejects.toMatchObject({
      code: 'OPERATION_COMMIT_NOT_ON_BRANCH',
    });
    await expect(createTag(input('--all'))).rejects.toMatchObject({
      code: 'OPERATION_INVALID_ARGUMENT',
    });
  });
});

describe('ensureWebhook', () => {
  it('says that local repositories have none', async () => {
    await expect(
      ensureWebhook({ repository: sample.repository, url: 'https://example.com/hook' }),
    ).rejects.toMatchObject({ code: 'OPERATION_NOT_SUPPORTED' });
  });
});
