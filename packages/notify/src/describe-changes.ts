import type { GitOpsEvent } from './event.ts';
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
  EventImageChange,
  EventPromotion,
  EventPullRequest,
  EventTarget,
} from './event-parts.ts';
import { hostOf } from './text.ts';

type ChangeType =
  | 'branch.created'
  | 'branch.deleted'
  | 'push.received'
  | 'image.updated'
  | 'pull-request.created'
  | 'pull-request.updated'
  | 'pull-request.reviewed'
  | 'pull-request.closed'
  | 'pull-request.merged'
  | 'promotion.proposed'
  | 'promotion.merged'
  | 'tag.created'
  | 'tag.deleted'
  | 'commit.reported'
  | 'webhook.changed'
  | 'job.failed';

/** Describes what happens in a repository and to its pull requests. */
export const describeChanges: PartTable<ChangeType> = {
  'branch.created': ({ data: { branch, source, sha, webUrl } }) => ({
    title: 'Branch created',
    tone: 'done',
    facts: [fact('Branch', branch), fact('From', source), fact('Commit', short(sha))],
    links: [link('Branch', webUrl)],
  }),
  'branch.deleted': ({ data: { branch, sha } }) => ({
    title: 'Branch deleted',
    tone: 'noted',
    facts: [fact('Branch', branch), fact('Commit', short(sha))],
  }),
  'push.received': ({ data: { branch, commit, commits, subject, forced } }) => ({
    title: 'Commits pushed',
    tone: 'noted',
    facts: [
      fact('Branch', branch),
      fact('Commit', short(commit.sha)),
      fact('Subject', subject),
      fact('Commits', commits),
      fact('Force push', forced === true ? 'yes' : undefined),
    ],
    links: [link('Commit', commit.webUrl)],
  }),
  'image.updated': ({ data: { branch, image, commit, changes } }) => ({
    title: 'Image updated',
    tone: 'changed',
    facts: [fact('Branch', branch), fact('Image', image), fact('Commit', short(commit.sha))],
    changes: changes.map(describeChange),
    links: [link('Commit', commit.webUrl)],
  }),
  'pull-request.created': ({ data }) =>
    pullRequest('Pull request created', 'proposed', data.pullRequest),
  'pull-request.updated': ({ data }) =>
    pullRequest('Pull request updated', 'changed', data.pullRequest),
  'pull-request.reviewed': ({ data }) => {
    const part = pullRequest('Pull request reviewed', 'noted', data.pullRequest);
    const verdict = verdicts.get(data.verdict) ?? data.verdict;
    return {
      ...part,
      facts: [...part.facts, fact('Review', verdict), fact('Reviewer', data.reviewer)],
    };
  },
  'pull-request.closed': ({ data }) =>
    pullRequest('Pull request closed', 'noted', data.pullRequest),
  'pull-request.merged': ({ data }) => {
    const part = pullRequest('Pull request merged', 'done', data.pullRequest);
    return {
      ...part,
      facts: [
        ...part.facts,
        fact('Merge commit', short(data.mergeCommit)),
        fact('Strategy', data.strategy),
        fact('Source branch', data.sourceDeleted === true ? 'deleted' : undefined),
      ],
    };
  },
  'promotion.proposed': ({ data }) => promotion('Promotion proposed', 'proposed', data),
  'promotion.merged': ({ data }) => {
    const part = promotion('Promotion merged', 'done', data);
    return { ...part, facts: [...part.facts, fact('Merge commit', short(data.mergeCommit))] };
  },
  'tag.created': ({ data: { tag, sha, branch, webUrl } }) => ({
    title: 'Tag created',
    tone: 'done',
    facts: [fact('Tag', tag), fact('Branch', branch), fact('Commit', short(sha))],
    links: [link('Tag', webUrl)],
  }),
  'tag.deleted': ({ data: { tag, sha } }) => ({
    title: 'Tag deleted',
    tone: 'noted',
    facts: [fact('Tag', tag), fact('Commit', short(sha))],
  }),
  'commit.reported': ({ data: { branch, commit, subject, author } }) => ({
    title: 'Last commit',
    tone: 'noted',
    facts: [
      fact('Branch', branch),
      fact('Commit', short(commit.sha)),
      fact('Subject', subject),
      fact('Author', author),
    ],
    links: [link('Commit', commit.webUrl)],
  }),
  'webhook.changed': ({ data: { action, url, topics } }) => ({
    title: webhookTitles.get(action) ?? 'Webhook changed',
    tone: 'noted',
    facts: [
      fact('Receiver', hostOf(url)),
      topics.length === 0 ? undefined : { title: 'Topics', value: topics.join(', '), list: topics },
    ],
  }),
  'job.failed': failure,
};

