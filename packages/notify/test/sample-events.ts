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
  'image.updated': make('image.updated', {
    branch: 'shop/web_2.1.0',
    image,
    commit: { sha, webUrl: `https://bitbucket.org/acme/gitops-k8s/commits/${sha}` },
    changes,
  }),
  'pull-request.created': make('pull-request.created', { pullRequest }),
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
};
