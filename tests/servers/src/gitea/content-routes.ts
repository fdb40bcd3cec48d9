import { type Answer, jsonBody, member } from '../forge/exchange.ts';
import type { Mode, StoreAuthor, StoreChange, StoredFile } from '../forge/git-store.ts';
import { failure, type GiteaExchange, type GiteaRoute, text, webOf } from './exchange.ts';

async function contentJson(
  exchange: GiteaExchange,
  file: { readonly path: string; readonly entry: StoredFile; readonly commit: string },
): Promise<Record<string, unknown>> {
  const { path, entry, commit } = file;
  const { repository } = exchange;
  const bytes = entry.type === 'blob' ? await repository.store.blob(entry.oid) : new Uint8Array();
  const link = entry.mode === '120000';
  const kinds = { blob: link ? 'symlink' : 'file', tree: 'dir', commit: 'submodule' } as const;
  const inline =
    entry.type === 'blob' && !link && bytes.byteLength <= repository.maxInlineBytes
      ? Buffer.from(bytes).toString('base64')
      : null;
  return {
    name: path.split('/').at(-1),
    path,
    sha: entry.oid,
    last_commit_sha: commit,
    type: kinds[entry.type],
    size: bytes.byteLength,
    encoding: inline === null ? null : 'base64',
    content: inline,
    target: link ? Buffer.from(bytes).toString('utf8') : null,
    url: `${exchange.self}/contents/${encodeURIComponent(path)}?ref=${commit}`,
    html_url: `${webOf(exchange)}/src/commit/${commit}/${path}`,
    submodule_git_url: null,
  };
}

/** Finds what the path and the `ref` of a request name. */
async function locate(exchange: GiteaExchange) {
  const { repository, query } = exchange;
  const path = exchange.parts[0] ?? '';
  const commit = await repository.revision(query.get('ref') ?? repository.mainBranch);
  const entry = commit === undefined ? undefined : await repository.store.entry(commit, path);
  return commit === undefined || entry === undefined ? undefined : { commit, path, entry };
}

const absent = failure(404, "The target couldn't be found.");

async function readContents(exchange: GiteaExchange): Promise<Answer> {
  const found = await locate(exchange);
  if (found === undefined) return absent;
  const { commit, path, entry } = found;
  if (entry.type !== 'tree') return { status: 200, json: await contentJson(exchange, found) };
  const entries = await exchange.repository.store.list(entry.oid);
  const items = entries.map(({ name, ...item }) =>
    contentJson(exchange, { commit, path: `${path}/${name}`, entry: item }),
  );
  return { status: 200, json: await Promise.all(items) };
}

async function readBytes(exchange: GiteaExchange, lfs: boolean): Promise<Answer> {
  const found = await locate(exchange);
  if (found === undefined || found.entry.type !== 'blob') return absent;
  const stored = lfs ? exchange.repository.lfs.get(found.path) : undefined;
  const bytes = stored ?? (await exchange.repository.store.blob(found.entry.oid));
  return { status: 200, bytes, headers: { 'content-type': 'application/octet-stream' } };
}

async function changeFiles(exchange: GiteaExchange): Promise<Answer> {
  const { repository } = exchange;
  const body = jsonBody(exchange);
  const branch = text(body['branch']) || repository.mainBranch;
  const target = text(body['new_branch']) || branch;
  if (repository.archived) return failure(423, 'This repo is archived.');
  const tip = await repository.branch(branch);
  if (tip === undefined) return failure(404, `branch does not exist [repo_id: 1 name: ${branch}]`);
  if (target !== branch && (await repository.branch(target)) !== undefined) {
    return failure(422, `branch already exists [name: ${target}]`);
  }
  if (target === branch && repository.protectedBranches.has(branch)) {
    return failure(403, `user cannot commit to repo [user: ${exchange.account}]`);
  }
  const operations = Array.isArray(body['files']) ? (body['files'] as unknown[]) : [];
  const changes = new Map<string, StoreChange>();
  for (const operation of operations) {
    const change = await readChange(exchange, { tip, operation });
    if ('status' in change) return change;
    changes.set(change.path, change.write);
  }
  // A push that Git refuses is a plain 500.
  if ((await repository.nameConflict(target)) !== undefined) return failure(500, '');
  const oid = await repository.store.write({
    parents: [tip],
    changes,
    message: text(body['message']).trim(),
    author: readAuthor(body['author']),
  });
  await repository.store.setRef(`refs/heads/${target}`, oid);
  return { status: 201, json: await changedJson(exchange, oid, [...changes.keys()]) };
}

