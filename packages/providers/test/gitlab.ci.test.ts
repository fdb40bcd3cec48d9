import { Secret } from '@bowline/gitops-errors';
import { type Ci, type CiRun, ProviderError } from '@bowline/gitops-providers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Subject, startSubject } from './gitlab-subject.ts';

let subject: Subject;
let ci: Ci;

beforeEach(async () => {
  subject = await startSubject();
  await subject.state.seed({ branch: 'main', files: { a: '1' } });
  const { ci: found } = subject.repository;
  if (found === undefined) throw new Error('GitLab has CI');
  ci = found;
});
afterEach(() => subject.close());

const pipelines = () => subject.state.pipelines;
const posts = (path: RegExp) =>
  subject.simulator.requests.filter((item) => item.method === 'POST' && path.test(item.path))
    .length;

async function logOf(run: CiRun, job: string, offset = 0): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const { bytes } of ci.logs({ run: run.id, job }, { offset })) chunks.push(bytes);
  return Buffer.concat(chunks).toString('utf8');
}

describe('a pipeline', () => {
  it.each(['drop-after', 'truncate'] as const)(
    'is started once when the answer is lost: %s',
    async (kind) => {
      await ci.trigger({ branch: 'main' });
      subject.simulator.fault({ method: 'POST', fault: { kind } });
      const run = await ci.trigger({ branch: 'main' });
      expect(pipelines().runs.map(({ id }) => String(id))).toEqual([expect.any(String), run.id]);
      expect(posts(/\/pipeline$/)).toBe(2);
    },
  );

  it('that was not started is not taken for an older one', async () => {
    await ci.trigger({ branch: 'main' });
    subject.simulator.fault({ method: 'POST', fault: { kind: 'answer', status: 503 } });
    await expect(ci.trigger({ branch: 'main' })).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
    });
    expect(pipelines().runs).toHaveLength(1);
  });

  it('gets variables as they are, and no secret, which everybody could read', async () => {
    await ci.trigger({ branch: 'main', variables: { VERSION: '$1 "2"' } });
    expect(pipelines().runs[0]?.variables).toEqual([{ key: 'VERSION', value: '$1 "2"' }]);
    for (const input of [
      { variables: { TOKEN: new Secret('canary-4f1c2b7a9e') } },
      { variables: { 'A B': '1' } },
      { workflow: 'deploy.yml' },
    ]) {
      const error: unknown = await ci
        .trigger({ branch: 'main', ...input })
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(ProviderError);
      expect(error).toMatchObject({ code: 'PROVIDER_INVALID_ARGUMENT' });
      expect(String(error)).not.toContain('canary');
    }
    expect(pipelines().runs).toHaveLength(1);
  });

  it('that GitLab refuses says why', async () => {
    await expect(ci.trigger({ branch: 'absent' })).rejects.toMatchObject({
      code: 'PROVIDER_NOT_FOUND',
      message: expect.stringContaining('Reference not found'),
    });
    const body = '{"message":{"base":["Pipeline will not run for the selected trigger."]}}';
    subject.simulator.fault({ method: 'POST', fault: { kind: 'answer', status: 400, body } });
    await expect(ci.trigger({ branch: 'main' })).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('will not run'),
    });
  });

  it('whose variables the project forbids says which setting does', async () => {
    const body = '{"message":{"base":["Insufficient permissions to set pipeline variables"]}}';
    subject.simulator.fault({ method: 'POST', fault: { kind: 'answer', status: 400, body } });
    await expect(ci.trigger({ branch: 'main', variables: { A: '1' } })).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('Insufficient permissions'),
      hint: expect.stringContaining('Settings, CI/CD'),
    });
  });

  it.each([
    ['created', 'queued', undefined],
    ['waiting_for_resource', 'queued', undefined],
    ['scheduled', 'queued', undefined],
    ['manual', 'waiting', undefined],
    ['canceling', 'running', undefined],
    ['a_status_of_next_year', 'running', undefined],
    ['skipped', 'completed', 'skipped'],
    ['canceled', 'completed', 'cancelled'],
  ])('that is %s is %s', async (status, phase, result) => {
    const { id } = await ci.trigger({ branch: 'main' });
    const [run] = pipelines().runs;
    if (run !== undefined) run.status = status;
    expect(await ci.get(id)).toMatchObject({ phase, result });
  });

  it('whose file does not parse has an error, and says which', async () => {
    const { id } = await ci.trigger({ branch: 'main' });
    const [run] = pipelines().runs;
    if (run !== undefined)
      Object.assign(run, { status: 'failed', yamlErrors: 'jobs config is missing' });
    expect(await ci.get(id)).toMatchObject({
      result: 'error',
      problem: 'jobs config is missing',
    });
  });

  it('is cancelled once it is told, and not told again when it has ended', async () => {
    const { id } = await ci.trigger({ branch: 'main' });
    pipelines().start(id);
    expect((await ci.cancel(id)).phase).toBe('running');
    pipelines().finish(id, 'canceled');
    expect((await ci.cancel(id)).result).toBe('cancelled');
    expect(posts(/\/cancel$/)).toBe(1);
  });

  it('that succeeded, or has not ended, is not run again', async () => {
    const { id } = await ci.trigger({ branch: 'main' });
    await expect(ci.rerun(id)).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
    pipelines().start(id);
    pipelines().finish(id, 'success');
    await expect(ci.rerun(id)).rejects.toMatchObject({ code: 'PROVIDER_REJECTED' });
    expect(posts(/\/retry$/)).toBe(0);
  });

  it('is run again once when the answer is lost', async () => {
    const { id } = await ci.trigger({ branch: 'main' });
    pipelines().start(id);
    pipelines().finish(id, 'failed');
    subject.simulator.fault({ method: 'POST', fault: { kind: 'drop-after' } });
    expect(await ci.rerun(id)).toMatchObject({ id, phase: 'queued' });
    expect(posts(/\/retry$/)).toBe(1);
  });
});

