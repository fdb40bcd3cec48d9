import {
  createEvent,
  type EventInput,
  type EventType,
  type GitOpsEvent,
} from '@bowline/gitops-notify';

const actor = { name: 'Ada Lovelace', url: 'https://ci.example.com/runs/214' };
const repository = {
  fullName: 'acme/gitops-k8s',
  provider: 'bitbucket-cloud',
  webUrl: 'https://bitbucket.org/acme/gitops-k8s',
};
const pullRequest = {
  id: 12,
  title: 'Merge shop/web_2.1.0 into prod',
  source: 'shop/web_2.1.0',
  destination: 'prod',
  webUrl: 'https://bitbucket.org/acme/gitops-k8s/pull-requests/12',
};
const sha = '9fceb02d0ae598e95dc970b74767f19372d61af8';
const changes = [
  {
    file: 'shop/web_deployment.yaml',
    line: 21,
    kind: 'Deployment',
    namespace: 'shop',
    name: 'web',
    container: 'web',
    before: 'registry.example.com/shop/web:2.0.9',
    after: 'registry.example.com/shop/web:2.1.0',
  },
];
const target = { cluster: 'prod', namespace: 'shop', deployment: 'web' };
const image = 'registry.example.com/shop/web:2.1.0';
const previousImage = 'registry.example.com/shop/web:2.0.9';
const service = {
  service: 'shop/web',
  environment: 'prod',
  revision: sha,
  url: 'https://shop.example.com/',
};
const deployment = { ...service, image, previousImage };
const sync = {
  name: 'flux-system/apps',
  cluster: 'prod',
  branch: 'prod',
  path: 'apps',
  revision: sha,
  counts: { created: 1, updated: 2, deleted: 0, failed: 0, unchanged: 41 },
  objects: ['Deployment shop/web', 'ConfigMap shop/web', 'Service shop/web'],
};
const pipeline = {
  name: 'build',
  runId: '214',
  url: 'https://ci.example.com/runs/214',
  branch: 'shop/web_2.1.0',
  revision: sha,
};
const task = {
  name: 'unit tests',
  taskId: '214-3',
  url: 'https://ci.example.com/runs/214/tasks/3',
  pipeline,
};
const error = {
  name: 'ReconcileError',
  code: 'RECONCILE_TIMEOUT',
  message: 'The object "Deployment shop/web" was not ready within 300 s.',
  hint: 'Look at the events of its pods.',
  retryable: true,
};

function make<Type extends EventType>(
  type: Type,
  data: EventInput<Type>['data'],
): GitOpsEvent<Type> {
  return createEvent(
    type,
    { id: `evt_${type.replace(/\W/g, '_')}`, actor, repository, data },
    { clock: () => new Date('2026-11-20T20:30:00Z') },
  );
}

/** One event of every type, with all its members. */
export const sampleEvents: { readonly [Type in EventType]: GitOpsEvent<Type> } = {
  'branch.created': make('branch.created', {
    branch: 'shop/web_2.1.0',
    source: 'prod',
    sha,
    webUrl: 'https://bitbucket.org/acme/gitops-k8s/branch/shop/web_2.1.0',
  }),
  'branch.deleted': make('branch.deleted', { branch: 'shop/web_2.1.0', sha }),
  'push.received': make('push.received', {
    branch: 'prod',
    commit: { sha, webUrl: `https://bitbucket.org/acme/gitops-k8s/commits/${sha}` },
    before: '1c002dd4b536e7479fe34593e72e6c6c1819e53b',
    commits: 3,
    subject: 'Merge pull request #12: update shop/web',
    forced: true,
  }),
  'image.updated': make('image.updated', {
    branch: 'shop/web_2.1.0',
    image,
    commit: { sha, webUrl: `https://bitbucket.org/acme/gitops-k8s/commits/${sha}` },
    changes,
  }),
  'pull-request.created': make('pull-request.created', { pullRequest }),
  'pull-request.updated': make('pull-request.updated', { pullRequest }),
  'pull-request.reviewed': make('pull-request.reviewed', {
    pullRequest,
    verdict: 'changes-requested',
    reviewer: 'Grace Hopper',
  }),
  'pull-request.closed': make('pull-request.closed', { pullRequest }),
  'pull-request.merged': make('pull-request.merged', {
    pullRequest,
    mergeCommit: sha,
    strategy: 'merge',
    sourceDeleted: true,
  }),
  'promotion.proposed': make('promotion.proposed', { target, image, pullRequest, changes }),
  'promotion.merged': make('promotion.merged', {
    target,
    image,
    pullRequest,
    changes,
    mergeCommit: sha,
  }),
  'tag.created': make('tag.created', {
    tag: 'v2.1.0',
    sha,
    branch: 'prod',
    webUrl: 'https://bitbucket.org/acme/gitops-k8s/commits/tag/v2.1.0',
  }),
  'tag.deleted': make('tag.deleted', { tag: 'v2.1.0', sha }),
  'commit.reported': make('commit.reported', {
    branch: 'prod',
    commit: { sha },
    subject: 'Merge pull request #12: update shop/web',
    author: 'Ada Lovelace',
  }),
  'webhook.changed': make('webhook.changed', {
    action: 'created',
    url: 'https://hooks.example.com/in/0123456789abcdef?token=hidden',
    topics: ['push', 'pull-request'],
  }),
  'job.failed': make('job.failed', {
    job: 'k8s-pr',
    step: 'merge',
    subject: 'shop/web_2.1.0',
    target,
    image,
    pullRequest,
    error: {
      name: 'ProviderError',
      code: 'PROVIDER_MERGE_BLOCKED',
      message: 'The pull request "12" is not merged: 1 of 2 approvals.',
      hint: 'See to what the message names, then merge again.',
      retryable: false,
    },
  }),
  'deployment.started': make('deployment.started', deployment),
  'deployment.succeeded': make('deployment.succeeded', deployment),
  'deployment.failed': make('deployment.failed', { ...deployment, error }),
  'deployment.rolled-back': make('deployment.rolled-back', {
    ...deployment,
    image: previousImage,
    previousImage: image,
    reason: 'The new pods did not become ready.',
  }),
  'deployment.removed': make('deployment.removed', service),
  'deployment.published': make('deployment.published', service),
  'environment.created': make('environment.created', {
    name: 'prod',
    url: 'https://console.example.com/prod',
  }),
  'environment.modified': make('environment.modified', {
    name: 'prod',
    url: 'https://console.example.com/prod',
  }),
  'environment.deleted': make('environment.deleted', { name: 'prod' }),
  'sync.succeeded': make('sync.succeeded', sync),
  'sync.failed': make('sync.failed', {
    ...sync,
    counts: { ...sync.counts, failed: 1 },
    objects: ['Deployment shop/web'],
    error,
  }),
  'sync.drifted': make('sync.drifted', {
    ...sync,
    counts: { created: 0, updated: 1, deleted: 0, failed: 0, unchanged: 43 },
    objects: ['Deployment shop/web'],
    healed: true,
  }),
  'pipeline.queued': make('pipeline.queued', pipeline),
  'pipeline.started': make('pipeline.started', pipeline),
  'pipeline.finished': make('pipeline.finished', {
    ...pipeline,
    outcome: 'failure',
    durationMs: 192_400,
    reason: '2 of 318 tests failed.',
  }),
  'task.started': make('task.started', task),
  'task.finished': make('task.finished', { ...task, outcome: 'success', durationMs: 3_725_000 }),
};
