import { Secret } from '@bowline/gitops-errors';
import type { Ci, CiRun } from '@bowline/gitops-providers';
import { openSecret } from '@bowline/test-servers/github';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './github-subject.ts';

let subject: Subject;
let ci: Ci;

beforeEach(async () => {
  subject = await startSubject();
  await subject.state.seed({ branch: 'main', files: { a: '1' } });
  if (subject.repository.ci === undefined) throw new Error('GitHub has CI');
  ci = subject.repository.ci;
});
afterEach(() => subject.close());

const input = { branch: 'main', workflow: 'deploy.yml' };
const dispatches = () =>
  subject.simulator.requests.filter(({ path }) => path.endsWith('/dispatches'));

async function finished(result = 'failure'): Promise<CiRun> {
  const run = await ci.trigger(input);
  subject.state.actions.start(run.id);
  subject.state.actions.finish(run.id, result);
  return run;
}

describe('a run', () => {
  it('gets its inputs, and is named by the path of its workflow too', async () => {
    const workflow = '.github/workflows/deploy.yml';
    await ci.trigger({ branch: 'main', workflow, variables: { image: 'web:2' } });
    expect(subject.state.actions.runs[0]?.inputs).toEqual({ image: 'web:2' });
  });

  it.each(['drop-after', 'truncate'] as const)(
    'is started once when the answer is lost: %s',
    async (kind) => {
      await ci.trigger(input);
      subject.simulator.fault({ method: 'POST', fault: { kind } });
      const run = await ci.trigger(input);
      expect(subject.state.actions.runs.map(({ id }) => String(id)).at(-1)).toBe(run.id);
      expect(dispatches()).toHaveLength(2);
    },
  );

  it('is not started again when nothing is known of it', async () => {
    await ci.trigger(input);
    subject.simulator.fault({ method: 'POST', fault: { kind: 'drop' } });
    await expect(ci.trigger(input)).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(subject.state.actions.runs).toHaveLength(1);
  });

  it('is looked for where the server does not say which one it is', async () => {
    await ci.trigger(input);
    subject.state.actions.runDetails = false;
    subject.state.actions.hiddenLists = 2;
    const run = await ci.trigger(input);
    expect(run.id).toBe(String(subject.state.actions.runs[1]?.id));
    expect(subject.state.actions.runs).toHaveLength(2);
    expect(subject.clock.sleeps).toEqual([1000, 2000]);
  });

  it('is not taken for one that somebody starts right after it', async () => {
    const { actions } = subject.state;
    actions.runDetails = false;
    await ci.trigger(input);
    const later = async () => {
      await subject.state.seed({ branch: 'main', files: { a: '2' } });
      actions.add({ workflow: 'deploy.yml', branch: 'main', sha: 'b'.repeat(40), inputs: {} });
    };
    const looks = { method: 'GET', path: /\/runs/ } as const;
    // Between the dispatch and the look: the first look is for the runs before.
    subject.simulator.fault({ ...looks, fault: { kind: 'before', run: async () => undefined } });
    subject.simulator.fault({ ...looks, fault: { kind: 'before', run: later } });
    const run = await ci.trigger(input);
    expect(actions.runs).toHaveLength(3);
    expect(run.id).toBe(String(actions.runs[1]?.id));
  });

  it('is waited for where GitHub names it before it shows it', async () => {
    subject.simulator.fault({
      path: /\/actions\/runs\/\d+$/,
      fault: { kind: 'answer', status: 404, body: '{"message":"Not Found"}' },
      times: 2,
    });
    const run = await ci.trigger(input);
    expect(run.id).toBe(String(subject.state.actions.runs[0]?.id));
    expect(dispatches()).toHaveLength(1);
    expect(subject.clock.sleeps).toEqual([1000, 2000]);
  });

  it.each([
    [{ branch: 'main' }, 'PROVIDER_INVALID_ARGUMENT'],
    [{ branch: 'main', workflow: '../../actions' }, 'PROVIDER_INVALID_ARGUMENT'],
    [{ branch: 'main', workflow: 'absent.yml' }, 'PROVIDER_NOT_FOUND'],
    [{ branch: 'absent', workflow: 'deploy.yml' }, 'PROVIDER_NOT_FOUND'],
  ])('of %j is refused', async (wanted, code) => {
    await expect(ci.trigger(wanted)).rejects.toMatchObject({ code });
  });

  it('takes no secret as an input, which everybody could read', async () => {
    const variables = { token: new Secret('canary-of-inputs') };
    await expect(ci.trigger({ ...input, variables })).rejects.toMatchObject({
      code: 'PROVIDER_INVALID_ARGUMENT',
      message: expect.not.stringContaining('canary'),
    });
    expect(dispatches()).toEqual([]);
  });

  it('that waits is found without reading those that are done', async () => {
    for (let number = 0; number < 3; number += 1) await finished();
    const waiting = await ci.trigger(input);
    const queued = [await ci.trigger(input), await ci.trigger(input)];
    Object.assign(subject.state.actions.find(waiting.id) ?? {}, { status: 'waiting' });
    Object.assign(subject.state.actions.find(queued[0]?.id ?? '') ?? {}, { status: 'pending' });
    subject.simulator.forgetRequests();
    const ids = async (phase: CiRun['phase']) => {
      const found: string[] = [];
      for await (const { id } of ci.list({ phase })) found.push(id);
      return found;
    };
    expect(await ids('queued')).toEqual(queued.map(({ id }) => id).toReversed());
    expect(await ids('waiting')).toEqual([waiting.id]);
    expect(await ids('completed')).toHaveLength(3);
    const asked = subject.simulator.requests.map(
      ({ path }) => /status=(\w+)/.exec(path)?.[1] ?? 'all',
    );
    expect(asked).toEqual([
      ...['queued', 'requested', 'pending'],
      ...['waiting', 'action_required'],
      'completed',
    ]);
  });

  it('is another attempt of the same one when it runs again, once', async () => {
    const run = await finished();
    subject.simulator.fault({ method: 'POST', fault: { kind: 'drop-after' } });
    const again = await ci.rerun(run.id, { failedOnly: true });
    expect([again.id, again.phase]).toEqual([run.id, 'queued']);
    expect(subject.state.actions.runs[0]?.attempt).toBe(2);
    expect(subject.simulator.requests.some(({ path }) => path.endsWith('/rerun-failed-jobs'))).toBe(
      true,
    );
    await expect(ci.rerun(run.id)).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('already running'),
    });
  });

  it('has jobs of its last attempt, with their steps', async () => {
    const run = await finished();
    await ci.rerun(run.id);
    subject.state.actions.start(run.id);
    const jobs = [];
    for await (const job of ci.jobs(run.id)) jobs.push(job);
    expect(jobs).toMatchObject([
      { name: 'deploy', phase: 'running', steps: [{ name: 'Set up job', phase: 'running' }] },
    ]);
  });

  it.each([
    ['success', 'success'],
    ['neutral', 'success'],
    ['failure', 'failed'],
    ['timed_out', 'timed-out'],
    ['cancelled', 'cancelled'],
    ['skipped', 'skipped'],
    ['startup_failure', 'error'],
    ['stale', 'error'],
  ])('that ended with %s has the result %s', async (conclusion, result) => {
    const { id } = await finished(conclusion);
    const run = await ci.get(id);
    expect(run).toMatchObject({ phase: 'completed', result });
    expect(run?.problem !== undefined).toBe(conclusion === 'startup_failure');
  });
});

