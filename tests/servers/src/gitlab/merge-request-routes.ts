import { type Answer, jsonBody } from '../forge/exchange.ts';
import {
  failure,
  type GitlabExchange,
  type GitlabRoute,
  notFound,
  page,
  text,
} from './exchange.ts';
import { cancelAutoMerge, detailedStatus, requestMerge, requestRebase, step } from './merge.ts';
import { mergeRequestJson } from './merge-request-json.ts';
import type { MergeRequestState } from './project-state.ts';
import { commitJson } from './ref-routes.ts';
import { listDiffs } from './source-routes.ts';

type MergeRequestHandler = (
  exchange: GitlabExchange,
  request: MergeRequestState,
) => Promise<Answer>;

/** Runs a handler on the merge request that the path names. */
function withRequest(handler: MergeRequestHandler): (exchange: GitlabExchange) => Promise<Answer> {
  return async (exchange) => {
    const { repository, parts } = exchange;
    const request = repository.mergeRequests.find(({ iid }) => String(iid) === parts[0]);
    return request === undefined ? failure(404, '404 Not found') : handler(exchange, request);
  };
}

async function create(exchange: GitlabExchange): Promise<Answer> {
  const { repository } = exchange;
  const body = jsonBody(exchange);
  const [source, target] = [text(body['source_branch']), text(body['target_branch'])];
  if ((await repository.branch(source)) === undefined)
    return failure(400, [`Source branch "${source}" does not exist`]);
  if ((await repository.branch(target)) === undefined)
    return failure(400, [`Target branch "${target}" does not exist`]);
  const open = repository.mergeRequests.find(
    ({ state, sourceBranch, targetBranch }) =>
      state === 'opened' && sourceBranch === source && targetBranch === target,
  );
  if (open !== undefined) {
    return failure(409, [
      `Another open merge request already exists for this source branch: !${open.iid}`,
    ]);
  }
  const now = repository.now();
  const request: MergeRequestState = {
    iid: repository.mergeRequests.length + 1,
    // Issuable strips it.
    title: text(body['title']).trim(),
    description: typeof body['description'] === 'string' ? body['description'] : null,
    state: 'opened',
    sourceBranch: source,
    targetBranch: target,
    sha: undefined,
    mergeCommit: undefined,
    squashCommit: undefined,
    forceRemoveSourceBranch: body['remove_source_branch'] === true,
    squash: body['squash'] === true,
    autoMerge: false,
    rebasing: undefined,
    mergeError: null,
    checks: repository.merging.checks,
    lag: undefined,
    createdAt: now,
    updatedAt: now,
    approved: false,
    // GitLab writes notes of its own, which are no comments.
    notes: [{ id: repository.nextId(), body: 'assigned to @bot', system: true, createdAt: now }],
  };
  repository.mergeRequests.push(request);
  return { status: 201, json: await mergeRequestJson(exchange, request, 'preparing') };
}

async function list(exchange: GitlabExchange): Promise<Answer> {
  const { repository, query } = exchange;
  const matches = (name: string, value: string) => (query.get(name) ?? value) === value;
  const state = query.get('state') ?? 'all';
  const found = repository.mergeRequests.filter(
    (request) =>
      (state === 'all' || request.state === state) &&
      matches('source_branch', request.sourceBranch) &&
      matches('target_branch', request.targetBranch),
  );
  if (query.get('sort') !== 'asc') found.reverse();
  // Lists show what is known, and compute nothing.
  const values = found.map((request) => mergeRequestJson(exchange, request, 'unchecked'));
  return page(exchange, await Promise.all(values));
}

async function read(exchange: GitlabExchange, request: MergeRequestState): Promise<Answer> {
  const { repository, query } = exchange;
  await step(repository, request);
  const status = await detailedStatus(repository, request);
  if (status === 'checking' && request.checks > 0) request.checks -= 1;
  const json = await mergeRequestJson(exchange, request, status);
  if (request.lag !== undefined) {
    request.lag.reads -= 1;
    if (request.lag.reads === 0) request.lag = undefined;
  }
  const rebase = query.get('include_rebase_in_progress') === 'true';
  return {
    status: 200,
    json: { ...json, ...(rebase ? { rebase_in_progress: request.rebasing !== undefined } : {}) },
  };
}

async function update(exchange: GitlabExchange, request: MergeRequestState): Promise<Answer> {
  const { repository } = exchange;
  const body = jsonBody(exchange);
  const target = body['target_branch'];
  if (typeof target === 'string' && (await repository.branch(target)) === undefined) {
    return failure(400, [`Target branch "${target}" does not exist`]);
  }
  if (typeof target === 'string') request.targetBranch = target;
  if (typeof body['title'] === 'string') request.title = body['title'].trim();
  if (typeof body['description'] === 'string') request.description = body['description'];
  if (typeof body['remove_source_branch'] === 'boolean') {
    request.forceRemoveSourceBranch = body['remove_source_branch'];
  }
  if (body['state_event'] === 'close' && request.state === 'opened') {
    request.sha = await repository.branch(request.sourceBranch);
    request.state = 'closed';
    request.autoMerge = false;
  }
  request.updatedAt = repository.now();
  return answer(exchange, request);
}

