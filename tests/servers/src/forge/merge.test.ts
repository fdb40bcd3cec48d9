import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GitStore } from './git-store.ts';
import { type MergeStrategy, mergeBranches } from './merge.ts';
import { SimulatedGit } from './simulated-git.ts';

class Plain extends SimulatedGit {
  static async create(): Promise<Plain> {
    return new Plain('acme/shop', await GitStore.create());
  }
}

const lines = (...text: readonly string[]) => `${text.join('\n')}\n`;

describe('mergeBranches', () => {
  let git: Plain;
  beforeEach(async () => {
    git = await Plain.create();
    await git.seed({ branch: 'main', files: { 'a.txt': lines('1', '2', '3', '4', '5') } });
  });
  afterEach(() => git.close());

  const merge = (strategy: MergeStrategy, source = 'work') =>
    mergeBranches(git.store, { source, destination: 'main', strategy, message: `by ${strategy}` });

  async function merged(strategy: MergeStrategy) {
    const result = await merge(strategy);
    if (typeof result === 'string') throw new Error(result);
    const entry = await git.store.entry(result.sha, 'a.txt');
    const text = Buffer.from(await git.store.blob(entry?.oid ?? '')).toString('utf8');
    return { ...(await git.inspect(result.sha)), sha: result.sha, text };
  }

  async function twoSides() {
    const author = { name: 'Ann', email: 'ann@example.com' };
    await git.seed({
      branch: 'work',
      from: 'main',
      files: { 'b.txt': 'b' },
      message: 'one',
      author,
    });
    const work = await git.seed({
      branch: 'work',
      files: { 'a.txt': lines('1', '2', '3', '4', 'five') },
      message: 'two',
      author,
    });
    const main = await git.seed({
      branch: 'main',
      files: { 'a.txt': lines('one', '2', '3', '4', '5') },
    });
    return { main, work, both: lines('one', '2', '3', '4', 'five') };
  }

  it.each([
    ['merge', (side: { main: string; work: string }) => [side.main, side.work]],
    ['squash', (side: { main: string; work: string }) => [side.main]],
  ] as const)('joins lines of both sides of one file: %s', async (strategy, parents) => {
    const sides = await twoSides();
    const result = await merged(strategy);
    expect(result.text).toBe(sides.both);
    expect(result.parents).toEqual(parents(sides));
    expect(result.message).toBe(`by ${strategy}\n`);
    expect(await git.branch('main')).toBe(sides.main);
  });

  it('copies the commits with their authors: rebase', async () => {
    const { main, both } = await twoSides();
    const tip = await merged('rebase');
    expect(tip).toMatchObject({ text: both, message: 'two\n', author: { name: 'Ann' } });
    const before = await git.inspect(tip.parents[0] ?? '');
    expect(before).toMatchObject({ message: 'one\n', parents: [main] });
  });

  it('puts a merge commit on the copies: rebase-merge', async () => {
    const { main, both } = await twoSides();
    const result = await merged('rebase-merge');
    expect(result).toMatchObject({ text: both, message: 'by rebase-merge\n' });
    expect(result.parents[0]).toBe(main);
    expect((await git.inspect(result.parents[1] ?? '')).message).toBe('two\n');
  });

  it('copies only what the destination lacks after it was merged into the source', async () => {
    const { main } = await twoSides();
    const back = {
      source: 'main',
      destination: 'work',
      strategy: 'merge',
      message: 'back',
    } as const;
    const update = await mergeBranches(git.store, back);
    if (typeof update === 'string') throw new Error(update);
    await git.store.setRef('refs/heads/work', update.sha);
    const tip = await merged('rebase');
    expect(tip.message).toBe('two\n');
    expect((await git.inspect(tip.parents[0] ?? '')).parents).toEqual([main]);
  });

  it('moves forward without a commit, or says that it cannot: fast-forward', async () => {
    const work = await git.seed({ branch: 'work', from: 'main', files: { 'b.txt': 'b' } });
    expect(await merge('fast-forward')).toEqual({ sha: work });
    await git.seed({ branch: 'main', files: { 'c.txt': 'c' } });
    expect(await merge('fast-forward')).toBe('diverged');
  });

  it.each(['merge', 'squash', 'rebase', 'rebase-merge'] as const)(
    'reports a conflict in a line, and between a change and a removal: %s',
    async (strategy) => {
      await git.seed({ branch: 'work', from: 'main', files: { 'a.txt': lines('work') } });
      await git.seed({ branch: 'gone', from: 'main', files: { 'a.txt': undefined } });
      await git.seed({ branch: 'main', files: { 'a.txt': lines('main') } });
      expect(await merge(strategy)).toBe('conflict');
      expect(await merge(strategy, 'gone')).toBe('conflict');
    },
  );

  it.each(['merge', 'rebase'] as const)(
    'reports a file that both sides add: %s',
    async (strategy) => {
      await git.seed({ branch: 'work', from: 'main', files: { 'new.txt': 'work' } });
      await git.seed({ branch: 'main', files: { 'new.txt': 'main' } });
      expect(await merge(strategy)).toBe('conflict');
    },
  );

  it.each(['merge', 'squash', 'fast-forward', 'rebase', 'rebase-merge'] as const)(
    'has nothing to do for what is there already: %s',
    async (strategy) => {
      await git.seed({ branch: 'main', files: { 'b.txt': 'b' } });
      const first = (await git.inspect((await git.branch('main')) ?? '')).parents[0] ?? '';
      expect(await merge(strategy, first)).toBe('up-to-date');
    },
  );

  it('refuses a branch that is not there', async () => {
    await expect(merge('merge')).rejects.toThrow('no branch or commit "work"');
  });
});
