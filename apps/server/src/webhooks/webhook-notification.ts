import { createHash } from 'node:crypto';
import { createEvent, type EventPullRequest, type GitOpsEvent } from '@bowline/gitops-notify';
import type { WebhookEvent } from '@bowline/gitops-providers';

/** What a notification of a webhook is made with. */
export interface WebhookNotificationContext {
  /** Tells several events of one delivery apart. */
  readonly index: number;
  readonly clock: () => number;
}

type PullRequestEvent = Extract<WebhookEvent, { readonly type: 'pull-request' }>;
type PipelineEvent = Extract<WebhookEvent, { readonly type: 'pipeline' }>;

/**
 * Says what people are told of a webhook event; `undefined` for a push, which is for programs: it has no message of its own.
 *
 * The id is made from that of the delivery: a receiver that gets it twice knows it.
 */
export function webhookNotification(
  event: WebhookEvent,
  { index, clock }: WebhookNotificationContext,
): GitOpsEvent | undefined {
  const { provider, repository, deliveryId } = event;
  const id = createHash('sha256').update(`${provider}\n${deliveryId}\n${index}`).digest('hex');
  const options = { clock: () => new Date(clock()) };
  const base = {
    ...(deliveryId === undefined ? {} : { id: `hook_${id.slice(0, 40)}` }),
    actor: { name: ('author' in event ? event.author : undefined) ?? provider },
    repository: { fullName: repository, provider },
  };
  switch (event.type) {
    case 'push':
      return undefined;
    case 'tag': {
      const { tag, after: sha } = event;
      return sha === undefined
        ? createEvent('tag.deleted', { ...base, data: { tag } }, options)
        : createEvent('tag.created', { ...base, data: { tag, sha } }, options);
    }
    case 'pull-request':
      return pullRequestNotification(event, { base, options });
    case 'pipeline':
      return pipelineNotification(event, { base, options });
  }
}

interface Parts {
  readonly base: {
    readonly id?: string;
    readonly actor: { readonly name: string };
    readonly repository: { readonly fullName: string; readonly provider: string };
  };
  readonly options: { readonly clock: () => Date };
}

function pullRequestNotification(event: PullRequestEvent, { base, options }: Parts): GitOpsEvent {
  const { id, title, source, destination, webUrl } = event;
  const pullRequest: EventPullRequest = { id, title, source, destination, webUrl };
  switch (event.action) {
    case 'opened':
      return createEvent('pull-request.created', { ...base, data: { pullRequest } }, options);
    case 'updated':
      return createEvent('pull-request.updated', { ...base, data: { pullRequest } }, options);
    case 'merged':
      return createEvent('pull-request.merged', { ...base, data: { pullRequest } }, options);
    case 'declined':
      return createEvent('pull-request.closed', { ...base, data: { pullRequest } }, options);
    case 'approved':
      return createEvent(
        'pull-request.reviewed',
        { ...base, data: { pullRequest, verdict: 'approved' } },
        options,
      );
    case 'commented':
      return createEvent(
        'pull-request.reviewed',
        { ...base, data: { pullRequest, verdict: 'commented' } },
        options,
      );
  }
}

const outcomes = {
  success: 'success',
  skipped: 'success',
  failed: 'failure',
  error: 'error',
  cancelled: 'cancelled',
} as const;

function pipelineNotification(event: PipelineEvent, { base, options }: Parts): GitOpsEvent {
  const { context, sha, state } = event;
  const run = { name: context, runId: `${context}@${sha}`, revision: sha };
  switch (state) {
    case 'pending':
      return createEvent('pipeline.queued', { ...base, data: run }, options);
    case 'running':
      return createEvent('pipeline.started', { ...base, data: run }, options);
    default:
      return createEvent(
        'pipeline.finished',
        { ...base, data: { ...run, outcome: outcomes[state] } },
        options,
      );
  }
}
