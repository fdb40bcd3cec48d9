import { Secret } from '@bowline/gitops-errors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ci } from '../src/ci-types.ts';
import { type Subject, startSubject } from './bitbucket-cloud-subject.ts';

let subject: Subject;
let ci: Ci;

beforeEach(async () => {
  subject = await startSubject();
  await subject.state.seed({ branch: 'main', files: { a: '1' } });
  if (subject.repository.ci === undefined) throw new Error('Bitbucket has pipelines');
  ci = subject.repository.ci;
});
afterEach(() => subject.close());

const deploy = { branch: 'main', workflow: 'deploy' };

async function logOf(job: { run: string; job: string }, offset = 0): Promise<string> {
  let text = '';
  for await (const { bytes } of ci.logs(job, { offset })) text += Buffer.from(bytes).toString();
  return text;
}

describe('Bitbucket Pipelines: starting', () => {
  it('sends variables, and hides the secret ones', async () => {
    await ci.trigger({
      ...deploy,
      variables: { VERSION: '1.2.3', TOKEN: new Secret('canary-51d0') },
    });
    const [run] = subject.state.pipelines.runs;
    expect(run?.variables).toMatchObject([
      { key: 'VERSION', value: '1.2.3', secured: false },
      { key: 'TOKEN', value: 'canary-51d0', secured: true },
    ]);
    expect(run?.target).toMatchObject({ selector: { type: 'custom', pattern: 'deploy' } });
  });

  it.each(['drop-after', 'truncate'] as const)(
    'finds the pipeline whose answer was lost: %s',
    async (kind) => {
      const first = await ci.trigger(deploy);
      subject.simulator.fault({ method: 'POST', path: /^\/pipelines$/, fault: { kind } });
      const second = await ci.trigger(deploy);
      expect(second.number).toBe(2);
      expect(second.id).not.toBe(first.id);
      expect(subject.state.pipelines.runs).toHaveLength(2);
    },
  );

  it('tells of the failure when none was made, and takes no other one for it', async () => {
    await ci.trigger(deploy);
    subject.simulator.fault({
      method: 'POST',
      path: /^\/pipelines$/,
      fault: {
        kind: 'before',
        run: async () => {
          subject.state.pipelines.add(
            { type: 'pipeline_ref_target', ref_type: 'branch', ref_name: 'main' },
            [],
          );
        },
      },
    });
    expect((await ci.trigger(deploy)).number).toBe(3);
    subject.simulator.fault({ method: 'POST', path: /^\/pipelines$/, fault: { kind: 'drop' } });
    await expect(ci.trigger(deploy)).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(subject.state.pipelines.runs).toHaveLength(3);
  });

  it.each([
    ['a push', [], 'push'],
    ['other variables', [{ uuid: '{1}', key: 'OTHER', value: '', secured: false }], 'manual'],
  ] as const)('takes none for it that was started by %s', async (_, variables, trigger) => {
    const { simulator, state, clock } = subject;
    const target = { type: 'pipeline_ref_target', ref_type: 'branch', ref_name: 'main' };
    simulator.fault({ method: 'POST', path: /^\/pipelines$/, fault: { kind: 'drop' } });
    simulator.fault({
      method: 'GET',
      path: /^\/pipelines$/,
      fault: { kind: 'latency', milliseconds: 0 },
    });
    simulator.fault({
      method: 'GET',
      path: /^\/pipelines$/,
      fault: {
        kind: 'before',
        run: async () => void state.pipelines.add(target, variables, trigger),
      },
    });
    await expect(ci.trigger({ branch: 'main' })).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
    });
    // It looks twice: Bitbucket may still be at work.
    expect(clock.sleeps).toEqual([1000]);
    expect(state.pipelines.runs).toHaveLength(1);
  });

  it('finds one that Bitbucket makes only after its gateway has given up', async () => {
    const { simulator, state } = subject;
    const target = { type: 'pipeline_ref_target', ref_type: 'branch', ref_name: 'main' };
    const path = /^\/pipelines$/;
    simulator.fault({ method: 'POST', path, fault: { kind: 'answer', status: 504 } });
    simulator.fault({ method: 'GET', path, fault: { kind: 'latency', milliseconds: 0 }, times: 2 });
    simulator.fault({
      method: 'GET',
      path,
      fault: { kind: 'before', run: async () => void state.pipelines.add(target, []) },
    });
    expect((await ci.trigger({ branch: 'main' })).number).toBe(1);
  });

  it('says whether it is the branch or something else that is missing', async () => {
    await expect(ci.trigger({ branch: 'absent' })).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
      message: expect.stringContaining('could not be found'),
    });
    await expect(ci.trigger({ branch: 'main', workflow: 'absent' })).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('is not in bitbucket-pipelines.yml'),
    });
  });

  it('refuses what is no name of a variable', async () => {
    for (const name of ['', '1A', 'A-B', 'A B']) {
      await expect(ci.trigger({ ...deploy, variables: { [name]: 'x' } })).rejects.toMatchObject({
        code: 'PROVIDER_INVALID_ARGUMENT',
      });
    }
  });
});

