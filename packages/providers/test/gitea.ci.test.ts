import { Secret } from '@bowline/gitops-errors';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ci } from '../src/ci-types.ts';
import { type Subject, startSubject } from './gitea-subject.ts';

let subject: Subject;
let ci: Ci;

async function start(flavour: 'gitea' | 'forgejo'): Promise<void> {
  subject = await startSubject({ flavour });
  await subject.state.seed({
    branch: 'main',
    files: { '.gitea/workflows/deploy.yaml': 'on: workflow_dispatch\n' },
  });
  if (subject.repository.ci === undefined) throw new Error('Gitea has Actions');
  ci = subject.repository.ci;
}
afterEach(() => subject.close());

const deploy = { branch: 'main', workflow: 'deploy.yaml' };
const starts = () =>
  subject.simulator.requests.filter(({ path }) => path.includes('/dispatches')).length;

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

describe('the Actions of Gitea', () => {
  beforeEach(() => start('gitea'));

  it('start with inputs, and never with a secret, which everybody would see', async () => {
    const run = await ci.trigger({ ...deploy, variables: { version: '1.2.3' } });
    expect(run).toMatchObject({ number: 1, name: 'deploy.yaml', ref: 'main', phase: 'queued' });
    expect(subject.state.actions.runs[0]?.inputs).toEqual({ version: '1.2.3' });
    await expect(
      ci.trigger({ ...deploy, variables: { token: new Secret('canary-77f1') } }),
    ).rejects.toMatchObject({ code: 'PROVIDER_INVALID_ARGUMENT' });
    expect(starts()).toBe(1);
  });

  it.each(['drop-after', 'truncate'] as const)(
    'start once when the answer is lost: %s',
    async (kind) => {
      const first = await ci.trigger(deploy);
      subject.simulator.fault({ method: 'POST', fault: { kind } });
      const second = await ci.trigger(deploy);
      expect([first.number, second.number]).toEqual([1, 2]);
      expect(starts()).toBe(2);
    },
  );

  it('are found where the server does not say which run it is', async () => {
    await ci.trigger(deploy);
    subject.state.actions.silent = true;
    expect((await ci.trigger(deploy)).number).toBe(2);
  });

  it('take no other run for the lost one', async () => {
    await subject.state.seed({ branch: 'other', from: 'main', files: { b: '1' } });
    subject.simulator.fault({ method: 'POST', fault: { kind: 'drop' } });
    subject.simulator.fault({
      method: 'GET',
      path: /runs/,
      fault: { kind: 'before', run: async () => undefined },
    });
    subject.simulator.fault({
      method: 'GET',
      path: /runs/,
      fault: {
        kind: 'before',
        run: async () => {
          const sha = (await subject.state.branch('other')) ?? '';
          subject.state.actions.dispatch({
            workflow: 'deploy.yaml',
            branch: 'other',
            sha,
            inputs: {},
          });
        },
      },
    });
    await expect(ci.trigger(deploy)).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
    expect(starts()).toBe(1);
  });

  it.each([undefined, '', '..', 'a/b.yaml', 'x\ny'])(
    'need the file of a workflow: %j',
    async (workflow) => {
      await expect(ci.trigger({ branch: 'main', workflow })).rejects.toMatchObject({
        code: 'PROVIDER_INVALID_ARGUMENT',
      });
      await expect(ci.trigger({ branch: 'main', workflow: 'absent.yaml' })).rejects.toMatchObject({
        code: 'PROVIDER_NOT_FOUND',
      });
    },
  );

  it('are run again once when the answer is lost, and not while they run', async () => {
    const { id } = await ci.trigger(deploy);
    await expect(ci.rerun(id)).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('not done'),
    });
    for (const failedOnly of [false, true]) {
      subject.state.actions.finish(id, 'failure');
      subject.simulator.fault({ method: 'POST', fault: { kind: 'drop-after' } });
      expect((await ci.rerun(id, { failedOnly })).phase).toBe('queued');
    }
    expect(subject.state.actions.run(id)?.attempt).toBe(3);
  });

  it('cannot be cancelled by the API, which is said with the page to do it on', async () => {
    const { id, webUrl } = await ci.trigger(deploy);
    await expect(ci.cancel(id)).rejects.toMatchObject({
      code: 'PROVIDER_REJECTED',
      hint: expect.stringContaining(webUrl),
    });
    subject.state.actions.finish(id, 'cancelled');
    expect((await ci.cancel(id)).result).toBe('cancelled');
  });

  it('show their steps, and no time for what has not begun', async () => {
    const { id } = await ci.trigger(deploy);
    const [queued] = await all(ci.jobs(id));
    expect(queued).toMatchObject({ startedAt: undefined, completedAt: undefined });
    subject.state.actions.start(id);
    subject.state.actions.finish(id, 'surprise');
    const [job] = await all(ci.jobs(id));
    expect(job?.result).toBe('error');
    expect(job?.steps).toMatchObject([{ name: 'Run make', phase: 'completed', result: 'error' }]);
  });

  it('set a variable that somebody makes at the same moment', async () => {
    subject.simulator.fault({
      method: 'POST',
      fault: {
        kind: 'before',
        run: async () => {
          subject.state.actions.variables.set('VERSION', 'theirs');
        },
      },
    });
    await ci.variables.set('VERSION', 'ours');
    expect(subject.state.actions.variables.get('VERSION')).toBe('ours');
    await expect(ci.variables.set('X', '1', { environment: 'prod' })).rejects.toMatchObject({
      code: 'PROVIDER_INVALID_ARGUMENT',
    });
  });
});

describe('the Actions of Forgejo 11', () => {
  beforeEach(() => start('forgejo'));

  it('start and say which run it is', async () => {
    expect(await ci.trigger(deploy)).toMatchObject({
      id: '501',
      number: 1,
      ref: 'main',
      phase: 'queued',
      webUrl: expect.stringMatching(/\/acme\/shop\/actions\/runs\/1$/),
    });
  });

  it('are not started again when the answer is lost', async () => {
    subject.simulator.fault({ method: 'POST', fault: { kind: 'drop-after' } });
    await expect(ci.trigger(deploy)).rejects.toMatchObject({
      code: 'PROVIDER_UNAVAILABLE',
      details: { uncertain: true },
    });
    expect(starts()).toBe(1);
  });

  it('show no runs, which is said with the version', async () => {
    const refused = {
      code: 'PROVIDER_REJECTED',
      message: expect.stringContaining('Forgejo 11.0.6'),
      hint: expect.stringContaining('Gitea 1.26'),
    };
    await expect(all(ci.list())).rejects.toMatchObject(refused);
    await expect(ci.get('1')).rejects.toMatchObject(refused);
    await expect(all(ci.jobs('1'))).rejects.toMatchObject(refused);
    await expect(ci.cancel('1')).rejects.toMatchObject(refused);
    await expect(ci.rerun('1')).rejects.toMatchObject(refused);
  });

  it('have variables and secrets', async () => {
    await ci.variables.set('VERSION', '1');
    await ci.variables.set('TOKEN', new Secret('canary-51d0'));
    expect(await all(ci.variables.list())).toEqual([
      { name: 'VERSION', value: '1', secret: false },
      { name: 'TOKEN', value: undefined, secret: true },
    ]);
    expect(subject.state.actions.secrets.get('TOKEN')).toBe('canary-51d0');
  });
});
