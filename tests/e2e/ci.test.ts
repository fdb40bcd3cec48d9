import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type BitbucketCloudSimulator,
  type RepositoryState,
  startBitbucketCloud,
} from '@bowline/test-servers/bitbucket-cloud';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freshMachine, type Machine } from './run-cli.ts';

const TOKEN = 'ATATT-canary-token-7391';

describe('gitops ci', () => {
  let machine: Machine;
  let forge: BitbucketCloudSimulator;
  let repository: RepositoryState;
  let place: readonly string[];
  const env = { TEST_TOKEN: TOKEN, DEPLOY_KEY: 'canary-deploy-key', REGION: 'eu-north' };

  beforeAll(async () => {
    machine = await freshMachine();
    forge = await startBitbucketCloud({ email: 'me@example.com', apiToken: TOKEN });
    const config = join(machine.home, 'settings.yaml');
    await writeFile(
      config,
      `defaults: { organization: acme }
hosts:
  bitbucket.org:
    apiUrl: ${forge.apiUrl}
    apiHost: 127.0.0.1
    credential: { kind: api-token, email: me@example.com, token: { env: TEST_TOKEN } }
`,
    );
    place = ['--config', config];
  });
  afterAll(async () => {
    await forge.close();
    await machine.close();
  });
  beforeEach(async () => {
    repository = await forge.createRepository('acme/shop');
    await repository.seed({ branch: 'main', files: { a: '1' } });
  });
  afterEach(() => {
    expect(forge.violations).toEqual([]);
  });
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

  /** Lets the newest run come to its end when its steps are first asked for. */
  function endWith(result: string, log: string): void {
    const { pipelines } = repository;
    const run = async () => {
      const newest = pipelines.runs.at(-1)?.uuid ?? '';
      pipelines.write(pipelines.start(newest).uuid, log);
      pipelines.finish(newest, result);
    };
    forge.fault({ method: 'GET', path: /\/steps/, fault: { kind: 'before', run } });
  }

  it('starts a run with variables and secrets, and lists it', async () => {
    const args = ['--branch', 'main', '--workflow', 'deploy', '--variable', 'VERSION=2=1'];
    const ran = await json(['trigger', 'shop', ...args, '--secret', 'DEPLOY_KEY']);
    expect(ran).toMatchObject({
      code: 0,
      data: { success: true, repository: 'acme/shop', run: { number: 1, phase: 'queued' } },
    });
    expect(repository.pipelines.runs[0]?.variables).toMatchObject([
      { key: 'VERSION', value: '2=1', secured: false },
      { key: 'DEPLOY_KEY', value: 'canary-deploy-key', secured: true },
    ]);
    expect((await json(['list', 'shop', '--phase', 'queued'])).data).toMatchObject({
      count: 1,
      runs: [{ number: 1, ref: 'main', name: 'deploy', result: null }],
    });
    const { stdout } = await text('list', 'shop');
    expect(stdout).toMatch(/RUN +STATE[\s\S]*1 +queued +deploy +main/);
  });

  it('follows a run to its end, and ends as the run does', async () => {
    endWith('FAILED', 'step one\nexit 1\n');
    const failed = await text('trigger', 'shop', '--branch', 'main', '--follow');
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/==> Deploy \(failed\)\nstep one\nexit 1\nfailed #1 main\n/);
    endWith('SUCCESSFUL', 'done\n');
    const good = await json(['rerun', 'shop', '1', '--follow']);
    expect(good).toMatchObject({
      code: 0,
      data: {
        success: true,
        run: { result: 'success' },
        jobs: [{ name: 'Deploy', log: 'done\n' }],
      },
    });
    expect((await text('logs', 'shop', 'latest')).stdout).toBe('==> Deploy (success)\ndone\n');
    expect((await text('logs', 'shop', 'latest', '--job', 'other')).stdout).toBe('');
  });

  it('cancels a run', async () => {
    await json(['trigger', 'shop', '--branch', 'main']);
    repository.pipelines.start('1');
    expect((await json(['cancel', 'shop', 'latest'])).code).toBe(0);
    expect((await json(['list', 'shop'])).data).toMatchObject({ runs: [{ result: 'cancelled' }] });
  });

  it('keeps variables and secrets, whose values come from stdin or the environment', async () => {
    const secret = await json(['variable', 'set', 'shop', 'KEY', '--secret'], 'canary-value\n');
    expect(secret.data).toMatchObject({ success: true, name: 'KEY', secret: true });
    await json(['variable', 'set', 'shop', 'REGION', '--from-env', 'REGION']);
    expect(repository.pipelines.variables).toMatchObject([
      { key: 'KEY', value: 'canary-value', secured: true },
      { key: 'REGION', value: 'eu-north', secured: false },
    ]);
    expect((await json(['variable', 'list', 'shop'])).data).toMatchObject({
      variables: [
        { name: 'KEY', value: null, secret: true },
        { name: 'REGION', value: 'eu-north', secret: false },
      ],
    });
    expect((await text('variable', 'list', 'shop')).stdout).toMatch(/KEY +\*\*\*/);
    const gone = await json(['variable', 'delete', 'shop', 'KEY']);
    expect(gone.data).toMatchObject({ deleted: true });
    expect((await json(['variable', 'delete', 'shop', 'KEY'])).data).toMatchObject({
      deleted: false,
    });
  });

  it.each([
    [['variable', 'set', 'shop', 'A'], 2, 'CLI_USAGE'],
    [['variable', 'set', 'shop', 'A', '--from-env', 'NOT_SET'], 2, 'CLI_USAGE'],
    [['trigger', 'shop', '--variable', 'nothing'], 2, 'CLI_USAGE'],
    [['trigger', 'shop', '--secret', 'NOT_SET'], 2, 'CLI_USAGE'],
    [['logs', 'shop', '77'], 1, 'OPERATION_RUN_NOT_FOUND'],
    [['list', 'shop', '--remote', 'local', '--org', '.'], 1, 'OPERATION_NOT_SUPPORTED'],
  ])('says what is wrong with %j', async (args, code, error) => {
    const ran = await json(args, '');
    expect(ran).toMatchObject({ code, data: { success: false, error: { code: error } } });
  });
});
