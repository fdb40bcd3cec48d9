import type { Secret } from '@bowline/gitops-errors';
import * as v from 'valibot';
import { ProviderError } from '../errors.ts';
import { parseJson } from '../http/refusal.ts';
import { webAddressOrNothing } from '../names.ts';
import { headerValues, verifyHmacSha256 } from '../webhook-signature.ts';
import type { WebhookDelivery, WebhookEvent } from '../webhook-types.ts';
import { checkRunState } from './run-state.ts';
import { statusState } from './statuses.ts';
import {
  checkSuiteSchema,
  type eventSchema,
  pullRequestSchema,
  pushSchema,
  reviewCommentSchema,
  reviewSchema,
  statusSchema,
  workflowRunSchema,
} from './webhook-schemas.ts';

interface Delivery {
  readonly deliveryId: string | undefined;
  readonly event: string;
  readonly body: unknown;
}

type Reader = (delivery: Delivery) => WebhookEvent | undefined;

/** Checks and reads a webhook delivery of GitHub. */
export function verifyWebhook(delivery: WebhookDelivery, secret: Secret): WebhookEvent | undefined {
  refuseOtherForges(delivery);
  verifyHmacSha256(delivery, secret, { header: 'x-hub-signature-256', prefix: 'sha256=' });
  const [event = ''] = headerValues(delivery.headers, 'x-github-event');
  const read = Object.hasOwn(readers, event) ? readers[event] : undefined;
  if (read === undefined) return undefined;
  const deliveryId = headerValues(delivery.headers, 'x-github-delivery')[0]?.slice(0, 200);
  const text = Buffer.from(delivery.body).toString('utf8');
  if (text.startsWith('payload=')) throw asForm(event);
  return read({ deliveryId, event, body: parseJson(text) });
}

/** GitHub sends a form unless it is told otherwise, which is easily missed when a webhook is made by hand. */
function asForm(event: string): ProviderError {
  return new ProviderError(
    'PROVIDER_WEBHOOK_MALFORMED',
    `A webhook delivery "${event}" is genuine, but comes as a form.`,
    { hint: 'Set the content type of the webhook on GitHub to "application/json".' },
  );
}

/** Gitea and its kin send the headers of GitHub too, with bodies that differ. */
function refuseOtherForges({ headers }: WebhookDelivery): void {
  const other = ['gitea', 'forgejo', 'gogs'].find(
    (forge) => headerValues(headers, `x-${forge}-event`).length > 0,
  );
  if (other === undefined) return;
  throw new ProviderError(
    'PROVIDER_WEBHOOK_UNVERIFIED',
    `A webhook delivery was refused: it is one of ${other}, not of GitHub.`,
  );
}

const readers: Readonly<Record<string, Reader>> = {
  push: readPush,
  pull_request: readPullRequest,
  pull_request_review: readReview,
  pull_request_review_comment: readReviewComment,
  workflow_run: readWorkflowRun,
  check_suite: readCheckSuite,
  status: readStatus,
};

function readPush(delivery: Delivery): WebhookEvent | undefined {
  const answer = parse(pushSchema, delivery);
  const { ref, before, after, head_commit, commits } = answer;
  const base = baseOf(answer, delivery);
  const [, kind, name = ''] = /^refs\/(heads|tags)\/(.+)$/.exec(ref) ?? [];
  if (kind === 'tags') {
    // `after` of an annotated tag is the id of the tag itself.
    const commit = isCommit(after) ? (head_commit?.id ?? after) : undefined;
    return { ...base, type: 'tag', tag: name, after: commit };
  }
  if (kind !== 'heads') return undefined;
  return {
    ...base,
    type: 'push',
    branch: name,
    before: isCommit(before) ? before : undefined,
    after: isCommit(after) ? after : undefined,
    // GitHub lists the oldest first, 2048 at most.
    commits: (commits ?? []).map(({ id }) => id),
  };
}

/** Tells a commit from the zeros that stand for none. */
function isCommit(id: string): boolean {
  return !/^0+$/.test(id);
}

