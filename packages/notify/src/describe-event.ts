import type {
  EventImageChange,
  EventPromotion,
  EventPullRequest,
  EventTarget,
  GitOpsEvent,
} from './event.ts';

/** An event as a person reads it, the same for all chat channels. Texts are as they came: channels clean and escape them. */
export interface EventDescription {
  /** Written by this package, never text from outside. */
  readonly title: string;
  /** What kind of change it is; channels have a colour for each. */
  readonly tone: EventTone;
  readonly facts: readonly EventFact[];
  /** Further lines, of which a channel shows as many as fit. */
  readonly changes: readonly string[];
  /** Pages, the most important first. */
  readonly links: readonly { readonly title: string; readonly url: string }[];
}

/** The kinds of change that have a colour. */
export type EventTone = 'done' | 'changed' | 'proposed' | 'noted' | 'failed';

/** One line of what, where and by whom. */
export interface EventFact {
  /** Written by this package. */
  readonly title: string;
  readonly value: string;
}

type Links = EventDescription['links'];
type Maybe<T> = T | undefined;

interface Part {
  readonly title: string;
  readonly tone: EventTone;
  readonly facts: readonly Maybe<EventFact>[];
  readonly changes?: readonly EventImageChange[];
  readonly links?: readonly Maybe<Links[number]>[];
}

/** Puts an event into words. Every one says what happened, where, and who triggered it. An unknown type still says that it happened. */
export function describeEvent(event: GitOpsEvent): EventDescription {
  const part = describePart(event);
  const { repository, actor } = event;
  return {
    title: part.title,
    tone: part.tone,
    facts: [
      fact('Repository', repository?.fullName),
      ...part.facts,
      fact('Triggered By', actor.name || 'unknown'),
      fact('Time', readableTime(event.time)),
    ].filter((one) => one !== undefined),
    changes: (part.changes ?? []).map(describeChange),
    links: [
      ...(part.links ?? []),
      ...(event.links ?? []),
      link('Repository', repository?.webUrl),
      link('Triggered By', actor.url),
    ].filter((one) => one !== undefined),
  };
}

function describePart(event: GitOpsEvent): Part {
  switch (event.type) {
    case 'branch.created': {
      const { branch, source, sha, webUrl } = event.data;
      return {
        title: 'Branch created',
        tone: 'done',
        facts: [fact('Branch', branch), fact('From', source), fact('Commit', short(sha))],
        links: [link('Branch', webUrl)],
      };
    }
    case 'image.updated': {
      const { branch, image, commit, changes } = event.data;
      return {
        title: 'Image updated',
        tone: 'changed',
        facts: [fact('Branch', branch), fact('Image', image), fact('Commit', short(commit.sha))],
        changes,
        links: [link('Commit', commit.webUrl)],
      };
    }
    case 'pull-request.created':
      return {
        title: 'Pull request created',
        tone: 'proposed',
        facts: pullRequestFacts(event.data.pullRequest),
        links: [link('Pull request', event.data.pullRequest.webUrl)],
      };
    case 'pull-request.merged': {
      const { pullRequest, mergeCommit, strategy, sourceDeleted } = event.data;
      return {
        title: 'Pull request merged',
        tone: 'done',
        facts: [
          ...pullRequestFacts(pullRequest),
          fact('Merge commit', short(mergeCommit)),
          fact('Strategy', strategy),
          fact('Source branch', sourceDeleted === true ? 'deleted' : undefined),
        ],
        links: [link('Pull request', pullRequest.webUrl)],
      };
    }
    case 'promotion.proposed':
      return promotion('Promotion proposed', 'proposed', event.data);
    case 'promotion.merged': {
      const part = promotion('Promotion merged', 'done', event.data);
      return {
        ...part,
        facts: [...part.facts, fact('Merge commit', short(event.data.mergeCommit))],
      };
    }
    case 'tag.created': {
      const { tag, sha, branch, webUrl } = event.data;
      return {
        title: 'Tag created',
        tone: 'done',
        facts: [fact('Tag', tag), fact('Branch', branch), fact('Commit', short(sha))],
        links: [link('Tag', webUrl)],
      };
    }
    case 'commit.reported': {
      const { branch, commit, subject, author } = event.data;
      return {
        title: 'Last commit',
        tone: 'noted',
        facts: [
          fact('Branch', branch),
          fact('Commit', short(commit.sha)),
          fact('Subject', subject),
          fact('Author', author),
        ],
        links: [link('Commit', commit.webUrl)],
      };
    }
    case 'webhook.changed': {
      const { action, url, topics } = event.data;
      return {
        title: webhookTitles[action] ?? 'Webhook changed',
        tone: 'noted',
        facts: [fact('Receiver', hostOf(url)), fact('Topics', topics.join(', '))],
      };
    }
    case 'job.failed':
      return failure(event.data);
    default:
      return {
        title: 'GitOps event',
        tone: 'noted',
        // An event of a newer version that reached this one as plain data.
        facts: [fact('Type', (event as { readonly type: string }).type)],
      };
  }
}

