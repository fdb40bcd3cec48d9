import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hasGit, runGit } from '../git-http.ts';
import { createGitHttpHandler, type GitHttpHandler } from '../git-http-handler.ts';
import { createContract } from './contract.ts';
import { type Answer, jsonBody, type RouteEntry } from './exchange.ts';
import { GitStore } from './git-store.ts';
import { type ForgeServer, startForgeServer } from './server.ts';
import { SimulatedGit } from './simulated-git.ts';

class Repository extends SimulatedGit {
  readonly notes: string[] = [];
  static async create(fullName: string): Promise<Repository> {
    return new Repository(fullName, await GitStore.create());
  }
}

const gitAbsent = hasGit ? '' : ' (skipped: there is no git)';

const failure = (status: number, message: string): Answer => ({ status, json: { message } });

const routes: readonly RouteEntry<Repository>[] = [
  ['GET', /^\/notes$/, async ({ repository }) => ({ status: 200, json: repository.notes })],
  [
    'POST',
    /^\/notes$/,
    async ({ repository, body, account }) => {
      const before = repository.notes.length;
      // Gives others the turn: a write that is not alone would see the same length twice.
      await repository.branch('main');
      repository.notes[before] = `${account}: ${String(jsonBody({ body })['text'])}`;
      return { status: 201, json: { id: before } };
    },
  ],
  [
    'GET',
    /^\/where(?:\/([^/]+))?$/,
    async ({ parts, origin, base, self, web }) => ({
      status: 200,
      json: {
        parts,
        base: base.replace(origin, ''),
        self: self.replace(origin, ''),
        web: web.replace(origin, ''),
      },
    }),
  ],
  ['GET', /^\/broken$/, async () => Promise.reject(new Error('no luck'))],
];

const rootRoutes: readonly RouteEntry<undefined>[] = [
  [
    'GET',
    /^\/version$/,
    async ({ self, base }) => ({ status: 200, json: { same: self === base } }),
  ],
];

const text = { type: 'object', required: ['text'], properties: { text: { type: 'string' } } };
const json = (schema: object) => ({ content: { 'application/json': { schema } } });
const contract = createContract({
  kind: 'openapi3',
  document: {
    paths: {
      '/projects/{name}/notes': {
        get: { responses: { 200: json({ type: 'array' }), 404: json({ type: 'object' }) } },
        post: {
          requestBody: { required: true, ...json(text) },
          responses: { 201: json({ type: 'object' }) },
        },
      },
      '/version': { get: { responses: { 200: json({ type: 'object' }) } } },
    },
  },
  gaps: [
    { operation: '*', reason: 'A missing credential is described once.', statuses: [401] },
    {
      operation: 'GET /projects/{name}/where/{part}',
      reason: 'Made up for this test.',
      undocumented: true,
    },
  ],
});

