import type { CommitObject } from 'isomorphic-git';
import { type Answer, jsonBody, member } from '../forge/exchange.ts';
import { type BitbucketExchange, type BitbucketRoute, failure, page } from './exchange.ts';
import { matchesQuery, parseQuery } from './query.ts';

/** A commit as Bitbucket writes one. */
export function commitJson(
  exchange: BitbucketExchange,
  oid: string,
  commit?: CommitObject,
): object {
  return {
    type: 'commit',
    hash: oid,
    ...(commit === undefined
      ? {}
      : {
          message: commit.message,
          date: new Date(commit.author.timestamp * 1000).toISOString(),
          author: { type: 'author', raw: `${commit.author.name} <${commit.author.email}>` },
          parents: commit.parent.map((hash) => ({ type: 'commit', hash })),
        }),
    links: { html: { href: `${exchange.web}/commits/${oid}` } },
  };
}

async function refJson(
  exchange: BitbucketExchange,
  kind: 'branch' | 'tag',
  name: string,
): Promise<object> {
  const ref = `refs/${kind === 'branch' ? 'heads' : 'tags'}/${name}`;
  const oid = (await exchange.repository.store.ref(ref)) ?? '';
  return {
    type: kind,
    name,
    target: commitJson(exchange, oid),
    links: {
      html: { href: `${exchange.web}/branch/${encodeURIComponent(name)}` },
      self: {
        href: `${exchange.self}/refs/${kind === 'branch' ? 'branches' : 'tags'}/${encodeURIComponent(name)}`,
      },
    },
    ...(kind === 'branch'
      ? { merge_strategies: strategies, default_merge_strategy: 'merge_commit' }
      : {}),
  };
}

/** The strategies that every branch here allows. */
export const strategies = [
  'merge_commit',
  'squash',
  'fast_forward',
  'squash_fast_forward',
  'rebase_fast_forward',
  'rebase_merge',
];

async function readRef(exchange: BitbucketExchange, kind: 'branch' | 'tag'): Promise<Answer> {
  const [name = ''] = exchange.parts;
  const folder = kind === 'branch' ? 'heads' : 'tags';
  const oid = await exchange.repository.store.ref(`refs/${folder}/${name}`);
  if (oid === undefined) return failure(404, `No such ${kind}: ${name}`);
  return { status: 200, json: await refJson(exchange, kind, name) };
}

async function listRefs(exchange: BitbucketExchange, kind: 'branch' | 'tag'): Promise<Answer> {
  const { store } = exchange.repository;
  const names = await (kind === 'branch' ? store.branches() : store.tags());
  const refs = await Promise.all(names.sort().map((name) => refJson(exchange, kind, name)));
  const terms = parseQuery(exchange.query.get('q') ?? '');
  return page(
    exchange,
    refs.filter((ref) => matchesQuery(ref, terms)),
  );
}

async function createRef(exchange: BitbucketExchange, kind: 'branch' | 'tag'): Promise<Answer> {
  const { store } = exchange.repository;
  const body = jsonBody(exchange);
  const name = String(body['name']);
  const hash = String(member(body, 'target', 'hash'));
  const folder = kind === 'branch' ? 'heads' : 'tags';
  if ((await store.ref(`refs/${folder}/${name}`)) !== undefined) {
    return failure(400, `${kind === 'branch' ? 'Branch' : 'Tag'} "${name}" already exists.`, {
      key: kind === 'branch' ? 'BRANCH_ALREADY_EXISTS' : 'TAG_ALREADY_EXISTS',
    });
  }
  if ((await store.commit(hash)) === undefined) {
    return failure(400, `target.hash: ${hash} is not a valid commit`);
  }
  const conflict = kind === 'branch' ? await exchange.repository.nameConflict(name) : undefined;
  if (conflict !== undefined) return failure(400, `Branch "${conflict}" is in the way`);
  if (kind === 'branch') await store.setRef(`refs/heads/${name}`, hash);
  else {
    const message = body['message'] ?? `Added tag ${name} for changeset ${hash.slice(0, 12)}`;
    await store.annotatedTag(name, hash, String(message));
  }
  return { status: 201, json: await refJson(exchange, kind, name) };
}

