import { type Answer, jsonBody } from '../forge/exchange.ts';
import {
  failure,
  type GitlabExchange,
  type GitlabRoute,
  notFound,
  page,
  text,
} from './exchange.ts';
import type { StatusState } from './project-state.ts';

/** A commit as GitLab writes one. */
export async function commitJson(
  { repository, web }: Pick<GitlabExchange, 'repository' | 'web'>,
  oid: string,
): Promise<Record<string, unknown>> {
  const read = await repository.store.commit(oid);
  if (read === undefined) throw new Error(`no commit ${oid}`);
  const { message, author, committer, parent } = read.commit;
  const at = (seconds: number) => new Date(seconds * 1000).toISOString();
  return {
    id: oid,
    short_id: oid.slice(0, 8),
    title: message.split('\n')[0] ?? '',
    message,
    parent_ids: parent,
    author_name: author.name,
    author_email: author.email,
    authored_date: at(author.timestamp),
    committer_name: committer.name,
    committer_email: committer.email,
    committed_date: at(committer.timestamp),
    created_at: at(committer.timestamp),
    trailers: {},
    extended_trailers: {},
    web_url: `${web}/-/commit/${oid}`,
  };
}

async function readProject({ repository, web }: GitlabExchange): Promise<Answer> {
  const path = repository.fullName.split('/').at(-1) ?? '';
  return {
    status: 200,
    json: {
      id: repository.id,
      name: path,
      path,
      path_with_namespace: repository.fullName,
      // Of an empty project the name that its first branch will have.
      default_branch: repository.mainBranch,
      empty_repo: (await repository.store.branches()).length === 0,
      visibility: 'private',
      web_url: web,
      http_url_to_repo: `${web}.git`,
      ssh_url_to_repo: `git@gitlab.example.com:${repository.fullName}.git`,
      merge_method: repository.merging.method,
      squash_option: repository.merging.squashOption,
    },
  };
}

async function branchJson(
  exchange: GitlabExchange,
  name: string,
): Promise<Record<string, unknown>> {
  const { repository, web } = exchange;
  const guarded = repository.protectedBranches.has(name);
  return {
    name,
    commit: await commitJson(exchange, (await repository.branch(name)) ?? ''),
    merged: false,
    protected: guarded,
    developers_can_push: false,
    developers_can_merge: false,
    can_push: !guarded,
    default: name === repository.mainBranch,
    web_url: `${web}/-/tree/${encodeURIComponent(name)}`,
  };
}

async function readBranch(exchange: GitlabExchange): Promise<Answer> {
  const [name = ''] = exchange.parts;
  if ((await exchange.repository.branch(name)) === undefined) return notFound('Branch');
  return { status: 200, json: await branchJson(exchange, name) };
}

const nameOf = (value: unknown) => String((value as { name: unknown }).name);

async function listBranches(exchange: GitlabExchange): Promise<Answer> {
  const search = (exchange.query.get('search') ?? '').toLowerCase();
  const names = (await exchange.repository.store.branches())
    .sort()
    .filter((name) => name.toLowerCase().includes(search));
  const values = await Promise.all(names.map((name) => branchJson(exchange, name)));
  return page(exchange, values, { token: nameOf, whole: search !== '' });
}

async function createBranch(exchange: GitlabExchange): Promise<Answer> {
  const { repository } = exchange;
  const body = jsonBody(exchange);
  const [name, ref] = [text(body['branch']), text(body['ref'])];
  if ((await repository.branch(name)) !== undefined) return failure(400, 'Branch already exists');
  const oid = await repository.revision(ref);
  if (oid === undefined) return failure(400, `Invalid reference name: ${ref}`);
  const conflict = await repository.nameConflict(name);
  if (conflict !== undefined)
    return failure(400, `Failed to create branch '${name}': reference '${conflict}' exists`);
  await repository.store.setRef(`refs/heads/${name}`, oid);
  return { status: 201, json: await branchJson(exchange, name) };
}

async function deleteBranch({ repository, parts }: GitlabExchange): Promise<Answer> {
  const [name = ''] = parts;
  if ((await repository.branch(name)) === undefined) return notFound('Branch');
  if (name === repository.mainBranch) return failure(400, 'Cannot remove HEAD branch');
  await repository.store.deleteRef(`refs/heads/${name}`);
  return { status: 204 };
}

async function tagJson(exchange: GitlabExchange, name: string): Promise<Record<string, unknown>> {
  const oid = (await exchange.repository.store.ref(`refs/tags/${name}`)) ?? '';
  return {
    name,
    message: '',
    target: oid,
    commit: await commitJson(exchange, oid),
    release: null,
    protected: false,
    created_at: null,
  };
}

async function readTag(exchange: GitlabExchange): Promise<Answer> {
  const [name = ''] = exchange.parts;
  if ((await exchange.repository.store.ref(`refs/tags/${name}`)) === undefined)
    return notFound('Tag');
  return { status: 200, json: await tagJson(exchange, name) };
}

async function listTags(exchange: GitlabExchange): Promise<Answer> {
  const names = (await exchange.repository.store.tags()).sort();
  const values = await Promise.all(names.map((name) => tagJson(exchange, name)));
  return page(exchange, values, { token: nameOf });
}

async function createTag(exchange: GitlabExchange): Promise<Answer> {
  const { repository } = exchange;
  const body = jsonBody(exchange);
  const [name, ref, message] = [text(body['tag_name']), text(body['ref']), text(body['message'])];
  if ((await repository.store.ref(`refs/tags/${name}`)) !== undefined)
    return failure(400, `Tag ${name} already exists`);
  const oid = await repository.revision(ref);
  if (oid === undefined) return failure(400, `Target ${ref} is invalid`);
  if (message === '') await repository.store.setRef(`refs/tags/${name}`, oid);
  else await repository.store.annotatedTag(name, oid, message);
  return { status: 201, json: await tagJson(exchange, name) };
}

