import { kubernetesPullRequest, type StepProgress } from '@bowline/gitops-operations';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deployment, IMAGE, openSample, PATH, type Sample } from './sample.ts';

let sample: Sample;
beforeEach(async () => {
  sample = await openSample();
});
afterEach(() => sample.close());

const branch = 'k8s/prod/shop/web';
const input = (tag = '2.1.0', approveMerge = false) => ({
  repository: sample.repository,
  cluster: 'prod',
  namespace: 'shop',
  deploy: 'web',
  image: `${IMAGE}:${tag}`,
  branch,
  path: PATH,
  approveMerge,
});
const open = async () => {
  const found = [];
  for await (const each of sample.repository.pullRequests.list({ state: 'all' })) found.push(each);
  return found;
};

describe('kubernetesPullRequest', () => {
  it('goes through branch, image, pull request and merge', async () => {
    const progress: StepProgress[] = [];
    const result = await kubernetesPullRequest(input('2.1.0', true), {
      onProgress: (step) => progress.push(step),
    });
    expect(result.steps.map(({ name }) => name)).toEqual([
      'create_branch',
      'set_image',
      'create_pr',
      'merge_pr',
    ]);
    expect(result).toMatchObject({ success: true, changed: true, merged: true });
    expect(await sample.read('prod')).toBe(deployment(`${IMAGE}:2.1.0`));
    expect((await sample.repository.branches.get('prod'))?.sha).toBe(result.merge_commit);
    expect(await sample.repository.branches.get(branch)).toBeUndefined();
    expect(progress.filter(({ state }) => state === 'done').map(({ step }) => step)).toEqual([
      'set_image',
      'create_pr',
      'merge_pr',
    ]);
  });

  it('finds everything done the second time', async () => {
    await kubernetesPullRequest(input('2.1.0', true));
    const head = (await sample.repository.branches.get('prod'))?.sha;
    const again = await kubernetesPullRequest(input('2.1.0', true));
    expect(again).toMatchObject({ changed: false, pr_url: null });
    expect((await sample.repository.branches.get('prod'))?.sha).toBe(head);
    expect(await open()).toHaveLength(1);
  });

  it('goes on with the open pull request, and merges it when asked later', async () => {
    const first = await kubernetesPullRequest(input());
    expect(first).toMatchObject({ changed: true, merged: false });
    const again = await kubernetesPullRequest(input());
    expect(again.pr_url).toBe(first.pr_url);
    expect(again.steps.map(({ name }) => name)).toEqual([
      'create_branch',
      'set_image',
      'create_pr',
    ]);
    const newer = await kubernetesPullRequest(input('2.2.0'));
    expect(newer.pr_url).toBe(first.pr_url);
    expect((await open())[0]?.title).toContain(':2.2.0');
    const merged = await kubernetesPullRequest(input('2.2.0', true));
    expect(merged).toMatchObject({ merged: true, pr_url: first.pr_url });
    expect(await sample.read('prod')).toBe(deployment(`${IMAGE}:2.2.0`));
    expect(await open()).toHaveLength(1);
  });

  it('begins a branch anew when all of it was merged and nobody deleted it', async () => {
    const first = await kubernetesPullRequest(input());
    const id = first.steps.find(({ name }) => name === 'create_pr')?.result;
    const number = id !== undefined && 'pr_id' in id ? (id.pr_id ?? 0) : 0;
    await sample.repository.pullRequests.merge(number, {
      strategy: 'squash',
      deleteSourceBranch: false,
    });
    await sample.commit('prod', 'unrelated.txt', 'newer');
    const next = await kubernetesPullRequest(input('2.2.0', true));
    expect(next).toMatchObject({ merged: true });
    expect(next.pr_url).not.toBe(first.pr_url);
    expect(await sample.read('prod')).toBe(deployment(`${IMAGE}:2.2.0`));
    expect(await sample.read('prod', 'unrelated.txt')).toBe('newer');
  });

  it('does not throw away unmerged commits of somebody else on that branch', async () => {
    const base = (await sample.repository.branches.get('prod'))?.sha ?? '';
    await sample.repository.branches.create(branch, base);
    await sample.commit(branch, 'mine.txt', 'work');
    await kubernetesPullRequest(input('2.1.0', true));
    expect(await sample.read('prod', 'mine.txt')).toBe('work');
  });

  it('deletes no branch when the environment has the image', async () => {
    const base = (await sample.repository.branches.get('prod'))?.sha ?? '';
    await sample.repository.branches.create(branch, base);
    expect(await kubernetesPullRequest(input('2.0.3'))).toMatchObject({ changed: false });
    expect(await sample.repository.branches.get(branch)).toBeDefined();
  });

  it('writes nothing in a dry run, and shows the diff', async () => {
    const result = await kubernetesPullRequest(input('2.1.0', true), { dryRun: true });
    expect(result).toMatchObject({ changed: true, merged: false, dry_run: true, pr_url: null });
    expect(result.diff).toContain(`+        image: "${IMAGE}:2.1.0"`);
    expect(await sample.repository.branches.get(branch)).toBeUndefined();
    expect(await open()).toEqual([]);
  });

  it('does not touch the branch of the environment when the names are the same', async () => {
    const head = (await sample.repository.branches.get('prod'))?.sha;
    await expect(
      kubernetesPullRequest({ ...input('2.1.0', true), branch: 'prod' }),
    ).rejects.toMatchObject({ code: 'OPERATION_INVALID_ARGUMENT' });
    expect((await sample.repository.branches.get('prod'))?.sha).toBe(head);
  });

  it('leaves no branch behind when the file is missing or the image is not clear', async () => {
    await expect(kubernetesPullRequest({ ...input(), path: 'nope.yaml' })).rejects.toMatchObject({
      code: 'OPERATION_FILE_NOT_FOUND',
    });
    await expect(kubernetesPullRequest({ ...input(), image: '2.1.0' })).rejects.toMatchObject({
      code: 'MANIFEST_IMAGE_AMBIGUOUS',
    });
    expect(await sample.repository.branches.get(branch)).toBeUndefined();
  });

  it('goes on where an interrupted run stopped, wherever that was', async () => {
    const stops = [
      'branches.get',
      'files.read',
      'commits.create',
      'pullRequests.create',
      'pullRequests.merge',
    ] as const;
    for (const [index, stop] of stops.entries()) {
      const tag = `3.${index}.0`;
      const broken = failAfter(stop);
      await expect(
        kubernetesPullRequest({ ...input(tag, true), repository: broken }),
      ).rejects.toThrow('lost');
      const result = await kubernetesPullRequest(input(tag, true));
      expect(result.success).toBe(true);
      expect(await sample.read('prod')).toBe(deployment(`${IMAGE}:${tag}`));
    }
    const numbers = (await open()).map(({ id }) => id);
    expect(numbers).toHaveLength(stops.length);
  });

  /** The repository, with one call whose answer is lost after it was carried out. */
  function failAfter(stop: string) {
    const [group, method] = stop.split('.') as ['branches', 'get'];
    const { repository } = sample;
    const part = repository[group];
    const lossy = async (...args: Parameters<typeof part.get>): Promise<never> => {
      await part[method](...args);
      throw new Error('lost');
    };
    return { ...repository, [group]: { ...part, [method]: lossy } };
  }

  it('brings two images to one environment at once without losing either', async () => {
    await sample.commit('prod', 'shop/api.yaml', deployment('registry.example.com/shop/api:1'));
    const api = {
      ...input('2', true),
      deploy: 'api',
      image: 'registry.example.com/shop/api:2',
      branch: 'k8s/prod/shop/api',
      path: 'shop/api.yaml',
    };
    await Promise.all([kubernetesPullRequest(input('2.1.0', true)), kubernetesPullRequest(api)]);
    expect(await sample.read('prod')).toBe(deployment(`${IMAGE}:2.1.0`));
    expect(await sample.read('prod', 'shop/api.yaml')).toBe(
      deployment('registry.example.com/shop/api:2'),
    );
  });

  describe('with a branch of an earlier run', () => {
    const first = async () => {
      await kubernetesPullRequest(input('2.1.0'));
      return (await open())[0]?.id ?? 0;
    };

    it('describes what the environment lacks, and writes nothing the second time', async () => {
      const id = await first();
      await kubernetesPullRequest(input('2.2.0'));
      const described = (await open())[0]?.description;
      expect(described).toContain(`\`${IMAGE}:2.0.3\` → \`${IMAGE}:2.2.0\``);
      const note = `${described}\n\nChecked by Ada.`;
      const updated = await sample.repository.pullRequests.update(id, { description: note });
      await kubernetesPullRequest(input('2.2.0'));
      expect((await open())[0]).toMatchObject({
        description: note,
        updatedAt: updated.updatedAt,
      });
    });

    it('says that there is nothing to do when what is left of a declined one is not asked for', async () => {
      await sample.repository.pullRequests.decline(await first());
      const again = await kubernetesPullRequest(input('2.0.3', true));
      expect(again).toMatchObject({ changed: false, merged: false, pr_url: null });
      expect(again.steps.map(({ name }) => name)).toEqual(['set_image']);
      expect(await open()).toHaveLength(1);
      const next = await kubernetesPullRequest(input('2.2.0', true));
      expect(next).toMatchObject({ merged: true });
      expect(next.steps[0]?.result.message).toBe(
        `Branch "${branch}" has commits already that "prod" lacks.`,
      );
      expect(await sample.read('prod')).toBe(deployment(`${IMAGE}:2.2.0`));
    });

    it('takes an open pull request back to what the environment has, when that is asked for', async () => {
      await first();
      expect(await kubernetesPullRequest(input('2.0.3'))).toMatchObject({ changed: true });
      expect(await sample.read(branch)).toBe(deployment(`${IMAGE}:2.0.3`));
      expect(await kubernetesPullRequest(input('2.0.3'))).toMatchObject({ changed: false });
    });

    it('deletes no branch that has an open pull request elsewhere', async () => {
      const base = (await sample.repository.branches.get('staging'))?.sha ?? '';
      await sample.repository.branches.create(branch, base);
      const work = await sample.commit(branch, 'mine.txt', 'work');
      const { pullRequests } = sample.repository;
      const forProd = await pullRequests.create({
        title: 'prod',
        source: branch,
        destination: 'prod',
      });
      await pullRequests.create({ title: 'staging', source: branch, destination: 'staging' });
      await pullRequests.merge(forProd.id, { strategy: 'squash', deleteSourceBranch: false });
      await kubernetesPullRequest(input('2.1.0'));
      const compared = await sample.repository.commits.compare(branch, work);
      expect(compared.mergeBase).toBe(work);
    });

    it('finds the open pull request of a branch that was deleted, and brings it up to date', async () => {
      const id = await first();
      await sample.repository.branches.delete(branch);
      const again = await kubernetesPullRequest(input('2.2.0'));
      expect(again.steps.at(-1)?.result).toMatchObject({ pr_id: id, created: false });
      expect(await open()).toMatchObject([{ title: expect.stringContaining(':2.2.0') }]);
    });

    it('goes on when only the branch has the file', async () => {
      const base = (await sample.repository.branches.get('prod'))?.sha ?? '';
      await sample.repository.branches.create(branch, base);
      await sample.commit(branch, 'shop/new.yaml', deployment(`${IMAGE}:1`));
      const result = await kubernetesPullRequest({ ...input('2', true), path: 'shop/new.yaml' });
      expect(result).toMatchObject({ merged: true });
      expect(await sample.read('prod', 'shop/new.yaml')).toBe(deployment(`${IMAGE}:2`));
    });
  });
});
