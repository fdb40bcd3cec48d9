import { type Answer, jsonBody, member } from '../forge/exchange.ts';
import { fileDiff } from '../forge/unified-diff.ts';
import { failure, type GitHubExchange, type GitHubRoute, route } from './exchange.ts';
import { editTree, hasObject, type TreeEdit, writeBlob } from './git-objects.ts';
import type { RepositoryState } from './repository-state.ts';

async function readCommit(exchange: GitHubExchange): Promise<Answer> {
  const { repository, parts } = exchange;
  const found = await repository.store.commit(parts[0] ?? '');
  if (found === undefined) return failure(404, 'Not Found');
  return { status: 200, json: await commitJson(exchange, found.oid) };
}

async function commitJson({ repository, self, web }: GitHubExchange, sha: string): Promise<object> {
  const found = await repository.store.commit(sha);
  const { author, message, tree, parent = [] } = found?.commit ?? {};
  const person = {
    name: author?.name ?? '',
    email: author?.email ?? '',
    date: new Date((author?.timestamp ?? 0) * 1000).toISOString(),
  };
  return {
    sha,
    node_id: 'C_x',
    url: `${self}/git/commits/${sha}`,
    html_url: `${web}/commit/${sha}`,
    author: person,
    committer: person,
    message: message?.trimEnd(),
    tree: { sha: tree, url: `${self}/git/trees/${tree}` },
    parents: parent.map((oid) => ({
      sha: oid,
      url: `${self}/git/commits/${oid}`,
      html_url: `${web}/commit/${oid}`,
    })),
    verification: {
      verified: false,
      reason: 'unsigned',
      signature: null,
      payload: null,
      verified_at: null,
    },
  };
}

async function addBlob(exchange: GitHubExchange): Promise<Answer> {
  const body = jsonBody(exchange);
  const encoding = body['encoding'] === 'base64' ? 'base64' : 'utf8';
  const content = Buffer.from(String(body['content']), encoding);
  const sha = await writeBlob(exchange.repository.store, content);
  return { status: 201, json: { sha, url: `${exchange.self}/git/blobs/${sha}` } };
}

async function readBlob({ repository, parts, headers }: GitHubExchange): Promise<Answer> {
  const [sha = ''] = parts;
  if (!(await hasObject(repository.store, sha))) return failure(404, 'Not Found');
  const content = await repository.store.blob(sha);
  if (/\braw\b/.test(headers.accept ?? '')) return { status: 200, bytes: content };
  return {
    status: 200,
    json: {
      sha,
      size: content.byteLength,
      encoding: 'base64',
      content: Buffer.from(content).toString('base64'),
      url: '',
      node_id: '',
    },
  };
}

async function addTree(exchange: GitHubExchange): Promise<Answer> {
  const { store } = exchange.repository;
  const body = jsonBody(exchange);
  const edits: TreeEdit[] = [];
  for (const entry of body['tree'] as unknown[]) {
    const [path, mode] = [String(member(entry, 'path')), String(member(entry, 'mode'))];
    const [given, content] = [member(entry, 'sha'), member(entry, 'content')];
    if (given !== undefined && content !== undefined)
      return failure(422, 'Must supply either tree.sha or tree.content');
    if (given === null) edits.push({ path, mode, oid: undefined });
    else {
      const oid =
        typeof given === 'string'
          ? given
          : await writeBlob(store, Buffer.from(String(content), 'utf8'));
      if (!(await hasObject(store, oid)))
        return failure(422, `tree.sha ${oid} is not a valid blob`);
      edits.push({ path, mode, oid });
    }
  }
  const base = typeof body['base_tree'] === 'string' ? body['base_tree'] : undefined;
  const sha = await editTree(store, base, edits);
  if (sha === undefined) return failure(422, 'GitRPC::BadObjectState');
  return {
    status: 201,
    json: { sha, url: `${exchange.self}/git/trees/${sha}`, tree: [], truncated: false },
  };
}

async function addCommit(exchange: GitHubExchange): Promise<Answer> {
  const { store } = exchange.repository;
  const body = jsonBody(exchange);
  const parents = (body['parents'] ?? []) as string[];
  for (const parent of parents) {
    if ((await store.commit(parent)) === undefined)
      return failure(422, 'Parent SHA does not exist');
  }
  const [name, email] = [member(body, 'author', 'name'), member(body, 'author', 'email')];
  const author =
    typeof name === 'string' && typeof email === 'string' ? { name, email } : undefined;
  const [tree, message] = [String(body['tree']), String(body['message'])];
  const sha = await store.writeCommit({ parents, tree, message, author });
  return { status: 201, json: await commitJson(exchange, sha) };
}

async function compare(exchange: GitHubExchange): Promise<Answer> {
  const { repository, parts, headers, self, web } = exchange;
  const [older = '', newer = ''] = (parts[0] ?? '').split('...');
  const [base, head] = await Promise.all([repository.revision(older), repository.revision(newer)]);
  if (base === undefined || head === undefined) return failure(404, 'Not Found');
  const fork = await repository.store.mergeBase(base, head);
  if (fork === undefined) return failure(404, `No common ancestor between ${older} and ${newer}.`);
  if (/\bdiff\b/.test(headers.accept ?? '')) {
    return { status: 200, bytes: Buffer.from(await diffOf(repository, fork, head)) };
  }
  const ahead = await countBetween(repository, fork, head);
  const behind = await countBetween(repository, fork, base);
  const differences = await repository.store.differences(fork, head);
  return {
    status: 200,
    json: {
      url: self,
      html_url: web,
      permalink_url: web,
      diff_url: web,
      patch_url: web,
      base_commit: { sha: base },
      merge_base_commit: { sha: fork },
      status:
        ahead === 0 ? (behind === 0 ? 'identical' : 'behind') : behind === 0 ? 'ahead' : 'diverged',
      ahead_by: ahead,
      behind_by: behind,
      total_commits: ahead,
      commits: [],
      files: differences.slice(0, 300).map(({ path, before, after }) => ({
        sha: after ?? before ?? null,
        filename: path,
        status: before === undefined ? 'added' : after === undefined ? 'removed' : 'modified',
      })),
    },
  };
}

/** Writes the unified diff of two commits. */
export async function diffOf(
  { store }: RepositoryState,
  before: string | undefined,
  after: string,
): Promise<string> {
  const blob = async (oid: string | undefined) => (oid === undefined ? undefined : store.blob(oid));
  const diffs = (await store.differences(before, after)).map(async (file) =>
    fileDiff(file.path, await blob(file.before), await blob(file.after)),
  );
  return (await Promise.all(diffs)).join('');
}

/** Counts the commits of a branch since it left a commit, along the first parents. */
export async function countBetween(
  { store }: RepositoryState,
  older: string,
  newer: string,
): Promise<number> {
  let count = 0;
  for (let at: string | undefined = newer; at !== undefined && at !== older; count += 1) {
    at = (await store.commit(at))?.commit.parent[0];
  }
  return count;
}

/** Git objects and comparisons. */
export const objectRoutes: readonly GitHubRoute[] = [
  route('GET', '/git/commits/{commit_sha}', readCommit),
  route('POST', '/git/blobs', addBlob),
  route('GET', '/git/blobs/{file_sha}', readBlob),
  route('POST', '/git/trees', addTree),
  route('POST', '/git/commits', addCommit),
  route('GET', '/compare/{basehead}', compare),
];
