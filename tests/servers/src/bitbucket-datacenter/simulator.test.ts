import { execFile, execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RepositoryState } from './repository-state.ts';
import { type BitbucketDatacenterSimulator, startBitbucketDatacenter } from './simulator.ts';

let simulator: BitbucketDatacenterSimulator;
let state: RepositoryState;
let base: string;

beforeEach(async () => {
  simulator = await startBitbucketDatacenter();
  state = await simulator.createRepository('SHOP/web');
  base = await state.seed({ branch: 'main', files: { 'app.yaml': '1\n' } });
});
afterEach(() => simulator.close());

async function call(method: string, path: string, body?: unknown, token = simulator.tokens.bot) {
  const response = await fetch(`${simulator.apiUrl}/projects/SHOP/repos/web${path}`, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json: unknown = text === '' ? undefined : JSON.parse(text);
  return { status: response.status, json, user: response.headers.get('x-ausername') };
}

const place = { slug: 'web', project: { key: 'SHOP' } };
async function openPull() {
  await state.seed({ branch: 'x', from: 'main', files: { 'app.yaml': '2\n' } });
  return call('POST', '/pull-requests', {
    title: 't',
    fromRef: { id: 'refs/heads/x', repository: place },
    toRef: { id: 'refs/heads/main', repository: place },
  });
}

describe('the contract', () => {
  it('refuses what is not documented: an operation, a member, a parameter, a form in JSON', async () => {
    await call('GET', '/branches/main');
    await call('POST', '/branches', { name: 'x', startPoint: base, target: base });
    await call('GET', '/branches?pagelen=100');
    expect(simulator.violations).toEqual([
      expect.stringContaining(
        'GET /api/latest/projects/SHOP/repos/web/branches/main: the document has no such operation',
      ),
      expect.stringMatching(/request body: .*additional properties/),
      expect.stringContaining('unknown query parameter "pagelen"'),
    ]);
  });

  it('takes what is documented', async () => {
    expect(await call('GET', '/branches?filterText=ma&limit=1')).toMatchObject({
      status: 200,
      user: 'bot',
      json: { values: [{ id: 'refs/heads/main', latestCommit: base }], isLastPage: true },
    });
    expect(simulator.violations).toEqual([]);
  });
});

describe('accounts', () => {
  it('are named in each answer, and a token of a project has none and cannot merge', async () => {
    await openPull();
    const merge = '/pull-requests/1/merge?version=0';
    expect(await call('POST', merge, {}, simulator.tokens.project)).toMatchObject({
      status: 403,
      user: null,
    });
    expect((await call('GET', '', undefined, 'wrong')).status).toBe(401);
    expect(await call('POST', merge, {})).toMatchObject({ status: 200, json: { state: 'MERGED' } });
  });
});

describe('a pull request', () => {
  it('has a version that every write must name', async () => {
    await openPull();
    const edit = {
      version: 0,
      title: 'new',
      description: '',
      toRef: { id: 'refs/heads/main', repository: place },
      reviewers: [],
    };
    expect((await call('PUT', '/pull-requests/1', edit)).json).toMatchObject({
      version: 1,
      title: 'new',
    });
    const stale = await call('PUT', '/pull-requests/1', edit);
    expect(stale.status).toBe(409);
    expect(stale.json).toMatchObject({
      errors: [{ exceptionName: expect.stringMatching(/PullRequestOutOfDateException$/) }],
    });
    expect(simulator.violations).toEqual([]);
  });

  it('cannot be opened twice, nor for nothing', async () => {
    expect((await openPull()).status).toBe(201);
    expect((await openPull()).status).toBe(409);
    expect(state.pulls).toHaveLength(1);
  });
});

const gitPresent = (() => {
  try {
    execFileSync('git', ['--version']);
    return true;
  } catch {
    return false;
  }
})();

describe.skipIf(!gitPresent)(
  `Git over HTTP${gitPresent ? '' : ' (skipped: no git program)'}`,
  () => {
    const { PATH = '' } = process.env;
    const run = (parameters: readonly string[], cwd: string, token: string) =>
      promisify(execFile)(
        'git',
        ['-c', `http.extraHeader=Authorization: Bearer ${token}`, ...parameters],
        {
          cwd,
          env: {
            PATH,
            GIT_CONFIG_NOSYSTEM: '1',
            GIT_CONFIG_GLOBAL: '/dev/null',
            GIT_TERMINAL_PROMPT: '0',
            GIT_AUTHOR_NAME: 'Ann',
            GIT_AUTHOR_EMAIL: 'ann@example.com',
            GIT_COMMITTER_NAME: 'Ann',
            GIT_COMMITTER_EMAIL: 'ann@example.com',
          },
        },
      );

    it('shows what is pushed in the API, whatever the case of the name, and lets in nobody else', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'bowline-clone-'));
      try {
        const { bot } = simulator.tokens;
        await run(
          ['clone', '--quiet', `${simulator.webUrl}/scm/shop/web.git`, 'work'],
          folder,
          bot,
        );
        const work = join(folder, 'work');
        await writeFile(join(work, 'app.yaml'), '3\n');
        await run(['commit', '--quiet', '-am', 'by git'], work, bot);
        await expect(run(['push', '--quiet'], work, 'wrong')).rejects.toThrow();
        expect(await state.branch('main')).toBe(base);
        await run(['push', '--quiet'], work, bot);
        const tip = await state.branch('main');
        expect((await call('GET', `/commits/${tip}`)).json).toMatchObject({ message: 'by git' });
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    });
  },
);
