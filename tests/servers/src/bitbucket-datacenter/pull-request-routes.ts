import { type Answer, jsonBody, member } from '../forge/exchange.ts';
import {
  type DatacenterExchange,
  type DatacenterRoute,
  failure,
  noUser,
  page,
  userJson,
  userOf,
  users,
} from './exchange.ts';
import { notOpen, pullAnswer, pullJson, staleVersion, withPull } from './pull-request-json.ts';
import type { PullRequestState, UserState } from './repository-state.ts';
import { rawDiff } from './source-routes.ts';

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const branchOf = (ref: unknown) => text(member(ref, 'id')).replace(/^refs\/heads\//, '');

async function checkBranches(
  { repository }: DatacenterExchange,
  { source, destination }: { readonly source: string; readonly destination: string },
): Promise<Answer | undefined> {
  const [from, to] = await Promise.all([repository.branch(source), repository.branch(destination)]);
  if (from === undefined || to === undefined) {
    const missing = from === undefined ? source : destination;
    return failure(
      404,
      'repository.NoSuchBranchException',
      `Branch "refs/heads/${missing}" does not exist.`,
    );
  }
  if ((await repository.store.mergeBase(from, to)) === from) {
    return failure(
      409,
      'pull.EmptyPullRequestException',
      `refs/heads/${destination} is already up-to-date with branch refs/heads/${source}`,
    );
  }
  const twin = repository.pulls.find(
    (pull) =>
      pull.state === 'OPEN' &&
      pull.source === source &&
      pull.destination === destination &&
      pull.fork === undefined,
  );
  return twin === undefined
    ? undefined
    : failure(
        409,
        'pull.DuplicatePullRequestException',
        'Only one pull request may be open for a given source and target branch',
      );
}

async function create(exchange: DatacenterExchange): Promise<Answer> {
  const { repository } = exchange;
  const body = jsonBody(exchange);
  const source = branchOf(body['fromRef']);
  const destination = branchOf(body['toRef']);
  const refusal = await checkBranches(exchange, { source, destination });
  if (refusal !== undefined) return refusal;
  const now = repository.now();
  const pull: PullRequestState = {
    id: repository.pulls.length + 1,
    version: 0,
    title: text(body['title']),
    description: typeof body['description'] === 'string' ? body['description'] : undefined,
    state: 'OPEN',
    draft: body['draft'] === true,
    source,
    fork: undefined,
    destination,
    sourceHash: undefined,
    destinationHash: undefined,
    mergeCommit: undefined,
    author: userOf(exchange) ?? users.bot,
    createdDate: now,
    updatedDate: now,
    reviewers: [...repository.reviewers],
    approvals: new Set(),
    comments: [],
    autoMerge: undefined,
  };
  repository.pulls.push(pull);
  return pullAnswer(exchange, pull, 201);
}

async function list(exchange: DatacenterExchange): Promise<Answer> {
  const { repository, query } = exchange;
  const state = query.get('state') ?? 'OPEN';
  const at = query.get('at')?.replace(/^refs\/heads\//, '');
  const outgoing = query.get('direction') === 'OUTGOING';
  const pulls = repository.pulls
    .filter((pull) => state === 'ALL' || pull.state === state)
    .filter((pull) => !outgoing || pull.fork === undefined)
    .filter((pull) => at === undefined || (outgoing ? pull.source : pull.destination) === at);
  if (query.get('order') !== 'OLDEST') pulls.reverse();
  return page(exchange, await Promise.all(pulls.map((pull) => pullJson(exchange, pull))));
}

async function update(exchange: DatacenterExchange, pull: PullRequestState): Promise<Answer> {
  const body = jsonBody(exchange);
  if (body['version'] === undefined) {
    return failure(400, 'validation.ArgumentValidationException', 'The version is needed');
  }
  const refusal =
    staleVersion(pull, body['version']) ?? (pull.state === 'OPEN' ? undefined : notOpen(pull));
  if (refusal !== undefined) return refusal;
  const destination = branchOf(body['toRef']) || pull.destination;
  if (destination !== pull.destination) {
    const other = await checkBranches(exchange, { source: pull.source, destination });
    if (other !== undefined) return other;
  }
  pull.destination = destination;
  pull.title = text(body['title']) || pull.title;
  pull.description = text(body['description']);
  // PUT replaces: who is left out is no reviewer any more.
  pull.reviewers = Array.isArray(body['reviewers'])
    ? body['reviewers'].flatMap((each): UserState[] => {
        const name = text(member(each, 'user', 'name'));
        return Object.values(users).filter((user) => user.name === name);
      })
    : [];
  if (typeof body['draft'] === 'boolean') pull.draft = body['draft'];
  pull.version += 1;
  pull.updatedDate = exchange.repository.now();
  return pullAnswer(exchange, pull);
}

async function decline(exchange: DatacenterExchange, pull: PullRequestState): Promise<Answer> {
  const { repository, query } = exchange;
  const refusal =
    staleVersion(pull, query.get('version')) ?? (pull.state === 'OPEN' ? undefined : notOpen(pull));
  if (refusal !== undefined) return refusal;
  pull.sourceHash = await repository.branch(pull.source);
  pull.destinationHash = await repository.branch(pull.destination);
  pull.state = 'DECLINED';
  pull.version += 1;
  pull.updatedDate = repository.now();
  return pullAnswer(exchange, pull);
}

async function setParticipant(
  exchange: DatacenterExchange,
  pull: PullRequestState,
): Promise<Answer> {
  const user = userOf(exchange);
  if (user === undefined) return noUser;
  if (user.slug !== exchange.parts[1]) {
    return failure(
      400,
      'validation.ArgumentValidationException',
      'Only your own status can be set',
    );
  }
  if (user.slug === pull.author.slug) {
    return failure(
      400,
      'pull.InvalidPullRequestParticipantStatusException',
      'Authors may not update their status.',
    );
  }
  if (pull.state !== 'OPEN') return notOpen(pull);
  const { status } = jsonBody(exchange);
  if (status === 'APPROVED') pull.approvals.add(user.slug);
  else pull.approvals.delete(user.slug);
  const approved = status === 'APPROVED';
  return { status: 200, json: { user: userJson(user), role: 'REVIEWER', approved, status } };
}

async function readDiff(exchange: DatacenterExchange, pull: PullRequestState): Promise<Answer> {
  const { repository } = exchange;
  const until = pull.sourceHash ?? (await repository.branch(pull.source));
  const destination = pull.destinationHash ?? (await repository.branch(pull.destination));
  if (until === undefined || destination === undefined) {
    return failure(404, 'commit.NoSuchCommitException', 'A branch of the pull request is gone.');
  }
  const since = await repository.store.mergeBase(until, destination);
  return rawDiff(repository, { since, until });
}

/** Pull requests up to the merge. */
export const pullRequestRoutes: readonly DatacenterRoute[] = [
  ['POST', /^\/pull-requests$/, create],
  ['GET', /^\/pull-requests$/, list],
  ['GET', /^\/pull-requests\/(\d+)\.diff$/, withPull(readDiff)],
  ['GET', /^\/pull-requests\/(\d+)$/, withPull(pullAnswer)],
  ['PUT', /^\/pull-requests\/(\d+)$/, withPull(update)],
  ['POST', /^\/pull-requests\/(\d+)\/decline$/, withPull(decline)],
  ['PUT', /^\/pull-requests\/(\d+)\/participants\/([^/]+)$/, withPull(setParticipant)],
];
