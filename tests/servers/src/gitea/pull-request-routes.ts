import { type Answer, jsonBody } from '../forge/exchange.ts';
import { failure, type GiteaExchange, type GiteaRoute, page, text, webOf } from './exchange.ts';
import { mergePull, merges } from './merge.ts';
import { repositoryJson, userJson } from './ref-routes.ts';
import type { PullRequestState } from './repository-state.ts';
import { diffOf } from './tree-routes.ts';

/** A pull request as the server writes it. */
export async function pullJson(exchange: GiteaExchange, pull: PullRequestState): Promise<object> {
  const { repository } = exchange;
  const open = pull.state === 'open';
  const tip = await repository.branch(pull.head);
  const headSha = open ? tip : pull.headSha;
  const baseSha = open ? await repository.branch(pull.base) : pull.baseSha;
  const own = await repositoryJson(exchange);
  const web = webOf(exchange);
  const mergeable = open && baseSha !== undefined && (await merges(repository, pull));
  return {
    id: pull.number + 100,
    number: pull.number,
    url: `${web}/pulls/${pull.number}`,
    html_url: `${web}/pulls/${pull.number}`,
    title: pull.title,
    body: pull.body,
    state: pull.state,
    draft: isDraft(pull),
    merged: pull.merged,
    mergeable: mergeable && repository.merging.checks === 0 && !isDraft(pull),
    merge_base:
      headSha === undefined || baseSha === undefined
        ? ''
        : ((await repository.store.mergeBase(headSha, baseSha)) ?? ''),
    merge_commit_sha: pull.mergeCommit ?? null,
    user: userJson(1, 'bot'),
    // Without its branch a pull request is named by the ref that the server keeps of it.
    head: {
      label: pull.head,
      ref: tip === undefined ? `refs/pull/${pull.number}/head` : pull.head,
      sha: headSha ?? '',
      repo_id: 1,
      repo: pull.headRepository === undefined ? null : { ...own, full_name: pull.headRepository },
    },
    base: { label: pull.base, ref: pull.base, sha: baseSha ?? '', repo_id: 1, repo: own },
    created_at: pull.createdAt,
    updated_at: pull.updatedAt,
    comments: pull.comments.length,
  };
}

/** The server knows a draft by its title. */
export function isDraft({ title }: PullRequestState): boolean {
  return /^(?:WIP:|\[WIP\])/i.test(title);
}

/** Runs a handler on the pull request that the path names. */
export function withPull(
  handler: (exchange: GiteaExchange, pull: PullRequestState) => Promise<Answer>,
): (exchange: GiteaExchange) => Promise<Answer> {
  return async (exchange) => {
    const pull = exchange.repository.pulls.find(
      ({ number }) => String(number) === exchange.parts[0],
    );
    return pull === undefined
      ? failure(404, "The target couldn't be found.")
      : handler(exchange, pull);
  };
}

async function create(exchange: GiteaExchange): Promise<Answer> {
  const { repository } = exchange;
  const body = jsonBody(exchange);
  const [head, base] = [text(body['head']), text(body['base'])];
  if (head === base) {
    return failure(422, 'Invalid PullRequest: There are no changes between the head and the base');
  }
  const [from, to] = await Promise.all([repository.branch(head), repository.branch(base)]);
  if (from === undefined || to === undefined) return failure(404, "The target couldn't be found.");
  const existing = repository.pulls.find(
    (pull) => pull.state === 'open' && pull.head === head && pull.base === base,
  );
  if (existing !== undefined) {
    return failure(
      409,
      `pull request already exists for these targets [id: ${existing.number + 100}, issue_id: ${existing.number}, head_repo_id: 1, base_repo_id: 1, head_branch: ${head}, base_branch: ${base}]`,
    );
  }
  const now = repository.now();
  // Also one without a commit between the branches.
  const pull: PullRequestState = {
    number: repository.pulls.length + 1,
    title: text(body['title']),
    body: text(body['body']),
    state: 'open',
    merged: false,
    head,
    base,
    headRepository: repository.fullName,
    headSha: undefined,
    baseSha: undefined,
    mergeCommit: undefined,
    createdAt: now,
    updatedAt: now,
    reviews: [],
    comments: [],
    scheduled: undefined,
  };
  repository.pulls.push(pull);
  return { status: 201, json: await pullJson(exchange, pull) };
}

async function list(exchange: GiteaExchange): Promise<Answer> {
  const { repository, query } = exchange;
  const state = query.get('state') ?? 'open';
  // Older servers, and Forgejo, do not know this filter.
  const base = repository.flavour === 'gitea' ? query.get('base_branch') : null;
  const pulls = repository.pulls.filter(
    (pull) => (state === 'all' || pull.state === state) && (base === null || pull.base === base),
  );
  return page(
    exchange,
    await Promise.all(pulls.toReversed().map((pull) => pullJson(exchange, pull))),
    { linked: true },
  );
}