describe('startForgeServer', () => {
  let server: ForgeServer<Repository>;
  let git: GitHttpHandler;
  let repository: Repository;
  beforeEach(async () => {
    git = await createGitHttpHandler({ authenticate: () => '' });
    server = await startForgeServer<Repository>({
      basePath: '/v9',
      routes,
      rootRoutes,
      contract,
      authenticate: ({ headers }) => headers.authorization ?? failure(401, 'Who are you?'),
      resolve: ({ pathname }, repositories) => {
        const [self, name] = /^\/v9\/projects\/([^/]+)/.exec(pathname) ?? [];
        if (self === undefined || name === undefined) return undefined;
        const found = repositories.get(decodeURIComponent(name).toLowerCase());
        return { repository: found, self, path: pathname.slice(self.length) };
      },
      notFound: ({ path }) => failure(404, `Nothing at ${path}`),
      mount: (request, response, repositories) => {
        const [, name, path] = /^\/scm\/(.+)\.git(\/.*)$/.exec(request.url ?? '') ?? [];
        if (name === undefined || path === undefined) return false;
        git.handle({ request, response }, { root: repositories.get(name)?.store.gitdir, path });
        return true;
      },
      onClose: () => git.close(),
    });
    repository = await server.add(await Repository.create('Acme/shop'));
  });
  afterEach(() => server.close());

  const call = (path: string, init: RequestInit = {}) =>
    fetch(`${server.apiUrl}${path}`, { headers: { authorization: 'ann' }, ...init });
  const post = (body: object) =>
    call('/projects/acme%2Fshop/notes', {
      method: 'POST',
      headers: { authorization: 'ann', 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('answers what is about a repository and what is about none', async () => {
    expect(await (await call('/projects/acme%2Fshop/where/a%2Fb')).json()).toEqual({
      parts: ['a/b'],
      base: '/v9',
      self: '/v9/projects/acme%2Fshop',
      web: '/Acme/shop',
    });
    expect(await (await call('/version')).json()).toEqual({ same: true });
    expect(server.requests.map(({ path, url }) => [path, url])).toEqual([
      ['/where/a%2Fb', '/v9/projects/acme%2Fshop/where/a%2Fb'],
      ['/version', '/v9/version'],
    ]);
    expect(server.violations).toEqual([]);
  });

  it.skipIf(!hasGit)(`lets Git fetch and push beside the API${gitAbsent}`, async () => {
    const first = await repository.seed({ branch: 'main', files: { 'a.txt': 'a' } });
    const folder = await mkdtemp(join(tmpdir(), 'bowline-clone-'));
    try {
      const url = `${server.origin}/scm/acme/shop.git`;
      await runGit(folder, ['clone', '--quiet', url, '.']);
      await runGit(folder, ['commit', '--quiet', '--allow-empty', '-m', 'by push']);
      await runGit(folder, ['push', '--quiet', 'origin', 'HEAD:main']);
      const tip = (await repository.branch('main')) ?? '';
      expect(await repository.inspect(tip)).toMatchObject({
        parents: [first],
        message: 'by push\n',
      });
      const other = runGit(folder, ['ls-remote', `${server.origin}/scm/acme/other.git`]);
      await expect(other).rejects.toThrow('not found');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    expect(server.requests).toEqual([]);
    expect(git.requests.map(({ step }) => step)).toContain('receive-pack');
  });

  it('answers HEAD as GET without the body', async () => {
    const answer = await call('/version', { method: 'HEAD' });
    expect([answer.status, await answer.text()]).toEqual([200, '']);
    expect(server.violations).toEqual([]);
  });

  it('asks for a credential first, then for the repository, then for the route', async () => {
    const path = '/projects/acme%2Fshop/notes';
    expect((await call(path, { headers: {} })).status).toBe(401);
    expect((await call('/projects/other/notes')).status).toBe(404);
    expect(server.violations).toEqual([]);
    expect(await (await call('/nowhere')).json()).toEqual({ message: 'Nothing at /nowhere' });
    expect(server.violations).toEqual(['GET /nowhere: the document has no such operation']);
  });

  it('collects what the contract refuses, and an operation that neither document nor gap knows', async () => {
    await post({ text: 'x', sort: 1 });
    await call('/projects/acme%2Fshop/where');
    expect(server.violations.join('\n')).toMatch(/\("sort"\)\n.*\/where: the document has no such/);
  });

  it('reports a handler that fails as a violation, and goes on', async () => {
    await expect(call('/projects/acme%2Fshop/broken')).rejects.toThrow('fetch failed');
    expect(server.violations).toEqual(['the simulator failed: Error: no luck']);
    expect((await call('/version')).status).toBe(200);
  });

  it('carries out writes one after the other', async () => {
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((one) => post({ text: one })));
    const ids = await Promise.all(answers.map((answer) => answer.json()));
    expect(ids).toEqual(expect.arrayContaining([{ id: 0 }, { id: 1 }, { id: 2 }, { id: 3 }]));
    expect([...repository.notes].sort()).toEqual(['ann: a', 'ann: b', 'ann: c', 'ann: d']);
  });

  it('does what a fault says to the requests that it hits', async () => {
    server.fault({ method: 'GET', path: /^\/notes$/, fault: { kind: 'answer', status: 503 } });
    server.fault({ method: 'POST', fault: { kind: 'drop-after' } });
    expect((await call('/projects/acme%2Fshop/notes')).status).toBe(503);
    await expect(post({ text: 'kept' })).rejects.toThrow('fetch failed');
    expect(await (await call('/projects/acme%2Fshop/notes')).json()).toEqual(['ann: kept']);
  });

  it('removes the Git repositories when they are replaced and when it is closed', async () => {
    const second = await server.add(await Repository.create('acme/SHOP'));
    await expect(access(repository.store.gitdir)).rejects.toThrow('ENOENT');
    await server.close();
    await expect(access(second.store.gitdir)).rejects.toThrow('ENOENT');
  });
});
