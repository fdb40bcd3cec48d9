import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Answer } from '../forge/exchange.ts';
import type { StoreChange } from '../forge/git-store.ts';
import { parseMultipart } from '../forge/multipart.ts';
import { fileDiff } from '../forge/unified-diff.ts';
import {
  type DatacenterExchange,
  type DatacenterRoute,
  failure,
  noUser,
  page,
  userOf,
} from './exchange.ts';
import { commitJson } from './ref-routes.ts';
import type { RepositoryState } from './repository-state.ts';

const noPath = (path: string, at: string) =>
  failure(
    404,
    'content.NoSuchPathException',
    `The path "${path}" does not exist at revision "${at}"`,
  );

const noCommit = (id: string) =>
  failure(404, 'commit.NoSuchCommitException', `Commit '${id}' does not exist.`);

async function find({ repository, parts, query }: DatacenterExchange) {
  const [path = ''] = parts;
  const at = query.get('at') ?? `refs/heads/${repository.mainBranch}`;
  const commit = await repository.revision(at);
  if (commit === undefined) return { refusal: noCommit(at) };
  const entry = await repository.store.entry(commit, path);
  return entry === undefined ? { refusal: noPath(path, at) } : { commit, entry, path };
}

async function readRaw(exchange: DatacenterExchange): Promise<Answer> {
  const found = await find(exchange);
  if (found.refusal !== undefined) return found.refusal;
  const { entry, path } = found;
  if (entry.type !== 'blob') {
    return failure(400, 'validation.ArgumentValidationException', `"${path}" is not a file`);
  }
  return {
    status: 200,
    bytes: await exchange.repository.store.blob(entry.oid),
    headers: { 'content-type': path.endsWith('.json') ? 'application/json' : 'text/plain' },
  };
}

async function browse(exchange: DatacenterExchange): Promise<Answer> {
  const found = await find(exchange);
  if (found.refusal !== undefined) return found.refusal;
  const types = { blob: 'FILE', tree: 'DIRECTORY', commit: 'SUBMODULE' } as const;
  if (exchange.query.get('type') !== 'true') {
    return failure(400, 'validation.ArgumentValidationException', 'Only type=true is simulated');
  }
  return { status: 200, json: { type: types[found.entry.type] } };
}

/** The archive comes from Git itself, as that of the real one does. */
async function archive({ repository, query }: DatacenterExchange): Promise<Answer> {
  const commit = await repository.revision(query.get('at') ?? '');
  if (commit === undefined) return noCommit(query.get('at') ?? '');
  if (query.get('format') !== 'tar') {
    return failure(400, 'validation.ArgumentValidationException', 'Only tar is simulated');
  }
  const git = promisify(execFile);
  const { gitdir } = repository.store;
  const arguments_ = ['--git-dir', gitdir, 'archive', '--format=tar', commit, '--'];
  try {
    const { stdout } = await git('git', [...arguments_, ...query.getAll('path')], {
      encoding: 'buffer',
      maxBuffer: 64 * 1024 * 1024,
    });
    return { status: 200, bytes: stdout, headers: { 'content-type': 'application/x-tar' } };
  } catch {
    return failure(500, 'scm.CommandFailedException', "'git archive' exited with code 128");
  }
}

async function writeFile(exchange: DatacenterExchange): Promise<Answer> {
  const { repository, headers, body, contentType } = exchange;
  const user = userOf(exchange);
  if (user === undefined) return noUser;
  if (headers['x-atlassian-token'] !== 'no-check') {
    return failure(403, 'xsrf.XsrfException', 'XSRF check failed');
  }
  const [path = ''] = exchange.parts;
  const form = parseMultipart(body, contentType);
  const field = (name: string) => form.find((part) => part.name === name)?.content;
  const [branch, content] = [field('branch')?.toString('utf8'), field('content')];
  if (branch === undefined || content === undefined) {
    return failure(400, 'validation.ArgumentValidationException', 'branch and content are needed');
  }
  const tip = await repository.branch(branch);
  if (tip === undefined) {
    return failure(404, 'repository.NoSuchBranchException', `Branch '${branch}' does not exist.`);
  }
  const refusal = await guard(repository, {
    path,
    tip,
    content,
    source: field('sourceCommitId')?.toString('utf8'),
  });
  if (refusal !== undefined) return refusal;
  // What the real one makes of an executable file is not known; this is the worst.
  const changes = new Map<string, StoreChange>([[path, { content, mode: '100644' }]]);
  const oid = await repository.store.write({
    parents: [tip],
    changes,
    message: field('message')?.toString('utf8') ?? `${path} edited online with Bitbucket`,
    author: { name: user.displayName, email: `${user.slug}@example.com` },
  });
  await repository.store.setRef(`refs/heads/${branch}`, oid);
  const made = await repository.store.commit(oid);
  if (made === undefined) throw new Error(`commit ${oid} is gone`);
  return { status: 200, json: commitJson(oid, made.commit) };
}

