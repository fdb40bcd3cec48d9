import { type Answer, jsonBody } from '../forge/exchange.ts';
import {
  failure,
  type GitHubExchange,
  type GitHubRoute,
  invalidField,
  page,
  route,
} from './exchange.ts';
import { pullNodeId } from './graphql-query.ts';
import { blockedBecause, headOf, merge, tryMerge } from './merge.ts';
import { countBetween, diffOf } from './object-routes.ts';
import type { PullState } from './repository-state.ts';

function find({ repository, parts }: GitHubExchange): PullState | undefined {
  return repository.pulls.find(({ number }) => String(number) === parts[0]);
}

async function pullJson(
  exchange: GitHubExchange,
  pull: PullState,
): Promise<Record<string, unknown>> {
  const { repository, web, self } = exchange;
  const [owner = ''] = repository.fullName.split('/');
  const headSha = await headOf(repository, pull);
  const baseSha =
    pull.state === 'closed' ? pull.baseSha : ((await repository.branch(pull.base)) ?? pull.baseSha);
  const repo = { full_name: repository.fullName };
  const number = pull.number;
  const headOwner = pull.fork?.split('/')[0] ?? owner;
  return {
    id: number,
    node_id: pullNodeId(repository, pull),
    url: `${self}/pulls/${number}`,
    html_url: `${web}/pull/${number}`,
    number,
    state: pull.state,
    locked: false,
    title: pull.title,
    body: pull.body,
    draft: pull.draft,
    user: { login: 'octocat' },
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    closed_at: pull.state === 'closed' ? pull.updatedAt : null,
    merged_at: pull.mergedAt ?? null,
    merge_commit_sha: pull.mergeCommit ?? null,
    auto_merge:
      pull.autoMerge === undefined
        ? null
        : {
            enabled_by: { login: 'octocat' },
            merge_method: pull.autoMerge,
            commit_title: '',
            commit_message: '',
          },
    head: {
      label: `${headOwner}:${pull.head}`,
      ref: pull.head,
      sha: headSha,
      repo: pull.fork === undefined ? repo : { full_name: pull.fork },
      user: { login: headOwner },
    },
    base: {
      label: `${owner}:${pull.base}`,
      ref: pull.base,
      sha: baseSha,
      repo,
      user: { login: owner },
    },
  };
}

/** A single pull request has more than one of a list. */
async function wholeJson(exchange: GitHubExchange, pull: PullState): Promise<object> {
  const { repository } = exchange;
  const json = await pullJson(exchange, pull);
  const merged = pull.mergedAt !== undefined;
  const { rules } = repository;
  let mergeable: boolean | null = null;
  let state = 'unknown';
  if (pull.state === 'open' && rules.unknownReads > 0) rules.unknownReads -= 1;
  else if (pull.state === 'open') {
    mergeable = (await tryMerge(repository, pull, await headOf(repository, pull))) !== 'conflict';
    const blocked = await blockedBecause(repository, pull);
    state = !mergeable
      ? 'dirty'
      : blocked === undefined
        ? 'clean'
        : pull.draft
          ? 'draft'
          : 'blocked';
  }
  return {
    ...json,
    merged,
    mergeable,
    mergeable_state: state,
    rebaseable: mergeable,
    merged_by: null,
  };
}

async function create(exchange: GitHubExchange): Promise<Answer> {
  const { repository } = exchange;
  const [owner = ''] = repository.fullName.split('/');
  const body = jsonBody(exchange);
  const head = String(body['head']).replace(new RegExp(`^${owner}:`), '');
  const base = String(body['base']);
  const [headSha, baseSha] = await Promise.all([repository.branch(head), repository.branch(base)]);
  const invalid = [
    ...(headSha === undefined ? ['head'] : []),
    ...(baseSha === undefined ? ['base'] : []),
  ].map((field) => ({ resource: 'PullRequest', field, code: 'invalid' }));
  if (headSha === undefined || baseSha === undefined)
    return failure(422, 'Validation Failed', invalid);
  const open = repository.pulls.some(
    (pull) =>
      pull.state === 'open' && pull.fork === undefined && pull.head === head && pull.base === base,
  );
  if (open)
    return invalidField('PullRequest', `A pull request already exists for ${owner}:${head}.`);
  const fork = await repository.store.mergeBase(headSha, baseSha);
  if (fork === headSha)
    return invalidField('PullRequest', `No commits between ${base} and ${head}`);
  const now = repository.now();
  const pull: PullState = {
    number: repository.pulls.length + 1,
    title: String(body['title']),
    body: typeof body['body'] === 'string' ? body['body'] : null,
    state: 'open',
    draft: body['draft'] === true,
    head,
    fork: undefined,
    base,
    headSha,
    baseSha,
    mergedAt: undefined,
    mergeCommit: undefined,
    autoMerge: undefined,
    queued: false,
    createdAt: now,
    updatedAt: now,
    reviews: [],
    comments: [],
  };
  repository.pulls.push(pull);
  return { status: 201, json: await wholeJson(exchange, pull) };
}