// Maps, since what came as plain data may be any word, also one that every object has.
const webhookTitles: ReadonlyMap<string, string> = new Map([
  ['created', 'Webhook created'],
  ['updated', 'Webhook updated'],
  ['deleted', 'Webhook deleted'],
]);

const verdicts: ReadonlyMap<string, string> = new Map([
  ['approved', 'Approved'],
  ['changes-requested', 'Changes requested'],
  ['commented', 'Commented'],
]);

function pullRequest(
  title: string,
  tone: EventPart['tone'],
  data: EventPullRequest,
): EventPart & { readonly facts: readonly (EventFact | undefined)[] } {
  return {
    title,
    tone,
    facts: pullRequestFacts(data),
    links: [link('Pull request', data.webUrl)],
  };
}

function promotion(title: string, tone: EventPart['tone'], data: EventPromotion): EventPart {
  return {
    title,
    tone,
    facts: [
      ...targetFacts(data.target),
      fact('Image', data.image),
      ...pullRequestFacts(data.pullRequest),
    ],
    changes: data.changes.map(describeChange),
    links: [link('Pull request', data.pullRequest.webUrl)],
  };
}

function failure({ data }: GitOpsEvent<'job.failed'>): EventPart {
  const { job, step, subject, target, image, error } = data;
  return {
    title: 'Job failed',
    tone: 'failed',
    facts: [
      fact('Job', job),
      fact('Step', step),
      ...errorFacts(error),
      fact('Subject', subject),
      ...(target === undefined ? [] : targetFacts(target)),
      fact('Image', image),
      ...(data.pullRequest === undefined ? [] : pullRequestFacts(data.pullRequest)),
    ],
    links: [link('Pull request', data.pullRequest?.webUrl)],
  };
}

function pullRequestFacts(data: EventPullRequest): readonly (EventFact | undefined)[] {
  return [
    fact('Pull request', data.title === undefined ? `#${data.id}` : `#${data.id} ${data.title}`),
    fact('Branches', `${data.source} → ${data.destination}`),
  ];
}

function targetFacts(target: EventTarget): readonly (EventFact | undefined)[] {
  return [
    fact('Cluster', target.cluster),
    fact('Namespace', target.namespace),
    fact('Deployment', target.deployment),
  ];
}

function describeChange(change: EventImageChange): string {
  const object = [change.namespace, change.name].filter(Boolean).join('/');
  const workload = [change.kind, object].filter(Boolean).join(' ');
  // Most workloads have one container, of their own name.
  const container = change.container === change.name ? undefined : change.container;
  const where = [workload, container && `container ${container}`].filter(Boolean).join(', ');
  const line = change.line === undefined ? '' : `:${change.line}`;
  const place = `${change.file}${line}`;
  return `${where === '' ? place : `${where} (${place})`}: ${imageChange(change)}`;
}

/** Says the name of an image once when only its tag or digest changes, so that the eye finds what is new. */
function imageChange({ before, after }: EventImageChange): string {
  const digest = after.indexOf('@');
  const tag = after.lastIndexOf(':');
  const end = digest > 0 ? digest : tag > after.lastIndexOf('/') ? tag : -1;
  const name = after.slice(0, end + 1);
  const version = after.slice(end + 1);
  return name !== '' && version !== '' && before.startsWith(name)
    ? `${before} → ${version}`
    : `${before} → ${after}`;
}
