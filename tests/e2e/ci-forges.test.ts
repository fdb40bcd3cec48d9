import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startGitea } from '@bowline/test-servers/gitea';
import { openSecret, startGitHub } from '@bowline/test-servers/github';
import { startGitlab } from '@bowline/test-servers/gitlab';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freshMachine, type Machine } from './run-cli.ts';

const TOKEN = 'canary-token-7391-of-the-forge';
const SECRET = 'canary-secret-0123456789';

/** The runners of one repository, moved on by the test. */
interface Runners {
  /** Ids of the runs, oldest first. */
  ids(): readonly string[];
  /** Gives a run to a runner. @returns The id of its job. */
  start(run: string): string;
  write(job: string, text: string): void;
  finish(run: string, succeeded: boolean): void;
  /** The value of a variable, or of a secret as it arrived. */
  variable(name: string): unknown;
}

interface Forge {
  readonly apiUrl: string;
  readonly violations: readonly unknown[];
  fault(rule: {
    readonly method: string;
    readonly path: RegExp;
    readonly fault: { readonly kind: 'before'; readonly run: () => Promise<void> };
  }): void;
  close(): Promise<void>;
}

interface Opened {
  readonly forge: Forge;
  /** Makes the repository anew. */
  readonly create: () => Promise<Runners>;
}

interface ForgeCase {
  readonly kind: string;
  /** What names the workflow. */
  readonly workflow: readonly string[];
  /** The request that asks for the state of a job, or its log, over and over. */
  readonly polled: RegExp;
  /** The job that the run has. */
  readonly job: string;
  /** The API has no call for it. */
  readonly cannotCancel?: true;
  readonly open: () => Promise<Opened>;
}

const files = {
  '.gitea/workflows/deploy.yml': 'on: workflow_dispatch\njobs: {}\n',
  '.github/workflows/deploy.yml': 'on: workflow_dispatch\njobs: {}\n',
  '.gitlab-ci.yml': 'deploy: { script: "true" }\n',
};

const forges: readonly ForgeCase[] = [
  {
    kind: 'github',
    workflow: ['--workflow', 'deploy.yml'],
    polled: /^\/actions\/jobs\/\d+\/logs$/,
    job: 'deploy',
    open: async () => {
      const forge = await startGitHub({ token: TOKEN, enterprise: true });
      const create = async (): Promise<Runners> => {
        const repository = await forge.createRepository('acme/shop');
        await repository.seed({ branch: 'main', files });
        const { actions } = repository;
        return {
          ids: () => actions.runs.map(({ id }) => String(id)),
          start: (run) => actions.start(run),
          write: (job, text) => actions.write(job, text),
          finish: (run, succeeded) => actions.finish(run, succeeded ? 'success' : 'failure'),
          variable: (name) => {
            const sealed = actions.space.secrets.get(name);
            return sealed === undefined ? actions.space.variables.get(name) : openSecret(sealed);
          },
        };
      };
      return { forge, create };
    },
  },
  {
    kind: 'gitlab',
    workflow: [],
    polled: /^\/jobs\/\d+\/trace$/,
    job: 'deploy',
    open: async () => {
      const forge = await startGitlab({ token: TOKEN });
      const create = async (): Promise<Runners> => {
        const project = await forge.createProject('acme/shop');
        await project.seed({ branch: 'main', files });
        const { pipelines } = project;
        return {
          ids: () => pipelines.runs.map(({ id }) => String(id)),
          start: (run) => pipelines.start(run),
          write: (job, text) => pipelines.write(job, text),
          finish: (run, succeeded) => pipelines.finish(run, succeeded ? 'success' : 'failed'),
          variable: (name) => pipelines.variables.find(({ key }) => key === name)?.value,
        };
      };
      return { forge, create };
    },
  },
  {
    kind: 'gitea',
    workflow: ['--workflow', 'deploy.yml'],
    polled: /^\/actions\/jobs\/\d+\/logs$/,
    job: 'build',
    cannotCancel: true,
    open: async () => {
      const forge = await startGitea({ token: TOKEN });
      const create = async (): Promise<Runners> => {
        const repository = await forge.createRepository('acme/shop');
        await repository.seed({ branch: 'main', files });
        const { actions } = repository;
        return {
          ids: () => actions.runs.map(({ id }) => String(id)),
          start: (run) => actions.start(run),
          write: (job, text) => actions.write(job, text),
          finish: (run, succeeded) => actions.finish(run, succeeded ? 'success' : 'failure'),
          variable: (name) => actions.secrets.get(name) ?? actions.variables.get(name),
        };
      };
      return { forge, create };
    },
  },
];