async function list(exchange: GitHubExchange): Promise<Answer> {
  const { repository, query } = exchange;
  const [owner = ''] = repository.fullName.split('/');
  const state = query.get('state') ?? 'open';
  const [head, base] = [query.get('head') ?? '', query.get('base')];
  const found = repository.pulls.filter((pull) => {
    if (state !== 'all' && pull.state !== state) return false;
    if (base !== null && pull.base !== base) return false;
    // Without an owner the filter is not looked at.
    if (!head.includes(':')) return true;
    return head.toLowerCase() === `${pull.fork?.split('/')[0] ?? owner}:${pull.head}`.toLowerCase();
  });
  const newestFirst = (query.get('direction') ?? 'desc') === 'desc' ? found.toReversed() : found;
  const answer = page(exchange, newestFirst);
  const pulls = answer.json as readonly PullState[];
  return { ...answer, json: await Promise.all(pulls.map((pull) => pullJson(exchange, pull))) };
}

async function read(exchange: GitHubExchange): Promise<Answer> {
  const pull = find(exchange);
  if (pull === undefined) return failure(404, 'Not Found');
  if (!/\bdiff\b/.test(exchange.headers.accept ?? '')) {
    return { status: 200, json: await wholeJson(exchange, pull) };
  }
  const { repository } = exchange;
  const head = await headOf(repository, pull);
  const base = await repository.store.mergeBase(
    head,
    (await repository.branch(pull.base)) ?? pull.baseSha,
  );
  return { status: 200, bytes: Buffer.from(await diffOf(repository, base, head)) };
}

async function update(exchange: GitHubExchange): Promise<Answer> {
  const { repository } = exchange;
  const pull = find(exchange);
  if (pull === undefined) return failure(404, 'Not Found');
  const { title, body, base, state } = jsonBody(exchange);
  if (typeof base === 'string') {
    if ((await repository.branch(base)) === undefined)
      return invalidField('PullRequest', `base ${base} does not exist`);
    pull.base = base;
  }
  if (typeof title === 'string') pull.title = title;
  if (typeof body === 'string') pull.body = body;
  if (state === 'closed' && pull.state === 'open') {
    pull.headSha = await headOf(repository, pull);
    pull.baseSha = (await repository.branch(pull.base)) ?? pull.baseSha;
    pull.state = 'closed';
  }
  pull.updatedAt = repository.now();
  return { status: 200, json: await wholeJson(exchange, pull) };
}

async function mergePull(exchange: GitHubExchange): Promise<Answer> {
  const { repository } = exchange;
  const pull = find(exchange);
  if (pull === undefined) return failure(404, 'Not Found');
  const body = jsonBody(exchange);
  const head = await headOf(repository, pull);
  if (pull.state === 'closed') return failure(405, 'Pull Request is not mergeable');
  if (typeof body['sha'] === 'string' && body['sha'] !== head) {
    return failure(409, 'Head branch was modified. Review and try the merge again.');
  }
  const method = String(body['merge_method'] ?? 'merge') as 'merge' | 'squash' | 'rebase';
  if (!repository.rules.methods.has(method)) {
    const name = { merge: 'Merge commits', squash: 'Squash merges', rebase: 'Rebase merges' }[
      method
    ];
    return failure(405, `${name} are not allowed on this repository.`);
  }
  // While it is being worked out nobody knows better.
  if (repository.rules.unknownReads > 0) return failure(405, 'Pull Request is not mergeable');
  const blocked = await blockedBecause(repository, pull);
  if (blocked !== undefined) return failure(405, blocked);
  const commits = await countBetween(
    repository,
    (await repository.store.mergeBase(head, pull.baseSha)) ?? '',
    head,
  );
  const title =
    method === 'squash' && commits === 1
      ? pull.title
      : `Merge pull request #${pull.number} from ${repository.fullName.split('/')[0]}/${pull.head}`;
  const sha = await merge(repository, pull, {
    method,
    title: typeof body['commit_title'] === 'string' ? body['commit_title'] : title,
    message: typeof body['commit_message'] === 'string' ? body['commit_message'] : pull.title,
  });
  if (sha === 'conflict') return failure(405, 'Pull Request is not mergeable');
  return { status: 200, json: { sha, merged: true, message: 'Pull Request successfully merged' } };
}

