import { type Answer, jsonBody, member } from '../forge/exchange.ts';
import {
  failure,
  type GitHubExchange,
  type GitHubRoute,
  invalidField,
  page,
  route,
} from './exchange.ts';
import { hasObject, readTag, targetOf, writeTag } from './git-objects.ts';
import { createRef, deleteRef, isAncestor } from './ref-moves.ts';

async function readRepository({ repository, web, self }: GitHubExchange): Promise<Answer> {
  const [owner = '', name = ''] = repository.fullName.split('/');
  const { methods, autoMerge } = repository.rules;
  const empty = (await repository.store.branches()).length === 0;
  return {
    status: 200,
    json: {
      id: 1,
      node_id: repository.nodeId,
      name,
      full_name: repository.fullName,
      owner: { login: owner },
      private: true,
      html_url: web,
      url: self,
      clone_url: `${web}.git`,
      default_branch: repository.mainBranch,
      size: empty ? 0 : 12,
      allow_merge_commit: methods.has('merge'),
      allow_squash_merge: methods.has('squash'),
      allow_rebase_merge: methods.has('rebase'),
      allow_auto_merge: autoMerge,
    },
  };
}

async function refJson(
  { repository, self }: GitHubExchange,
  ref: string,
): Promise<object | undefined> {
  const target = await targetOf(repository.store, ref);
  if (target === undefined) return undefined;
  return {
    ref,
    node_id: 'REF_x',
    url: `${self}/git/${encodeURI(ref)}`,
    object: {
      sha: target.oid,
      type: target.type,
      url: `${self}/git/${target.type}s/${target.oid}`,
    },
  };
}

async function readRef(exchange: GitHubExchange): Promise<Answer> {
  const [name = ''] = exchange.parts;
  if ((await exchange.repository.store.branches()).length === 0)
    return failure(409, 'Git Repository is empty.');
  const json = await refJson(exchange, `refs/${name}`);
  return json === undefined ? failure(404, 'Not Found') : { status: 200, json };
}

async function addRef(exchange: GitHubExchange): Promise<Answer> {
  const { repository } = exchange;
  const body = jsonBody(exchange);
  const [ref, sha] = [String(body['ref']), String(body['sha'])];
  if ((await repository.store.branches()).length === 0)
    return failure(409, 'Git Repository is empty.');
  if (!(await hasObject(repository.store, sha))) return failure(422, 'Object does not exist');
  const refusal = await createRef(repository, ref, sha);
  if (refusal !== undefined) return failure(422, refusal);
  return { status: 201, json: await refJson(exchange, ref) };
}

async function moveRef(exchange: GitHubExchange): Promise<Answer> {
  const { repository, parts } = exchange;
  const ref = `refs/${parts[0]}`;
  const { sha, force } = jsonBody(exchange);
  const tip = await repository.store.ref(ref);
  if (tip === undefined) return failure(422, 'Reference does not exist');
  if (!(await hasObject(repository.store, String(sha))))
    return failure(422, 'Object does not exist');
  if (force !== true && !(await isAncestor(repository, tip, String(sha)))) {
    return failure(422, 'Update is not a fast forward');
  }
  await repository.store.setRef(ref, String(sha));
  return { status: 200, json: await refJson(exchange, ref) };
}

async function removeRef({ repository, parts }: GitHubExchange): Promise<Answer> {
  const refusal = await deleteRef(repository, `refs/${parts[0]}`);
  return refusal === undefined ? { status: 204 } : failure(422, refusal);
}

async function listBranches(exchange: GitHubExchange): Promise<Answer> {
  const { repository, self } = exchange;
  const names = (await repository.store.branches()).sort();
  const branches = await Promise.all(
    names.map(async (name) => {
      const sha = await repository.branch(name);
      return {
        name,
        commit: { sha, url: `${self}/commits/${sha}` },
        protected: repository.protectedBranches.has(name),
      };
    }),
  );
  return page(exchange, branches);
}

async function listTags(exchange: GitHubExchange): Promise<Answer> {
  const { store } = exchange.repository;
  const names = (await store.tags()).sort().reverse();
  const tags = await Promise.all(
    names.map(async (name) => ({
      name,
      commit: { sha: await store.ref(`refs/tags/${name}`), url: exchange.self },
      zipball_url: exchange.self,
      tarball_url: exchange.self,
      node_id: 'REF_x',
    })),
  );
  return page(exchange, tags);
}

