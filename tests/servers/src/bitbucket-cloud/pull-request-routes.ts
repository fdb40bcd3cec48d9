import { randomUUID } from 'node:crypto';
import { type Answer, jsonBody, member } from '../forge/exchange.ts';
import { type BitbucketExchange, type BitbucketRoute, failure, page } from './exchange.ts';
import { merge } from './merge.ts';
import { matchesQuery, parseQuery } from './query.ts';
import { strategies } from './ref-routes.ts';
import type { MergeOutcome, PullRequestState } from './repository-state.ts';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
// As the real one does: ids of commits inside a pull request are abbreviated.
const short = (oid: string | undefined) => oid?.slice(0, 12);

async function pullJson(
  exchange: BitbucketExchange,
  pull: PullRequestState,
): Promise<Record<string, unknown>> {
  const { repository, web, self } = exchange;
  const open = pull.state === 'OPEN';
  const side = async (branch: string, fixed: string | undefined) => {
    const hash = short(open ? await repository.branch(branch) : fixed);
    return {
      branch: {
        name: branch,
        merge_strategies: strategies,
        default_merge_strategy: 'merge_commit',
      },
      repository: { type: 'repository', full_name: repository.fullName },
      ...(hash === undefined ? {} : { commit: { hash } }),
    };
  };
  return {
    type: 'pullrequest',
    id: pull.id,
    title: pull.title,
    description: pull.description,
    summary: { raw: pull.description, markup: 'markdown', html: '' },
    state: pull.state,
    draft: pull.draft,
    source: await side(pull.source, pull.sourceHash),
    destination: await side(pull.destination, pull.destinationHash),
    merge_commit: pull.mergeCommit === undefined ? null : { hash: short(pull.mergeCommit) },
    close_source_branch: pull.closeSourceBranch,
    author: { type: 'user', display_name: 'Bowline Bot' },
    reviewers: pull.reviewers.map((uuid) => ({ type: 'user', uuid, display_name: uuid })),
    comment_count: pull.comments.length,
    task_count: 0,
    links: {
      html: { href: `${web}/pull-requests/${pull.id}` },
      self: { href: `${self}/pullrequests/${pull.id}` },
    },
    created_on: pull.createdOn,
    updated_on: pull.updatedOn,
  };
}

function find(exchange: BitbucketExchange): PullRequestState | undefined {
  return exchange.repository.pulls.find((pull) => String(pull.id) === exchange.parts[0]);
}

/** Runs a handler on the pull request that the path names. */
function withPull(
  handler: (exchange: BitbucketExchange, pull: PullRequestState) => Promise<Answer>,
): (exchange: BitbucketExchange) => Promise<Answer> {
  return async (exchange) => {
    const pull = find(exchange);
    return pull === undefined
      ? failure(404, `Pull request ${exchange.parts[0]} not found`)
      : handler(exchange, pull);
  };
}

const answer = async (
  exchange: BitbucketExchange,
  pull: PullRequestState,
  status = 200,
): Promise<Answer> => ({
  status,
  json: await pullJson(exchange, pull),
});

async function create(exchange: BitbucketExchange): Promise<Answer> {
  const { repository } = exchange;
  const body = jsonBody(exchange);
  const source = text(member(body, 'source', 'branch', 'name'));
  const destination = text(member(body, 'destination', 'branch', 'name'));
  const [from, to] = await Promise.all([repository.branch(source), repository.branch(destination)]);
  if (from === undefined) return failure(400, `source: branch "${source}" not found`);
  if (to === undefined) return failure(400, `destination: branch "${destination}" not found`);
  if ((await repository.store.mergeBase(from, to)) === from) {
    return failure(400, 'There are no changes to be pulled');
  }
  const now = repository.now();
  const pull: PullRequestState = {
    id: repository.pulls.length + 1,
    title: text(body['title']),
    description: text(body['description']),
    state: 'OPEN',
    draft: body['draft'] === true,
    source,
    destination,
    closeSourceBranch: body['close_source_branch'] === true,
    sourceHash: undefined,
    destinationHash: undefined,
    mergeCommit: undefined,
    createdOn: now,
    updatedOn: now,
    reviewers: [...repository.defaultReviewers],
    approvals: new Set(),
    comments: [],
  };
  repository.pulls.push(pull);
  return {
    ...(await answer(exchange, pull, 201)),
    headers: { location: `${exchange.self}/pullrequests/${pull.id}` },
  };
}