const actions: Readonly<Record<string, 'opened' | 'updated'>> = {
  opened: 'opened',
  reopened: 'opened',
  synchronize: 'updated',
  edited: 'updated',
  ready_for_review: 'updated',
  converted_to_draft: 'updated',
};

function readPullRequest(delivery: Delivery): WebhookEvent | undefined {
  const answer = parse(pullRequestSchema, delivery);
  const { action, pull_request: pull } = answer;
  if (action === 'closed') {
    return pullRequestEvent(answer, delivery, pull.merged === true ? 'merged' : 'declined');
  }
  const known = Object.hasOwn(actions, action) ? actions[action] : undefined;
  return known === undefined ? undefined : pullRequestEvent(answer, delivery, known);
}

function readReview(delivery: Delivery): WebhookEvent | undefined {
  const answer = parse(reviewSchema, delivery);
  if (answer.action !== 'submitted') return undefined;
  const approved = answer.review.state.toLowerCase() === 'approved';
  return pullRequestEvent(answer, delivery, approved ? 'approved' : 'commented');
}

function readReviewComment(delivery: Delivery): WebhookEvent | undefined {
  const answer = parse(reviewCommentSchema, delivery);
  return answer.action === 'created' ? pullRequestEvent(answer, delivery, 'commented') : undefined;
}

function pullRequestEvent(
  answer: v.InferOutput<typeof reviewCommentSchema>,
  delivery: Delivery,
  action: Extract<WebhookEvent, { type: 'pull-request' }>['action'],
): WebhookEvent {
  const { number, head, base, title, html_url: webUrl } = answer.pull_request;
  return {
    ...baseOf(answer, delivery),
    type: 'pull-request',
    action,
    id: number,
    source: head.ref,
    // Without a name it is one that was deleted, hence another.
    fork: head.repo?.full_name.toLowerCase() !== answer.repository.full_name.toLowerCase(),
    destination: base.ref,
    title: title ?? undefined,
    webUrl: webAddressOrNothing(webUrl),
    author: answer.sender?.login ?? undefined,
  };
}

function readWorkflowRun(delivery: Delivery): WebhookEvent {
  const answer = parse(workflowRunSchema, delivery);
  const { head_sha: sha, name, path } = answer.workflow_run;
  const state = checkRunState(answer.workflow_run);
  const context = name || path || 'workflow';
  return { ...baseOf(answer, delivery), type: 'pipeline', sha, state, context };
}

function readCheckSuite(delivery: Delivery): WebhookEvent | undefined {
  const answer = parse(checkSuiteSchema, delivery);
  const { head_sha: sha, app } = answer.check_suite;
  // Each run of Actions comes as `workflow_run` too.
  if (app?.slug === 'github-actions') return undefined;
  const state = checkRunState(answer.check_suite);
  const context = app?.name || 'checks';
  return { ...baseOf(answer, delivery), type: 'pipeline', sha, state, context };
}

function readStatus(delivery: Delivery): WebhookEvent {
  const answer = parse(statusSchema, delivery);
  const { sha, context } = answer;
  const state = statusState(answer.state);
  return { ...baseOf(answer, delivery), type: 'pipeline', sha, state, context };
}

function baseOf(
  answer: Pick<v.InferOutput<typeof eventSchema>, 'repository'>,
  { deliveryId }: Delivery,
) {
  return { provider: 'github', repository: answer.repository.full_name, deliveryId } as const;
}

function parse<T extends v.GenericSchema>(schema: T, { body, event }: Delivery): v.InferOutput<T> {
  const parsed = v.safeParse(schema, body, { abortEarly: true });
  if (parsed.success) return parsed.output;
  throw new ProviderError(
    'PROVIDER_WEBHOOK_MALFORMED',
    `A webhook delivery "${event}" is genuine, but "${v.getDotPath(parsed.issues[0]) ?? 'the body'}" is not as documented.`,
  );
}
