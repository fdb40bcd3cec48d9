import type { Secret } from '@bowline/gitops-errors';
import * as v from 'valibot';
import type { CommitState } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import { parseJson } from '../http/refusal.ts';
import { webAddressOrNothing } from '../names.ts';
import { headerValues, verifyHmacSha256 } from '../webhook-signature.ts';
import type { WebhookDelivery, WebhookEvent } from '../webhook-types.ts';
import { branchOf } from './pull-request-answer.ts';
import {
  commentSchema,
  type PullRequestPayload,
  pullRequestSchema,
  pushSchema,
  refSchema,
  runSchema,
  statusSchema,
} from './webhook-schemas.ts';

interface Delivery {
  readonly deliveryId: string | undefined;
  readonly event: string;
  readonly body: unknown;
}

/**
 * Checks and reads a webhook delivery of Gitea or Forgejo.
 *
 * `X-Gitea-Signature` is the one that counts. Forgejo signs a second time in `X-Forgejo-Signature`, and both in
 * `X-Hub-Signature-256`, which alone is GitHub's: what is there must agree.
 */
export function verifyWebhook(delivery: WebhookDelivery, secret: Secret): WebhookEvent | undefined {
  verifyHmacSha256(delivery, secret, { header: 'x-gitea-signature', prefix: '' });
  for (const [header, prefix] of [
    ['x-forgejo-signature', ''],
    ['x-hub-signature-256', 'sha256='],
  ] as const) {
    if (headerValues(delivery.headers, header).length > 0) {
      verifyHmacSha256(delivery, secret, { header, prefix });
    }
  }
  const [event = ''] = headerValues(delivery.headers, 'x-gitea-event');
  const read = Object.hasOwn(readers, event) ? readers[event as keyof typeof readers] : undefined;
  if (read === undefined) return undefined;
  const id = headerValues(delivery.headers, 'x-gitea-delivery')[0];
  const body = parseJson(Buffer.from(delivery.body).toString('utf8'));
  return read({ deliveryId: id?.slice(0, 200), event, body });
}

const readers = {
  push: readPush,
  create: readCreated,
  delete: readDeleted,
  pull_request: readPullRequest,
  pull_request_approved: readPullRequest,
  pull_request_comment: readPullRequest,
  issue_comment: readComment,
  status: readStatus,
  workflow_run: readRun,
} as const satisfies Record<string, (delivery: Delivery) => WebhookEvent | undefined>;

const nothing = /^0+$/;

function readPush(delivery: Delivery): WebhookEvent | undefined {
  const answer = parse(pushSchema, delivery);
  const branch = /^refs\/heads\/(.+)$/.exec(answer.ref)?.[1];
  // A tag comes a second time, as `create` or `delete`, and is told of then.
  if (branch === undefined) return undefined;
  return {
    ...baseOf(answer, delivery),
    type: 'push',
    branch,
    before: nothing.test(answer.before) ? undefined : answer.before,
    after: nothing.test(answer.after) ? undefined : answer.after,
    commits: answer.commits.map(({ id }) => id),
  };
}

