import type { CommitObject } from 'isomorphic-git';
import { type Answer, jsonBody } from '../forge/exchange.ts';
import {
  type DatacenterExchange,
  type DatacenterRoute,
  failure,
  page,
  repositoryPage,
  webAddress,
} from './exchange.ts';
import type { RepositoryState } from './repository-state.ts';

/** The repository as it stands in other answers. */
export function repositoryJson({
  key,
  slug,
}: Pick<RepositoryState, 'key' | 'slug'>): Record<string, unknown> {
  const type = key.startsWith('~') ? 'PERSONAL' : 'NORMAL';
  return {
    slug,
    id: 1,
    name: slug,
    scmId: 'git',
    state: 'AVAILABLE',
    forkable: true,
    public: false,
    archived: false,
    project: { key, id: 1, name: key.replace('~', ''), public: false, type },
  };
}

async function readRepository(exchange: DatacenterExchange): Promise<Answer> {
  const { repository } = exchange;
  const { key, slug } = repository;
  const clone = `${webAddress(exchange)}/scm/${key.toLowerCase()}/${slug}.git`;
  return {
    status: 200,
    json: {
      ...repositoryJson(repository),
      links: {
        clone: [
          { href: clone.replace('//', '//bot@'), name: 'http' },
          { href: `ssh://git@localhost:7999/${key.toLowerCase()}/${slug}.git`, name: 'ssh' },
        ],
        self: [{ href: `${repositoryPage(exchange)}/browse` }],
      },
    },
  };
}

/** A commit as the server writes one. */
export function commitJson(
  oid: string,
  { message, parent, author, committer }: CommitObject,
): object {
  const person = ({ name, email }: { readonly name: string; readonly email: string }) => ({
    name,
    emailAddress: email,
  });
  return {
    id: oid,
    displayId: oid.slice(0, 11),
    author: person(author),
    authorTimestamp: author.timestamp * 1000,
    committer: person(committer),
    committerTimestamp: committer.timestamp * 1000,
    // The line end at the end of a message is cut.
    message: message.replace(/\n+$/, ''),
    parents: parent.map((id) => ({ id, displayId: id.slice(0, 11) })),
  };
}

const noCommit = (id: string, { slug }: RepositoryState) =>
  failure(
    404,
    'commit.NoSuchCommitException',
    `Commit '${id}' does not exist in repository '${slug}'.`,
  );

async function readCommit({ repository, parts }: DatacenterExchange): Promise<Answer> {
  const [id = ''] = parts;
  const found = await repository.store.commit(id);
  return found === undefined
    ? noCommit(id, repository)
    : { status: 200, json: commitJson(found.oid, found.commit) };
}

async function readMergeBase({ repository, parts, query }: DatacenterExchange): Promise<Answer> {
  const { store } = repository;
  const [id = ''] = parts;
  const other = query.get('otherCommitId') ?? '';
  for (const each of [id, other]) {
    if ((await store.commit(each)) === undefined) return noCommit(each, repository);
  }
  const base = await store.mergeBase(id, other);
  const found = base === undefined ? undefined : await store.commit(base);
  if (found === undefined) return { status: 204 };
  return { status: 200, json: commitJson(found.oid, found.commit) };
}

async function branchJson(repository: RepositoryState, name: string): Promise<object> {
  const oid = (await repository.branch(name)) ?? '';
  return {
    id: `refs/heads/${name}`,
    displayId: name,
    type: 'BRANCH',
    latestCommit: oid,
    latestChangeset: oid,
    isDefault: name === repository.mainBranch,
  };
}

async function listBranches(exchange: DatacenterExchange): Promise<Answer> {
  const { repository, query } = exchange;
  const filter = (query.get('filterText') ?? '').toLowerCase();
  const names = (await repository.store.branches())
    .filter((name) => name.toLowerCase().includes(filter))
    .sort();
  const exact =
    query.get('boostMatches') === 'true'
      ? names.find((name) => name.toLowerCase() === filter)
      : undefined;
  const ordered = exact === undefined ? names : [exact, ...names.filter((name) => name !== exact)];
  return page(exchange, await Promise.all(ordered.map((name) => branchJson(repository, name))));
}

