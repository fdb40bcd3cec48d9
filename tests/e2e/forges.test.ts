import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startBitbucketCloud } from '@bowline/test-servers/bitbucket-cloud';
import { startBitbucketDatacenter } from '@bowline/test-servers/bitbucket-datacenter';
import { startGitea } from '@bowline/test-servers/gitea';
import { startGitHub } from '@bowline/test-servers/github';
import { hasGit, startGitlab } from '@bowline/test-servers/gitlab';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freshMachine, type Machine } from './run-cli.ts';

const PATH = 'shop/web_deployment.yaml';
const TOKEN = 'canary-token-7391-of-the-forge';
const manifest = (tag: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  template:
    spec:
      containers:
      - name: web
        image: registry.example.com/shop/web:${tag}
`;

/** What the test needs of a simulator. */
interface Forge {
  readonly apiUrl: string;
  readonly violations: readonly unknown[];
  readonly requests: readonly unknown[];
  createRepository(fullName: string): Promise<{
    seed(commit: {
      readonly branch: string;
      readonly files: Readonly<Record<string, string>>;
    }): Promise<unknown>;
  }>;
  close(): Promise<void>;
}

interface ForgeCase {
  readonly kind: string;
  /** Owner and name. */
  readonly name: string;
  readonly start: () => Promise<Forge>;
  /** The `hosts` of gitops.yaml. */
  readonly host: (forge: Forge) => string;
  /** What stands for a pull request in its address. */
  readonly page: RegExp;
  /** How many requests a change of an image, and a promotion with its merge, may take. */
  readonly requests: { readonly image: number; readonly promotion: number };
  /** The credential, if the simulator has one of its own. */
  readonly token?: string;
}

/** A forge of one's own at this machine, whose other addresses follow from its host. */
const ownHost =
  (kind: string, credential = '{ kind: token, token: { env: FORGE_TOKEN } }') =>
  ({ apiUrl }: Forge) =>
    `"${new URL(apiUrl).host}": { kind: ${kind}, insecureHttp: true, credential: ${credential} }`;

const forges: readonly ForgeCase[] = [
  {
    kind: 'bitbucket-cloud',
    requests: { image: 3, promotion: 12 },
    name: 'acme/gitops-k8s',
    start: () => startBitbucketCloud({ accessToken: TOKEN }),
    host: ({ apiUrl }) =>
      `bitbucket.org: { apiUrl: "${apiUrl}", apiHost: 127.0.0.1, credential: { kind: access-token, token: { env: FORGE_TOKEN } } }`,
    page: /\/acme\/gitops-k8s\/pull-requests\/1$/,
  },
  {
    kind: 'github',
    requests: { image: 2, promotion: 8 },
    name: 'acme/gitops-k8s',
    start: () => startGitHub({ token: TOKEN, enterprise: true }),
    host: ownHost('github'),
    page: /\/acme\/gitops-k8s\/pull\/1$/,
  },
  {
    kind: 'gitlab',
    requests: { image: 3, promotion: 9 },
    name: 'acme/platform/gitops-k8s',
    start: async () => {
      const forge = await startGitlab({ token: TOKEN });
      return Object.assign(forge, { createRepository: forge.createProject });
    },
    host: ownHost('gitlab'),
    page: /\/acme\/platform\/gitops-k8s\/-\/merge_requests\/1$/,
  },
  {
    kind: 'gitea',
    requests: { image: 4, promotion: 9 },
    name: 'acme/gitops-k8s',
    start: () => startGitea({ token: TOKEN }),
    host: ownHost('gitea'),
    page: /\/acme\/gitops-k8s\/pulls\/1$/,
  },
  {
    kind: 'bitbucket-datacenter',
    requests: { image: 2, promotion: 10 },
    name: 'ACME/gitops-k8s',
    start: () => startBitbucketDatacenter(),
    host: ({ apiUrl }) =>
      `"${new URL(apiUrl).host}": { kind: bitbucket-datacenter, apiUrl: "${apiUrl}", credential: { kind: token, username: bot, token: { env: FORGE_TOKEN } } }`,
    page: /\/bitbucket\/projects\/ACME\/repos\/gitops-k8s\/pull-requests\/1$/,
    token: 'bot-token',
  },
];

describe.each(forges)('the command on $kind (simulated)', (each) => {
  const token = each.token ?? TOKEN;
  // GitLab's answer to a commit on an existing branch is a push, which the simulator gives to Git.
  const skipped = each.kind === 'gitlab' && !hasGit;
  let machine: Machine;
  let forge: Forge;
  let place: readonly string[];

  beforeAll(async () => {
    machine = await freshMachine();
    forge = await each.start();
    const config = join(machine.home, 'settings.yaml');
    const host = each.host(forge);
    const remote = /^"?([^" ]+?)"?: \{/.exec(host)?.[1];
    await writeFile(
      config,
      `defaults: { remote: "${remote}", organization: ${each.name.replace(/\/[^/]+$/, '')} }\nhosts:\n  ${host}\n`,
    );
    place = ['--config', config];
  });
  afterAll(async () => {
    await forge.close();
    await machine.close();
  });
  beforeEach(async () => {
    const repository = await forge.createRepository(each.name);
    await repository.seed({ branch: 'prod', files: { [PATH]: manifest('2.0.3') } });
  });
  afterEach(() => {
    expect(forge.violations).toEqual([]);
  });
  const run = async (...args: readonly string[]) => {
    const ran = await machine.json([...args, ...place], { env: { FORGE_TOKEN: token } });
    expect(ran.stdout + ran.stderr).not.toContain(token);
    return ran;
  };
  const read = async (ref: string) =>
    (await run('get-file', 'gitops-k8s', ref, PATH)).data['content'];

  it.skipIf(skipped)(
    'moves an image into an environment, and finds it the second time (skipped without git on GitLab)',
    async () => {
      const move = ['k8s-pr', 'prod', 'shop', 'web', 'registry.example.com/shop/web:2.1.0'];
      const before = forge.requests.length;
      const first = await run(...move, '--approve-merge');
      expect(first).toMatchObject({ code: 0, data: { changed: true, merged: true } });
      expect(forge.requests.length - before).toBeLessThanOrEqual(each.requests.promotion);
      expect(await read('prod')).toBe(manifest('2.1.0'));
      expect(await run(...move, '--approve-merge')).toMatchObject({
        code: 0,
        data: { changed: false },
      });
      const merged = forge.requests.length;
      await run('set-image-yaml', 'gitops-k8s', 'prod', PATH, '2.2.0');
      expect(forge.requests.length - merged).toBeLessThanOrEqual(each.requests.image);
    },
  );

  it.skipIf(skipped)(
    'goes the way in steps, and merges by the address of the page (skipped without git on GitLab)',
    async () => {
      const created = await run('create-branch', 'gitops-k8s', 'prod', 'release/2');
      expect(created.data).toMatchObject({ created: true });
      const set = await run('set-image-yaml', 'gitops-k8s', 'release/2', PATH, '2.1.0');
      expect(set).toMatchObject({ code: 0, data: { changed: true } });
      expect(await read('release/2')).toBe(manifest('2.1.0'));
      const opened = await run('pull-request', 'gitops-k8s', 'release/2', 'prod');
      expect(opened.data).toMatchObject({
        created: true,
        pr_url: expect.stringMatching(each.page),
      });
      expect((await run('pr', 'gitops-k8s')).data).toMatchObject({
        count: 1,
        pull_requests: [{ source: 'release/2', destination: 'prod' }],
      });
      expect((await run('pr', 'gitops-k8s', '--diff', '1')).data['diff']).toContain('web:2.1.0');
      const { href } = addressOnHost(`${opened.data['pr_url']}`);
      const merged = await run('merge', href, '--delete-after-merge');
      expect(merged).toMatchObject({
        code: 0,
        data: { already_merged: false, destination: 'prod' },
      });
      expect((await run('merge', href)).data).toMatchObject({ already_merged: true });
      expect(await read('prod')).toBe(manifest('2.1.0'));
      const tagged = await run('tag', 'gitops-k8s', 'prod', 'HEAD', 'v2.1.0');
      expect(tagged.data).toMatchObject({ created: true });
    },
  );

  it('keeps one webhook per address', async () => {
    const hook = ['webhook', 'gitops-k8s', 'https://gitops.example.com/v1/webhooks/any'];
    expect((await run(...hook)).data).toMatchObject({ action: 'create' });
    expect((await run(...hook)).data).toMatchObject({ action: 'none' });
    expect((await run(...hook, '--delete')).data).toMatchObject({ action: 'delete' });
  });

  it('keeps variables and secrets of the CI, and lists its runs', async () => {
    if (each.kind === 'bitbucket-datacenter') {
      const none = await run('ci', 'list', 'gitops-k8s');
      expect(none.data).toMatchObject({ error: { code: 'OPERATION_NOT_SUPPORTED' } });
      return;
    }
    const set = async (name: string, value: string, ...flags: readonly string[]) => {
      const args = ['ci', 'variable', 'set', 'gitops-k8s', name, ...flags, ...place];
      const ran = await machine.json(args, { env: { FORGE_TOKEN: token }, input: `${value}\n` });
      expect(ran).toMatchObject({ code: 0, data: { success: true, name } });
      expect(ran.stdout + ran.stderr).not.toContain('canary');
    };
    await set('DEPLOY_KEY', 'canary-0123456789', '--secret');
    await set('REGION', 'eu-north');
    const listed = await run('ci', 'variable', 'list', 'gitops-k8s');
    expect(listed.data['variables']).toEqual(
      expect.arrayContaining([
        { name: 'DEPLOY_KEY', value: null, secret: true },
        { name: 'REGION', value: 'eu-north', secret: false },
      ]),
    );
    expect((await run('ci', 'variable', 'delete', 'gitops-k8s', 'DEPLOY_KEY')).data).toMatchObject({
      deleted: true,
    });
    expect((await run('ci', 'list', 'gitops-k8s')).data).toMatchObject({ success: true, count: 0 });
  });

  it('says which credential is wrong, and which is missing', async () => {
    const wrong = await machine.json(['pr', 'gitops-k8s', ...place], {
      env: { FORGE_TOKEN: 'canary-token-of-another' },
    });
    expect(wrong).toMatchObject({ code: 1, data: { error: { code: 'PROVIDER_UNAUTHENTICATED' } } });
    expect(wrong.stdout + wrong.stderr).not.toContain('canary');
    const missing = await machine.json(['pr', 'gitops-k8s', ...place]);
    expect(missing).toMatchObject({ code: 1, data: { error: { code: 'CONFIG_SECRET_MISSING' } } });
  });

  /** The pages of the simulator of Bitbucket Cloud are at this machine; the address that a person copies is on bitbucket.org. */
  function addressOnHost(url: string): URL {
    const address = new URL(url);
    return each.kind === 'bitbucket-cloud'
      ? new URL(address.pathname, 'https://bitbucket.org')
      : address;
  }
});
