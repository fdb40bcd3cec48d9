import type { Answer } from '../forge/exchange.ts';
import type { StoredFile } from '../forge/git-store.ts';
import { fileDiff } from '../forge/unified-diff.ts';
import { failure, type GiteaExchange, type GiteaRoute } from './exchange.ts';
import { commitJson } from './ref-routes.ts';
import type { RepositoryState } from './repository-state.ts';

async function readTree(exchange: GiteaExchange): Promise<Answer> {
  const { repository, query } = exchange;
  const [id = ''] = exchange.parts;
  const commit = await repository.store.commit(id);
  const oid = commit?.commit.tree ?? id;
  let entries: readonly (StoredFile & { readonly name: string })[];
  try {
    entries = await repository.store.list(oid);
  } catch {
    return failure(404, `object does not exist [id: ${id}, rel_path: ]`);
  }
  const size = Math.min(Number(query.get('per_page') ?? 1000) || 1000, repository.treesPerPage);
  const number = Number(query.get('page') ?? 1);
  const start = (number - 1) * size;
  return {
    status: 200,
    json: {
      sha: oid,
      url: `${exchange.self}/git/trees/${oid}`,
      page: number,
      total_count: entries.length,
      truncated: start + size < entries.length,
      tree: entries.slice(start, start + size).map((entry) => ({
        path: entry.name,
        mode: entry.mode,
        type: entry.type,
        size: 0,
        sha: entry.oid,
        url: `${exchange.self}/git/${entry.type}s/${entry.oid}`,
      })),
    },
  };
}

async function readBlob(exchange: GiteaExchange): Promise<Answer> {
  const [sha = ''] = exchange.parts;
  let bytes: Uint8Array;
  try {
    bytes = await exchange.repository.store.blob(sha);
  } catch {
    return failure(404, `object does not exist [id: ${sha}, rel_path: ]`);
  }
  const inline = bytes.byteLength <= exchange.repository.maxInlineBytes;
  return {
    status: 200,
    json: {
      sha,
      url: `${exchange.self}/git/blobs/${sha}`,
      size: bytes.byteLength,
      encoding: inline ? 'base64' : null,
      content: inline ? Buffer.from(bytes).toString('base64') : null,
    },
  };
}

/** Lists the commits that `head` has and `base` lacks, newest first. */
async function commitsBetween(
  { store }: RepositoryState,
  base: string | undefined,
  head: string,
): Promise<readonly string[]> {
  const ancestors = async (start: string | undefined) => {
    const seen = new Set<string>();
    const next = start === undefined ? [] : [start];
    for (let oid = next.shift(); oid !== undefined; oid = next.shift()) {
      if (seen.has(oid)) continue;
      seen.add(oid);
      next.push(...((await store.commit(oid))?.commit.parent ?? []));
    }
    return seen;
  };
  const old = await ancestors(base);
  return [...(await ancestors(head))].filter((oid) => !old.has(oid));
}

async function compare(exchange: GiteaExchange): Promise<Answer> {
  const { repository } = exchange;
  const [base = '', head = ''] = (exchange.parts[0] ?? '').split('...');
  const [from, to] = await Promise.all([repository.revision(base), repository.revision(head)]);
  if (from === undefined || to === undefined) return failure(404, "The target couldn't be found.");
  const mergeBase = await repository.store.mergeBase(from, to);
  const oids = await commitsBetween(repository, mergeBase, to);
  const commits = await Promise.all(
    oids.map(async (oid) => {
      const read = await repository.store.commit(oid);
      return read === undefined ? undefined : commitJson(exchange, oid, read.commit);
    }),
  );
  return { status: 200, json: { total_commits: commits.length, commits } };
}

/** Writes the diff of two commits. */
export async function diffOf(
  { store }: RepositoryState,
  before: string | undefined,
  after: string,
): Promise<string> {
  const blob = async (oid: string | undefined) => (oid === undefined ? undefined : store.blob(oid));
  const files = await store.differences(before, after);
  const texts = await Promise.all(
    files.map(async (file) => fileDiff(file.path, await blob(file.before), await blob(file.after))),
  );
  return texts.join('');
}

/** Trees, blobs and comparison. */
export const treeRoutes: readonly GiteaRoute[] = [
  ['GET', /^\/git\/trees\/([^/]+)$/, readTree],
  ['GET', /^\/git\/blobs\/([^/]+)$/, readBlob],
  ['GET', /^\/compare\/([^/]+)$/, compare],
];
