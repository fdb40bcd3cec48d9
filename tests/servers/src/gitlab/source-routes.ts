import { createHash } from 'node:crypto';
import { type Answer, jsonBody, member } from '../forge/exchange.ts';
import type { GitStore, Mode, StoreChange } from '../forge/git-store.ts';
import { fileDiff } from '../forge/unified-diff.ts';
import {
  failure,
  type GitlabExchange,
  type GitlabRoute,
  notFound,
  page,
  text,
} from './exchange.ts';
import { commitJson } from './ref-routes.ts';

interface Found {
  readonly path: string;
  readonly commit: string;
  readonly blob: string;
  readonly mode: string;
  readonly content: Uint8Array;
}

async function findFile({ repository, parts, query }: GitlabExchange): Promise<Found | Answer> {
  const [path = ''] = parts;
  const commit = await repository.revision(query.get('ref') ?? '');
  if (commit === undefined) return notFound('Commit');
  const entry = await repository.store.entry(commit, path);
  if (entry?.type !== 'blob') return notFound('File');
  const content = await repository.store.blob(entry.oid);
  return { path, commit, blob: entry.oid, mode: entry.mode, content };
}

async function readFile(exchange: GitlabExchange): Promise<Answer> {
  const found = await findFile(exchange);
  if ('status' in found) return found;
  const { path, commit, blob, mode, content } = found;
  return {
    status: 200,
    json: {
      file_name: path.split('/').at(-1),
      file_path: path,
      size: content.byteLength,
      encoding: 'base64',
      content_sha256: createHash('sha256').update(content).digest('hex'),
      ref: exchange.query.get('ref'),
      blob_id: blob,
      commit_id: commit,
      last_commit_id: commit,
      // A symbolic link is not executable, and nothing here tells that it is one.
      execute_filemode: mode === '100755',
      content: Buffer.from(content).toString('base64'),
    },
  };
}

async function headFile(exchange: GitlabExchange): Promise<Answer> {
  const found = await findFile(exchange);
  if ('status' in found) return { status: found.status };
  return {
    status: 200,
    headers: {
      'x-gitlab-blob-id': found.blob,
      'x-gitlab-commit-id': found.commit,
      'x-gitlab-execute-filemode': String(found.mode === '100755'),
      'x-gitlab-size': String(found.content.byteLength),
    },
  };
}

async function listTree(exchange: GitlabExchange): Promise<Answer> {
  const { repository, query } = exchange;
  const { store } = repository;
  const path = query.get('path') ?? '';
  const commit = await repository.revision(query.get('ref') ?? '');
  const read = commit === undefined ? undefined : await store.commit(commit);
  const folder =
    read === undefined || path === ''
      ? read?.commit.tree
      : await store
          .entry(read.oid, path)
          .then((entry) => (entry?.type === 'tree' ? entry.oid : ''));
  if (folder === undefined || folder === '') return notFound('Tree');
  const entries = (await store.list(folder)).map(({ name, oid, type, mode }) => ({
    id: oid,
    name,
    type,
    path: path === '' ? name : `${path}/${name}`,
    mode,
  }));
  return page(exchange, entries, { token: (entry) => String((entry as { path: unknown }).path) });
}

/** A commit of many files: all of its actions are carried out, one after the other, or none. */
async function commit(exchange: GitlabExchange): Promise<Answer> {
  const { repository } = exchange;
  const body = jsonBody(exchange);
  const branch = text(body['branch']);
  const startSha = text(body['start_sha']);
  const tip = await repository.branch(branch);
  if (repository.protectedBranches.has(branch)) {
    return failure(403, 'You are not allowed to push into this branch');
  }
  if (startSha !== '') {
    if ((await repository.store.commit(startSha)) === undefined)
      return failure(400, `Cannot find start_sha '${startSha}'`);
    if (tip !== undefined && body['force'] !== true) {
      return failure(
        400,
        `A branch called '${branch}' already exists. Switch to that branch in order to make changes`,
      );
    }
  } else if (tip === undefined) {
    return failure(400, 'You can only create or edit files when you are on a branch');
  }
  const conflict = tip === undefined ? await repository.nameConflict(branch) : undefined;
  if (conflict !== undefined)
    return failure(400, `reference '${conflict}' exists; cannot create '${branch}'`);
  if (tip === undefined && repository.branchNameRule?.test(branch) === false) {
    return failure(
      400,
      `Branch name '${branch}' does not follow the pattern '${repository.branchNameRule.source}'`,
    );
  }
  const parent = startSha === '' ? (tip ?? '') : startSha;
  const changes = await carryOut(repository.store, parent, body['actions']);
  if (typeof changes === 'string') return failure(400, changes);
  const name = text(body['author_name']);
  const author = name === '' ? undefined : { name, email: text(body['author_email']) };
  const message = text(body['commit_message']);
  const oid = await repository.store.write({ parents: [parent], changes, message, author });
  await repository.store.setRef(`refs/heads/${branch}`, oid);
  return { status: 201, json: await commitJson(exchange, oid) };
}

