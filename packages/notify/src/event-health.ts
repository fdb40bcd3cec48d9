import type { GitOpsEvent } from './event.ts';
import type { EventTarget } from './event-parts.ts';
import { repositoryName } from './event-subject.ts';
import { nameUuid } from './name-uuid.ts';
import type { EventOutcome, EventPipelineRun, EventSync } from './run-parts.ts';
import { truncate } from './text.ts';

/** That something does not work, or works again. */
export interface EventHealth {
  readonly state: 'failed' | 'recovered';
  /** Names what does (not) work: a UUID that depends on names alone. A failure and its recovery have the same. */
  readonly subject: string;
  /** Names what is wrong, so that another problem of the same subject is told from a repeated one. Empty for a recovery. */
  readonly problem: string;
}

const MAX_PROBLEM = 200;

/**
 * Tells which failure an event reports or ends.
 *
 * The subject is the job with what it was asked for, the service in its environment, the sync in its cluster, or the pipeline or task on its branch; always with
 * the repository. The problem is the type with the code of the error, or the outcome, and for a sync the objects.
 *
 * @returns `undefined` for an event that does neither.
 */
export function healthOf(event: GitOpsEvent): EventHealth | undefined {
  const repository = repositoryName(event);
  const make = (state: EventHealth['state'], names: readonly string[], problem = '') => ({
    state,
    subject: nameUuid(['health', repository, ...names]),
    problem: truncate(problem, MAX_PROBLEM),
  });
  const job = jobOf(event);
  if (job !== undefined) {
    return event.type === 'job.failed'
      ? make('failed', ['job', ...job], `job.failed ${event.data.error.code}`)
      : make('recovered', ['job', ...job]);
  }
  switch (event.type) {
    case 'deployment.failed': {
      const { environment, service, error } = event.data;
      return make('failed', ['service', environment, service], `deployment.failed ${error.code}`);
    }
    case 'deployment.succeeded':
    case 'deployment.rolled-back':
    case 'deployment.removed': {
      const { environment, service } = event.data;
      return make('recovered', ['service', environment, service]);
    }
    case 'sync.failed':
      return make(
        'failed',
        syncOf(event.data),
        `sync.failed ${objectsOf(event.data)} ${event.data.error.code}`,
      );
    case 'sync.drifted':
      return make('failed', syncOf(event.data), `sync.drifted ${objectsOf(event.data)}`);
    case 'sync.succeeded':
      return make('recovered', syncOf(event.data));
    case 'pipeline.finished': {
      const state = stateOf(event.data.outcome);
      return state && make(state, runOf(event.data), `pipeline.finished ${event.data.outcome}`);
    }
    case 'task.finished': {
      const state = stateOf(event.data.outcome);
      const names = [...runOf(event.data.pipeline), 'task', event.data.name];
      return state && make(state, names, `task.finished ${event.data.outcome}`);
    }
    default:
      return undefined;
  }
}

/** Names the job and what it was asked for, in the words that a failed job has as its `subject`. */
function jobOf(event: GitOpsEvent): readonly string[] | undefined {
  switch (event.type) {
    case 'job.failed': {
      const { job, subject = '', target, pullRequest } = event.data;
      if (job === 'k8s-pr' && target !== undefined) return [job, targetOf(target)];
      if (job === 'merge') return [job, String(pullRequest?.id ?? pullRequestIn(subject))];
      return [job, job === 'webhook' ? job : subject];
    }
    case 'branch.created':
      return ['create-branch', event.data.branch];
    case 'image.updated': {
      const [change] = event.data.changes;
      return change && ['set-image', `${change.file} on ${event.data.branch}`];
    }
    case 'pull-request.created': {
      const { source, destination } = event.data.pullRequest;
      return ['pull-request', `${source} to ${destination}`];
    }
    case 'pull-request.merged':
      return ['merge', String(event.data.pullRequest.id)];
    case 'promotion.proposed':
    case 'promotion.merged':
      return ['k8s-pr', targetOf(event.data.target)];
    case 'tag.created':
      return ['tag', event.data.tag];
    case 'webhook.changed':
      return ['webhook', 'webhook'];
    default:
      return undefined;
  }
}

/** Takes the number out of the address of a pull request: it can be written in several ways, such as that of one of its pages. */
function pullRequestIn(address: string): string {
  const [, id] =
    /[/#](?:pull-requests|pulls?|merge_requests)\/(\d{1,10})(?![^/?#])/.exec(address) ?? [];
  return id ?? address;
}

function targetOf(target: EventTarget): string {
  return `${target.namespace}/${target.deployment} in ${target.cluster}`;
}

function syncOf(sync: EventSync): readonly string[] {
  return ['sync', sync.cluster ?? '', sync.name];
}

function objectsOf(sync: EventSync): string {
  return nameUuid([...(sync.objects ?? [])].sort());
}

function runOf(run: EventPipelineRun): readonly string[] {
  return ['pipeline', run.name, run.branch ?? ''];
}

/** A run that was cancelled says nothing of what it checks, and so does an outcome of a newer version. */
function stateOf(outcome: EventOutcome): EventHealth['state'] | undefined {
  if (outcome === 'success') return 'recovered';
  return outcome === 'failure' || outcome === 'error' ? 'failed' : undefined;
}
