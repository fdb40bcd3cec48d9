import { writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  type BitbucketCloudSimulator,
  type RepositoryState,
  startBitbucketCloud,
} from '@bowline/test-servers/bitbucket-cloud';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freshMachine, type Machine } from './run-cli.ts';

const PATH = 'shop/web_deployment.yaml';
const TOKEN = 'ATATT-canary-token-7391';
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

describe('the command on Bitbucket Cloud (simulated from the official document)', () => {
  let machine: Machine;
  let forge: BitbucketCloudSimulator;
  let repository: RepositoryState;
  let received: { readonly headers: IncomingMessage['headers']; readonly body: string }[];
  let receiver: ReturnType<typeof createServer>;
  let place: readonly string[];
  const env = {
    BITBUCKET_TEST_TOKEN: TOKEN,
    HOOK_SECRET: 'canary-hook-secret-of-some-length',
    GITOPS_TRIGGERED_BY: 'Ada',
  };

  beforeAll(async () => {
    machine = await freshMachine();
    forge = await startBitbucketCloud({ email: 'me@example.com', apiToken: TOKEN });
    received = [];
    receiver = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      request.on('end', () => {
        received.push({ headers: request.headers, body });
        response.writeHead(202).end();
      });
    });
    await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening));
    const config = join(machine.home, 'settings.yaml');
    const hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
    await writeFile(
      config,
      `defaults: { organization: acme }
hosts:
  bitbucket.org:
    apiUrl: ${forge.apiUrl}
    apiHost: 127.0.0.1
    credential: { kind: api-token, email: me@example.com, token: { env: BITBUCKET_TEST_TOKEN } }
notifications:
  webhooks:
    - { url: "${hook}", secret: { env: HOOK_SECRET }, allowPrivateAddresses: true }
`,
    );
    place = ['--config', config];
  });
  afterAll(async () => {
    await forge.close();
    await new Promise((closed) => receiver.close(closed));
    await machine.close();
  });
  beforeEach(async () => {
    repository = await forge.createRepository('acme/gitops-k8s');
    await repository.seed({ branch: 'prod', files: { [PATH]: manifest('2.0.3') } });
    forge.forgetRequests();
    received.length = 0;
  });
  afterEach(() => {
    expect(forge.violations).toEqual([]);
  });
  const run = async (...args: readonly string[]) => {
    const ran = await machine.json([...args, ...place], { env });
    expect(ran.stdout + ran.stderr).not.toContain('canary');
    return ran;
  };

  it('moves an image to a merged pull request, and tells the webhook', async () => {
    const first = await run(
      'k8s-pr',
      'prod',
      'shop',
      'web',
      'registry.example.com/shop/web:2.1.0',
      '--approve-merge',
    );
    expect(first).toMatchObject({
      code: 0,
      data: { changed: true, merged: true, notifications: [{ status: 'delivered', attempts: 1 }] },
    });
    const shown = await machine.run(['get-file', 'gitops-k8s', 'prod', PATH, ...place], { env });
    expect(shown.stdout).toBe(manifest('2.1.0'));
    expect(received).toHaveLength(1);
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({
      type: 'promotion.merged',
      actor: { name: 'Ada' },
    });
    expect(received[0]?.headers['webhook-signature']).toMatch(/^v1,/);
    expect(received[0]?.body).not.toContain('canary');
    const again = await run(
      'k8s-pr',
      'prod',
      'shop',
      'web',
      'registry.example.com/shop/web:2.1.0',
      '--approve-merge',
    );
    expect(again).toMatchObject({ code: 0, data: { changed: false } });
    expect(received).toHaveLength(1);
  });

  it('names the configured author, and without one the account of the credential', async () => {
    const set = async (tag: string, more: Readonly<Record<string, string>>) => {
      const { data } = await machine.json(
        ['set-image-yaml', 'gitops-k8s', 'prod', PATH, tag, ...place],
        {
          env: { ...env, GIT_CONFIG_NOSYSTEM: '1', ...more },
        },
      );
      return (await repository.inspect(`${data['commit']}`)).author.email;
    };
    const ada = { GITOPS_AUTHOR_NAME: 'Ada', GITOPS_AUTHOR_EMAIL: 'ada@example.com' };
    expect(await set('2.1.0', ada)).toBe('ada@example.com');
    const account = await set('2.2.0', {});
    expect(account).not.toBe('ada@example.com');
    expect(account).not.toBe('gitops@localhost');
  });

  it('sets an image in three requests', async () => {
    const ran = await run('set-image-yaml', 'gitops-k8s', 'prod', PATH, '2.1.0');
    expect(ran.data).toMatchObject({ changed: true });
    expect(forge.requests.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST']);
  });

  it('merges by the address of the pull request', async () => {
    await run('create-branch', 'gitops-k8s', 'prod', 'release');
    await run('set-image-yaml', 'gitops-k8s', 'release', PATH, '2.1.0');
    const opened = await run('pull-request', 'gitops-k8s', 'release', 'prod');
    // The simulator's pages are on loopback; the address that a person copies is on bitbucket.org.
    const { pathname } = new URL(`${opened.data['pr_url']}`);
    const merged = await run('merge', `https://bitbucket.org${pathname}`, '--delete-after-merge');
    expect(merged).toMatchObject({ code: 0, data: { already_merged: false, destination: 'prod' } });
  });

  it('keeps one webhook per address', async () => {
    const url = 'https://gitops.example.com/v1/webhooks/bitbucket';
    expect((await run('webhook', 'gitops-k8s', url)).data).toMatchObject({ action: 'create' });
    expect((await run('webhook', 'gitops-k8s', url)).data).toMatchObject({ action: 'none' });
    expect((await run('webhook', 'gitops-k8s', url, '--delete')).data).toMatchObject({
      action: 'delete',
    });
  });

  it('tags, and lists pull requests', async () => {
    expect((await run('tag', 'gitops-k8s', 'prod', 'HEAD', 'v1')).data).toMatchObject({
      created: true,
    });
    expect((await run('pr', 'gitops-k8s')).data).toMatchObject({ count: 0 });
  });

  it('tells of a failure, with its code and without a secret', async () => {
    const ran = await run('create-branch', 'gitops-k8s', 'nope', 'x');
    expect(ran).toMatchObject({ code: 1, data: { error: { code: 'OPERATION_BRANCH_NOT_FOUND' } } });
    expect(JSON.parse(received[0]?.body ?? '')).toMatchObject({
      type: 'job.failed',
      data: { job: 'create-branch', error: { code: 'OPERATION_BRANCH_NOT_FOUND' } },
    });
  });

  it('says which credential is wrong', async () => {
    const wrong = await machine.json(['create-branch', 'gitops-k8s', 'prod', 'x', ...place], {
      env: { ...env, BITBUCKET_TEST_TOKEN: 'ATATT-canary-wrong-token' },
    });
    expect(wrong).toMatchObject({ code: 1, data: { error: { code: 'PROVIDER_UNAUTHENTICATED' } } });
    expect(wrong.stdout + wrong.stderr).not.toContain('canary');
  });
});