describe('a job', () => {
  it.each([
    ['job_execution_timeout', 'timed-out'],
    ['stuck_or_timeout_failure', 'timed-out'],
    ['runner_system_failure', 'error'],
    ['script_failure', 'failed'],
    ['constructor', 'failed'],
  ])('that failed by %s is %s', async (reason, result) => {
    const { id } = await ci.trigger({ branch: 'main' });
    pipelines().start(id);
    pipelines().finish(id, 'failed', reason);
    const jobs = [];
    for await (const job of ci.jobs(id)) jobs.push(job);
    expect(jobs).toMatchObject([{ name: 'deploy', phase: 'completed', result }]);
  });

  it('that starts a pipeline elsewhere is one, without a log', async () => {
    const run = await ci.trigger({ branch: 'main' });
    pipelines().runs[0]?.bridges.push({
      id: 999,
      name: 'downstream',
      status: 'success',
      failureReason: null,
      startedAt: null,
      finishedAt: null,
      log: undefined,
    });
    const names = [];
    for await (const { name, id } of ci.jobs(run.id)) names.push([name, id]);
    expect(names[1]).toEqual(['downstream', '999']);
    expect(await logOf(run, '999')).toBe('');
    await expect(logOf(run, '998')).rejects.toMatchObject({ code: 'PROVIDER_NOT_FOUND' });
  });

  it.each([true, false])(
    'has a log that is read from any byte, also without ranges: %s',
    async (ranges) => {
      pipelines().ranges = ranges;
      const run = await ci.trigger({ branch: 'main' });
      const job = pipelines().start(run.id);
      pipelines().write(job, 'Größe: 2\nend\n');
      expect(await logOf(run, job)).toBe('Größe: 2\nend\n');
      expect(await logOf(run, job, 11)).toBe('end\n');
      expect(await logOf(run, job, 400)).toBe('');
    },
  );

  it.each(['', '..', '1/2', '0', '1e3', '-1'])('has a number, and %j is none', async (job) => {
    await expect(logOf({ id: '1' } as CiRun, job)).rejects.toMatchObject({
      code: 'PROVIDER_INVALID_ARGUMENT',
    });
  });
});

describe('variables', () => {
  it.each(['short', 'has a blank', 'has\na line', ''])(
    'that GitLab cannot hide are refused: %j',
    async (text) => {
      const error: unknown = await ci.variables
        .set('TOKEN', new Secret(text))
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'PROVIDER_INVALID_ARGUMENT' });
      if (text !== '') expect(String(error)).not.toContain(text);
      expect(pipelines().variables).toEqual([]);
    },
  );

  it('are hidden from the beginning, and masked when they were not secret before', async () => {
    await ci.variables.set('NEW', new Secret('canary-4f1c2b7a9e'));
    await ci.variables.set('OLD', 'in the clear');
    await ci.variables.set('OLD', new Secret('canary-0d9e8f7a6b'));
    expect(pipelines().variables).toMatchObject([
      { key: 'NEW', hidden: true, masked: true, raw: true },
      { key: 'OLD', hidden: false, masked: true, raw: true, value: 'canary-0d9e8f7a6b' },
    ]);
  });

  it('that are hidden stay so, and GitLab says that', async () => {
    await ci.variables.set('TOKEN', new Secret('canary-4f1c2b7a9e'));
    await expect(ci.variables.set('TOKEN', 'now-in-the-clear')).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('hidden'),
    });
  });

  it('are made once when somebody makes them in between, or the answer is lost', async () => {
    const [post] = [{ method: 'POST', path: /variables$/ }];
    subject.simulator.fault({ ...post, fault: { kind: 'drop-after' } });
    await ci.variables.set('A', '1');
    subject.simulator.fault({
      ...post,
      fault: {
        kind: 'before',
        run: async () => {
          pipelines().variables.push({
            key: 'B',
            value: 'theirs',
            masked: false,
            hidden: false,
            raw: true,
            environmentScope: '*',
          });
        },
      },
    });
    await ci.variables.set('B', 'mine');
    expect(pipelines().variables.map(({ key, value }) => `${key}=${value}`)).toEqual([
      'A=1',
      'B=mine',
    ]);
  });

  it('of several environments stand beside each other', async () => {
    await ci.variables.set('A', 'all');
    await ci.variables.set('A', 'one', { environment: 'prod' });
    await ci.variables.set('A', 'ALL');
    expect(pipelines().variables).toMatchObject([
      { value: 'ALL', environmentScope: '*' },
      { value: 'one', environmentScope: 'prod' },
    ]);
    expect(await ci.variables.delete('A')).toBe(true);
    expect(pipelines().variables).toHaveLength(1);
    await expect(ci.variables.set('A', '1', { environment: '' })).rejects.toMatchObject({
      code: 'PROVIDER_INVALID_ARGUMENT',
    });
  });
});