async function readDefaultBranch({
  repository: { mainBranch },
}: DatacenterExchange): Promise<Answer> {
  return {
    status: 200,
    json: { id: `refs/heads/${mainBranch}`, displayId: mainBranch, type: 'BRANCH' },
  };
}

async function createBranch({ repository, ...exchange }: DatacenterExchange): Promise<Answer> {
  const body = jsonBody(exchange);
  const name = String(body['name']);
  const startPoint = String(body['startPoint']);
  const start = await repository.revision(startPoint);
  if (start === undefined) return noCommit(startPoint, repository);
  const taken = (await repository.branch(name)) ?? (await repository.nameConflict(name));
  if (taken !== undefined) {
    return failure(
      409,
      'repository.DuplicateRefException',
      `This repository already has a ref which matches or hides '${name}'.`,
    );
  }
  await repository.store.setRef(`refs/heads/${name}`, start);
  return { status: 200, json: await branchJson(repository, name) };
}

async function deleteBranch({ repository, ...exchange }: DatacenterExchange): Promise<Answer> {
  const body = jsonBody(exchange);
  const name = String(body['name']).replace(/^refs\/heads\//, '');
  const tip = await repository.branch(name);
  if (tip === undefined) return { status: 204 };
  if (name === repository.mainBranch) {
    return failure(400, 'branch.DefaultBranchException', `'${name}' is the default branch.`);
  }
  const expected = body['endPoint'];
  if (typeof expected === 'string' && expected !== tip) {
    return failure(
      400,
      'repository.RefOutOfDateException',
      `'${name}' is at ${tip}, not at ${expected}.`,
    );
  }
  if (body['dryRun'] !== true) await repository.store.deleteRef(`refs/heads/${name}`);
  return { status: 204 };
}

async function tagJson(repository: RepositoryState, name: string): Promise<object> {
  const oid = (await repository.store.ref(`refs/tags/${name}`)) ?? '';
  return {
    id: `refs/tags/${name}`,
    displayId: name,
    type: 'TAG',
    latestCommit: oid,
    latestChangeset: oid,
    hash: null,
  };
}

async function readTag({ repository, parts }: DatacenterExchange): Promise<Answer> {
  const [name = ''] = parts;
  if ((await repository.store.ref(`refs/tags/${name}`)) === undefined) {
    return failure(404, 'repository.NoSuchTagException', `Tag '${name}' does not exist.`);
  }
  return { status: 200, json: await tagJson(repository, name) };
}

async function listTags(exchange: DatacenterExchange): Promise<Answer> {
  const { repository } = exchange;
  const names = (await repository.store.tags()).sort();
  return page(exchange, await Promise.all(names.map((name) => tagJson(repository, name))));
}

async function createTag({ repository, ...exchange }: DatacenterExchange): Promise<Answer> {
  const body = jsonBody(exchange);
  const name = String(body['name']);
  const start = await repository.revision(String(body['startPoint']));
  if (start === undefined) return noCommit(String(body['startPoint']), repository);
  if ((await repository.store.ref(`refs/tags/${name}`)) !== undefined) {
    return failure(409, 'repository.DuplicateRefException', `A tag '${name}' already exists.`);
  }
  const message = body['message'];
  if (typeof message === 'string') await repository.store.annotatedTag(name, start, message);
  else await repository.store.setRef(`refs/tags/${name}`, start);
  return { status: 200, json: await tagJson(repository, name) };
}

/** The repository, its branches, tags and commits. */
export const refRoutes: readonly DatacenterRoute[] = [
  ['GET', /^$/, readRepository],
  ['GET', /^\/default-branch$/, readDefaultBranch],
  ['GET', /^\/branches$/, listBranches],
  ['POST', /^\/branches$/, createBranch],
  ['DELETE', /^\/branches$/, deleteBranch],
  ['GET', /^\/tags$/, listTags],
  ['POST', /^\/tags$/, createTag],
  ['GET', /^\/tags\/(.+)$/, readTag],
  ['GET', /^\/commits\/([^/]+)$/, readCommit],
  ['GET', /^\/commits\/([^/]+)\/merge-base$/, readMergeBase],
];
