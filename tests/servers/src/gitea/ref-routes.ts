import type { CommitObject } from 'isomorphic-git';
import { type Answer, jsonBody } from '../forge/exchange.ts';
import { failure, type GiteaExchange, type GiteaRoute, page, text, webOf } from './exchange.ts';

/** The repository as the server describes it, here and inside of pull requests. */
export async function repositoryJson(exchange: GiteaExchange): Promise<Record<string, unknown>> {
  const { repository } = exchange;
  const [owner = '', name = ''] = repository.fullName.split('/');
  const web = webOf(exchange);
  const { styles, preferred } = repository.merging;
  return {
    id: 1,
    name,
    full_name: repository.fullName,
    owner: userJson(1, owner),
    private: true,
    empty: (await repository.store.branches()).length === 0,
    default_branch: repository.mainBranch,
    archived: repository.archived,
    html_url: web,
    clone_url: `${web}.git`,
    allow_merge_commits: styles.includes('merge'),
    allow_rebase: styles.includes('rebase'),
    allow_squash_merge: styles.includes('squash'),
    allow_fast_forward_only_merge: styles.includes('fast-forward-only'),
    default_merge_style: preferred,
    permissions: { admin: true, push: true, pull: true },
  };
}

/** An account. */
export function userJson(id: number, login: string): object {
  return { id, login, full_name: '', email: `${login}@example.com`, is_admin: false };
}

/** A commit as lists of commits have it. */
export function commitJson(exchange: GiteaExchange, oid: string, commit: CommitObject): object {
  const web = webOf(exchange);
  const person = ({ name, email, timestamp }: CommitObject['author']) => ({
    name,
    email,
    date: new Date(timestamp * 1000).toISOString(),
  });
  return {
    sha: oid,
    url: `${exchange.self}/git/commits/${oid}`,
    html_url: `${web}/commit/${oid}`,
    created: new Date(commit.committer.timestamp * 1000).toISOString(),
    commit: {
      url: `${exchange.self}/git/commits/${oid}`,
      author: person(commit.author),
      committer: person(commit.committer),
      message: commit.message,
      tree: { sha: commit.tree, url: `${exchange.self}/git/trees/${commit.tree}` },
    },
    author: null,
    committer: null,
    parents: commit.parent.map((sha) => ({ sha, url: `${exchange.self}/git/commits/${sha}` })),
  };
}

async function branchJson(exchange: GiteaExchange, name: string): Promise<object> {
  const { repository } = exchange;
  const sha = (await repository.branch(name)) ?? '';
  const commit = (await repository.store.commit(sha))?.commit;
  return {
    name,
    commit: { id: sha, message: commit?.message ?? '', url: `${webOf(exchange)}/commit/${sha}` },
    protected: repository.protectedBranches.has(name),
    required_approvals: 0,
    enable_status_check: false,
    status_check_contexts: [],
    user_can_push: true,
    user_can_merge: true,
    effective_branch_protection_name: '',
  };
}

async function readBranch(exchange: GiteaExchange): Promise<Answer> {
  const [name = ''] = exchange.parts;
  if ((await exchange.repository.branch(name)) === undefined) {
    return failure(404, "The target couldn't be found.");
  }
  return { status: 200, json: await branchJson(exchange, name) };
}

async function listBranches(exchange: GiteaExchange): Promise<Answer> {
  const names = (await exchange.repository.store.branches()).sort();
  // Go writes the list of an empty repository as null.
  if (names.length === 0) return { status: 200, json: null };
  return page(exchange, await Promise.all(names.map((name) => branchJson(exchange, name))), {
    linked: true,
  });
}

async function createBranch(exchange: GiteaExchange): Promise<Answer> {
  const { repository } = exchange;
  const body = jsonBody(exchange);
  const name = text(body['new_branch_name']);
  const start = await repository.revision(text(body['old_ref_name']));
  if (start === undefined) return failure(404, 'The old branch does not exist');
  if ((await repository.branch(name)) !== undefined) {
    return failure(409, 'The branch already exists.');
  }
  if ((await repository.store.ref(`refs/tags/${name}`)) !== undefined) {
    return failure(409, 'The branch with the same tag already exists.');
  }
  const conflict = await repository.nameConflict(name);
  if (conflict !== undefined) return failure(409, `The branch "${conflict}" is in the way.`);
  await repository.store.setRef(`refs/heads/${name}`, start);
  return { status: 201, json: await branchJson(exchange, name) };
}

