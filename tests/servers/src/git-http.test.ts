import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { GitHttpServer } from './git-http.ts';
import {
  cleanGitEnvironment,
  hasGit,
  importCommit,
  runGit,
  startGitHttpServer,
} from './git-http.ts';

let server: GitHttpServer;
let folder: string;

beforeEach(async () => {
  server = await startGitHttpServer({ users: { me: 'hunter22' } });
  folder = await mkdtemp(join(tmpdir(), 'bowline-git-http-test-'));
});

afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const withUser = (url: string): string => url.replace('//', '//me:hunter22@');

it.skipIf(!hasGit)(
  'serves clones and pushes of the real git, with modes and names (skipped without git)',
  async () => {
    const tip = await server.createRepository('shop.git', {
      'run.sh': { mode: '100755', content: '#!/bin/sh\n' },
      link: { mode: '120000', content: 'run.sh' },
      'größe/日本 "x".yaml': 'a: 1\n',
      module: { mode: '160000', sha: '2'.repeat(40) },
    });
    const clone = join(folder, 'clone');
    await runGit(folder, ['clone', '-q', withUser(server.url('shop.git')), clone]);
    expect((await runGit(clone, ['rev-parse', 'HEAD'])).trim()).toBe(tip);
    const listing = await runGit(clone, ['ls-tree', '-r', '-z', 'HEAD']);
    expect(listing.split('\0').map((entry) => entry.slice(0, 6))).toEqual([
      '100644',
      '120000',
      '160000',
      '100755',
      '',
    ]);
    expect(listing).toContain('größe/日本 "x".yaml');
    await runGit(clone, ['commit', '-q', '--allow-empty', '-m', 'more']);
    await runGit(clone, ['push', '-q', 'origin', 'HEAD']);
    const after = (await runGit(join(server.root, 'shop.git'), ['rev-parse', 'main'])).trim();
    expect(after).toBe((await runGit(clone, ['rev-parse', 'HEAD'])).trim());
    expect(server.requests.map((request) => request.step)).toContain('receive-pack');
    const protocols = server.requests.map((request) => request.headers['git-protocol']);
    expect(protocols).toContain('version=2');
  },
);

it.skipIf(!hasGit)('refuses a wrong password (skipped without git)', async () => {
  await server.createRepository('shop.git', { a: 'a' });
  const url = server.url('shop.git').replace('//', '//me:wrong@');
  await expect(runGit(folder, ['ls-remote', url])).rejects.toThrow(/Authentication failed/);
});

it.skipIf(!hasGit)('breaks a clone near its end, once (skipped without git)', async () => {
  await server.createRepository('shop.git', { a: 'a'.repeat(1000) });
  server.faults.push({ step: 'upload-pack', times: 2, fault: { type: 'cut', fraction: 0.9 } });
  const clone = (name: string): Promise<unknown> =>
    promisify(execFile)('git', ['clone', '-q', withUser(server.url('shop.git')), name], {
      cwd: folder,
      env: cleanGitEnvironment,
    });
  await expect(clone('one')).rejects.toThrow();
  server.faults.length = 0;
  await clone('two');
});

it.skipIf(!hasGit)('moves a branch between two requests (skipped without git)', async () => {
  await server.createRepository('shop.git', { a: '1' });
  const repository = join(server.root, 'shop.git');
  const run = (): Promise<string> => importCommit(repository, { files: { a: '2' } });
  server.faults.push({ step: 'upload-pack', times: 1, fault: { type: 'before', run } });
  const listing = await runGit(folder, ['ls-remote', withUser(server.url('shop.git')), 'main']);
  expect(listing).toContain((await runGit(repository, ['rev-parse', 'main'])).trim());
});

it.skipIf(!hasGit)('ends a stalled request when it closes (skipped without git)', async () => {
  server.faults.push({ fault: { type: 'stall' } });
  const asked = fetch(server.url('shop.git')).catch((error: unknown) => error);
  while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
  await server.close();
  expect(await asked).toBeInstanceOf(Error);
});