async function list(exchange: BitbucketExchange): Promise<Answer> {
  const states = exchange.query.getAll('state');
  const wanted = states.length === 0 ? ['OPEN'] : states;
  const terms = parseQuery(exchange.query.get('q') ?? '');
  const pulls = exchange.repository.pulls.filter((pull) => wanted.includes(pull.state));
  const values = await Promise.all(pulls.map((pull) => pullJson(exchange, pull)));
  if (exchange.query.get('sort') === '-created_on') values.reverse();
  return page(
    exchange,
    values.filter((value) => matchesQuery(value, terms)),
    50,
  );
}

async function update(exchange: BitbucketExchange, pull: PullRequestState): Promise<Answer> {
  if (pull.state !== 'OPEN') return failure(400, 'Only open pull requests can be edited');
  const body = jsonBody(exchange);
  pull.title = text(body['title']) || pull.title;
  pull.description = text(body['description']);
  // PUT replaces: what is left out is emptied.
  pull.reviewers = Array.isArray(body['reviewers'])
    ? body['reviewers'].map((account) => text(member(account, 'uuid')))
    : [];
  pull.draft = body['draft'] === true;
  pull.closeSourceBranch = body['close_source_branch'] === true;
  const destination = text(member(body, 'destination', 'branch', 'name'));
  if (destination !== '') {
    if ((await exchange.repository.branch(destination)) === undefined) {
      return failure(400, `destination: branch "${destination}" not found`);
    }
    pull.destination = destination;
  }
  pull.updatedOn = exchange.repository.now();
  return answer(exchange, pull);
}

async function requestMerge(exchange: BitbucketExchange, pull: PullRequestState): Promise<Answer> {
  const { repository } = exchange;
  const { mode, pendingPolls, requiredApprovals } = repository.merging;
  const body = jsonBody(exchange);
  if (pull.state !== 'OPEN')
    return failure(400, `This pull request is ${pull.state.toLowerCase()}`);
  if (pull.approvals.size < requiredApprovals) {
    return failure(400, `You need ${requiredApprovals} approval(s) to merge this pull request`);
  }
  const finish = () =>
    merge(repository, pull, {
      strategy: text(body['merge_strategy']) || 'merge_commit',
      message: text(body['message']) || `Merged in ${pull.source} (pull request #${pull.id})`,
      closeSourceBranch: body['close_source_branch'] === true,
    });
  if (mode === 'timeout-undone') return failure(555, 'The merge timed out');
  if (mode === 'async' || exchange.query.get('async') === 'true') {
    const id = randomUUID();
    repository.tasks.set(id, { id, pull, pollsLeft: pendingPolls, finish, outcome: undefined });
    return {
      status: 202,
      headers: { location: `${exchange.self}/pullrequests/${pull.id}/merge/task-status/${id}` },
    };
  }
  const outcome = await finish();
  if (mode === 'timeout') return failure(555, 'The merge timed out');
  return merged(exchange, pull, outcome);
}

function merged(
  exchange: BitbucketExchange,
  pull: PullRequestState,
  outcome: MergeOutcome,
): Promise<Answer> {
  return outcome.status === 200
    ? answer(exchange, pull)
    : Promise.resolve(failure(outcome.status, outcome.message));
}

async function readTask(exchange: BitbucketExchange, pull: PullRequestState): Promise<Answer> {
  const task = exchange.repository.tasks.get(exchange.parts[1] ?? '');
  if (task === undefined || task.pull !== pull)
    return failure(400, 'No such task of this pull request');
  const links = { self: { href: `${exchange.self}${exchange.path}` } };
  if (task.pollsLeft > 0) {
    task.pollsLeft -= 1;
    return { status: 200, json: { task_status: 'PENDING', links } };
  }
  task.outcome ??= await task.finish();
  if (task.outcome.status !== 200) return failure(task.outcome.status, task.outcome.message);
  return {
    status: 200,
    json: { task_status: 'SUCCESS', links, merge_result: await pullJson(exchange, pull) },
  };
}