async function readCommit(exchange: GitlabExchange): Promise<Answer> {
  const [id = ''] = exchange.parts;
  const oid = await exchange.repository.revision(id);
  return oid === undefined
    ? notFound('Commit')
    : { status: 200, json: await commitJson(exchange, oid) };
}

/** Lists the history of a ref, or the commits of a range `a..b`. */
async function listCommits(exchange: GitlabExchange): Promise<Answer> {
  const { repository, query } = exchange;
  const [from, to] = (query.get('ref_name') ?? repository.mainBranch).split('..');
  const tips = await Promise.all([from, to ?? from].map((name) => repository.revision(name ?? '')));
  const [base, tip] = tips;
  if (base === undefined || tip === undefined) return notFound('Commit');
  const without = new Set(to === undefined ? [] : await repository.history(base));
  const oids = (await repository.history(tip)).filter((oid) => !without.has(oid));
  return page(exchange, await Promise.all(oids.map((oid) => commitJson(exchange, oid))));
}

async function mergeBase(exchange: GitlabExchange): Promise<Answer> {
  const { repository, query } = exchange;
  const names = query.getAll('refs[]');
  const oids = await Promise.all(names.map((name) => repository.revision(name)));
  const [left, right] = oids;
  if (left === undefined || right === undefined) {
    return failure(400, `Could not find ref: ${names[oids.indexOf(undefined)]}`);
  }
  const base = await repository.store.mergeBase(left, right);
  return base === undefined
    ? notFound('Merge Base')
    : { status: 200, json: await commitJson(exchange, base) };
}

/** The states from which a status comes to another one, as GitLab's state machine has it. */
const ways: Readonly<Record<string, { readonly event: string; readonly from: readonly string[] }>> =
  {
    pending: { event: 'enqueue', from: ['created', 'skipped', 'manual', 'scheduled'] },
    running: { event: 'run', from: ['created', 'pending'] },
    success: { event: 'success', from: ['created', 'pending', 'running'] },
    failed: { event: 'drop', from: ['created', 'pending', 'running'] },
    canceled: { event: 'cancel', from: ['created', 'pending', 'running'] },
    skipped: { event: 'skip', from: ['created', 'pending'] },
  };

async function setStatus(exchange: GitlabExchange): Promise<Answer> {
  const { repository, parts } = exchange;
  const [sha = ''] = parts;
  if ((await repository.store.commit(sha)) === undefined) return notFound('Commit');
  const body = jsonBody(exchange);
  const name = text(body['name'] ?? body['context'] ?? 'default');
  const way = ways[text(body['state'])];
  if (way === undefined) return failure(400, 'state does not have a valid value');
  // What has ended is left as it is, and a new one is begun.
  const former = repository.statuses.find(
    (status) =>
      status.sha === sha && status.name === name && /^(?:pending|running)$/.test(status.status),
  );
  const status: StatusState = former ?? {
    id: repository.nextId(),
    sha,
    name,
    status: 'created',
    description: null,
    targetUrl: null,
    createdAt: repository.now(),
  };
  if (former === undefined) repository.statuses.push(status);
  if (body['description'] !== undefined) status.description = text(body['description']);
  if (body['target_url'] !== undefined) status.targetUrl = text(body['target_url']);
  if (!way.from.includes(status.status)) {
    return failure(
      400,
      `Cannot transition status via :${way.event} from :${status.status} (Reason(s): Status cannot transition via "${way.event}")`,
    );
  }
  status.status = text(body['state']);
  return { status: 201, json: statusJson(status) };
}

function statusJson(status: StatusState): object {
  return {
    id: status.id,
    sha: status.sha,
    ref: 'main',
    status: status.status,
    name: status.name,
    target_url: status.targetUrl,
    description: status.description,
    created_at: status.createdAt,
    started_at: null,
    finished_at: null,
    allow_failure: false,
    coverage: null,
  };
}

async function listStatuses(exchange: GitlabExchange): Promise<Answer> {
  const { repository, parts } = exchange;
  const [sha = ''] = parts;
  const ofCommit = repository.statuses.filter((status) => status.sha === sha);
  // Only the last one of a name, unless `all` is asked for.
  const last = ofCommit.filter(
    ({ id, name }) => !ofCommit.some((other) => other.name === name && other.id > id),
  );
  return page(exchange, last.map(statusJson));
}

/** The project, its branches, tags, commits and their statuses. */
export const refRoutes: readonly GitlabRoute[] = [
  ['GET', /^$/, readProject],
  ['GET', /^\/repository\/branches$/, listBranches],
  ['POST', /^\/repository\/branches$/, createBranch],
  ['GET', /^\/repository\/branches\/([^/]+)$/, readBranch],
  ['DELETE', /^\/repository\/branches\/([^/]+)$/, deleteBranch],
  ['GET', /^\/repository\/tags$/, listTags],
  ['POST', /^\/repository\/tags$/, createTag],
  ['GET', /^\/repository\/tags\/([^/]+)$/, readTag],
  ['GET', /^\/repository\/commits$/, listCommits],
  ['GET', /^\/repository\/commits\/([^/]+)$/, readCommit],
  ['GET', /^\/repository\/commits\/([^/]+)\/statuses$/, listStatuses],
  ['GET', /^\/repository\/merge_base$/, mergeBase],
  ['POST', /^\/statuses\/([^/]+)$/, setStatus],
];
