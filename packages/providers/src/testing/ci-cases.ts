import assert from 'node:assert/strict';
import { Secret } from '@bowline/gitops-errors';
import type { Ci, CiLogOptions, CiRun, TriggerRun } from '../ci-types.ts';
import type { ContractCi, ContractContext, ContractTable } from './contract.ts';
import { collect, present, rejectsWith } from './expect.ts';

interface CiContext extends ContractContext {
  readonly ci: Ci;
  readonly steer: ContractCi;
  /** What starts a run on `main`. */
  readonly input: TriggerRun;
}

async function open(context: ContractContext): Promise<CiContext> {
  const ci = present(context.repository.ci, 'ci (skip the case with a reason)');
  const steer = present(context.subject.ci, 'the CI of the subject');
  await context.subject.seed({ branch: 'main', files: { a: '1', ...steer.files } });
  const workflow = steer.workflow === undefined ? {} : { workflow: steer.workflow };
  return { ...context, ci, steer, input: { branch: 'main', ...workflow } };
}

async function textOf(
  ci: Ci,
  job: { readonly run: string; readonly job: string },
  options?: CiLogOptions,
): Promise<string> {
  const chunks = await collect(ci.logs(job, options));
  let at = options?.offset ?? 0;
  for (const { offset, bytes } of chunks) {
    assert.equal(offset, at, 'a piece begins where the former one ended');
    assert.ok(bytes.byteLength > 0, 'no piece is empty');
    at += bytes.byteLength;
  }
  return Buffer.concat(chunks.map(({ bytes }) => bytes)).toString('utf8');
}

async function get(ci: Ci, id: string): Promise<CiRun> {
  return present(await ci.get(id), `run "${id}"`);
}