async function deleteBranch(exchange: GiteaExchange): Promise<Answer> {
  const { repository } = exchange;
  const [name = ''] = exchange.parts;
  if (name === repository.mainBranch) return failure(403, 'can not delete default branch');
  if (repository.protectedBranches.has(name)) return failure(403, 'branch protected');
  if ((await repository.branch(name)) === undefined) {
    return failure(404, "The target couldn't be found.");
  }
  await repository.store.deleteRef(`refs/heads/${name}`);
  return { status: 204 };
}

async function tagJson(exchange: GiteaExchange, name: string): Promise<object> {
  const sha = await exchange.repository.store.ref(`refs/tags/${name}`);
  const url = `${exchange.self}/git/commits/${sha}`;
  return { id: sha, name, message: '', commit: { sha, url, created: '2026-11-20T08:00:00Z' } };
}

async function readTag(exchange: GiteaExchange): Promise<Answer> {
  const [name = ''] = exchange.parts;
  if ((await exchange.repository.store.ref(`refs/tags/${name}`)) === undefined) {
    return failure(404, "The target couldn't be found.");
  }
  return { status: 200, json: await tagJson(exchange, name) };
}

async function listTags(exchange: GiteaExchange): Promise<Answer> {
  const names = (await exchange.repository.store.tags()).sort();
  return page(exchange, await Promise.all(names.map((name) => tagJson(exchange, name))));
}

async function createTag(exchange: GiteaExchange): Promise<Answer> {
  const { store } = exchange.repository;
  const body = jsonBody(exchange);
  const name = text(body['tag_name']);
  const target = await exchange.repository.revision(text(body['target']));
  if (target === undefined) return failure(404, 'target not found');
  if ((await store.ref(`refs/tags/${name}`)) !== undefined) {
    return failure(409, `tag already exists [name: ${name}]`);
  }
  const message = text(body['message']);
  if (message === '') await store.setRef(`refs/tags/${name}`, target);
  else await store.annotatedTag(name, target, message);
  return { status: 201, json: await tagJson(exchange, name) };
}

async function readCommit(exchange: GiteaExchange): Promise<Answer> {
  const [id = ''] = exchange.parts;
  const oid = await exchange.repository.revision(id);
  const read = oid === undefined ? undefined : await exchange.repository.store.commit(oid);
  if (read === undefined) return failure(404, `object does not exist [id: ${id}, rel_path: ]`);
  return { status: 200, json: commitJson(exchange, read.oid, read.commit) };
}

async function setStatus(exchange: GiteaExchange): Promise<Answer> {
  const { repository } = exchange;
  const [sha = ''] = exchange.parts;
  if ((await repository.store.commit(sha)) === undefined) {
    return failure(404, `object does not exist [id: ${sha}, rel_path: ]`);
  }
  const { state, ...body } = jsonBody(exchange);
  const now = repository.now();
  const status = {
    description: '',
    target_url: '',
    ...body,
    id: repository.nextId(),
    status: state,
    url: `${exchange.self}/statuses/${sha}`,
    creator: userJson(1, exchange.account),
    created_at: now,
    updated_at: now,
  };
  repository.statuses.set(sha, [status, ...(repository.statuses.get(sha) ?? [])]);
  return { status: 201, json: status };
}

async function listStatuses(exchange: GiteaExchange): Promise<Answer> {
  const [ref = ''] = exchange.parts;
  const sha = await exchange.repository.revision(ref);
  if (sha === undefined) return failure(404, 'no such commit');
  const all = exchange.repository.statuses.get(sha) ?? [];
  // "highestindex" is the newest first; without it the order is by time, which is a second here.
  const sorted = exchange.query.get('sort') === 'highestindex' ? all : all.toReversed();
  return page(exchange, sorted, { linked: true });
}

/** The repository, its branches, tags and commits. */
export const refRoutes: readonly GiteaRoute[] = [
  ['GET', /^$/, async (exchange) => ({ status: 200, json: await repositoryJson(exchange) })],
  ['GET', /^\/branches$/, listBranches],
  ['POST', /^\/branches$/, createBranch],
  ['GET', /^\/branches\/([^/]+)$/, readBranch],
  ['DELETE', /^\/branches\/([^/]+)$/, deleteBranch],
  ['GET', /^\/tags$/, listTags],
  ['POST', /^\/tags$/, createTag],
  ['GET', /^\/tags\/([^/]+)$/, readTag],
  ['GET', /^\/git\/commits\/([^/]+)$/, readCommit],
  ['POST', /^\/statuses\/([^/]+)$/, setStatus],
  ['GET', /^\/commits\/([^/]+)\/statuses$/, listStatuses],
];
