import { type Answer, jsonBody } from '../forge/exchange.ts';
import {
  type DatacenterExchange,
  type DatacenterRoute,
  failure,
  page,
  userJson,
  userOf,
  users,
} from './exchange.ts';
import { withPull } from './pull-request-json.ts';
import type { CommentState, PullRequestState } from './repository-state.ts';

function commentJson(comment: CommentState): object {
  const { id, version, text, author, createdDate } = comment;
  return {
    id,
    version,
    text,
    author: userJson(author),
    createdDate,
    updatedDate: createdDate,
    comments: [],
    severity: 'NORMAL',
    state: 'OPEN',
  };
}

/** Everything that happened, newest first. A deleted comment is told of twice, with what it was. */
async function listActivities(
  exchange: DatacenterExchange,
  pull: PullRequestState,
): Promise<Answer> {
  const entries = pull.comments.flatMap((comment) => {
    const { id, createdDate } = comment;
    const base = { action: 'COMMENTED', user: userJson(comment.author), createdDate };
    const added = { ...base, id: id * 10, commentAction: 'ADDED', comment: commentJson(comment) };
    return comment.deleted
      ? [added, { ...added, id: id * 10 + 1, commentAction: 'DELETED' }]
      : [added];
  });
  const opened = {
    id: 1,
    action: 'OPENED',
    createdDate: pull.createdDate,
    user: userJson(pull.author),
  };
  return page(exchange, [opened, ...entries].reverse());
}

async function add(exchange: DatacenterExchange, pull: PullRequestState): Promise<Answer> {
  const { repository } = exchange;
  const comment: CommentState = {
    id: repository.nextId(),
    author: userOf(exchange) ?? users.bot,
    createdDate: repository.now(),
    text: String(jsonBody(exchange)['text']),
    version: 0,
    deleted: false,
  };
  pull.comments.push(comment);
  return { status: 201, json: commentJson(comment) };
}

function withComment(
  handler: (exchange: DatacenterExchange, comment: CommentState) => Promise<Answer>,
): (exchange: DatacenterExchange) => Promise<Answer> {
  return withPull(async (exchange, pull) => {
    const [, id] = exchange.parts;
    const comment = pull.comments.find((each) => String(each.id) === id && !each.deleted);
    return comment === undefined
      ? failure(404, 'comment.NoSuchCommentException', `Comment ${id} does not exist.`)
      : handler(exchange, comment);
  });
}

async function read(_: DatacenterExchange, comment: CommentState): Promise<Answer> {
  return { status: 200, json: commentJson(comment) };
}

async function edit(exchange: DatacenterExchange, comment: CommentState): Promise<Answer> {
  const { text, version } = jsonBody(exchange);
  if (version !== comment.version) {
    return failure(
      409,
      'comment.CommentOutOfDateException',
      'You are attempting to modify a comment based on out-of-date information.',
    );
  }
  comment.text = String(text);
  comment.version += 1;
  return { status: 200, json: commentJson(comment) };
}

/** Comments of pull requests. */
export const commentRoutes: readonly DatacenterRoute[] = [
  ['GET', /^\/pull-requests\/(\d+)\/activities$/, withPull(listActivities)],
  ['POST', /^\/pull-requests\/(\d+)\/comments$/, withPull(add)],
  ['GET', /^\/pull-requests\/(\d+)\/comments\/(\d+)$/, withComment(read)],
  ['PUT', /^\/pull-requests\/(\d+)\/comments\/(\d+)$/, withComment(edit)],
];