describe('Bitbucket Pipelines: lists whose pages name no next one', () => {
  it('gives all runs, and asks no page more than there are', async () => {
    const { simulator, state } = subject;
    for (let count = 0; count < 230; count += 1) {
      state.pipelines.add({ type: 'pipeline_ref_target', ref_name: 'main' }, []);
    }
    simulator.forgetRequests();
    const numbers: (number | undefined)[] = [];
    for await (const { number } of ci.list({ branch: 'main' })) numbers.push(number);
    expect(numbers).toEqual(Array.from({ length: 230 }, (_, index) => 230 - index));
    const pages = simulator.requests.map(({ path }) =>
      new URL(path, simulator.origin).searchParams.get('page'),
    );
    expect(pages).toEqual([null, '2', '3']);
  });

  it('replaces and deletes a variable that is not on the first page', async () => {
    const { pipelines } = subject.state;
    for (let count = 0; count < 150; count += 1) {
      pipelines.variables.push(
        pipelines.newVariable({ key: `V${count}`, value: '0', secured: false }),
      );
    }
    await ci.variables.set('V149', '1');
    expect(pipelines.variables).toHaveLength(150);
    expect(pipelines.variables[149]).toMatchObject({ key: 'V149', value: '1' });
    expect(await ci.variables.delete('V148')).toBe(true);
    expect(pipelines.variables).toHaveLength(149);
  });
});

describe('Bitbucket Pipelines: stopping', () => {
  it('tells of a refusal that is not about a completed run', async () => {
    const run = await ci.trigger(deploy);
    subject.simulator.fault({
      method: 'POST',
      path: /stopPipeline$/,
      fault: { kind: 'answer', status: 400, body: '{"type":"error","error":{"message":"No."}}' },
    });
    await expect(ci.cancel(run.id)).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
  });
});

describe('Bitbucket Pipelines: running again', () => {
  it('takes the commit and the variables along', async () => {
    const run = await ci.trigger({ ...deploy, variables: { VERSION: '1' } });
    const { pipelines } = subject.state;
    pipelines.finish(run.id, 'FAILED');
    await subject.state.seed({ branch: 'main', files: { a: '2' } });
    const again = await ci.rerun(run.id);
    expect(again).toMatchObject({ sha: run.sha, name: 'deploy', ref: 'main' });
    expect(pipelines.runs[1]?.variables).toMatchObject([{ key: 'VERSION', value: '1' }]);
  });

  it('refuses one with secured variables, one that is at work, and a part of one', async () => {
    const run = await ci.trigger({ ...deploy, variables: { TOKEN: new Secret('canary-77aa') } });
    await expect(ci.rerun(run.id)).rejects.toThrow(/has not ended/);
    subject.state.pipelines.finish(run.id, 'FAILED');
    await expect(ci.rerun(run.id)).rejects.toThrow(/secured variables/);
    await expect(ci.rerun(run.id, { failedOnly: true })).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
    });
    expect(subject.state.pipelines.runs).toHaveLength(1);
  });
});