interface Change {
  readonly path: string;
  readonly write: StoreChange;
}

async function readChange(
  { repository }: GiteaExchange,
  { tip, operation }: { readonly tip: string; readonly operation: unknown },
): Promise<Change | Answer> {
  const { store } = repository;
  const path = text(member(operation, 'path'));
  const kind = text(member(operation, 'operation'));
  const sha = text(member(operation, 'sha'));
  const entry = await store.entry(tip, path);
  if (kind === 'update' || kind === 'delete') {
    if (entry === undefined) return failure(404, `object does not exist [id: , rel_path: ${path}]`);
    if (sha === '') return failure(422, 'a SHA or commit ID must be proved when updating a file');
    if (sha !== entry.oid) {
      return failure(422, `sha does not match [given: ${sha}, expected: ${entry.oid}]`);
    }
    if (kind === 'delete') return { path, write: undefined };
  } else if (kind !== 'create') {
    return failure(500, `invalid file operation: ${kind} ${path}`);
  }
  const parts = path.split('/');
  for (let depth = 1; depth < parts.length; depth += 1) {
    const folder = await store.entry(tip, parts.slice(0, depth).join('/'));
    if (folder !== undefined && folder.type !== 'tree') {
      return failure(422, 'a file exists where you’re trying to create a subdirectory');
    }
  }
  if (entry?.mode === '120000') {
    return failure(422, 'a symbolic link exists where you’re trying to create a subdirectory');
  }
  if (entry?.type === 'tree') {
    return failure(422, 'a directory exists where you’re trying to create a file');
  }
  if (kind === 'create' && entry !== undefined) {
    return failure(422, `repository file already exists [path: ${path}]`);
  }
  const encoded = text(member(operation, 'content'));
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) return failure(422, 'illegal base64 data');
  // An update keeps the executable bit; nothing else can set it.
  const mode: Mode = entry?.mode === '100755' ? '100755' : '100644';
  return { path, write: { content: Buffer.from(encoded, 'base64'), mode } };
}

function readAuthor(author: unknown): StoreAuthor | undefined {
  const [name, email] = [text(member(author, 'name')), text(member(author, 'email'))];
  return name === '' || email === '' ? undefined : { name, email };
}

async function changedJson(
  exchange: GiteaExchange,
  oid: string,
  paths: readonly string[],
): Promise<object> {
  const { store } = exchange.repository;
  const read = await store.commit(oid);
  const files = await Promise.all(
    paths.map(async (path) => {
      const entry = await store.entry(oid, path);
      return entry === undefined ? null : contentJson(exchange, { path, entry, commit: oid });
    }),
  );
  const { author, committer, message = '', parent = [], tree } = read?.commit ?? {};
  const person = (who: { name: string; email: string } | undefined) => ({
    name: who?.name,
    email: who?.email,
    date: '2026-11-20T08:00:00Z',
  });
  return {
    files,
    commit: {
      sha: oid,
      url: `${exchange.self}/git/commits/${oid}`,
      html_url: `${webOf(exchange)}/commit/${oid}`,
      message,
      author: person(author),
      committer: person(committer),
      parents: parent.map((sha) => ({ sha, url: `${exchange.self}/git/commits/${sha}` })),
      tree: { sha: tree, url: `${exchange.self}/git/trees/${tree}` },
    },
    verification: { verified: false, reason: 'gpg.error.not_signed_commit' },
  };
}

/** Files and commits of files. */
export const contentRoutes: readonly GiteaRoute[] = [
  ['GET', /^\/contents\/(.+)$/, readContents],
  ['POST', /^\/contents$/, changeFiles],
  ['GET', /^\/raw\/(.+)$/, (exchange) => readBytes(exchange, false)],
  ['GET', /^\/media\/(.+)$/, (exchange) => readBytes(exchange, true)],
];
