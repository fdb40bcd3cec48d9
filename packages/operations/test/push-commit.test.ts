import { spawnSync } from 'node:child_process';
import type { HostConfig } from '@bowline/gitops-config';
import { Secret } from '@bowline/gitops-errors';
import { openGit } from '@bowline/gitops-git';
import { connectForge } from '@bowline/gitops-operations/configured';
import type { FileChange } from '@bowline/gitops-providers';
import {
  type BitbucketDatacenterSimulator,
  startBitbucketDatacenter,
} from '@bowline/test-servers/bitbucket-datacenter';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let simulator: BitbucketDatacenterSimulator;
let state: Awaited<ReturnType<BitbucketDatacenterSimulator['createRepository']>>;
let base: string;

beforeEach(async () => {
  simulator = await startBitbucketDatacenter();
  state = await simulator.createRepository('SHOP/gitops');
  base = await state.seed({ branch: 'prod', files: { 'a.yaml': '1', 'b.yaml': '1' } });
});
afterEach(() => simulator.close());

const write = (path: string, text: string): FileChange => ({
  type: 'write',
  path,
  content: new TextEncoder().encode(text),
});
const changes = [write('a.yaml', '2'), write('b.yaml', '2'), write('new/c.yaml', '2')];

async function repository(
  credential: HostConfig['credential'] = {
    kind: 'token',
    username: 'bot',
    token: new Secret(simulator.tokens.bot),
  },
) {
  const host: HostConfig = {
    host: simulator.host,
    kind: 'bitbucket-datacenter',
    apiUrl: simulator.apiUrl,
    ...(credential === undefined ? {} : { credential }),
  };
  const forge = await connectForge({
    config: { hosts: [host] },
    host: host.host,
    author: { name: 'Ada', email: 'ada@example.com' },
    openGit: async () => openGit({ engine: 'isomorphic' }),
  });
  return forge.repository('SHOP/gitops');
}

const read = async (path: string, branch = 'prod') => {
  const file = await (await repository()).files.read(path, branch);
  return file === undefined ? undefined : new TextDecoder().decode(file.content);
};

// The simulator gives pushes to git.
describe.skipIf(spawnSync('git', ['--version']).status !== 0)(
  'commits of several files on Bitbucket Data Center (skipped where there is no git program)',
  () => {
    it('are pushed as one, with the author that is known', async () => {
      const shop = await repository();
      const message = 'Change three files';
      const made = await shop.commits.create({
        branch: 'prod',
        message,
        changes,
        expectedHead: base,
      });
      expect(await state.branch('prod')).toBe(made.sha);
      const commit = await state.inspect(made.sha);
      expect(commit).toMatchObject({ author: { name: 'Ada', email: 'ada@example.com' } });
      expect(
        await Promise.all(['a.yaml', 'b.yaml', 'new/c.yaml'].map((path) => read(path))),
      ).toEqual(['2', '2', '2']);
      const author = { name: 'Eve', email: 'eve@example.com' };
      const next = { branch: 'prod', message, changes: [write('a.yaml', '3')], author };
      const second = await shop.commits.create({ ...next, expectedHead: made.sha });
      expect(await state.inspect(second.sha)).toMatchObject({ author, parents: [made.sha] });
    });

    it('go on a new branch', async () => {
      const shop = await repository();
      const commit = { branch: 'release', message: 'x', changes, expectedHead: base, create: true };
      const made = await shop.commits.create(commit);
      expect(await state.branch('release')).toBe(made.sha);
      expect(await state.branch('prod')).toBe(base);
    });

    it('are refused when the branch is not where it was', async () => {
      const shop = await repository();
      const moved = await state.seed({ branch: 'prod', from: 'prod', files: { 'd.yaml': '1' } });
      await expect(
        shop.commits.create({ branch: 'prod', message: 'x', changes, expectedHead: base }),
      ).rejects.toMatchObject({ code: 'PROVIDER_CONFLICT' });
      expect(await state.branch('prod')).toBe(moved);
    });

    it('stop with the reason of the signal', async () => {
      const shop = await repository();
      const reason = new Error('enough');
      const commit = { branch: 'prod', message: 'x', changes, expectedHead: base };
      await expect(shop.commits.create(commit, { signal: AbortSignal.abort(reason) })).rejects.toBe(
        reason,
      );
      expect(await state.branch('prod')).toBe(base);
    });
  },
);

it('one file goes through the API where the token has no user name for Git', async () => {
  const shop = await repository({ kind: 'token', token: new Secret(simulator.tokens.bot) });
  const commit = { branch: 'prod', message: 'x', expectedHead: base };
  const made = await shop.commits.create({ ...commit, changes: [write('a.yaml', '2')] });
  expect(await state.branch('prod')).toBe(made.sha);
  await expect(
    shop.commits.create({ ...commit, changes, expectedHead: made.sha }),
  ).rejects.toMatchObject({ code: expect.stringMatching(/^PROVIDER_/) });
});