describe('a log', () => {
  const text = async (job: { run: string; job: string }, follow = false) => {
    let all = '';
    for await (const { bytes } of ci.logs(job, { follow })) all += Buffer.from(bytes).toString();
    return all;
  };

  it('is nothing while the job runs, and comes without the credential when it is done', async () => {
    const run = await ci.trigger(input);
    const job = subject.state.actions.start(run.id);
    subject.state.actions.write(job, 'hello\n');
    expect(await text({ run: run.id, job })).toBe('');
    subject.state.actions.finish(run.id, 'success');
    // The storage answers 400 to whoever sends a credential.
    expect(await text({ run: run.id, job })).toBe('hello\n');
    // Also here, where the answer is no JSON, GitHub documents this type.
    const asked = subject.simulator.requests.filter(({ path }) => path.endsWith('/logs'));
    expect(asked.map(({ headers }) => headers.accept)).toEqual(
      Array(2).fill('application/vnd.github+json, */*'),
    );
  });

  it('that is put together after the end is waited for', async () => {
    const run = await finished();
    const job = String(subject.state.actions.runs[0]?.jobs[0]?.id);
    subject.state.actions.write(job, 'late\n');
    subject.state.actions.lateLogs = 4;
    expect(await text({ run: run.id, job }, true)).toBe('late\n');
  });

  it('that never comes ends', async () => {
    const run = await finished('skipped');
    const job = String(subject.state.actions.runs[0]?.jobs[0]?.id);
    subject.state.actions.lateLogs = 1000;
    expect(await text({ run: run.id, job }, true)).toBe('');
  });

  it('of a job that is not there is not found', async () => {
    const run = await finished();
    await expect(text({ run: run.id, job: '4711' })).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
    });
  });
});

describe('variables', () => {
  it('are one of two kinds, never both', async () => {
    const { variables, environments, space } = {
      variables: ci.variables,
      ...subject.state.actions,
    };
    await variables.set('NAME', new Secret('canary-of-variables'));
    await variables.set('NAME', 'plain');
    expect([...space.secrets.keys(), ...space.variables]).toEqual([['NAME', 'plain']]);
    const environment = 'production';
    await variables.set('NAME', new Secret('canary-of-variables'), { environment });
    const sealed = environments.get(environment)?.secrets.get('NAME') ?? '';
    expect(sealed).not.toContain('canary');
    expect(await openSecret(sealed)).toBe('canary-of-variables');
    expect(space.variables.get('NAME')).toBe('plain');
  });

  it('are not written twice when the answer is lost', async () => {
    subject.simulator.fault({ method: 'POST', fault: { kind: 'drop-after' } });
    await ci.variables.set('NAME', '1');
    expect([...subject.state.actions.space.variables]).toEqual([['NAME', '1']]);
  });

  it.each(['GITHUB_TOKEN', 'github_x', '1A'])('of the name %j are refused', async (name) => {
    await expect(ci.variables.set(name, 'x')).rejects.toMatchObject({
      code: 'PROVIDER_INVALID_ARGUMENT',
    });
  });

  it.each(['', '.', '..', 'a\nb'])('of the environment %j are refused', async (environment) => {
    await expect(ci.variables.set('A', 'x', { environment })).rejects.toMatchObject({
      code: 'PROVIDER_INVALID_ARGUMENT',
    });
  });

  it('of an environment that is not there are not found', async () => {
    await expect(ci.variables.set('A', 'x', { environment: 'absent' })).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
    });
  });

  it('that are too long are refused', async () => {
    await expect(ci.variables.set('A', 'x'.repeat(49_153))).rejects.toMatchObject({
      code: 'PROVIDER_INVALID_ARGUMENT',
    });
  });
});
