import { Secret } from '@bowline/gitops-errors';
import { ProviderError, type ProviderRepository } from '@bowline/gitops-providers';
import { github } from '@bowline/gitops-providers/github';
import { type GitHubSimulator, startGitHub } from '@bowline/test-servers/github';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fakeClock } from './bitbucket-cloud-subject.ts';

let simulator: GitHubSimulator;
let clock: ReturnType<typeof fakeClock>;

beforeEach(async () => {
  clock = fakeClock();
  simulator = await startGitHub({ now: () => clock.now(), limits: { contentPerMinute: 80 } });
  const state = await simulator.createRepository('acme/shop');
  await state.seed({ branch: 'main', files: { 'web.yaml': 'image: web:0\n' } });
});
afterEach(async () => {
  await simulator.close();
  expect(simulator.violations).toEqual([]);
});

function connect(maxRetryAfterMs = 60_000): ProviderRepository {
  const { apiUrl, webUrl, token } = simulator;
  const auth = { type: 'bearer', token: new Secret(token) } as const;
  return github({ auth, apiUrl, webUrl, clock, maxRetryAfterMs }).repository('acme/shop');
}

/** Moves an image on a branch of its own, as a job does: read, then commit. */
async function setImage(repository: ProviderRepository, number: number): Promise<string> {
  const file = await repository.files.read('web.yaml', 'main');
  const { sha } = await repository.commits.create({
    branch: `set-image-${number}`,
    create: true,
    message: `Set web to ${number}`,
    expectedHead: file?.commit ?? '',
    changes: [{ type: 'write', path: 'web.yaml', content: Buffer.from(`image: web:${number}\n`) }],
  });
  return sha;
}

const numbers = Array.from({ length: 100 }, (_, index) => index);

describe('a hundred jobs at once under the secondary limit', () => {
  it('land, or fail with the time, and none is sent while GitHub wants none', async () => {
    const repository = connect();
    const jobs = await Promise.allSettled(numbers.map((n) => setImage(repository, n)));
    const failed = jobs.flatMap((job) => (job.status === 'rejected' ? [job.reason] : []));
    // The one that ran into the limit: a mutation is not repeated. All others have waited.
    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatchObject({
      code: 'PROVIDER_RATE_LIMITED',
      retryable: true,
      message: expect.stringMatching(/secondary rate limit.*wait until or for "60"/),
    });
    expect(simulator.limit.ignored).toBe(0);
    const made: string[] = [];
    for await (const { name } of repository.branches.list()) made.push(name);
    expect(made).toHaveLength(99 + 1);
    // Whoever is told to wait may do it again, and finds nothing half done.
    const again = jobs.findIndex(({ status }) => status === 'rejected');
    expect(await setImage(repository, again)).toMatch(/^[0-9a-f]{40}$/);
  });

  it('fail at once, with the time, where nobody may wait that long', async () => {
    const repository = connect(10_000);
    const jobs = await Promise.allSettled(numbers.map((n) => setImage(repository, n)));
    const failed = jobs.flatMap((job) => (job.status === 'rejected' ? [job.reason] : []));
    expect(failed).toHaveLength(20);
    expect(simulator.limit.ignored).toBe(0);
    expect(clock.sleeps).toEqual([]);
    for (const error of failed) {
      expect(error).toBeInstanceOf(ProviderError);
      expect(error).toMatchObject({ code: 'PROVIDER_RATE_LIMITED', retryable: true });
    }
    expect(failed[1].message).toContain(
      'wants no requests before 2026-11-20T08:01:00.000Z, so nothing was sent to commit',
    );
  });
});

describe('a limit of GraphQL, which answers 200', () => {
  const limited = (reset: number) =>
    simulator.fault({
      path: /graphql/,
      fault: {
        kind: 'answer',
        status: 200,
        headers: {
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': String(clock.now() / 1000 + reset),
        },
        body: '{"errors":[{"type":"RATE_LIMITED","message":"API rate limit exceeded"}]}',
      },
    });

  it('is waited for by what reads', async () => {
    limited(42);
    expect(await connect().files.read('web.yaml', 'main')).toBeDefined();
    expect(clock.sleeps).toEqual([42_000]);
  });

  it('is told with its end', async () => {
    limited(3600);
    await expect(connect().files.read('web.yaml', 'main')).rejects.toMatchObject({
      code: 'PROVIDER_RATE_LIMITED',
      message: expect.stringContaining('exceeded. The limit ends at 2026-11-20T09:00:00.000Z'),
    });
  });

  it('leaves REST alone, which is counted apart', async () => {
    limited(3600);
    const repository = connect();
    await expect(repository.files.read('web.yaml', 'main')).rejects.toThrow('limit');
    expect(await repository.branches.get('main')).toBeDefined();
  });
});

it('takes a limit for no missing permission, also where 403 is an answer', async () => {
  simulator.fault({
    path: /rerun/,
    fault: { kind: 'answer', status: 403, headers: { 'retry-after': '3600' } },
  });
  const { ci, branches } = connect();
  const run = await ci?.trigger({ branch: 'main', workflow: 'deploy.yml' });
  await expect(ci?.rerun(run?.id ?? '')).rejects.toMatchObject({
    code: 'PROVIDER_RATE_LIMITED',
  });
  await expect(branches.get('main')).rejects.toMatchObject({
    code: 'PROVIDER_RATE_LIMITED',
    message: expect.stringContaining('before 2026-11-20T09:00:00.000Z'),
  });
});
