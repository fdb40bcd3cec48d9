import {
  type EventFact,
  type EventPart,
  errorFacts,
  fact,
  link,
  type PartTable,
  short,
} from './event-part.ts';
import type {
  EventDeployment,
  EventEnvironment,
  EventOutcome,
  EventPipelineRun,
  EventRunEnd,
  EventService,
  EventSync,
  EventSyncCounts,
  EventTaskRun,
} from './run-parts.ts';

type RunType =
  | 'deployment.started'
  | 'deployment.succeeded'
  | 'deployment.failed'
  | 'deployment.rolled-back'
  | 'deployment.removed'
  | 'deployment.published'
  | 'environment.created'
  | 'environment.modified'
  | 'environment.deleted'
  | 'sync.succeeded'
  | 'sync.failed'
  | 'sync.drifted'
  | 'pipeline.queued'
  | 'pipeline.started'
  | 'pipeline.finished'
  | 'task.started'
  | 'task.finished';

type Facts = readonly (EventFact | undefined)[];

/** Describes what happens in clusters and pipelines. */
export const describeRuns: PartTable<RunType> = {
  'deployment.started': ({ data }) => ({ ...deployment(data), title: 'Deployment started' }),
  'deployment.succeeded': ({ data }) => ({
    ...deployment(data),
    title: data.previousImage === undefined ? 'Service deployed' : 'Service upgraded',
    tone: 'done',
  }),
  'deployment.failed': ({ data }) => ({
    ...deployment(data, errorFacts(data.error)),
    title: 'Deployment failed',
    tone: 'failed',
  }),
  'deployment.rolled-back': ({ data }) => ({
    ...deployment(data, [fact('Reason', data.reason)]),
    title: 'Service rolled back',
  }),
  'deployment.removed': ({ data }) => ({ ...service(data), title: 'Service removed' }),
  'deployment.published': ({ data }) => ({
    ...service(data),
    title: 'Service published',
    tone: 'done',
  }),
  'environment.created': ({ data }) => environment('Environment created', 'done', data),
  'environment.modified': ({ data }) => environment('Environment changed', 'changed', data),
  'environment.deleted': ({ data }) => environment('Environment deleted', 'noted', data),
  'sync.succeeded': ({ data }) => ({ ...sync(data), title: 'Sync succeeded', tone: 'done' }),
  'sync.failed': ({ data }) => ({
    ...sync(data, errorFacts(data.error)),
    title: 'Sync failed',
    tone: 'failed',
  }),
  'sync.drifted': ({ data }) => ({
    ...sync(data, [fact('Put back', data.healed === undefined ? undefined : yesOrNo(data.healed))]),
    title: 'Drift found',
  }),
  'pipeline.queued': ({ data }) => ({ ...pipeline(data), title: 'Pipeline queued', tone: 'noted' }),
  'pipeline.started': ({ data }) => ({ ...pipeline(data), title: 'Pipeline started' }),
  'pipeline.finished': ({ data }) => ({
    ...pipeline(data, endFacts(data)),
    ...ending('Pipeline', data.outcome),
  }),
  'task.started': ({ data }) => ({ ...task(data), title: 'Task started' }),
  'task.finished': ({ data }) => ({
    ...task(data, endFacts(data)),
    ...ending('Task', data.outcome),
  }),
};

type Untitled = Omit<EventPart, 'title'>;

function service(data: EventService, more: Facts = []): Untitled {
  return {
    tone: 'changed',
    facts: [
      fact('Environment', data.environment),
      fact('Service', data.service),
      ...more,
      fact('Revision', short(data.revision)),
    ],
    links: [link('Service', data.url)],
  };
}

function deployment(data: EventDeployment, more: Facts = []): Untitled {
  return service(data, [
    ...more,
    fact('Image', data.image),
    fact('Image before', data.previousImage),
  ]);
}

function environment(title: string, tone: EventPart['tone'], data: EventEnvironment): EventPart {
  return {
    title,
    tone,
    facts: [fact('Environment', data.name)],
    links: [link('Environment', data.url)],
  };
}

function sync(data: EventSync, more: Facts = []): Untitled {
  return {
    tone: 'changed',
    facts: [
      fact('Sync', data.name),
      fact('Cluster', data.cluster),
      ...more,
      fact('Branch', data.branch),
      fact('Path', data.path),
      fact('Revision', short(data.revision)),
      fact('Objects', data.counts === undefined ? undefined : describeCounts(data.counts)),
    ],
    changes: data.objects,
    changesTitle: 'Affected objects',
  };
}

function describeCounts(counts: EventSyncCounts): string {
  const { created, updated, deleted, failed, unchanged } = counts;
  const named = Object.entries({ created, updated, deleted, failed, unchanged });
  return (
    named
      .filter(([, count]) => count > 0)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ') || 'none'
  );
}

function pipeline(data: EventPipelineRun, more: Facts = []): Untitled {
  return {
    tone: 'changed',
    facts: [
      fact('Pipeline', data.name),
      fact('Run', data.runId),
      fact('Branch', data.branch),
      fact('Commit', short(data.revision)),
      ...more,
    ],
    links: [link('Run', data.url)],
  };
}

function task(data: EventTaskRun, more: Facts = []): Untitled {
  const run = pipeline(data.pipeline, more);
  return {
    ...run,
    facts: [fact('Task', data.name), ...run.facts],
    links: [link('Task', data.url), ...(run.links ?? [])],
  };
}

const endings: Readonly<Record<EventOutcome, Pick<EventPart, 'title' | 'tone'>>> = {
  success: { title: 'succeeded', tone: 'done' },
  failure: { title: 'failed', tone: 'failed' },
  error: { title: 'broke', tone: 'failed' },
  cancelled: { title: 'cancelled', tone: 'noted' },
};

function ending(what: string, outcome: EventOutcome): Pick<EventPart, 'title' | 'tone'> {
  // An outcome of a newer version may have reached this one as plain data.
  const end = Object.hasOwn(endings, outcome) ? endings[outcome] : undefined;
  return { title: `${what} ${end?.title ?? 'ended'}`, tone: end?.tone ?? 'noted' };
}

function endFacts(data: EventRunEnd): Facts {
  return [
    fact('Duration', data.durationMs === undefined ? undefined : readableDuration(data.durationMs)),
    fact('Reason', data.reason),
  ];
}

function readableDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ] as const;
  const shown = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
  return shown.join(' ') || `${Math.round(ms)} ms`;
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