/** Refuses a file that is not the one that was edited. */
async function guard(
  { store }: RepositoryState,
  write: {
    readonly path: string;
    readonly tip: string;
    readonly content: Uint8Array;
    readonly source: string | undefined;
  },
): Promise<Answer | undefined> {
  const { path, tip, content, source } = write;
  const current = await store.entry(tip, path);
  if (source === undefined) {
    return current === undefined
      ? undefined
      : failure(409, 'content.FileAlreadyExistsException', `The file '${path}' already exists.`);
  }
  if ((await store.commit(source)) === undefined) return noCommit(source);
  const edited = await store.entry(source, path);
  if (current === undefined || current.oid !== edited?.oid) {
    return failure(
      409,
      'content.FileOutOfDateException',
      `The file '${path}' has changed since '${source}'.`,
    );
  }
  return Buffer.compare(await store.blob(current.oid), content) === 0
    ? failure(409, 'content.FileContentUnmodifiedException', `'${path}' was not modified.`)
    : undefined;
}

async function listChanges(exchange: DatacenterExchange): Promise<Answer> {
  const { repository, query } = exchange;
  const [from, to] = await Promise.all(
    ['from', 'to'].map((name) => repository.revision(query.get(name) ?? repository.mainBranch)),
  );
  if (from === undefined || to === undefined) return noCommit(query.get('from') ?? '');
  const { store } = repository;
  const files = await store.differences(await store.mergeBase(from, to), from);
  const values = files.map(({ path, before, after }) => {
    const components = path.split('/');
    return {
      contentId: after ?? '0'.repeat(40),
      fromContentId: before ?? '0'.repeat(40),
      path: {
        components,
        parent: components.slice(0, -1).join('/'),
        name: components.at(-1),
        toString: path,
      },
      executable: false,
      percentUnchanged: -1,
      type: before === undefined ? 'ADD' : after === undefined ? 'DELETE' : 'MODIFY',
      nodeType: 'FILE',
    };
  });
  return page(exchange, values);
}

async function readDiff({ repository, query, headers }: DatacenterExchange): Promise<Answer> {
  if (!/text\/plain/.test(headers.accept ?? '')) {
    return failure(400, 'validation.ArgumentValidationException', 'Only text is simulated');
  }
  const [since, until] = [query.get('since') ?? '', query.get('until') ?? ''];
  for (const id of [since, until]) {
    if ((await repository.store.commit(id)) === undefined) return noCommit(id);
  }
  return rawDiff(repository, { since, until });
}

/** Writes the diff of two commits, with the prefixes that the real one has. */
export async function rawDiff(
  { store }: RepositoryState,
  { since, until }: { readonly since: string | undefined; readonly until: string },
): Promise<Answer> {
  const files = await store.differences(since, until);
  const blob = async (oid: string | undefined) => (oid === undefined ? undefined : store.blob(oid));
  const texts = await Promise.all(
    files.map(async ({ path, before, after }) =>
      fileDiff(path, await blob(before), await blob(after))
        .replace(`diff --git a/${path} b/${path}`, () => `diff --git src://${path} dst://${path}`)
        .replace(`--- a/${path}`, () => `--- src://${path}`)
        .replace(`+++ b/${path}`, () => `+++ dst://${path}`),
    ),
  );
  return {
    status: 200,
    bytes: Buffer.from(texts.join(''), 'utf8'),
    headers: { 'content-type': 'text/plain' },
  };
}

/** Files, commits of files, and comparison. */
export const sourceRoutes: readonly DatacenterRoute[] = [
  ['GET', /^\/raw\/(.+)$/, readRaw],
  ['GET', /^\/browse\/(.+)$/, browse],
  ['PUT', /^\/browse\/(.+)$/, writeFile],
  ['GET', /^\/archive$/, archive],
  ['GET', /^\/compare\/changes$/, listChanges],
  ['GET', /^\/diff$/, readDiff],
];