async function addTag(exchange: GitHubExchange): Promise<Answer> {
  const { store } = exchange.repository;
  const body = jsonBody(exchange);
  const object = String(body['object']);
  if (!(await hasObject(store, object))) return failure(404, 'Not Found');
  const tagger = {
    name: 'Bowline Bot',
    email: 'bot@example.com',
    timestamp: 1_763_625_600,
    timezoneOffset: 0,
  };
  const message = String(body['message']);
  const tag = { object, type: 'commit' as const, tag: String(body['tag']), tagger, message };
  const oid = await writeTag(store, tag);
  return { status: 201, json: await tagJson(exchange, oid) };
}

async function tagJson({ repository, self }: GitHubExchange, oid: string): Promise<object> {
  const { object, type, tag, message, tagger } = await readTag(repository.store, oid);
  return {
    node_id: 'TA_x',
    tag,
    sha: oid,
    url: `${self}/git/tags/${oid}`,
    message,
    tagger: { name: tagger.name, email: tagger.email, date: '2026-11-20T08:00:00Z' },
    object: { sha: object, type, url: `${self}/git/commits/${object}` },
  };
}

async function readTagObject(exchange: GitHubExchange): Promise<Answer> {
  const [oid = ''] = exchange.parts;
  if (!(await hasObject(exchange.repository.store, oid))) return failure(404, 'Not Found');
  return { status: 200, json: await tagJson(exchange, oid) };
}

async function setStatus(exchange: GitHubExchange): Promise<Answer> {
  const { repository } = exchange;
  const [sha = ''] = exchange.parts;
  const body = jsonBody(exchange);
  if ((await repository.store.commit(sha)) === undefined)
    return failure(422, `No commit found for SHA: ${sha}`);
  const description = member(body, 'description');
  if (typeof description === 'string' && [...description].length > 140) {
    return invalidField('Status', 'description is too long (maximum is 140 characters)');
  }
  const status = {
    sha,
    context: String(body['context'] ?? 'default'),
    state: String(body['state']),
    description: typeof description === 'string' ? description : null,
    targetUrl: typeof body['target_url'] === 'string' ? body['target_url'] : null,
    createdAt: repository.now(),
  };
  repository.statuses.push(status);
  return { status: 201, json: statusJson(exchange, status) };
}

function statusJson(
  { self }: GitHubExchange,
  status: GitHubExchange['repository']['statuses'][number],
): object {
  const { sha, context, state, description, targetUrl, createdAt } = status;
  return {
    id: 1,
    node_id: 'SC_x',
    url: `${self}/statuses/${sha}`,
    context,
    state,
    description,
    target_url: targetUrl,
    created_at: createdAt,
    updated_at: createdAt,
  };
}

async function combinedStatus(exchange: GitHubExchange): Promise<Answer> {
  const { repository } = exchange;
  const sha = await repository.revision(exchange.parts[0] ?? '');
  if (sha === undefined) return failure(404, 'Not Found');
  const last = new Map(
    repository.statuses
      .filter((status) => status.sha === sha)
      .map((status) => [status.context, status]),
  );
  const states = [...last.values()].map(({ state }) => state);
  const failed = states.some((state) => state === 'failure' || state === 'error');
  const waits = states.length === 0 || states.includes('pending');
  return page(
    exchange,
    [...last.values()].map((status) => statusJson(exchange, status)),
    (statuses) => ({
      state: failed ? 'failure' : waits ? 'pending' : 'success',
      sha,
      total_count: last.size,
      statuses,
    }),
  );
}

async function listCheckRuns(exchange: GitHubExchange): Promise<Answer> {
  const { repository, parts } = exchange;
  const sha = await repository.revision(parts[0] ?? '');
  if (sha === undefined) return failure(422, `No commit found for SHA: ${parts[0]}`);
  const runs = repository.checkRuns.filter((run) => run['head_sha'] === sha);
  return page(exchange, runs, (check_runs) => ({ total_count: runs.length, check_runs }));
}

/** The repository, its branches, tags and statuses. */
export const refRoutes: readonly GitHubRoute[] = [
  route('GET', '', readRepository),
  route('GET', '/git/ref/{ref}', readRef),
  route('POST', '/git/refs', addRef),
  route('PATCH', '/git/refs/{ref}', moveRef),
  route('DELETE', '/git/refs/{ref}', removeRef),
  route('GET', '/branches', listBranches),
  route('GET', '/tags', listTags),
  route('POST', '/git/tags', addTag),
  route('GET', '/git/tags/{tag_sha}', readTagObject),
  route('POST', '/statuses/{sha}', setStatus),
  route('GET', '/commits/{ref}/status', combinedStatus),
  route('GET', '/commits/{ref}/check-runs', listCheckRuns),
];
