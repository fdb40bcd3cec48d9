import type { GitOpsEvent } from './event.ts';
import type { EventPullRequest } from './event-parts.ts';
import { nameUuid } from './name-uuid.ts';
import type { EventPipelineRun } from './run-parts.ts';
import { hostOf } from './text.ts';

type Names = readonly string[];

/** What an event is about, for what must be the same after a restart and on another machine. */
interface Subject {
  /** Names the lasting thing: a branch, a service, a pipeline. */
  readonly thread: Names;
  /** Names the one change that runs through, when that is not the thread itself. */
  readonly chain?: Names | undefined;
}

/**
 * Names what an event is about, for programs that show related messages together: the branch (a pull request and a promotion are about their source
 * branch), tag, service, environment, sync or pipeline.
 *
 * @returns A UUID that depends on the names alone.
 */
export function threadId(event: GitOpsEvent): string {
  return nameUuid(subjectOf(event).thread);
}

/**
 * Names what an event is about for a reader, without its repository: `prod shop/web`, of a task also the task. Empty for an event that is about itself alone.
 */
export function subjectNames(event: GitOpsEvent): readonly string[] {
  const [kind, , ...names] = subjectOf(event).thread;
  if (kind === 'event') return [];
  const task = event.type === 'task.started' || event.type === 'task.finished';
  return [...names, ...(task ? [event.data.name] : [])].filter((name) => name !== '');
}

/**
 * Names the chain of events that one change causes. Events of a commit (push, pipeline, sync, deployment) have one chain, and so have events of a pull
 * request, promotions included; all else is chained by what it is about. The branch of a pull request would not do: names of branches are used again.
 *
 * @returns A UUID that depends on the names alone.
 */
export function chainId(event: GitOpsEvent): string {
  const { chain, thread } = subjectOf(event);
  return nameUuid(chain ?? thread);
}

/** Names the repository as a forge compares it. */
export function repositoryName(event: GitOpsEvent): string {
  return event.repository?.fullName.toLowerCase() ?? '';
}

function subjectOf(event: GitOpsEvent): Subject {
  const repository = repositoryName(event);
  const branch = (name: string): Subject => ({ thread: ['branch', repository, name] });
  const change = ({ id, source }: EventPullRequest): Subject => ({
    ...branch(source),
    chain: ['change', repository, String(id)],
  });
  const commit = (sha: string | undefined) =>
    sha === undefined ? undefined : ['commit', repository, sha.toLowerCase()];
  const pipeline = (run: EventPipelineRun): Subject => ({
    thread: ['pipeline', repository, run.name, run.branch ?? ''],
    chain: commit(run.revision) ?? ['run', repository, run.name, run.runId],
  });
  switch (event.type) {
    case 'branch.created':
    case 'branch.deleted':
    case 'image.updated':
      return branch(event.data.branch);
    case 'pull-request.created':
    case 'pull-request.updated':
    case 'pull-request.reviewed':
    case 'pull-request.closed':
    case 'pull-request.merged':
    case 'promotion.proposed':
    case 'promotion.merged':
      return change(event.data.pullRequest);
    case 'push.received':
    case 'commit.reported':
      return { ...branch(event.data.branch), chain: commit(event.data.commit.sha) };
    case 'tag.created':
    case 'tag.deleted':
      return { thread: ['tag', repository, event.data.tag] };
    case 'webhook.changed':
      return { thread: ['webhook', repository, hostOf(event.data.url)] };
    case 'job.failed': {
      const { job, pullRequest, subject } = event.data;
      return pullRequest === undefined
        ? { thread: ['job', repository, job, subject ?? ''] }
        : change(pullRequest);
    }
    case 'deployment.started':
    case 'deployment.succeeded':
    case 'deployment.failed':
    case 'deployment.rolled-back':
    case 'deployment.removed':
    case 'deployment.published': {
      const { environment, service, revision } = event.data;
      return { thread: ['service', repository, environment, service], chain: commit(revision) };
    }
    case 'environment.created':
    case 'environment.modified':
    case 'environment.deleted':
      return { thread: ['environment', repository, event.data.name] };
    case 'sync.succeeded':
    case 'sync.failed':
    case 'sync.drifted': {
      const { cluster, name, revision } = event.data;
      return { thread: ['sync', repository, cluster ?? '', name], chain: commit(revision) };
    }
    case 'pipeline.queued':
    case 'pipeline.started':
    case 'pipeline.finished':
      return pipeline(event.data);
    case 'task.started':
    case 'task.finished':
      return pipeline(event.data.pipeline);
    default:
      // An event of a newer version that reached this one as plain data is a thing of its own.
      return { thread: ['event', (event as { readonly id: string }).id] };
  }
}
