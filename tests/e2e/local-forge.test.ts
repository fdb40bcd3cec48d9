import { readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createLocalRepository } from '@bowline/gitops-providers/local';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { freshMachine, type Machine } from './run-cli.ts';

const PATH = 'shop/web_deployment.yaml';
const manifest = (tag: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  template:
    spec:
      containers:
      - name: web
        image: "registry.example.com/shop/web:${tag}" # keep me
      - name: logs
        image: registry.example.com/platform/logs:0.9.1
`;

// Everything here runs without a git program: nothing but Node.js is on the PATH.
describe('the command on local repositories, without a git program', () => {
  let machine: Machine;
  let root: string;
  let place: readonly string[];
  let count = 0;
  beforeAll(async () => {
    machine = await freshMachine({ git: false });
  });
  afterAll(() => machine.close());
  beforeEach(async () => {
    count += 1;
    root = join(machine.home, `repositories-${count}`);
    place = ['--remote', 'local', '--org', root];
    const files = { [PATH]: manifest('2.0.3'), 'README.md': '# ü\n' };
    await createLocalRepository({
      root,
      name: 'gitops-k8s',
      branches: { staging: files, prod: files },
    });
  });
  const read = async (branch: string) =>
    (await machine.run(['get-file', 'gitops-k8s', branch, PATH, ...place])).stdout;

  it('moves an image into an environment, and finds it done the second time', async () => {
    const command = [
      'k8s-pr',
      'prod',
      'shop',
      'web',
      'registry.example.com/shop/web:2.1.0',
      '--approve-merge',
      ...place,
    ];
    const first = await machine.run(command);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain(
      '+        image: "registry.example.com/shop/web:2.1.0" # keep me',
    );
    expect(first.stdout).toMatch(/Merged commit: [0-9a-f]{40}/);
    expect(await read('prod')).toBe(manifest('2.1.0'));
    expect(await read('staging')).toBe(manifest('2.0.3'));
    const second = await machine.json(command);
    expect(second).toMatchObject({
      code: 0,
      data: { success: true, changed: false, pr_url: null },
    });
  });

  it('shows a dry run and writes nothing', async () => {
    const { code, data } = await machine.json([
      'k8s-pr',
      'prod',
      'shop',
      'web',
      '2.1.0',
      '--container',
      'web',
      '--dry-run',
      ...place,
    ]);
    expect(code).toBe(0);
    expect(data).toMatchObject({ changed: true, dry_run: true, pr_url: null });
    expect(await read('prod')).toBe(manifest('2.0.3'));
  });

  it.each([
    [{}, 'feature-login', 'registry.example.com/shop/web:feature-login'],
    [
      { DEFAULT_IMAGE_REGISTRY: 'registry.example.com/team' },
      '7',
      'registry.example.com/team/web:7',
    ],
  ])('takes a single word for a tag (%j, %s)', async (env, word, expected) => {
    const { data } = await machine.json(
      ['k8s-pr', 'prod', 'shop', 'web', word, '--container', 'web', '--dry-run', ...place],
      { env },
    );
    expect(data['diff']).toContain(`+        image: "${expected}" # keep me`);
  });

  it('does the steps one by one', async () => {
    expect(
      await machine.json(['create-branch', 'gitops-k8s', 'prod', 'release', ...place]),
    ).toMatchObject({
      code: 0,
      data: { created: true },
    });
    const image = await machine.json([
      'set-image-yaml',
      'gitops-k8s',
      'release',
      PATH,
      '2.1.0',
      '--container',
      'web',
      ...place,
    ]);
    expect(image.data).toMatchObject({ changed: true, changes: [{ container: 'web', line: 9 }] });
    const opened = await machine.json([
      'pull-request',
      'gitops-k8s',
      'release',
      'prod',
      '--delete-after-merge',
      ...place,
    ]);
    expect(opened.data).toMatchObject({ created: true, pr_id: 1 });
    const listed = await machine.json(['pr', 'gitops-k8s', ...place]);
    expect(listed.data).toMatchObject({
      count: 1,
      pull_requests: [{ id: 1, source: 'release', state: 'open' }],
    });
    const diff = await machine.run(['pr', 'gitops-k8s', '--diff', '1', ...place]);
    expect(diff.stdout).toContain(
      '+        image: "registry.example.com/shop/web:2.1.0" # keep me',
    );
    const merged = await machine.json([
      'merge',
      `${opened.data['pr_url']}`,
      '--strategy',
      'squash',
    ]);
    expect(merged).toMatchObject({ code: 0, data: { success: true, already_merged: false } });
    expect(await read('prod')).toBe(manifest('2.1.0'));
    const tagged = await machine.json(['tag', 'gitops-k8s', 'prod', 'HEAD', 'v2.1.0', ...place]);
    expect(tagged.data).toMatchObject({ created: true, commit_id: merged.data['merge_commit'] });
    const gone = await machine.run(['get-file', 'gitops-k8s', 'release', PATH, ...place]);
    expect(gone.code).toBe(1);
  });

  it.each([
    ['prod', 0, { success: true, created: true, notifications: [] }],
    ['nope', 1, { success: false, error: { code: 'OPERATION_BRANCH_NOT_FOUND' } }],
  ])(
    'shows what came of the job when Ctrl-C is pressed while people are told of it: %s',
    async (source, exitCode, shown) => {
      const silent = createServer();
      const asked = new Promise((connected) => silent.once('connection', connected));
      await new Promise<void>((listening) => silent.listen(0, '127.0.0.1', listening));
      const { port } = silent.address() as AddressInfo;
      const config = join(machine.home, 'notify.yaml');
      await writeFile(
        config,
        `notifications: { webhooks: [{ url: "http://127.0.0.1:${port}/", allowPrivateAddresses: true }] }\n`,
      );
      const { code, data, stderr } = await machine.json(
        ['create-branch', 'gitops-k8s', source, 'release', '--config', config, ...place],
        { interruptOn: asked },
      );
      silent.close();
      expect(code).toBe(exitCode);
      expect(data).toMatchObject(shown);
      expect(stderr).toContain('The notifications were interrupted');
    },
  );

  it('lists the candidates when it is not clear which image is meant', async () => {
    const ran = await machine.run([
      'set-image-yaml',
      'gitops-k8s',
      'prod',
      PATH,
      '2.1.0',
      ...place,
    ]);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('web');
    expect(ran.stderr).toContain('logs');
    expect(ran.stderr).toContain('9');
    expect(ran.stderr).toContain('--container');
    expect(ran.stderr).toContain('--all');
    const json = await machine.json([
      'set-image-yaml',
      'gitops-k8s',
      'prod',
      PATH,
      '2.1.0',
      ...place,
    ]);
    expect(json).toMatchObject({
      code: 1,
      stderr: '',
      data: { success: false, error: { code: 'MANIFEST_IMAGE_AMBIGUOUS' } },
    });
  });

  it('never asks with --json or without a terminal', async () => {
    for (const args of [
      ['k8s-pr', 'prod'],
      ['k8s-pr', 'prod', '--json'],
    ]) {
      const ran = await machine.run([...args, ...place], { input: 'shop\nweb\n2.1.0\n' });
      expect(ran.code).toBe(2);
      expect(ran.stdout + ran.stderr).toContain('NAMESPACE, DEPLOY, IMAGE');
    }
  });

  it('reads a file byte by byte, to stdout, to a file and as base64', async () => {
    expect(
      (await machine.run(['get-file', 'gitops-k8s', 'prod', 'README.md', ...place])).stdout,
    ).toBe('# ü\n');
    const saved = await machine.json([
      'get-file',
      'gitops-k8s',
      'prod',
      'README.md',
      '-o',
      'out.md',
      ...place,
    ]);
    expect(saved.data).toMatchObject({ success: true, size: 5, binary: false });
    expect(await readFile(join(machine.home, 'out.md'), 'utf8')).toBe('# ü\n');
  });
});