async function answer(exchange: GitlabExchange, request: MergeRequestState): Promise<Answer> {
  const status = await detailedStatus(exchange.repository, request);
  return { status: 200, json: await mergeRequestJson(exchange, request, status) };
}

function approvals(request: MergeRequestState): Record<string, unknown> {
  const user = { id: 1, username: 'bot', name: 'Bowline Bot', state: 'active' };
  return {
    user_has_approved: request.approved,
    user_can_approve: !request.approved,
    approved: request.approved,
    approved_by: request.approved ? [{ user }] : [],
  };
}

async function approve(_: GitlabExchange, request: MergeRequestState): Promise<Answer> {
  // Who has approved already may not do it again.
  if (request.approved) return failure(401, '401 Unauthorized');
  request.approved = true;
  return { status: 201, json: approvals(request) };
}

async function unapprove(_: GitlabExchange, request: MergeRequestState): Promise<Answer> {
  if (!request.approved) return failure(404, '404 Not found');
  request.approved = false;
  return { status: 201, json: approvals(request) };
}

async function diffs(exchange: GitlabExchange, request: MergeRequestState): Promise<Answer> {
  const { repository } = exchange;
  const head = request.sha ?? (await repository.branch(request.sourceBranch));
  const target = await repository.branch(request.targetBranch);
  if (head === undefined || target === undefined) return page(exchange, []);
  return listDiffs(exchange, { base: await repository.store.mergeBase(head, target), head });
}

/** Lists the commits that the target lacks, the newest first. */
async function commits(exchange: GitlabExchange, request: MergeRequestState): Promise<Answer> {
  const { repository } = exchange;
  const head = request.sha ?? (await repository.branch(request.sourceBranch));
  const target = await repository.branch(request.targetBranch);
  if (head === undefined || target === undefined) return page(exchange, []);
  const without = new Set(await repository.history(target));
  const oids = (await repository.history(head)).filter((oid) => !without.has(oid));
  return page(exchange, await Promise.all(oids.map((oid) => commitJson(exchange, oid))));
}

const noteJson = (note: MergeRequestState['notes'][number], request: MergeRequestState) => ({
  id: note.id,
  type: null,
  body: note.body,
  system: note.system,
  created_at: note.createdAt,
  updated_at: note.createdAt,
  noteable_iid: request.iid,
  noteable_type: 'MergeRequest',
  author: { id: 1, username: 'bot', name: 'Bowline Bot' },
});

async function listNotes(exchange: GitlabExchange, request: MergeRequestState): Promise<Answer> {
  const notes = request.notes.map((note) => noteJson(note, request));
  return page(exchange, exchange.query.get('sort') === 'asc' ? notes : notes.reverse());
}

async function createNote(exchange: GitlabExchange, request: MergeRequestState): Promise<Answer> {
  const { repository } = exchange;
  const body = text(jsonBody(exchange)['body']);
  if (body === '') return failure(400, 'body is missing');
  // A line that begins with a command is carried out and is no text.
  if (/^\/close\s*$/m.test(body)) request.state = 'closed';
  const note = { id: repository.nextId(), body, system: false, createdAt: repository.now() };
  request.notes.push(note);
  return { status: 201, json: noteJson(note, request) };
}

async function updateNote(exchange: GitlabExchange, request: MergeRequestState): Promise<Answer> {
  const note = request.notes.find(({ id }) => String(id) === exchange.parts[1]);
  if (note === undefined) return notFound('Note');
  note.body = text(jsonBody(exchange)['body']);
  return { status: 200, json: noteJson(note, request) };
}

/** Merge requests with their diffs, approvals and notes. */
export const mergeRequestRoutes: readonly GitlabRoute[] = [
  ['GET', /^\/merge_requests$/, list],
  ['POST', /^\/merge_requests$/, create],
  ['GET', /^\/merge_requests\/(\d+)$/, withRequest(read)],
  ['PUT', /^\/merge_requests\/(\d+)$/, withRequest(update)],
  ['PUT', /^\/merge_requests\/(\d+)\/merge$/, withRequest(requestMerge)],
  ['PUT', /^\/merge_requests\/(\d+)\/rebase$/, withRequest(requestRebase)],
  [
    'POST',
    /^\/merge_requests\/(\d+)\/cancel_merge_when_pipeline_succeeds$/,
    withRequest(cancelAutoMerge),
  ],
  ['POST', /^\/merge_requests\/(\d+)\/approve$/, withRequest(approve)],
  ['POST', /^\/merge_requests\/(\d+)\/unapprove$/, withRequest(unapprove)],
  [
    'GET',
    /^\/merge_requests\/(\d+)\/approvals$/,
    withRequest(async (_, request) => ({ status: 200, json: approvals(request) })),
  ],
  ['GET', /^\/merge_requests\/(\d+)\/diffs$/, withRequest(diffs)],
  ['GET', /^\/merge_requests\/(\d+)\/commits$/, withRequest(commits)],
  ['GET', /^\/merge_requests\/(\d+)\/notes$/, withRequest(listNotes)],
  ['POST', /^\/merge_requests\/(\d+)\/notes$/, withRequest(createNote)],
  ['PUT', /^\/merge_requests\/(\d+)\/notes\/(\d+)$/, withRequest(updateNote)],
];
