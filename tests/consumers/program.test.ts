import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalRepository } from '@bowline/gitops-providers/local';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { built, execute, pack, program } from './consumer-project.ts';

const manifest = (tag: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  template:
    spec:
      containers:
        - name: web
          image: registry.example.com/shop/web:${tag} # kept
`;

describe.skipIf(!built || program === undefined)(
  'the packed program, installed with npm into an empty project (skipped before a build)',
  () => {
    let folder: string;
    const gitops = (...args: string[]) =>
      execute(join(folder, 'node_modules', '.bin', 'gitops'), args, folder);
    const json = async (...args: string[]) =>
      JSON.parse(await gitops(...args, '--json')) as Record<string, unknown>;

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'bowline-program-'));
      const tarball = await pack(program?.folder ?? '', folder);
      await writeFile(join(folder, 'package.json'), '{ "name": "consumer", "private": true }\n');
      // Offline: the program brings everything that it needs.
      const install = ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts'];
      await execute('npm', [...install, tarball], folder);
      await mkdir(join(folder, 'home'));
    }, 180_000);
    afterAll(() => rm(folder, { recursive: true, force: true }));

    it('is the only package there, under both of its names', async () => {
      const lock = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as {
        readonly packages: Readonly<Record<string, unknown>>;
      };
      expect(Object.keys(lock.packages)).toEqual(['', 'node_modules/@bowline/gitops-cli']);
      const bowline = join(folder, 'node_modules', '.bin', 'bowline');
      expect(await execute(bowline, ['--version'], folder)).toBe(await gitops('--version'));
    });

    it('says its version and its help', async () => {
      const installed = join(folder, 'node_modules', '@bowline', 'gitops-cli', 'package.json');
      const { version } = JSON.parse(await readFile(installed, 'utf8')) as { version: string };
      expect(await gitops('--version')).toContain(version);
      expect(await gitops('k8s-pr', '--help')).toContain('--approve-merge');
    });

    it('shows and checks a configuration', async () => {
      await writeFile(join(folder, 'gitops.yaml'), 'defaults: { remote: local }\n');
      const { settings } = (await json('config')) as {
        readonly settings: readonly { readonly key: string; readonly value?: string }[];
      };
      expect(settings.find(({ key }) => key === 'defaults.remote')?.value).toBe('local');
      await writeFile(join(folder, 'gitops.yaml'), 'defaults: { remot: local }\n');
      await expect(gitops('config', 'validate')).rejects.toThrow(
        /gitops\.yaml:1:13: .*did you mean "remote"/,
      );
      await rm(join(folder, 'gitops.yaml'));
    });

    it('moves an image through branch, commit, pull request and merge', async () => {
      const root = join(folder, 'repositories');
      const path = 'shop/web_deployment.yaml';
      await createLocalRepository({
        root,
        name: 'gitops-k8s',
        branches: { prod: { [path]: manifest('1.0') } },
      });
      const place = ['--remote', 'local', '--org', root];
      const image = 'registry.example.com/shop/web:2.0';
      await json('k8s-pr', 'prod', 'shop', 'web', image, '--approve-merge', ...place);
      expect(await gitops('get-file', 'gitops-k8s', 'prod', path, ...place)).toBe(manifest('2.0'));
    });
  },
);