/** Finds a pull request by its branches: the first one that there ever was. */
async function find(exchange: GiteaExchange): Promise<Answer> {
  const [base, head] = exchange.parts;
  const pull = exchange.repository.pulls.find((item) => item.base === base && item.head === head);
  return pull === undefined
    ? failure(404, "The target couldn't be found.")
    : { status: 200, json: await pullJson(exchange, pull) };
}

async function edit(exchange: GiteaExchange, pull: PullRequestState): Promise<Answer> {
  const { repository } = exchange;
  const body = jsonBody(exchange);
  if (text(body['title']) !== '') pull.title = text(body['title']);
  if (typeof body['body'] === 'string') pull.body = body['body'];
  if (body['state'] !== undefined) {
    if (pull.merged) {
      return failure(412, 'cannot change state of this pull request, it was already merged');
    }
    pull.headSha = await repository.branch(pull.head);
    pull.baseSha = await repository.branch(pull.base);
    pull.state = body['state'] === 'closed' ? 'closed' : 'open';
  }
  const base = text(body['base']);
  if (base !== '' && base !== pull.base) {
    if ((await repository.branch(base)) === undefined) {
      return failure(404, `new base '${base}' not exist`);
    }
    pull.base = base;
  }
  pull.updatedAt = repository.now();
  return { status: 201, json: await pullJson(exchange, pull) };
}

async function requestMerge(exchange: GiteaExchange, pull: PullRequestState): Promise<Answer> {
  const { repository } = exchange;
  const { merging } = repository;
  const body = jsonBody(exchange);
  const auto = body['merge_when_checks_succeed'] === true;
  if (repository.archived) return failure(423, 'This repo is archived.');
  if (pull.merged) return failure(405, '');
  if (pull.state === 'closed') return failure(404, "The target couldn't be found.");
  if (isDraft(pull)) return failure(405, 'Work in progress PRs cannot be merged');
  if (merging.checks > 0) {
    merging.checks -= 1;
    return failure(405, 'Please try again later');
  }
  // A pull request with a conflict is in no state to be merged either.
  if (!merging.late && !(await merges(repository, pull))) {
    return failure(405, 'Please try again later');
  }
  const approvals = new Set(
    pull.reviews.filter(({ state }) => state === 'APPROVED').map(({ account }) => account),
  );
  if (!auto && approvals.size < merging.requiredApprovals) {
    return failure(405, '[reason: Does not have enough approvals]');
  }
  if (!auto && merging.pending) {
    return failure(405, '[reason: Not all required status checks successful]');
  }
  if (auto && (merging.pending || approvals.size < merging.requiredApprovals)) {
    if (pull.scheduled !== undefined) {
      return failure(
        409,
        `pull request is already scheduled to auto merge when checks succeed [pull_id: ${pull.number}]`,
      );
    }
    pull.scheduled = () => mergePull(exchange, pull, { ...body, head_commit_id: undefined });
    return { status: 201 };
  }
  return mergePull(exchange, pull, body);
}

async function cancelMerge(_: GiteaExchange, pull: PullRequestState): Promise<Answer> {
  if (pull.scheduled === undefined) return failure(404, "The target couldn't be found.");
  pull.scheduled = undefined;
  return { status: 204 };
}

async function readDiff(exchange: GiteaExchange, pull: PullRequestState): Promise<Answer> {
  const { repository } = exchange;
  const head = pull.headSha ?? (await repository.branch(pull.head)) ?? '';
  const base = pull.baseSha ?? (await repository.branch(pull.base)) ?? '';
  const before = await repository.store.mergeBase(head, base);
  return {
    status: 200,
    bytes: Buffer.from(await diffOf(repository, before, head), 'utf8'),
    headers: { 'content-type': 'text/plain; charset=utf-8' },
  };
}

/** Pull requests. */
export const pullRequestRoutes: readonly GiteaRoute[] = [
  ['POST', /^\/pulls$/, create],
  ['GET', /^\/pulls$/, list],
  ['GET', /^\/pulls\/(\d+)\.diff$/, withPull(readDiff)],
  [
    'GET',
    /^\/pulls\/(\d+)$/,
    withPull(async (exchange, pull) => ({ status: 200, json: await pullJson(exchange, pull) })),
  ],
  ['PATCH', /^\/pulls\/(\d+)$/, withPull(edit)],
  ['POST', /^\/pulls\/(\d+)\/merge$/, withPull(requestMerge)],
  ['DELETE', /^\/pulls\/(\d+)\/merge$/, withPull(cancelMerge)],
];

/** Finding by branches, which matches more than it should and so comes last. */
export const findRoutes: readonly GiteaRoute[] = [['GET', /^\/pulls\/([^/]+)\/([^/]+)$/, find]];
