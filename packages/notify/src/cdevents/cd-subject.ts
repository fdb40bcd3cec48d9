import type { EventType, GitOpsEvent } from '../event.ts';
import type { EventPullRequest } from '../event-parts.ts';
import { nameUuid } from '../name-uuid.ts';
import type {
  EventDeployment,
  EventEnvironment,
  EventOutcome,
  EventPipelineRun,
  EventRunEnd,
  EventService,
  EventSync,
  EventTaskRun,
} from '../run-parts.ts';
import { cleanText, truncate } from '../text.ts';
import type { CdEventSubject } from './cd-event.ts';
import { cleanUri } from './clean-uri.ts';
import { imagePurl } from './image-purl.ts';

/** The type and the subject of a CDEvent. */
export interface TypedSubject extends CdEventSubject {
  readonly type: string;
}

type SubjectTable = {
  readonly [Type in EventType]: (event: GitOpsEvent<Type>) => TypedSubject;
};

const MAX_NAME = 1_024;
// In a header each character may become 12, and servers take some 8 KB of headers in all.
const MAX_ID = 256;
const DIGEST = '~'.length + 36;
const MAX_TEXT = 1_024;

/**
 * Names the CDEvents type for an event and fills in what its schema asks for. Types of CDEvents where there is one; a custom type of the tool `bowline`
 * where there is none.
 */
export function cdSubjectOf(event: GitOpsEvent): TypedSubject {
  if (!Object.hasOwn(subjects, event.type)) return unknownType(event);
  // The compiler cannot see that the function of a type takes the event of that type.
  const describe = subjects[event.type] as (event: GitOpsEvent) => TypedSubject;
  return describe(event);
}

const subjects: SubjectTable = {
  'branch.created': (event) => branch('branch.created.0.3.0', event),
  'branch.deleted': (event) => branch('branch.deleted.0.3.0', event),
  'push.received': (event) =>
    custom('push.received', inRepository(event, 'branches', event.data.branch), event),
  'image.updated': (event) =>
    custom('image.updated', inRepository(event, 'branches', event.data.branch), event),
  'pull-request.created': (event) => changeCreated(event, event.data.pullRequest),
  'pull-request.updated': (event) => change('change.updated.0.3.0', event, event.data.pullRequest),
  'pull-request.reviewed': (event) =>
    change('change.reviewed.0.3.0', event, event.data.pullRequest),
  'pull-request.closed': (event) => change('change.abandoned.0.3.0', event, event.data.pullRequest),
  'pull-request.merged': (event) => change('change.merged.0.3.0', event, event.data.pullRequest),
  'promotion.proposed': (event) => changeCreated(event, event.data.pullRequest),
  'promotion.merged': (event) => change('change.merged.0.3.0', event, event.data.pullRequest),
  'tag.created': (event) =>
    custom('tag.created', inRepository(event, 'tags', event.data.tag), event),
  'tag.deleted': (event) =>
    custom('tag.deleted', inRepository(event, 'tags', event.data.tag), event),
  'commit.reported': (event) =>
    custom('commit.reported', inRepository(event, 'commits', event.data.commit.sha), event),
  'webhook.changed': (event) => custom('webhook.changed', inRepository(event, 'webhooks'), event),
  'job.failed': (event) =>
    custom('job.failed', inRepository(event, 'jobs', event.data.job, event.data.subject), event),
  'deployment.started': (event) => custom('deployment.started', serviceId(event.data), event),
  'deployment.succeeded': ({ data }) =>
    service(`service.${data.previousImage === undefined ? 'deployed' : 'upgraded'}.0.3.0`, data),
  'deployment.failed': (event) => custom('deployment.failed', serviceId(event.data), event),
  'deployment.rolled-back': ({ data }) => service('service.rolledback.0.3.0', data),
  'deployment.removed': ({ data }) =>
    service('service.removed.0.3.0', { environment: data.environment, service: data.service }),
  'deployment.published': ({ data }) =>
    service('service.published.0.3.0', { environment: data.environment, service: data.service }),
  'environment.created': ({ data }) => environment('environment.created.0.3.0', data),
  'environment.modified': ({ data }) => environment('environment.modified.0.3.0', data),
  'environment.deleted': ({ data }) => environment('environment.deleted.0.3.0', data),
  'sync.succeeded': (event) => sync('sync.succeeded', event),
  'sync.failed': (event) => sync('sync.failed', event),
  'sync.drifted': (event) => sync('sync.drifted', event),
  'pipeline.queued': (event) => pipeline('pipelinerun.queued.0.3.0', event, event.data),
  'pipeline.started': (event) => {
    const run = pipeline('pipelinerun.started.0.3.0', event, event.data);
    // The schema asks for an address, which not every CI system gives.
    return { ...run, content: { uri: `urn:bowline:run:${nameUuid([run.id])}`, ...run.content } };
  },
  'pipeline.finished': (event) => {
    const run = pipeline('pipelinerun.finished.0.3.0', event, event.data);
    return { ...run, content: { ...run.content, ...ending(event.data) } };
  },
  'task.started': (event) => task('taskrun.started.0.3.0', event),
  'task.finished': (event) => {
    const run = task('taskrun.finished.0.3.0', event);
    return { ...run, content: { ...run.content, ...ending(event.data) } };
  },
};

