import { Secret } from '@bowline/gitops-errors';
import { findRun, followRun, type RunOutput, requireCi } from '@bowline/gitops-operations';
import type { Ci, CiRun, ProviderRepository } from '@bowline/gitops-providers';
import { bitbucketCloud } from '@bowline/gitops-providers/bitbucket-cloud';
import {
  type BitbucketCloudSimulator,
  type RepositoryState,
  startBitbucketCloud,
} from '@bowline/test-servers/bitbucket-cloud';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSample } from './sample.ts';

let simulator: BitbucketCloudSimulator;
let state: RepositoryState;
let repository: ProviderRepository;

beforeEach(async () => {
  simulator = await startBitbucketCloud();
  state = await simulator.createRepository('acme/shop');
  await state.seed({ branch: 'main', files: { a: '1' } });
  const auth = { type: 'bearer', token: new Secret(simulator.accessToken) } as const;
  const { apiUrl, webUrl } = simulator;
  const clock = { now: () => 0, random: () => 1, sleep: async () => undefined };
  repository = bitbucketCloud({ auth, apiUrl, webUrl, clock }).repository('acme/shop');
});
afterEach(async () => {
  await simulator.close();
  expect(simulator.violations).toEqual([]);
});

const trigger = () => requireCi(repository).trigger({ branch: 'main' });

/** What is shown of a run, with the logs of one job joined. */
async function shown(
  output: AsyncGenerator<RunOutput, CiRun, undefined>,
): Promise<{ readonly text: string; readonly run: CiRun }> {
  let text = '';
  for (;;) {
    const { done, value } = await output.next();
    if (done === true) return { text, run: value };
    text += value.type === 'job' ? `[${value.job.name}]` : Buffer.from(value.bytes).toString();
  }
}

describe('findRun', () => {
  it('finds a run by its id, its number, and as the latest', async () => {
    const [first, second] = [await trigger(), await trigger()];
    expect((await findRun(repository, first.id)).id).toBe(first.id);
    expect((await findRun(repository, '1')).id).toBe(first.id);
    expect((await findRun(repository, 'latest')).id).toBe(second.id);
  });

  it('takes none where a number is the id of another run, or that of several runs', async () => {
    const run = await trigger();
    const of = (id: string, number: number): CiRun => ({ ...run, id, number });
    const runs = [of('12', 10), of('9', 9), of('10', 8), of('7', 9)];
    const ci: Ci = {
      ...requireCi(repository),
      get: async (id) => runs.find((each) => each.id === id),
      async *list() {
        yield* runs;
      },
    };
    const small = { ...repository, ci };
    expect((await findRun(small, '12')).number).toBe(10);
    expect((await findRun(small, '8')).id).toBe('10');
    expect((await findRun(small, 'id:10')).number).toBe(8);
    for (const [name, ids] of [
      ['10', 'id:10, id:12'],
      ['9', 'id:9, id:7'],
    ] as const)
      await expect(findRun(small, name)).rejects.toMatchObject({
        code: 'OPERATION_INVALID_ARGUMENT',
        message: `"${name}" can mean 2 runs of "acme/shop".`,
        hint: `Name one by its id: ${ids}.`,
      });
    await expect(findRun(small, 'id:11')).rejects.toMatchObject({
      code: 'OPERATION_RUN_NOT_FOUND',
    });
  });

  it('says that there is none', async () => {
    for (const name of ['latest', '7', '{00000000-0000-0000-0000-000000000000}'])
      await expect(findRun(repository, name)).rejects.toMatchObject({
        code: 'OPERATION_RUN_NOT_FOUND',
        message: `Repository "acme/shop" has no run "${name}".`,
      });
    await expect(findRun(repository, 'no id')).rejects.toMatchObject({
      code: 'PROVIDER_INVALID_ARGUMENT',
    });
  });

  it('says that a forge has no CI', async () => {
    const sample = await openSample();
    try {
      await expect(findRun(sample.repository, 'latest')).rejects.toMatchObject({
        code: 'OPERATION_NOT_SUPPORTED',
      });
    } finally {
      await sample.close();
    }
  });
});

describe('followRun', () => {
  it('shows what there is now', async () => {
    const run = await trigger();
    expect(await shown(followRun(repository, run))).toMatchObject({
      text: '',
      run: { phase: 'queued' },
    });
    state.pipelines.write(state.pipelines.start(run.id).uuid, 'half ');
    expect(await shown(followRun(repository, run))).toMatchObject({ text: '[Deploy]half ' });
  });

  it('waits for a job to begin, and goes on until the run is completed', async () => {
    const run = await trigger();
    const { pipelines } = state;
    const waits: number[] = [];
    const sleep = async (ms: number) => {
      waits.push(ms);
      if (waits.length < 3) return;
      const { uuid } = pipelines.start(run.id);
      pipelines.write(uuid, 'one\ntwo\n');
      simulator.fault({
        method: 'GET',
        path: /\/log$/,
        fault: {
          kind: 'before',
          run: async () => {
            pipelines.write(uuid, 'three\n');
            pipelines.finish(run.id, 'FAILED');
          },
        },
      });
    };
    const { text, run: end } = await shown(followRun(repository, run, { follow: true, sleep }));
    expect(text).toBe('[Deploy]one\ntwo\nthree\n');
    expect(end).toMatchObject({ phase: 'completed', result: 'failed' });
    expect(waits).toEqual([2_000, 3_000, 4_500]);
  });

  it('stops with the reason of the signal', async () => {
    const run = await trigger();
    const controller = new AbortController();
    const reason = new Error('enough');
    const output = followRun(repository, run, { follow: true, signal: controller.signal });
    const next = output.next();
    simulator.fault({
      method: 'GET',
      path: /\/steps/,
      fault: { kind: 'before', run: async () => controller.abort(reason) },
    });
    await expect(next).rejects.toBe(reason);
  });
});