const webhookTitles: Readonly<Record<string, string>> = {
  created: 'Webhook created',
  updated: 'Webhook updated',
  deleted: 'Webhook deleted',
};

function promotion(title: string, tone: EventTone, data: EventPromotion): Part {
  return {
    title,
    tone,
    facts: [
      ...targetFacts(data.target),
      fact('Image', data.image),
      ...pullRequestFacts(data.pullRequest),
    ],
    changes: data.changes,
    links: [link('Pull request', data.pullRequest.webUrl)],
  };
}

function failure(data: Extract<GitOpsEvent, { type: 'job.failed' }>['data']): Part {
  const { job, step, subject, target, image, pullRequest, error } = data;
  return {
    title: 'Job failed',
    tone: 'failed',
    facts: [
      fact('Job', job),
      fact('Step', step),
      fact('Subject', subject),
      ...(target === undefined ? [] : targetFacts(target)),
      fact('Image', image),
      ...(pullRequest === undefined ? [] : pullRequestFacts(pullRequest)),
      fact('Error', error.message),
      fact('Code', error.code),
      fact('Next step', error.hint),
    ],
    links: [link('Pull request', pullRequest?.webUrl)],
  };
}

function pullRequestFacts(pullRequest: EventPullRequest): readonly Maybe<EventFact>[] {
  return [
    fact('Pull request', `#${pullRequest.id} ${pullRequest.title}`),
    fact('Branches', `${pullRequest.source} → ${pullRequest.destination}`),
  ];
}

function targetFacts(target: EventTarget): readonly Maybe<EventFact>[] {
  return [
    fact('Cluster', target.cluster),
    fact('Namespace', target.namespace),
    fact('Deployment', target.deployment),
  ];
}

function describeChange(change: EventImageChange): string {
  const object = [change.namespace, change.name].filter(Boolean).join('/');
  const where = [change.kind, object, change.container].filter(Boolean).join(' ');
  const line = change.line === undefined ? '' : `:${change.line}`;
  const place = `${change.file}${line}`;
  return `${where === '' ? place : `${where} (${place})`}: ${change.before} → ${change.after}`;
}

function fact(title: string, value: Maybe<string>): Maybe<EventFact> {
  return value === undefined || value === '' ? undefined : { title, value };
}

function link(title: string, url: Maybe<string>): Maybe<Links[number]> {
  return url === undefined || url === '' ? undefined : { title, url };
}

/** Without parts of a second, and in words that the zone is UTC. A time of another form stays as it is. */
function readableTime(time: string): string {
  return time.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d{1,9})?Z$/, '$1 $2 UTC');
}

/** Shortens object ids only: the beginning of anything else may be that of a credential, which is known by its whole. */
function short(sha: Maybe<string>): Maybe<string> {
  return sha !== undefined && /^[0-9a-f]{40,64}$/i.test(sha) ? sha.slice(0, 12) : sha;
}

/** The path and query of a webhook address may be its credential. */
export function hostOf(url: string): string {
  return URL.parse(url)?.host || 'an address that is not a URL';
}