describe('the command on files', () => {
  let machine: Machine;
  beforeAll(async () => {
    machine = await freshMachine({ git: false });
  });
  afterAll(() => machine.close());
  const image = 'registry.example.com/shop/web:2.1.0';

  it('checks with exit code 3, edits in place, and checks again with 0', async () => {
    const file = join(machine.home, 'web.yaml');
    await writeFile(file, manifest('2.0.3'));
    expect((await machine.run(['image', 'set', 'web.yaml', image, '--check'])).code).toBe(3);
    const diff = await machine.run(['image', 'set', 'web.yaml', image, '--diff']);
    expect(diff.code).toBe(3);
    expect(diff.stdout).toContain(`+        image: "${image}" # keep me`);
    expect(await readFile(file, 'utf8')).toBe(manifest('2.0.3'));
    expect((await machine.run(['image', 'set', 'web.yaml', image])).code).toBe(0);
    expect(await readFile(file, 'utf8')).toBe(manifest('2.1.0'));
    expect((await machine.run(['image', 'set', 'web.yaml', image, '--check'])).code).toBe(0);
  });

  it('reads stdin with - and writes the text to stdout', async () => {
    const ran = await machine.run(['image', 'set', '-', image], { input: manifest('2.0.3') });
    expect(ran).toEqual({ code: 0, stdout: manifest('2.1.0'), stderr: '' });
  });

  it('says where bad YAML is bad', async () => {
    await writeFile(join(machine.home, 'bad.yaml'), 'kind: Pod\nspec: [1\n');
    const ran = await machine.json(['image', 'set', 'bad.yaml', image]);
    expect(ran).toMatchObject({
      code: 1,
      data: { error: { code: 'MANIFEST_SYNTAX', details: { line: expect.any(Number) } } },
    });
    expect(`${ran.data['error'] !== undefined}`).toBe('true');
  });
});