function readCreated(delivery: Delivery): WebhookEvent | undefined {
  const answer = parse(refSchema, delivery);
  // A branch comes as a push too.
  if (answer.ref_type !== 'tag') return undefined;
  const tag = answer.ref.replace(/^refs\/tags\//, '');
  return { ...baseOf(answer, delivery), type: 'tag', tag, after: answer.sha ?? undefined };
}

function readDeleted(delivery: Delivery): WebhookEvent | undefined {
  const answer = parse(refSchema, delivery);
  const base = baseOf(answer, delivery);
  if (answer.ref_type === 'tag') {
    return { ...base, type: 'tag', tag: answer.ref.replace(/^refs\/tags\//, ''), after: undefined };
  }
  if (answer.ref_type !== 'branch') return undefined;
  const branch = answer.ref.replace(/^refs\/heads\//, '');
  // The payload does not say where the branch was.
  return { ...base, type: 'push', branch, before: undefined, after: undefined, commits: [] };
}

function readPullRequest(delivery: Delivery): WebhookEvent | undefined {
  const answer = parse(pullRequestSchema, delivery);
  return {
    ...pullRequestOf(answer, delivery),
    action: actionOf(delivery.event, answer.action, answer.pull_request.merged === true),
  };
}

function actionOf(event: string, action: string | null | undefined, merged: boolean) {
  if (event === 'pull_request_approved') return 'approved';
  if (event === 'pull_request_comment') return 'commented';
  if (action === 'closed') return merged ? 'merged' : 'declined';
  return action === 'opened' || action === 'reopened' ? 'opened' : 'updated';
}

function readComment(delivery: Delivery): WebhookEvent | undefined {
  const answer = parse(commentSchema, delivery);
  // Without the pull request it is a comment on an issue, or older servers do not tell its branches.
  if (answer.action !== 'created' || !answer.pull_request) return undefined;
  const { repository, pull_request, sender } = answer;
  return { ...pullRequestOf({ repository, pull_request, sender }, delivery), action: 'commented' };
}

function pullRequestOf(
  answer: {
    readonly repository: Named;
    readonly pull_request: PullRequestPayload;
    readonly sender?: { readonly login?: string | null | undefined } | null | undefined;
  },
  delivery: Delivery,
) {
  const { number: id, head, base, title, html_url: webUrl } = answer.pull_request;
  return {
    ...baseOf(answer, delivery),
    type: 'pull-request',
    id,
    source: branchOf(head),
    // Without a name it is one that was deleted, hence another.
    fork: head.repo?.full_name.toLowerCase() !== answer.repository.full_name.toLowerCase(),
    destination: branchOf(base),
    title: title ?? undefined,
    webUrl: webAddressOrNothing(webUrl),
    author: answer.sender?.login ?? undefined,
  } as const;
}

const states = {
  pending: 'pending',
  success: 'success',
  warning: 'success',
  failure: 'failed',
  error: 'error',
  skipped: 'skipped',
} as const;

function readStatus(delivery: Delivery): WebhookEvent | undefined {
  const answer = parse(statusSchema, delivery);
  const { sha, state, context } = answer;
  return { ...baseOf(answer, delivery), type: 'pipeline', sha, state: states[state], context };
}

const conclusions = new Map([
  ['success', 'success'],
  ['failure', 'failed'],
  ['cancelled', 'cancelled'],
  ['skipped', 'skipped'],
] as const satisfies readonly (readonly [string, CommitState])[]) as ReadonlyMap<
  string,
  CommitState
>;

function readRun(delivery: Delivery): WebhookEvent | undefined {
  const answer = parse(runSchema, delivery);
  const { head_sha: sha, status, conclusion, path, display_title: title } = answer.workflow_run;
  const ended = conclusions.get(conclusion ?? '') ?? 'error';
  return {
    ...baseOf(answer, delivery),
    type: 'pipeline',
    sha,
    state: status === 'completed' ? ended : status === 'in_progress' ? 'running' : 'pending',
    context: answer.workflow?.name || path?.split('@')[0] || title || 'workflow',
  };
}

interface Named {
  readonly full_name: string;
}

function baseOf(answer: { readonly repository: Named }, delivery: Delivery) {
  return {
    provider: 'gitea',
    repository: answer.repository.full_name,
    deliveryId: delivery.deliveryId,
  } as const;
}

function parse<T extends v.GenericSchema>(schema: T, { body, event }: Delivery): v.InferOutput<T> {
  const parsed = v.safeParse(schema, body, { abortEarly: true });
  if (parsed.success) return parsed.output;
  throw new ProviderError(
    'PROVIDER_WEBHOOK_MALFORMED',
    `A webhook delivery "${event}" is genuine, but "${v.getDotPath(parsed.issues[0]) ?? 'the body'}" is not as documented.`,
  );
}