/** Runs, jobs, logs and variables of the CI of a forge. */
export const ciCases: ContractTable = {
  'ci: a run that is triggered can be read and listed': async (context) => {
    const { ci, input, subject } = await open(context);
    const sha = await subject.seed({ branch: 'main', files: { b: '2' } });
    const run = await ci.trigger(input);
    assert.notEqual(run.id, '');
    assert.equal(run.ref, 'main');
    assert.notEqual(run.phase, 'completed');
    assert.equal(run.result, undefined);
    assert.match(run.webUrl, /^https?:\/\//);
    assert.ok(!Number.isNaN(Date.parse(run.createdAt)));
    const read = await get(ci, run.id);
    assert.equal(read.id, run.id);
    assert.equal(read.sha, sha);
    assert.deepEqual(
      (await collect(ci.list())).map(({ id }) => id),
      [run.id],
    );
  },
  'ci: a run of a branch that is not there is refused': async (context) => {
    const { ci, input } = await open(context);
    await rejectsWith(['PROVIDER_NOT_FOUND', 'PROVIDER_REJECTED'], () =>
      ci.trigger({ ...input, branch: 'absent' }),
    );
    await rejectsWith('PROVIDER_INVALID_ARGUMENT', () => ci.trigger({ ...input, branch: 'a..b' }));
    assert.deepEqual(await collect(ci.list()), []);
  },
  'ci: list gives all of many, newest first, by branch and commit': async (context) => {
    const { ci, input, subject } = await open(context);
    const other = await subject.seed({ branch: 'other', from: 'main', files: { c: '3' } });
    const runs: string[] = [];
    for (let count = 0; count < 25; count += 1) runs.unshift((await ci.trigger(input)).id);
    const last = await ci.trigger({ ...input, branch: 'other' });
    const ids = async (filter?: Parameters<Ci['list']>[0]) =>
      (await collect(ci.list(filter))).map(({ id }) => id);
    assert.deepEqual(await ids(), [last.id, ...runs]);
    assert.deepEqual(await ids({ branch: 'main' }), runs);
    assert.deepEqual(await ids({ branch: 'absent' }), []);
    assert.deepEqual(await ids({ sha: other }), [last.id]);
    assert.deepEqual(await ids({ phase: 'completed' }), []);
  },
  'ci: what is not there is undefined or not found': async (context) => {
    const { ci, steer } = await open(context);
    assert.equal(await ci.get(steer.absentRun), undefined);
    await rejectsWith('PROVIDER_NOT_FOUND', () => collect(ci.jobs(steer.absentRun)));
    await rejectsWith('PROVIDER_NOT_FOUND', () => ci.cancel(steer.absentRun));
    await rejectsWith('PROVIDER_NOT_FOUND', () => ci.rerun(steer.absentRun));
    const nowhere = { run: steer.absentRun, job: steer.absentRun };
    for (const follow of [false, true]) {
      await rejectsWith('PROVIDER_NOT_FOUND', () => collect(ci.logs(nowhere, { follow })));
    }
    for (const id of ['', '../..', 'a/b', 'x\ny']) {
      await rejectsWith('PROVIDER_INVALID_ARGUMENT', () => ci.get(id));
    }
  },
  'ci: a run has jobs, and phase and result are two things': async (context) => {
    const { ci, steer, input } = await open(context);
    const run = await ci.trigger(input);
    const job = await steer.start(run.id);
    assert.equal((await get(ci, run.id)).phase, 'running');
    const [running, ...more] = await collect(ci.jobs(run.id));
    assert.deepEqual(more, []);
    assert.equal(running?.id, job);
    assert.equal(running?.phase, 'running');
    assert.equal(running?.result, undefined);
    await steer.finish(run.id, 'failed');
    const done = await get(ci, run.id);
    assert.deepEqual([done.phase, done.result], ['completed', 'failed']);
    assert.ok(done.completedAt !== undefined && !Number.isNaN(Date.parse(done.completedAt)));
    const [ended] = await collect(ci.jobs(run.id));
    assert.deepEqual([ended?.phase, ended?.result], ['completed', 'failed']);
    const found = await collect(ci.list({ phase: 'completed' }));
    assert.deepEqual(
      found.map(({ id, result }) => [id, result]),
      [[run.id, 'failed']],
    );
    const second = await ci.trigger(input);
    await steer.start(second.id);
    await steer.finish(second.id, 'success');
    assert.equal((await get(ci, second.id)).result, 'success');
  },
  'ci: a log is read from any byte': async (context) => {
    const { ci, steer, input } = await open(context);
    const run = await ci.trigger(input);
    const job = await steer.start(run.id);
    const text = 'Größe: 2\nline two\n';
    await steer.write(job, text);
    await steer.finish(run.id, 'success');
    const place = { run: run.id, job };
    assert.equal(await textOf(ci, place), text);
    const length = Buffer.byteLength(text);
    const tail = Buffer.from(text).subarray(10).toString('utf8');
    assert.equal(await textOf(ci, place, { offset: 10 }), tail);
    assert.equal(await textOf(ci, place, { offset: length }), '');
    assert.equal(await textOf(ci, place, { offset: length + 100 }), '');
  },
  'ci: a log that is followed ends with its job and misses nothing': async (context) => {
    const { ci, steer, input } = await open(context);
    const run = await ci.trigger(input);
    const job = await steer.start(run.id);
    const following = textOf(ci, { run: run.id, job }, { follow: true });
    let all = '';
    for (let line = 0; line < 20; line += 1) {
      all += `line ${line}\n`;
      await steer.write(job, `line ${line}\n`);
    }
    await steer.finish(run.id, 'success');
    assert.equal(await following, all);
  },
  'ci: a log that is followed stops with the reason of its signal': async (context) => {
    const { ci, steer, input } = await open(context);
    const run = await ci.trigger(input);
    const job = await steer.start(run.id);
    await steer.write(job, 'line\n');
    const stop = new AbortController();
    const reason = new Error('seen enough');
    const following = textOf(ci, { run: run.id, job }, { follow: true, signal: stop.signal });
    // The job is still at work, so that nothing else ends it.
    const stopped = assert.rejects(following, (error: unknown) => error === reason);
    await get(ci, run.id);
    stop.abort(reason);
    await stopped;
    assert.equal((await get(ci, run.id)).phase, 'running');
  },
  'ci: a secret for a run is hidden, or refused before anything is sent': async (context) => {
    const { ci, input } = await open(context);
    const canary = 'canary-7be1d402c9';
    const variables = { TOKEN: new Secret(canary) };
    try {
      await ci.trigger({ ...input, variables });
    } catch (error) {
      await rejectsWith('PROVIDER_INVALID_ARGUMENT', () => Promise.reject(error));
      assert.doesNotMatch(String(error), new RegExp(canary));
      assert.deepEqual(await collect(ci.list()), []);
    }
    assert.doesNotMatch(JSON.stringify(await collect(ci.list())), new RegExp(canary));
  },
  'ci: a run is cancelled, once': async (context) => {
    const { ci, steer, input } = await open(context);
    const run = await ci.trigger(input);
    await steer.start(run.id);
    assert.equal((await ci.cancel(run.id)).id, run.id);
    await steer.settle?.(run.id);
    const done = await get(ci, run.id);
    assert.deepEqual([done.phase, done.result], ['completed', 'cancelled']);
    assert.equal((await ci.cancel(run.id)).result, 'cancelled');
  },
  'ci: a run is run again': async (context) => {
    const { ci, steer, input } = await open(context);
    const run = await ci.trigger(input);
    await steer.start(run.id);
    await steer.finish(run.id, 'failed');
    const again = await ci.rerun(run.id);
    assert.notEqual(again.phase, 'completed');
    await steer.start(again.id);
    await steer.finish(again.id, 'success');
    const done = await get(ci, again.id);
    assert.deepEqual([done.result, done.ref], ['success', 'main']);
  },
  'ci: variables are set, replaced, listed and deleted': async (context) => {
    const { variables } = (await open(context)).ci;
    const list = async () =>
      (await collect(variables.list())).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    assert.deepEqual(await list(), []);
    await variables.set('VERSION', '1.2.3');
    await variables.set('OTHER', 'Größe = "2"');
    await variables.set('VERSION', '1.2.4');
    assert.deepEqual(await list(), [
      { name: 'OTHER', value: 'Größe = "2"', secret: false },
      { name: 'VERSION', value: '1.2.4', secret: false },
    ]);
    assert.equal(await variables.delete('OTHER'), true);
    assert.equal(await variables.delete('OTHER'), false);
    assert.deepEqual(
      (await list()).map(({ name }) => name),
      ['VERSION'],
    );
    for (const name of ['', 'A B', 'A\nB', 'A/B', '../A']) {
      await rejectsWith('PROVIDER_INVALID_ARGUMENT', () => variables.set(name, 'x'));
    }
  },
  'ci: a secret arrives, and is never shown again': async (context) => {
    const { ci, steer } = await open(context);
    const { variables } = ci;
    const canary = 'canary-4f1c2b7a9e';
    await variables.set('TOKEN', 'in the clear');
    await variables.set('TOKEN', new Secret(canary));
    const listed = await collect(variables.list());
    assert.deepEqual(listed, [{ name: 'TOKEN', value: undefined, secret: true }]);
    assert.equal(await steer.secret('TOKEN'), canary);
    const other = 'canary-0d9e8f7a6b';
    await variables.set('TOKEN', new Secret(other));
    assert.equal(await steer.secret('TOKEN'), other);
    assert.equal(await variables.delete('TOKEN'), true);
    assert.deepEqual(await collect(variables.list()), []);
  },
  'ci: a variable of an environment stays in it': async (context) => {
    const { ci, steer } = await open(context);
    const environment = present(steer.environment, 'environment (skip the case with a reason)');
    await ci.variables.set('VERSION', '1', { environment });
    assert.deepEqual(await collect(ci.variables.list({ environment })), [
      { name: 'VERSION', value: '1', secret: false },
    ]);
    assert.deepEqual(await collect(ci.variables.list()), []);
    assert.equal(await ci.variables.delete('VERSION'), false);
    assert.equal(await ci.variables.delete('VERSION', { environment }), true);
  },
};
