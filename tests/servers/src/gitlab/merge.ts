import { type Answer, jsonBody } from '../forge/exchange.ts';
import { mergeBranches } from '../forge/merge.ts';
import { failure, type GitlabExchange, text } from './exchange.ts';
import { isDraft, mergeRequestJson } from './merge-request-json.ts';
import type { MergeRequestState, ProjectState } from './project-state.ts';

const pipelineStates = new Set(['ci_still_running', 'ci_must_pass']);

/** Computes `detailed_merge_status`, in the order of GitLab's documentation as far as it is simulated. */
export async function detailedStatus(
  repository: ProjectState,
  request: MergeRequestState,
): Promise<string> {
  const { sourceBranch, targetBranch } = request;
  if (request.state !== 'opened') return 'not_open';
  if (request.checks > 0) return 'checking';
  const [source, target] = await Promise.all([
    repository.branch(sourceBranch),
    repository.branch(targetBranch),
  ]);
  if (source === undefined || target === undefined) return 'broken_status';
  if (isDraft(request.title)) return 'draft_status';
  if (repository.merging.blocker !== undefined) return repository.merging.blocker;
  const base = await repository.store.mergeBase(source, target);
  if (base === source) return 'commits_status';
  const trial = await mergeBranches(repository.store, {
    source: sourceBranch,
    destination: targetBranch,
    strategy: 'merge',
    message: 'trial',
  });
  if (trial === 'conflict') return 'conflict';
  return repository.merging.method !== 'merge' && base !== target ? 'need_rebase' : 'mergeable';
}

/** Lets the time pass that a read stands for: a rebase ends, and what is scheduled is merged. */
export async function step(repository: ProjectState, request: MergeRequestState): Promise<void> {
  if (request.rebasing !== undefined && request.rebasing > 0) request.rebasing -= 1;
  else if (request.rebasing === 0) {
    request.rebasing = undefined;
    const result = await mergeBranches(repository.store, {
      source: request.sourceBranch,
      destination: request.targetBranch,
      strategy: 'rebase',
      message: '',
    });
    if (typeof result === 'string')
      request.mergeError =
        'Rebase failed: Rebase locally, resolve all conflicts, then push the branch.';
    else await repository.store.setRef(`refs/heads/${request.sourceBranch}`, result.sha);
  }
  if (request.autoMerge && (await detailedStatus(repository, request)) === 'mergeable') {
    await carryOut(repository, request, {});
  }
}

/** Merges, or schedules it. The order of the checks is that of GitLab's own code. */
export async function requestMerge(
  exchange: GitlabExchange,
  request: MergeRequestState,
): Promise<Answer> {
  const { repository } = exchange;
  const { merging } = repository;
  const body = jsonBody(exchange);
  const status = await detailedStatus(repository, request);
  const shown = async () => ({
    status: 200,
    json: await mergeRequestJson(exchange, request, status),
  });
  if (!merging.allowed) return failure(401, '401 Unauthorized');
  const schedule = body['auto_merge'] === true || body['merge_when_pipeline_succeeds'] === true;
  const schedulable = schedule && (pipelineStates.has(status) || status === 'not_approved');
  if (
    request.state !== 'opened' ||
    (status !== 'mergeable' && !schedulable) ||
    merging.notYet > 0
  ) {
    if (merging.notYet > 0) merging.notYet -= 1;
    return failure(405, '405 Method Not Allowed');
  }
  if (merging.fails > 0) {
    merging.fails -= 1;
    return failure(422, 'Branch cannot be merged');
  }
  const sha = request.lag?.sha ?? (await repository.branch(request.sourceBranch));
  if (body['sha'] !== undefined && body['sha'] !== sha) {
    return failure(409, `SHA does not match HEAD of source branch: ${sha}`);
  }
  if (schedulable) {
    request.autoMerge = true;
    return shown();
  }
  await carryOut(repository, request, body);
  return { status: 200, json: await mergeRequestJson(exchange, request, 'not_open') };
}

async function carryOut(
  repository: ProjectState,
  request: MergeRequestState,
  body: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { method, squashOption } = repository.merging;
  const { store } = repository;
  const { sourceBranch, targetBranch } = request;
  const squash =
    squashOption === 'always' ||
    (squashOption !== 'never' && (body['squash'] ?? request.squash) === true);
  const branches = { source: sourceBranch, destination: targetBranch };
  request.sha = await repository.branch(sourceBranch);
  let tip = request.sha ?? '';
  if (squash) {
    const message = text(body['squash_commit_message']) || request.title;
    const squashed = await mergeBranches(store, { ...branches, strategy: 'squash', message });
    if (typeof squashed === 'string') throw new Error(`squash: ${squashed}`);
    tip = squashed.sha;
    request.squashCommit = tip;
  }
  if (method !== 'ff') {
    const message =
      text(body['merge_commit_message']) || `Merge branch '${sourceBranch}' into '${targetBranch}'`;
    const merged = await mergeBranches(store, {
      source: tip,
      destination: targetBranch,
      strategy: 'merge',
      message,
    });
    if (typeof merged === 'string') throw new Error(`merge: ${merged}`);
    tip = merged.sha;
    request.mergeCommit = tip;
  }
  await store.setRef(`refs/heads/${targetBranch}`, tip);
  request.state = 'merged';
  request.autoMerge = false;
  request.updatedAt = repository.now();
  // Either wish is enough.
  if (body['should_remove_source_branch'] === true || request.forceRemoveSourceBranch) {
    await store.deleteRef(`refs/heads/${sourceBranch}`);
  }
}

/** Begins a rebase, which goes on in the background. */
export async function requestRebase(
  { repository }: GitlabExchange,
  request: MergeRequestState,
): Promise<Answer> {
  if (request.state !== 'opened') return failure(403, '403 Forbidden');
  if (request.rebasing !== undefined)
    return failure(
      409,
      'Failed to enqueue the rebase operation, possibly due to a long-lived transaction. Try again later.',
    );
  request.rebasing = repository.merging.rebaseReads;
  request.mergeError = null;
  return { status: 202, json: { rebase_in_progress: true } };
}

/** Takes back what was scheduled. */
export async function cancelAutoMerge(
  exchange: GitlabExchange,
  request: MergeRequestState,
): Promise<Answer> {
  if (request.state !== 'opened') return failure(405, '405 Method Not Allowed');
  if (!request.autoMerge) return failure(406, "Can't cancel the automatic merge");
  request.autoMerge = false;
  const status = await detailedStatus(exchange.repository, request);
  return { status: 201, json: await mergeRequestJson(exchange, request, status) };
}
