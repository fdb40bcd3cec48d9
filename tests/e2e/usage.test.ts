import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freshMachine, type Machine } from './run-cli.ts';

describe('the command line', () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await freshMachine();
  });
  afterAll(() => machine.close());

  it.each([
    [['merg'], 'gitops merge'],
    [['k8spr'], 'gitops k8s-pr'],
    [['image', 'sett'], 'gitops image set'],
    [['merge', 'https://bitbucket.org/a/b/pull-requests/1', '--stratgy', 'squash'], '--strategy'],
  ])('says what %j was meant to be', async (args, meant) => {
    const ran = await machine.run(args);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain(`Did you mean`);
    expect(ran.stderr).toContain(meant);
  });

  it.each([
    [['merg']],
    [['merge']],
    [['merge', 'not a url']],
    [['merge', 'https://bitbucket.org/a/b/pull-requests/1', '--strategy', 'wrong']],
    [['tag', 'repo', 'main', 'HEAD', 'v1', '--nope']],
    [['pull-request', 'only-one']],
    [['image', 'set', 'one-argument']],
    [['image', 'set', 'a.yaml', '2', '--all', '--container', 'web']],
  ])('answers wrong usage with exit code 2 and one JSON value: %j', async (args) => {
    const ran = await machine.json(args);
    expect(ran.code).toBe(2);
    expect(ran.data).toMatchObject({
      success: false,
      error: { code: expect.any(String), message: expect.any(String) },
    });
  });

  it.each([
    [['create-branch', 'gitops-k8s', 'a', 'b']],
    [['pr', 'gitops-k8s']],
    [['logs', 'gitops-k8s']],
  ])('says how to name the owner that is missing: %j', async (args) => {
    const ran = await machine.run(args);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('--org');
  });

  it('says which credential is missing and makes the file for it', async () => {
    const ran = await machine.run(['create-branch', 'acme/gitops-k8s', 'a', 'b']);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('BITBUCKET_API_TOKEN');
    const { stdout } = await machine.run(['config']);
    expect(stdout).toContain('bitbucket.org');
  });

  it('shows help with an example for every command, on stdout, with exit code 0', async () => {
    const { stdout } = await machine.run(['--help']);
    for (const name of ['create-branch', 'k8s-pr', 'image', 'config', 'logs', 'completion']) {
      expect(stdout).toContain(name);
    }
    const help = await machine.run(['help', 'k8s-pr']);
    expect(help.code).toBe(0);
    expect(help.stdout).toContain('EXAMPLES');
    expect(help.stdout).toContain('--approve-merge');
  });

  it('prints its version', async () => {
    const { stdout, code } = await machine.run(['--version']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^gitops\/\d+\.\d+\.\d+ \S+ node-v\d+\.\d+\.\d+\n$/);
  });

  it('writes no colours when it is told so, and colours when it is forced', async () => {
    const colored = await machine.run(['config'], { env: { FORCE_COLOR: '1' } });
    expect(colored.stdout).toContain('\u001b[');
    const plain = await machine.run(['config', '--no-color'], { env: { FORCE_COLOR: '1' } });
    expect(plain.stdout).not.toContain('\u001b[');
  });

  it('masks every secret, with --json too', async () => {
    const env = {
      BITBUCKET_EMAIL: 'me@example.com',
      BITBUCKET_API_TOKEN: 'canary-api-token',
      GITHUB_TOKEN: 'canary-github-token',
      TEAMS_WEBHOOK:
        'https://default1.environment.api.powerplatform.com/powerautomate/canary-path?sig=canary-sig',
      GITHUB_APP_ID: 'Iv1.abc',
      GITHUB_APP_PRIVATE_KEY: `-----BEGIN PRIVATE KEY-----\n${'canary'.repeat(20)}\n-----END PRIVATE KEY-----`,
      BITBUCKET_DC_HOST: 'bb.example.com',
      BITBUCKET_DC_TOKEN: 'canary-data-center-token',
      CI_JOB_TOKEN: 'canary-job-token',
      CI_SERVER_HOST: 'ci.example.com',
      SLACK_WEBHOOK: 'https://hooks.slack.com/services/T0/B0/canary-slack',
      DISCORD_WEBHOOK: 'https://discord.com/api/webhooks/1/canary-discord',
      GOOGLE_CHAT_WEBHOOK: 'https://chat.googleapis.com/v1/spaces/a/messages?token=canary-chat',
      CDEVENTS_URL: 'https://broker.example.com/canary-cdevents',
      CDEVENTS_SECRET: 'canary-cdevents-secret',
      SMTP_URL: 'smtps://me:canary-smtp@smtp.example.com',
      GITOPS_MAIL_FROM: 'gitops@example.com',
      GITOPS_MAIL_TO: 'ops@example.com',
      GITOPS_SERVER_TOKENS: 'canary-server-tokens',
      GITHUB_WEBHOOK_SECRET: 'canary-github-hook',
      GITLAB_WEBHOOK_SECRET: 'canary-gitlab-hook',
      GITEA_WEBHOOK_SECRET: 'canary-gitea-hook',
      BITBUCKET_WEBHOOK_SECRET: 'canary-bitbucket-hook',
    };
    const broken = { ...env, SMTP_URL: 'canary-no-address', SLACK_WEBHOOK: 'http://canary' };
    const { stderr: said, code } = await machine.run(['config', 'validate'], { env: broken });
    expect(code).toBe(1);
    expect(said).toContain('SLACK_WEBHOOK');
    expect(said).not.toContain('canary');
    for (const args of [
      ['config'],
      ['config', '--json'],
      ['pr', 'acme/x', '--remote', 'bb.example.com:1'],
      ['create-branch', 'acme/x', 'a', 'b', '--remote', '127.0.0.1:1'],
    ]) {
      const { stdout, stderr } = await machine.run(args, { env });
      expect(stdout + stderr).not.toContain('canary');
    }
    expect((await machine.run(['config'], { env })).stdout).toContain('***');
  });

  it.each([
    ['https://git.example.org/a/b/c/-/merge_requests/3', 'gitlab'],
    ['https://git.example.org/x/projects/A/repos/b/pull-requests/3', 'bitbucket-datacenter'],
    ['https://git.example.org/a/b/pull/3/files', 'github'],
    ['https://git.example.org:3000/a/b/pulls/3', 'gitea'],
  ])(
    'goes to no host that is not configured, and says what to configure: %s',
    async (url, kind) => {
      const env = { GITLAB_TOKEN: 'canary-token', GITHUB_TOKEN: 'canary-token' };
      const ran = await machine.json(['merge', url], { env });
      expect(ran).toMatchObject({
        code: 1,
        data: {
          error: {
            code: 'CONFIG_HOST_UNKNOWN',
            hint: `Add it to gitops.yaml: hosts: { "${new URL(url).host}": { kind: ${kind} } }.`,
          },
        },
      });
    },
  );

  it('names the setting that a warning is about', async () => {
    const env = { GITHUB_TOKEN: 'canary with blanks' };
    const { stderr, code } = await machine.run(['config'], { env });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^Warning: GITHUB_TOKEN: is not a token/);
    expect(stderr).not.toContain('canary');
  });

  it('refuses an app password with an explanation when Bitbucket is asked', async () => {
    const env = { BITBUCKET_USER: 'me', BITBUCKET_APP_PASSWORD: 'canary-app-password' };
    const ran = await machine.run(['create-branch', 'acme/x', 'a', 'b'], { env });
    expect(ran.code).toBe(1);
    expect(ran.stderr.toLowerCase()).toContain('app password');
    expect(ran.stderr).toContain('https://');
    expect(ran.stderr).not.toContain('canary');
  });

  it('writes an example gitops.yaml that is valid, also with every line of it in use', async () => {
    const folder = await mkdtemp(join(machine.home, 'project-'));
    expect(await machine.json(['config', 'init'], { cwd: folder })).toMatchObject({ code: 0 });
    expect((await machine.json(['config', 'init'], { cwd: folder })).code).toBe(1);
    expect((await machine.json(['config', 'validate'], { cwd: folder })).code).toBe(0);
    const path = join(folder, 'gitops.yaml');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace(/^( *)# (?=[a-z ]+[a-zA-Z.]*:)/gm, '$1'));
    const env = {
      GITOPS_TOKEN_GIT_EXAMPLE_COM: 'canary-token',
      TEAMS_WEBHOOK: 'https://default1.environment.api.powerplatform.com/x?sig=canary',
    };
    const validated = await machine.json(['config', 'validate'], { cwd: folder, env });
    expect(validated).toMatchObject({
      code: 0,
      stderr: '',
      data: { hosts: expect.arrayContaining(['git.example.com']) },
    });
    const mode = (await stat(join(machine.home, '.gitops', '.env'))).mode & 0o777;
    expect(mode).toBe(0o600);
  });

  it('names every issue of a bad file, with line and key, and the key that was meant', async () => {
    const path = join(machine.home, 'bad.yaml');
    await writeFile(path, 'defaults:\n  remoet: bitbucket.org\nserver:\n  port: many\n');
    const { code, stderr } = await machine.run(['config', 'validate', path]);
    expect(code).toBe(1);
    expect(stderr).toContain('bad.yaml:2:3');
    expect(stderr).toContain('remote');
    expect(stderr).toContain('bad.yaml:4:9');
  });

  it('is described by docs/commands.md as it is', () => {
    const script = fileURLToPath(
      new URL('../../apps/cli/scripts/command-reference.mjs', import.meta.url),
    );
    const checked = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    expect(checked).toMatchObject({ status: 0, stderr: '' });
  });

  it('completes in bash', async () => {
    const { stdout, code } = await machine.run(['completion', 'bash']);
    expect(code).toBe(0);
    expect(stdout).toContain('complete -o default -F _gitops gitops bowline');
  });
});