async function approve(exchange: BitbucketExchange, pull: PullRequestState): Promise<Answer> {
  if (pull.state !== 'OPEN') return failure(400, 'This pull request is closed');
  pull.approvals.add(exchange.account);
  const user = { type: 'user', display_name: exchange.account };
  return { status: 200, json: { type: 'participant', user, approved: true, state: 'approved' } };
}

async function unapprove(exchange: BitbucketExchange, pull: PullRequestState): Promise<Answer> {
  if (!pull.approvals.delete(exchange.account)) return failure(404, 'You have not approved this');
  return { status: 204 };
}

async function decline(exchange: BitbucketExchange, pull: PullRequestState): Promise<Answer> {
  if (pull.state !== 'OPEN') return failure(400, 'This pull request is already closed');
  pull.sourceHash = await exchange.repository.branch(pull.source);
  pull.destinationHash = await exchange.repository.branch(pull.destination);
  pull.state = 'DECLINED';
  pull.updatedOn = exchange.repository.now();
  return answer(exchange, pull);
}

function commentJson(comment: PullRequestState['comments'][number]): object {
  return {
    type: 'pullrequest_comment',
    id: comment.id,
    content: { raw: comment.raw, markup: 'markdown', html: '' },
    created_on: comment.createdOn,
    deleted: false,
  };
}

async function listComments(exchange: BitbucketExchange, pull: PullRequestState): Promise<Answer> {
  const values = pull.comments.map(commentJson);
  return page(exchange, exchange.query.get('sort') === '-created_on' ? values.reverse() : values);
}

async function addComment(exchange: BitbucketExchange, pull: PullRequestState): Promise<Answer> {
  const { repository } = exchange;
  const raw = text(member(jsonBody(exchange), 'content', 'raw'));
  const comment = { id: repository.nextCommentId(), raw, createdOn: repository.now() };
  pull.comments.push(comment);
  return { status: 201, json: commentJson(comment) };
}

async function editComment(exchange: BitbucketExchange, pull: PullRequestState): Promise<Answer> {
  const comment = pull.comments.find(({ id }) => String(id) === exchange.parts[1]);
  if (comment === undefined) return failure(404, 'No such comment');
  comment.raw = text(member(jsonBody(exchange), 'content', 'raw'));
  return { status: 200, json: commentJson(comment) };
}

async function redirectToDiff(
  exchange: BitbucketExchange,
  pull: PullRequestState,
): Promise<Answer> {
  const { repository, self } = exchange;
  const source = pull.sourceHash ?? (await repository.branch(pull.source));
  const destination = pull.destinationHash ?? (await repository.branch(pull.destination));
  return {
    status: 302,
    headers: { location: `${self}/diff/${source}..${destination}?topic=true` },
  };
}

/** Pull requests. */
export const pullRequestRoutes: readonly BitbucketRoute[] = [
  ['POST', /^\/pullrequests$/, create],
  ['GET', /^\/pullrequests$/, list],
  ['GET', /^\/pullrequests\/([^/]+)$/, withPull(answer)],
  ['PUT', /^\/pullrequests\/([^/]+)$/, withPull(update)],
  ['POST', /^\/pullrequests\/([^/]+)\/merge$/, withPull(requestMerge)],
  ['GET', /^\/pullrequests\/([^/]+)\/merge\/task-status\/([^/]+)$/, withPull(readTask)],
  ['POST', /^\/pullrequests\/([^/]+)\/approve$/, withPull(approve)],
  ['DELETE', /^\/pullrequests\/([^/]+)\/approve$/, withPull(unapprove)],
  ['POST', /^\/pullrequests\/([^/]+)\/decline$/, withPull(decline)],
  ['GET', /^\/pullrequests\/([^/]+)\/comments$/, withPull(listComments)],
  ['POST', /^\/pullrequests\/([^/]+)\/comments$/, withPull(addComment)],
  ['PUT', /^\/pullrequests\/([^/]+)\/comments\/([^/]+)$/, withPull(editComment)],
  ['GET', /^\/pullrequests\/([^/]+)\/diff$/, withPull(redirectToDiff)],
];
