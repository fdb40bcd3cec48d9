import type { Answer } from '../forge/exchange.ts';
import type { StoreAuthor, StoreChange, StoredFile } from '../forge/git-store.ts';
import { parseMultipart, type ReceivedPart } from '../forge/multipart.ts';
import { fileDiff } from '../forge/unified-diff.ts';
import { type BitbucketExchange, type BitbucketRoute, failure, page } from './exchange.ts';
import { commitJson } from './ref-routes.ts';

async function readSource(exchange: BitbucketExchange): Promise<Answer> {
  const { repository, parts, query } = exchange;
  const [revision = '', encoded = ''] = parts;
  const path = encoded.replace(/\/$/, '');
  const commit = await repository.revision(revision);
  if (commit === undefined) return failure(404, 'Commit not found', { shas: [revision] });
  const entry = await repository.store.entry(commit, path);
  if (entry === undefined) return failure(404, `No such file or directory: ${path}`, { path });
  if (query.get('format') === 'meta') {
    return { status: 200, json: await meta(exchange, { commit, path, entry }) };
  }
  if (entry.type === 'tree') {
    const entries = await repository.store.list(entry.oid);
    const values = await Promise.all(
      entries.map((item) => meta(exchange, { commit, path: `${path}/${item.name}`, entry: item })),
    );
    return page(exchange, values);
  }
  const media = repository.lfs.get(path);
  if (media !== undefined) return { status: 301, headers: { location: media } };
  return {
    status: 200,
    bytes: await repository.store.blob(entry.oid),
    headers: {
      'content-type': path.endsWith('.json') ? 'application/json' : 'text/plain',
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(path.split('/').at(-1) ?? '')}`,
      etag: `"${entry.oid}-${entry.mode}"`,
    },
  };
}

async function meta(
  exchange: BitbucketExchange,
  file: { readonly commit: string; readonly path: string; readonly entry: StoredFile },
): Promise<object> {
  const { commit, path, entry } = file;
  const { repository } = exchange;
  const base = { path, commit: commitJson(exchange, commit) };
  if (entry.type === 'tree') return { ...base, type: 'commit_directory' };
  const size = entry.type === 'blob' ? (await repository.store.blob(entry.oid)).byteLength : 0;
  return {
    ...base,
    type: 'commit_file',
    size,
    attributes: [
      ...(entry.mode === '120000' ? ['link'] : []),
      ...(entry.mode === '100755' ? ['executable'] : []),
      ...(entry.type === 'commit' ? ['subrepository'] : []),
      ...(repository.lfs.has(path) ? ['lfs'] : []),
    ],
  };
}

async function writeSource(exchange: BitbucketExchange): Promise<Answer> {
  const { repository } = exchange;
  const parts = parseMultipart(exchange.body, exchange.contentType);
  const field = (name: string) =>
    parts
      .find((part) => part.filename === undefined && part.name === name)
      ?.content.toString('utf8');
  const branch = field('branch') ?? repository.mainBranch;
  const parent = field('parents');
  const tip = await repository.branch(branch);
  if (tip !== undefined && parent !== undefined && parent !== tip) {
    return failure(409, `The branch "${branch}" is at ${tip}, not at ${parent}`);
  }
  const start = tip ?? parent ?? (await repository.branch(repository.mainBranch));
  if (start !== undefined && (await repository.store.commit(start)) === undefined) {
    return failure(404, 'Commit not found', { shas: [start] });
  }
  const conflict = tip === undefined ? await repository.nameConflict(branch) : undefined;
  if (conflict !== undefined) return failure(400, `Branch "${conflict}" is in the way`);
  const changes = readChanges(parts);
  for (const [path, change] of changes) {
    if (change !== undefined || start === undefined) continue;
    if ((await repository.store.entry(start, path)) === undefined) {
      return failure(400, `No such file: ${path}`);
    }
  }
  const author = readAuthor(field('author'));
  const oid = await repository.store.write({
    parents: start === undefined ? [] : [start],
    changes,
    message: field('message') ?? 'Commit by the API',
    author,
  });
  await repository.store.setRef(`refs/heads/${branch}`, oid);
  return { status: 201, headers: { location: `${exchange.self}/commit/${oid}` } };
}

function readChanges(parts: readonly ReceivedPart[]): Map<string, StoreChange> {
  const changes = new Map<string, StoreChange>();
  for (const part of parts) {
    if (part.filename === undefined) {
      if (part.name === 'files')
        changes.set(part.content.toString('utf8').replace(/^\//, ''), undefined);
    }
  }
  for (const part of parts) {
    if (part.filename === undefined) continue;
    changes.set(part.name.replace(/^\//, ''), {
      content: part.content,
      // As documented: what comes without the attribute becomes a regular file.
      mode:
        part.attribute === 'executable'
          ? '100755'
          : part.attribute === 'link'
            ? '120000'
            : '100644',
    });
  }
  return changes;
}

function readAuthor(raw: string | undefined): StoreAuthor | undefined {
  const match = /^(.*) <([^<>]*)>$/.exec(raw ?? '');
  return match?.[1] === undefined || match[2] === undefined
    ? undefined
    : { name: match[1], email: match[2] };
}

/** Reads `new..old`, and answers with the commit before and after the change. */
async function readSpec(
  exchange: BitbucketExchange,
): Promise<{ before: string | undefined; after: string } | Answer> {
  const { store } = exchange.repository;
  const [newer = '', older = ''] = (exchange.parts[0] ?? '').split('..');
  const [after, before] = await Promise.all([store.commit(newer), store.commit(older)]);
  if (after === undefined || before === undefined) {
    return failure(404, 'Commit not found', { shas: [after === undefined ? newer : older] });
  }
  if (exchange.query.get('topic') === 'false') return { before: before.oid, after: after.oid };
  return { before: await store.mergeBase(after.oid, before.oid), after: after.oid };
}

async function readDiff(exchange: BitbucketExchange): Promise<Answer> {
  const spec = await readSpec(exchange);
  if ('status' in spec) return spec;
  const { store } = exchange.repository;
  const files = await store.differences(spec.before, spec.after);
  const blob = async (oid: string | undefined) => (oid === undefined ? undefined : store.blob(oid));
  const texts = await Promise.all(
    files.map(async ({ path, before, after }) =>
      fileDiff(path, await blob(before), await blob(after)),
    ),
  );
  return {
    status: 200,
    bytes: Buffer.from(texts.join(''), 'utf8'),
    headers: { 'content-type': 'text/plain' },
  };
}

async function readDiffstat(exchange: BitbucketExchange): Promise<Answer> {
  const spec = await readSpec(exchange);
  if ('status' in spec) return spec;
  const files = await exchange.repository.store.differences(spec.before, spec.after);
  const values = files.map(({ path, before, after }) => ({
    type: 'diffstat',
    status: before === undefined ? 'added' : after === undefined ? 'removed' : 'modified',
    lines_added: 1,
    lines_removed: 1,
    ...(before === undefined ? {} : { old: { type: 'commit_file', path } }),
    ...(after === undefined ? {} : { new: { type: 'commit_file', path } }),
  }));
  return page(exchange, values, 500);
}

async function readMergeBase(exchange: BitbucketExchange): Promise<Answer> {
  const { store } = exchange.repository;
  const [left = '', right = ''] = (exchange.parts[0] ?? '').split('..');
  const base = await store.mergeBase(left, right);
  const found = base === undefined ? undefined : await store.commit(base);
  if (found === undefined) return failure(404, 'No common ancestor');
  return { status: 200, json: commitJson(exchange, found.oid, found.commit) };
}

/** Files, commits of files, and comparison. */
export const sourceRoutes: readonly BitbucketRoute[] = [
  ['GET', /^\/src\/([^/]+)\/(.+)$/, readSource],
  ['POST', /^\/src$/, writeSource],
  ['GET', /^\/diff\/([^/]+)$/, readDiff],
  ['GET', /^\/diffstat\/([^/]+)$/, readDiffstat],
  ['GET', /^\/merge-base\/([^/]+)$/, readMergeBase],
];