async function review(exchange: GitHubExchange): Promise<Answer> {
  const { repository, account } = exchange;
  const pull = find(exchange);
  if (pull === undefined) return failure(404, 'Not Found');
  const { event } = jsonBody(exchange);
  const made = {
    id: repository.nextId(),
    account,
    state: event === 'APPROVE' ? ('APPROVED' as const) : ('COMMENTED' as const),
    commit: await headOf(repository, pull),
  };
  pull.reviews.push(made);
  return { status: 200, json: reviewJson(exchange, made) };
}

function reviewJson(
  { web }: GitHubExchange,
  { id, account, state, commit }: PullState['reviews'][number],
): object {
  return {
    id,
    node_id: 'PRR_x',
    user: { login: account },
    body: '',
    state,
    html_url: web,
    pull_request_url: web,
    commit_id: commit,
    author_association: 'MEMBER',
    _links: { html: { href: web }, pull_request: { href: web } },
  };
}

async function dismiss(exchange: GitHubExchange): Promise<Answer> {
  const found = find(exchange)?.reviews.find(({ id }) => String(id) === exchange.parts[1]);
  if (found === undefined) return failure(404, 'Not Found');
  found.state = 'DISMISSED';
  return { status: 200, json: reviewJson(exchange, found) };
}

async function listComments(exchange: GitHubExchange): Promise<Answer> {
  const pull = find(exchange);
  if (pull === undefined) return failure(404, 'Not Found');
  return page(
    exchange,
    pull.comments.map((comment) => commentJson(exchange, comment)),
  );
}

function commentJson(
  { self, web }: GitHubExchange,
  comment: PullState['comments'][number],
): object {
  const { id, body, createdAt } = comment;
  return {
    id,
    node_id: 'IC_x',
    url: `${self}/issues/comments/${id}`,
    html_url: `${web}/pull/1#issuecomment-${id}`,
    body,
    user: { login: 'octocat' },
    created_at: createdAt,
    updated_at: createdAt,
    issue_url: `${self}/issues/1`,
    author_association: 'MEMBER',
  };
}

async function addComment(exchange: GitHubExchange): Promise<Answer> {
  const { repository } = exchange;
  const pull = find(exchange);
  if (pull === undefined) return failure(404, 'Not Found');
  const body = String(jsonBody(exchange)['body']);
  const comment = { id: repository.nextId(), body, createdAt: repository.now() };
  pull.comments.push(comment);
  return { status: 201, json: commentJson(exchange, comment) };
}

async function editComment(exchange: GitHubExchange): Promise<Answer> {
  const comment = exchange.repository.pulls
    .flatMap(({ comments }) => comments)
    .find(({ id }) => String(id) === exchange.parts[0]);
  if (comment === undefined) return failure(404, 'Not Found');
  comment.body = String(jsonBody(exchange)['body']);
  return { status: 200, json: commentJson(exchange, comment) };
}

/** Pull requests, their reviews and comments. */
export const pullRequestRoutes: readonly GitHubRoute[] = [
  route('GET', '/pulls', list),
  route('POST', '/pulls', create),
  route('GET', '/pulls/{pull_number}', read),
  route('PATCH', '/pulls/{pull_number}', update),
  route('PUT', '/pulls/{pull_number}/merge', mergePull),
  route('POST', '/pulls/{pull_number}/reviews', review),
  route('PUT', '/pulls/{pull_number}/reviews/{review_id}/dismissals', dismiss),
  route('GET', '/issues/{issue_number}/comments', listComments),
  route('POST', '/issues/{issue_number}/comments', addComment),
  route('PATCH', '/issues/comments/{comment_id}', editComment),
];