async function deleteBranch(exchange: BitbucketExchange): Promise<Answer> {
  const { repository } = exchange;
  const [name = ''] = exchange.parts;
  if (name === repository.mainBranch) return failure(400, 'The main branch cannot be deleted.');
  if ((await repository.branch(name)) === undefined) return failure(404, `No such branch: ${name}`);
  await repository.store.deleteRef(`refs/heads/${name}`);
  return { status: 204 };
}

async function readRepository(exchange: BitbucketExchange): Promise<Answer> {
  const { repository, web } = exchange;
  const hasMain = (await repository.branch(repository.mainBranch)) !== undefined;
  const [, slug = ''] = repository.fullName.split('/');
  return {
    status: 200,
    json: {
      type: 'repository',
      full_name: repository.fullName,
      name: slug,
      slug,
      uuid: '{0a1b2c3d-0000-4000-8000-000000000001}',
      is_private: true,
      scm: 'git',
      ...(hasMain ? { mainbranch: { type: 'branch', name: repository.mainBranch } } : {}),
      links: {
        html: { href: web },
        clone: [
          { name: 'https', href: `https://bot@bitbucket.org/${repository.fullName}.git` },
          { name: 'ssh', href: `ssh://git@bitbucket.org/${repository.fullName}.git` },
        ],
      },
    },
  };
}

async function readCommit(exchange: BitbucketExchange): Promise<Answer> {
  const [id = ''] = exchange.parts;
  const found = await exchange.repository.store.commit(id);
  if (found === undefined) return failure(404, 'Commit not found', { shas: [id] });
  return { status: 200, json: commitJson(exchange, found.oid, found.commit) };
}

async function setStatus(exchange: BitbucketExchange): Promise<Answer> {
  const { repository } = exchange;
  const [sha = ''] = exchange.parts;
  if ((await repository.store.commit(sha)) === undefined) {
    return failure(404, 'Commit not found', { shas: [sha] });
  }
  const body = jsonBody(exchange);
  const ofCommit = repository.statuses.get(sha) ?? new Map<string, Record<string, unknown>>();
  const key = String(body['key']);
  const now = repository.now();
  const status = {
    ...body,
    type: 'build',
    created_on: ofCommit.get(key)?.['created_on'] ?? now,
    updated_on: now,
    links: { commit: { href: `${exchange.self}/commit/${sha}` } },
  };
  repository.statuses.set(sha, ofCommit.set(key, status));
  return { status: 201, json: status };
}

async function listStatuses(exchange: BitbucketExchange): Promise<Answer> {
  const [sha = ''] = exchange.parts;
  return page(exchange, [...(exchange.repository.statuses.get(sha)?.values() ?? [])]);
}

/** The repository, its branches, tags and commits. */
export const refRoutes: readonly BitbucketRoute[] = [
  ['GET', /^$/, readRepository],
  ['GET', /^\/refs\/branches$/, (exchange) => listRefs(exchange, 'branch')],
  ['POST', /^\/refs\/branches$/, (exchange) => createRef(exchange, 'branch')],
  ['GET', /^\/refs\/branches\/([^/]+)$/, (exchange) => readRef(exchange, 'branch')],
  ['DELETE', /^\/refs\/branches\/([^/]+)$/, deleteBranch],
  ['GET', /^\/refs\/tags$/, (exchange) => listRefs(exchange, 'tag')],
  ['POST', /^\/refs\/tags$/, (exchange) => createRef(exchange, 'tag')],
  ['GET', /^\/refs\/tags\/([^/]+)$/, (exchange) => readRef(exchange, 'tag')],
  ['GET', /^\/commit\/([^/]+)$/, readCommit],
  ['POST', /^\/commit\/([^/]+)\/statuses\/build$/, setStatus],
  ['GET', /^\/commit\/([^/]+)\/statuses$/, listStatuses],
];