/** Joins names to an id. One that is too long is cut and ends in a digest of the whole, so that it still names one thing alone. */
function join(...names: readonly (string | undefined)[]): string {
  const parts = names.map((name) => cleanText(name ?? '', MAX_NAME)).filter((part) => part !== '');
  const id = parts.join('/') || 'unknown';
  const shown = truncate(id, MAX_ID);
  return shown === id ? id : `${truncate(id, MAX_ID - DIGEST)}~${nameUuid([id])}`;
}

/** Joins names to the id of a subject that lives in a repository. */
function inRepository(event: GitOpsEvent, ...names: readonly (string | undefined)[]): string {
  return join(event.repository?.fullName, ...names);
}

function custom(name: string, id: string, event: GitOpsEvent): TypedSubject {
  return { type: `dev.cdeventsx.bowline-${name}.0.1.0`, id, content: repositoryOf(event) };
}

/** An event of a newer version that reached this one as plain data. Types of CDEvents have letters alone, in two words. */
function unknownType(event: GitOpsEvent): TypedSubject {
  const [subject = '', ...predicate] = event.type.split('.');
  const letters = (text: string, otherwise: string) => text.replace(/[^A-Za-z]/g, '') || otherwise;
  const name = `${letters(subject, 'event')}.${letters(predicate.join(''), 'happened')}`;
  return custom(name.slice(0, MAX_ID), inRepository(event, event.id), event);
}

function repositoryOf(event: GitOpsEvent): Readonly<Record<string, unknown>> {
  const { fullName = '', webUrl } = event.repository ?? {};
  const source = cleanUri(webUrl);
  return fullName === ''
    ? {}
    : { repository: { id: join(fullName), ...(source === undefined ? {} : { source }) } };
}

function branch(type: string, event: GitOpsEvent<'branch.created' | 'branch.deleted'>) {
  const id = inRepository(event, 'branches', event.data.branch);
  return { type: `dev.cdevents.${type}`, id, content: repositoryOf(event) };
}

function change(type: string, event: GitOpsEvent, pullRequest: EventPullRequest): TypedSubject {
  const id = inRepository(event, 'changes', String(pullRequest.id));
  return { type: `dev.cdevents.${type}`, id, content: repositoryOf(event) };
}

function changeCreated(event: GitOpsEvent, pullRequest: EventPullRequest): TypedSubject {
  const created = change('change.created.0.4.0', event, pullRequest);
  const description = cleanText(pullRequest.title ?? '', MAX_TEXT);
  return description === ''
    ? created
    : { ...created, content: { ...created.content, description } };
}

function serviceId(data: EventService): string {
  return join(data.environment, 'services', data.service);
}

function service(type: string, data: EventService & Partial<EventDeployment>): TypedSubject {
  const artifactId = data.image === undefined ? {} : { artifactId: imagePurl(data.image) };
  return {
    type: `dev.cdevents.${type}`,
    id: serviceId(data),
    content: { environment: { id: join(data.environment) }, ...artifactId },
  };
}

function environment(type: string, data: EventEnvironment): TypedSubject {
  const uri = type.startsWith('environment.deleted') ? undefined : cleanUri(data.url);
  const id = join(data.name);
  return {
    type: `dev.cdevents.${type}`,
    id,
    content: { name: id, ...(uri === undefined ? {} : { uri }) },
  };
}

function sync(name: string, event: GitOpsEvent & { readonly data: EventSync }): TypedSubject {
  return custom(name, join(event.data.cluster, 'syncs', event.data.name), event);
}

function runId(event: GitOpsEvent, run: EventPipelineRun): string {
  return inRepository(event, 'runs', run.name, run.runId);
}

function pipeline(type: string, event: GitOpsEvent, run: EventPipelineRun): TypedSubject {
  const uri = cleanUri(run.url);
  return {
    type: `dev.cdevents.${type}`,
    id: runId(event, run),
    content: { pipelineName: join(run.name), ...(uri === undefined ? {} : { uri }) },
  };
}

function task(type: string, event: GitOpsEvent & { readonly data: EventTaskRun }): TypedSubject {
  const { name, taskId, url, pipeline: run } = event.data;
  const uri = cleanUri(url);
  const pipelineRun = runId(event, run);
  return {
    type: `dev.cdevents.${type}`,
    id: join(pipelineRun, 'tasks', taskId),
    content: {
      taskName: join(name),
      pipelineRun: { id: pipelineRun },
      ...(uri === undefined ? {} : { uri }),
    },
  };
}

// The words of the specification.
const outcomes: Readonly<Record<EventOutcome, string>> = {
  success: 'success',
  failure: 'failure',
  error: 'error',
  cancelled: 'cancel',
};

function ending(end: EventRunEnd): Readonly<Record<string, string>> {
  const errors = cleanText(end.reason ?? '', MAX_TEXT);
  return {
    outcome: Object.hasOwn(outcomes, end.outcome) ? outcomes[end.outcome] : 'error',
    ...(errors === '' ? {} : { errors }),
  };
}