async function carryOut(
  store: GitStore,
  parent: string,
  actions: unknown,
): Promise<Map<string, StoreChange> | string> {
  const changes = new Map<string, StoreChange>();
  const current = async (path: string): Promise<StoreChange> => {
    if (changes.has(path)) return changes.get(path);
    const entry = await store.entry(parent, path);
    if (entry?.type !== 'blob') return undefined;
    return { content: await store.blob(entry.oid), mode: entry.mode as Mode };
  };
  for (const action of Array.isArray(actions) ? actions : []) {
    const path = text(member(action, 'file_path'));
    const before = await current(path);
    const kind = text(member(action, 'action'));
    if (kind === 'create' ? before !== undefined : before === undefined) {
      return kind === 'create'
        ? 'A file with this name already exists'
        : "A file with this name doesn't exist";
    }
    const encoding = member(action, 'encoding') === 'base64' ? 'base64' : 'utf8';
    const content = Buffer.from(text(member(action, 'content')), encoding);
    if (kind === 'create') changes.set(path, { content, mode: '100644' });
    else if (kind === 'update') changes.set(path, { content, mode: before?.mode ?? '100644' });
    else if (kind === 'delete') changes.set(path, undefined);
    else if (kind === 'chmod' && before !== undefined) {
      const mode = member(action, 'execute_filemode') === true ? '100755' : '100644';
      changes.set(path, { content: before.content, mode });
    } else return `action "${kind}" is not simulated`;
  }
  return changes;
}

/** The files that differ, as GitLab shows them: the hunks alone, the headers as members. */
export async function diffsJson(
  store: GitStore,
  before: string | undefined,
  after: string,
): Promise<readonly Record<string, unknown>[]> {
  const files = await store.differences(before, after);
  const blob = async (oid: string | undefined) => (oid === undefined ? undefined : store.blob(oid));
  const modeAt = async (commitId: string | undefined, path: string) =>
    (commitId === undefined ? undefined : await store.entry(commitId, path))?.mode;
  return Promise.all(
    files.map(async ({ path, before: old, after: now }) => {
      const patch = fileDiff(path, await blob(old), await blob(now));
      const aMode = old === undefined ? '0' : await modeAt(before, path);
      const bMode = now === undefined ? '0' : await modeAt(after, path);
      return {
        diff: patch.slice(patch.indexOf('@@ ')),
        collapsed: false,
        too_large: false,
        new_path: path,
        old_path: path,
        a_mode: aMode,
        b_mode: bMode,
        new_file: old === undefined,
        renamed_file: false,
        deleted_file: now === undefined,
        generated_file: false,
      };
    }),
  );
}

async function compare(exchange: GitlabExchange): Promise<Answer> {
  const { repository, query } = exchange;
  const [from, to] = await Promise.all(
    ['from', 'to'].map((name) => repository.revision(query.get(name) ?? '')),
  );
  if (from === undefined || to === undefined) return notFound('Ref');
  const base = await repository.store.mergeBase(from, to);
  const start = query.get('straight') === 'true' ? from : base;
  const without = new Set(await repository.history(from));
  const oids = (await repository.history(to)).filter((oid) => !without.has(oid));
  const commits = await Promise.all(oids.toReversed().map((oid) => commitJson(exchange, oid)));
  return {
    status: 200,
    json: {
      commit: commits.at(-1) ?? null,
      commits,
      diffs: await diffsJson(repository.store, start, to),
      compare_timeout: false,
      compare_same_ref: from === to,
      web_url: `${exchange.web}/-/compare/${from}...${to}`,
    },
  };
}

/** Lists the files of a merge request. */
export async function listDiffs(
  exchange: GitlabExchange,
  range: { readonly base: string | undefined; readonly head: string },
): Promise<Answer> {
  return page(exchange, await diffsJson(exchange.repository.store, range.base, range.head));
}

/** Files, commits of files, and comparison. */
export const sourceRoutes: readonly GitlabRoute[] = [
  ['HEAD', /^\/repository\/files\/([^/]+)$/, headFile],
  ['GET', /^\/repository\/files\/([^/]+)$/, readFile],
  ['GET', /^\/repository\/tree$/, listTree],
  ['POST', /^\/repository\/commits$/, commit],
  ['GET', /^\/repository\/compare$/, compare],
];
