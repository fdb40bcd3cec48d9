import { type Answer, jsonBody } from '../forge/exchange.ts';
import { failure, type GiteaExchange, type GiteaRoute, page, text, webOf } from './exchange.ts';
import { withPull } from './pull-request-routes.ts';
import { userJson } from './ref-routes.ts';
import type { PullRequestState, ReviewState } from './repository-state.ts';

async function reviewJson(
  exchange: GiteaExchange,
  pull: PullRequestState,
  review: ReviewState,
): Promise<object> {
  const tip = pull.headSha ?? (await exchange.repository.branch(pull.head));
  return {
    id: review.id,
    user: userJson(1, review.account),
    state: review.state,
    body: '',
    commit_id: review.commit,
    stale: review.commit !== tip,
    dismissed: false,
    official: true,
    comments_count: 0,
    html_url: `${webOf(exchange)}/pulls/${pull.number}#issuecomment-${review.id}`,
  };
}

async function listReviews(exchange: GiteaExchange, pull: PullRequestState): Promise<Answer> {
  const reviews = pull.reviews.map((review) => reviewJson(exchange, pull, review));
  return page(exchange, await Promise.all(reviews));
}

async function addReview(exchange: GiteaExchange, pull: PullRequestState): Promise<Answer> {
  const { repository, account } = exchange;
  const state = text(jsonBody(exchange)['event']);
  if (state === 'APPROVED' && !repository.selfApproval) {
    return failure(422, 'approve your own pull is not allowed');
  }
  const commit = pull.headSha ?? (await repository.branch(pull.head)) ?? '';
  const review = { id: repository.nextId(), account, state, commit };
  pull.reviews.push(review);
  return { status: 200, json: await reviewJson(exchange, pull, review) };
}

async function deleteReview(exchange: GiteaExchange, pull: PullRequestState): Promise<Answer> {
  const at = pull.reviews.findIndex(({ id }) => String(id) === exchange.parts[1]);
  if (at < 0) return failure(404, "The target couldn't be found.");
  pull.reviews.splice(at, 1);
  return { status: 204 };
}

function commentJson(
  exchange: GiteaExchange,
  comment: PullRequestState['comments'][number],
): object {
  return {
    id: comment.id,
    body: comment.body,
    html_url: `${webOf(exchange)}/issues/1#issuecomment-${comment.id}`,
    user: userJson(1, exchange.account),
    created_at: comment.createdAt,
    updated_at: comment.createdAt,
  };
}

async function listComments(exchange: GiteaExchange, pull: PullRequestState): Promise<Answer> {
  // All at once, oldest first.
  return { status: 200, json: pull.comments.map((comment) => commentJson(exchange, comment)) };
}

async function addComment(exchange: GiteaExchange, pull: PullRequestState): Promise<Answer> {
  const { repository } = exchange;
  const body = text(jsonBody(exchange)['body']);
  const comment = { id: repository.nextId(), body, createdAt: repository.now() };
  pull.comments.push(comment);
  return { status: 201, json: commentJson(exchange, comment) };
}

async function editComment(exchange: GiteaExchange): Promise<Answer> {
  const comment = exchange.repository.pulls
    .flatMap(({ comments }) => comments)
    .find(({ id }) => String(id) === exchange.parts[0]);
  if (comment === undefined) return failure(404, "The target couldn't be found.");
  comment.body = text(jsonBody(exchange)['body']);
  return { status: 200, json: commentJson(exchange, comment) };
}

/** Reviews and comments. */
export const reviewRoutes: readonly GiteaRoute[] = [
  ['GET', /^\/pulls\/(\d+)\/reviews$/, withPull(listReviews)],
  ['POST', /^\/pulls\/(\d+)\/reviews$/, withPull(addReview)],
  ['DELETE', /^\/pulls\/(\d+)\/reviews\/(\d+)$/, withPull(deleteReview)],
  ['GET', /^\/issues\/(\d+)\/comments$/, withPull(listComments)],
  ['POST', /^\/issues\/(\d+)\/comments$/, withPull(addComment)],
  ['PATCH', /^\/issues\/comments\/(\d+)$/, editComment],
];