describe('Bitbucket Pipelines: states', () => {
  it.each([
    ['SUCCESSFUL', 'success'],
    ['FAILED', 'failed'],
    ['ERROR', 'error'],
    ['STOPPED', 'cancelled'],
    ['EXPIRED', 'timed-out'],
    ['SOMETHING_NEW', 'error'],
  ])('COMPLETED with %s is completed with %s, never a success by mistake', async (name, result) => {
    const run = await ci.trigger(deploy);
    subject.state.pipelines.finish(run.id, name);
    expect(await ci.get(run.id)).toMatchObject({ phase: 'completed', result });
  });

  it('a stage that waits for a person is waiting', async () => {
    const run = await ci.trigger(deploy);
    subject.state.pipelines.start(run.id);
    const [simulated] = subject.state.pipelines.runs;
    if (simulated !== undefined) simulated.stage = 'PAUSED';
    expect(await ci.get(run.id)).toMatchObject({ phase: 'waiting', result: undefined });
  });

  it('says what is wrong with the file', async () => {
    const run = await ci.trigger(deploy);
    const [simulated] = subject.state.pipelines.runs;
    if (simulated !== undefined) simulated.error = 'There is an error in line 3.';
    subject.state.pipelines.finish(run.id, 'ERROR');
    expect((await ci.get(run.id))?.problem).toBe('There is an error in line 3.');
  });
});

describe('Bitbucket Pipelines: logs', () => {
  // Where the log is, and whether a part of it can be asked for.
  it.each([
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ])('on storage: %s, ranges: %s', async (storage, ranges) => {
    const { pipelines } = subject.state;
    Object.assign(pipelines, { storage, ranges });
    const run = await ci.trigger(deploy);
    const step = pipelines.start(run.id);
    const job = { run: run.id, job: step.uuid };
    pipelines.write(step.uuid, 'one\n');
    expect(await logOf(job)).toBe('one\n');
    pipelines.write(step.uuid, 'two\n');
    expect(await logOf(job, 4)).toBe('two\n');
    // The storage answers 400 to whoever shows it a credential.
    pipelines.finish(run.id, 'SUCCESSFUL');
    expect(await logOf(job, 4)).toBe('two\n');
    expect(await logOf(job, 8)).toBe('');
  });

  it('a step that has not begun has none', async () => {
    const run = await ci.trigger(deploy);
    const [step] = subject.state.pipelines.runs[0]?.steps ?? [];
    expect(await logOf({ run: run.id, job: step?.uuid ?? '' })).toBe('');
  });

  it('refuses ids that are none', async () => {
    const run = await ci.trigger(deploy);
    expect(() => ci.logs({ run: run.id, job: '../../hooks' })).toThrow(
      expect.objectContaining({ code: 'PROVIDER_INVALID_ARGUMENT' }),
    );
  });
});

describe('Bitbucket Pipelines: variables', () => {
  it('one that somebody makes in the same moment is replaced', async () => {
    const { pipelines } = subject.state;
    subject.simulator.fault({
      method: 'POST',
      path: /variables$/,
      fault: {
        kind: 'before',
        run: async () => {
          pipelines.variables.push(
            pipelines.newVariable({ key: 'VERSION', value: '0', secured: false }),
          );
        },
      },
    });
    await ci.variables.set('VERSION', '1');
    expect(pipelines.variables).toMatchObject([{ key: 'VERSION', value: '1' }]);
  });

  it('an environment that is not there is not found', async () => {
    await expect(ci.variables.set('VERSION', '1', { environment: 'Mars' })).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
    });
  });
});
