import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startBitbucketCloud } from '@bowline/test-servers/bitbucket-cloud';
import { startBitbucketDatacenter } from '@bowline/test-servers/bitbucket-datacenter';
import { startGitea } from '@bowline/test-servers/gitea';
import { startGitHub } from '@bowline/test-servers/github';
import { startGitlab } from '@bowline/test-servers/gitlab';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bin, freshMachine, type Machine, type Ran } from './run-cli.ts';

const PATH = 'shop/web_deployment.yaml';
const NPX = 'npx --yes @bowline/gitops-cli@0.1.0 ';
const TOKEN = 'canary-token-7391-of-the-forge';
const manifest = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec: { template: { spec: { containers: [ { name: web, image: "registry.example.com/shop/web:2.0.3" } ] } } }
`;

interface Seeded {
  seed(commit: {
    readonly branch: string;
    readonly files: Readonly<Record<string, string>>;
  }): Promise<unknown>;
}

interface Forge {
  readonly apiUrl: string;
  readonly violations: readonly unknown[];
  createRepository(fullName: string): Promise<Seeded>;
  close(): Promise<void>;
}

interface Page {
  readonly page: string;
  readonly repository: string;
  readonly start: () => Promise<Forge>;
  /** Host of the page, whose place the simulator takes, and the entry of `hosts` that says how it is reached. */
  readonly host: string;
  readonly settings: (forge: Forge) => string;
  /** What the system that runs the pipeline sets, and what stands for `${{ ... }}`. */
  readonly given?: Readonly<Record<string, string>>;
  /** How many commands the page has. */
  readonly commands: number;
}

const key = { value: '' };

const pages: readonly Page[] = [
  {
    page: 'github-actions',
    repository: 'acme/gitops-k8s',
    host: 'github.com',
    start: async () => {
      const forge = await startGitHub({ enterprise: true, token: TOKEN });
      forge.app.repositories.add('gitops-k8s');
      key.value = forge.app.privateKey;
      return forge;
    },
    settings: () => 'kind: github, insecureHttp: true',
    given: {
      // The public host is known by its name, and the simulator has another one; so on GitLab.
      GITHUB_HOST: 'github.com',
      GITHUB_REPOSITORY: 'acme/gitops-k8s',
      'github.ref_name': 'v2.1.0',
      'github.actor': 'ada',
      'github.token': TOKEN,
      'inputs.tag': 'v2.2.0',
      'vars.PROMOTER_APP_ID': 'Iv1.simulated',
    },
    commands: 2,
  },
  {
    page: 'gitlab-ci',
    repository: 'acme/platform/gitops-k8s',
    host: 'gitlab.com',
    start: async () => {
      const forge = await startGitlab({ token: TOKEN });
      return Object.assign(forge, { createRepository: forge.createProject });
    },
    settings: () => 'kind: gitlab, insecureHttp: true',
    given: { GITLAB_HOST: 'gitlab.com', CI_COMMIT_TAG: 'v2.1.0', CI_JOB_TOKEN: 'canary-job-token' },
    commands: 1,
  },
  {
    page: 'gitea-actions',
    repository: 'acme/gitops-k8s',
    host: 'git.example.com',
    start: () => startGitea({ token: TOKEN }),
    settings: () => 'kind: gitea, insecureHttp: true',
    given: { 'github.ref_name': 'v2.1.0', 'secrets.GITOPS_K8S_TOKEN': TOKEN },
    commands: 1,
  },
  {
    page: 'bitbucket-pipelines',
    repository: 'acme/gitops-k8s',
    host: 'bitbucket.org',
    start: () => startBitbucketCloud({ accessToken: TOKEN }),
    settings: ({ apiUrl }) => `kind: bitbucket-cloud, apiUrl: "${apiUrl}", apiHost: 127.0.0.1`,
    given: { BITBUCKET_TAG: 'v2.1.0', TAG: 'v2.2.0' },
    commands: 2,
  },
  {
    page: 'bitbucket-datacenter',
    repository: 'PLATFORM/gitops-k8s',
    host: 'bitbucket.example.com',
    start: () => startBitbucketDatacenter(),
    settings: ({ apiUrl }) => `kind: bitbucket-datacenter, apiUrl: "${apiUrl}"`,
    given: { TAG: 'v2.1.0', GITOPS_K8S_TOKEN: 'bot-token' },
    commands: 1,
  },
];

/** A step of a pipeline: its lines of shell, and the variables that stand beside them. */
interface Step {
  readonly script: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
}

/** Reads the steps of a page: the fences that have a command in them. */
function stepsOf(markdown: string): readonly Step[] {
  const fences = [...markdown.matchAll(/^```(?:yaml|sh)\n([\s\S]*?)^```$/gm)].map(
    ([, text]) => text ?? '',
  );
  return fences.flatMap((fence) => {
    const lines = fence.split('\n');
    const shell = lines.flatMap((line) => {
      const [, command] = /^\s*(?:- )?(?:run: )?((?:export |npx ).*)$/.exec(line) ?? [];
      return command === undefined ? [] : [command];
    });
    const variables = Object.fromEntries(
      lines.flatMap((line) => {
        const [, name, value] = /^\s*([A-Z][A-Z0-9_]+): (\S.*)$/.exec(line) ?? [];
        return name === undefined || value === undefined ? [] : [[name, value]];
      }),
    );
    // A fence may have several steps, each with its own exports before its command.
    const steps: Step[] = [];
    let script: string[] = [];
    for (const line of shell) {
      script.push(line);
      if (!line.startsWith('npx ')) continue;
      steps.push({ script, variables });
      script = [];
    }
    return steps;
  });
}

describe.skipIf(process.platform === 'win32').each(pages)(
  'docs/ci, page $page, against a simulator (skipped without sh)',
  (each) => {
    let machine: Machine;
    let forge: Forge;
    let config: string;
    let steps: readonly Step[];
    let host: string;

    beforeAll(async () => {
      machine = await freshMachine();
      forge = await each.start();
      host = each.host === 'bitbucket.org' ? each.host : new URL(forge.apiUrl).host;
      config = join(machine.home, 'settings.yaml');
      await writeFile(config, `hosts:\n  "${host}": { ${each.settings(forge)} }\n`);
      const page = new URL(`../../docs/ci/${each.page}.md`, import.meta.url);
      steps = stepsOf(await readFile(page, 'utf8'));
    });
    afterAll(async () => {
      expect(forge.violations).toEqual([]);
      await forge.close();
      await machine.close();
    });

    function shell({ script, variables }: Step): Promise<Ran> {
      const given: Readonly<Record<string, string>> = {
        GITOPS_K8S_TOKEN: TOKEN,
        'secrets.PROMOTER_PRIVATE_KEY': key.value,
        ...each.given,
      };
      const filled = Object.entries(variables).map(([name, value]) => [
        name,
        value.replace(/\$\{\{ (\S+) \}\}/g, (_, wanted: string) => given[wanted] ?? `?${wanted}`),
      ]);
      const placed = (text: string) => text.replaceAll(each.host, host);
      const text = [
        'set -eu',
        ...script.map((line) => placed(line).replace(NPX, 'node "$GITOPS_BIN" ')),
      ].join('\n');
      const named = Object.entries(given).filter(([name]) => !name.includes('.'));
      const env: Record<string, string> = {
        PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
        HOME: machine.home,
        GITOPS_BIN: bin,
        GITOPS_CONFIG: config,
        ...Object.fromEntries([...named, ...filled]),
      };
      for (const [name, value] of Object.entries(env)) env[name] = placed(value);
      return new Promise((resolve, reject) => {
        const child = spawn('/bin/sh', ['-c', text], { cwd: machine.home, env });
        let [stdout, stderr] = ['', ''];
        child.stdout.setEncoding('utf8').on('data', (part: string) => {
          stdout += part;
        });
        child.stderr.setEncoding('utf8').on('data', (part: string) => {
          stderr += part;
        });
        child.on('error', reject);
        child.on('close', (code) => resolve({ code, stdout, stderr }));
        child.stdin.end();
      });
    }

    it('has commands that work as they stand there, and again', async () => {
      expect(steps).toHaveLength(each.commands);
      for (const step of steps) {
        const repository = await forge.createRepository(each.repository);
        await repository.seed({ branch: 'prod', files: { [PATH]: manifest } });
        for (const time of ['first', 'second']) {
          const ran = await shell(step);
          expect({ time, ...ran }, ran.stdout).toMatchObject({ time, code: 0, stderr: '' });
          expect(ran.stdout).not.toContain('canary');
          if (!step.script.some((line) => line.includes('--json'))) {
            // Where the first one has merged, there is nothing to do.
            const done = time === 'first' ? /pull request #1/ : /request #1|nothing to do/;
            expect(ran.stdout).toMatch(done);
            continue;
          }
          expect(JSON.parse(ran.stdout)).toMatchObject({
            success: true,
            changed: true,
            merged: false,
            pr_url: expect.stringMatching(/\/1$/),
          });
        }
      }
    });
  },
);