describe.each(forges)('gitops ci on $kind (simulated)', (each) => {
  const { kind, open, workflow, polled, job: name } = each;
  let machine: Machine;
  let opened: Opened;
  let runners: Runners;
  let place: readonly string[];

  beforeAll(async () => {
    machine = await freshMachine();
    opened = await open();
    const { host } = new URL(opened.forge.apiUrl);
    const config = join(machine.home, 'settings.yaml');
    await writeFile(
      config,
      `defaults: { remote: "${host}", organization: acme }
hosts:
  "${host}": { kind: ${kind}, insecureHttp: true, credential: { kind: token, token: { env: FORGE_TOKEN } } }
`,
    );
    place = ['--config', config];
  });
  afterAll(async () => {
    await opened.forge.close();
    await machine.close();
  });
  beforeEach(async () => {
    runners = await opened.create();
  });
  afterEach(() => {
    expect(opened.forge.violations).toEqual([]);
  });
  const env = { FORGE_TOKEN: TOKEN, DEPLOY_KEY: SECRET, REGION: 'eu-north' };
  const json = async (args: readonly string[], input?: string) => {
    const ran = await machine.json(['ci', ...args, ...place], {
      env,
      ...(input === undefined ? {} : { input }),
    });
    expect(ran.stdout + ran.stderr).not.toContain('canary');
    return ran;
  };
  const text = async (...args: readonly string[]) => {
    const ran = await machine.run(['ci', ...args, ...place], { env });
    expect(ran.stdout + ran.stderr).not.toContain('canary');
    return ran;
  };
  const trigger = (...args: readonly string[]) =>
    json(['trigger', 'shop', '--branch', 'main', ...workflow, ...args]);
  const newest = () => runners.ids().at(-1) ?? '';

  it('starts a run and lists it, and keeps secrets out of what everybody sees', async () => {
    expect(await trigger('--variable', 'VERSION=2=1')).toMatchObject({
      code: 0,
      data: { success: true, repository: 'acme/shop', run: { id: newest(), number: 1 } },
    });
    expect((await json(['list', 'shop', '--phase', 'queued'])).data).toMatchObject({
      count: 1,
      runs: [{ id: newest(), number: 1, ref: 'main', phase: 'queued', result: null }],
    });
    expect((await text('list', 'shop')).stdout).toMatch(/RUN +STATE[\s\S]*\n1 +queued .*main/);
    // These forges show the variables of a run.
    expect(await trigger('--secret', 'DEPLOY_KEY')).toMatchObject({
      code: 2,
      data: { error: { code: 'PROVIDER_INVALID_ARGUMENT' } },
    });
    expect(runners.ids()).toHaveLength(1);
  });

  it('follows a run that goes on, and ends as the run does', async () => {
    await trigger();
    const run = newest();
    const job = runners.start(run);
    runners.write(job, 'step one\n');
    const { forge } = opened;
    // When the log is asked for a second time, the job comes to its end.
    const end = async () => {
      runners.write(job, 'exit 1\n');
      runners.finish(run, false);
    };
    const again = async () =>
      forge.fault({ method: 'GET', path: polled, fault: { kind: 'before', run: end } });
    forge.fault({ method: 'GET', path: polled, fault: { kind: 'before', run: again } });
    const followed = await text('logs', 'shop', 'latest', '--follow');
    expect(followed.code).toBe(1);
    expect(followed.stdout).toContain(`==> ${name} (running)\nstep one\nexit 1\n`);
    expect(followed.stdout).toMatch(/\nfailed #1 /);

    const shown = `==> ${name} (failed)\nstep one\nexit 1\n`;
    for (const which of ['latest', '1', run, `id:${run}`])
      expect(await text('logs', 'shop', which)).toMatchObject({ code: 0, stdout: shown });
    expect((await json(['logs', 'shop', '1'])).data).toMatchObject({
      run: { id: run, phase: 'completed', result: 'failed' },
      jobs: [{ name, log: 'step one\nexit 1\n', truncated: false }],
    });
    expect((await text('logs', 'shop', '1', '--job', 'other')).stdout).toBe('');
  });

  it('runs again, and cancels', async () => {
    await trigger();
    runners.start(newest());
    runners.finish(newest(), false);
    expect(await json(['rerun', 'shop', 'latest', '--failed'])).toMatchObject({
      code: 0,
      data: { run: { phase: 'queued', result: null } },
    });
    const cancelled = each.cannotCancel
      ? {
          code: 1,
          data: { error: { hint: expect.stringMatching(/^Cancel it on its page, http/) } },
        }
      : { code: 0, data: { run: { phase: 'completed', result: 'cancelled' } } };
    expect(await json(['cancel', 'shop', '1'])).toMatchObject(cancelled);
    expect(await json(['cancel', 'shop', 'latest'])).toMatchObject(cancelled);
    expect((await json(['cancel', 'shop', '77'])).data).toMatchObject({
      error: { code: 'OPERATION_RUN_NOT_FOUND' },
    });
  });

  it('keeps variables and secrets, whose values come from stdin or the environment', async () => {
    const set = (args: readonly string[], input?: string) =>
      json(['variable', 'set', 'shop', ...args], input);
    expect(await set(['KEY', '--secret'], `${SECRET}\n`)).toMatchObject({
      code: 0,
      data: { success: true, name: 'KEY', secret: true },
    });
    expect(await set(['REGION', '--from-env', 'REGION'])).toMatchObject({ code: 0 });
    expect(await runners.variable('KEY')).toBe(SECRET);
    expect(await runners.variable('REGION')).toBe('eu-north');
    const listed = await json(['variable', 'list', 'shop']);
    expect(listed.data['variables']).toEqual(
      expect.arrayContaining([
        { name: 'KEY', value: null, secret: true },
        { name: 'REGION', value: 'eu-north', secret: false },
      ]),
    );
    for (const deleted of [true, false])
      expect((await json(['variable', 'delete', 'shop', 'KEY'])).data).toMatchObject({ deleted });
    expect(await runners.variable('KEY')).toBeUndefined();
  });
});
