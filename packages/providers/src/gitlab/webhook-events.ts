import type { Secret } from '@bowline/gitops-errors';
import * as v from 'valibot';
import type { CommitState } from '../commit-types.ts';
import { ProviderError } from '../errors.ts';
import type { Clock } from '../http/clock.ts';
import { parseJson } from '../http/refusal.ts';
import { webAddressOrNothing } from '../names.ts';
import { headerValues } from '../webhook-signature.ts';
import type { WebhookDelivery, WebhookEvent } from '../webhook-types.ts';
import { verifyProof } from './webhook-proof.ts';
import {
  type EventBranches,
  mergeRequestEventSchema,
  noteEventSchema,
  pipelineEventSchema,
  pushSchema,
  refNameSchema,
} from './webhook-schemas.ts';

interface Delivery {
  readonly deliveryId: string | undefined;
  readonly body: unknown;
}

type Reader = (delivery: Delivery) => WebhookEvent | undefined;

// A map, so that no name of an event finds what every object has.
const readers: ReadonlyMap<string, Reader> = new Map([
  ['Push Hook', readPush],
  ['Tag Push Hook', readTagPush],
  ['Merge Request Hook', readMergeRequest],
  ['Note Hook', readNote],
  ['Pipeline Hook', readPipeline],
]);

const actions: ReadonlyMap<string, Extract<WebhookEvent, { type: 'pull-request' }>['action']> =
  new Map([
    ['open', 'opened'],
    ['reopen', 'opened'],
    ['update', 'updated'],
    // One of several approvals that are needed; "approved" is the last one.
    ['approval', 'approved'],
    ['approved', 'approved'],
    ['unapproval', 'updated'],
    ['unapproved', 'updated'],
    ['merge', 'merged'],
    ['close', 'declined'],
  ]);

const states: ReadonlyMap<string, CommitState> = new Map([
  ['created', 'pending'],
  ['waiting_for_resource', 'pending'],
  ['waiting_for_callback', 'pending'],
  ['preparing', 'pending'],
  ['pending', 'pending'],
  ['scheduled', 'pending'],
  ['manual', 'pending'],
  ['running', 'running'],
  ['canceling', 'running'],
  ['success', 'success'],
  ['failed', 'failed'],
  ['canceled', 'cancelled'],
  ['skipped', 'skipped'],
]);

/** Checks and reads a webhook delivery of GitLab. */
export function verifyWebhook(
  delivery: WebhookDelivery,
  secret: Secret,
  clock: Clock,
): WebhookEvent | undefined {
  verifyProof(delivery, secret, clock);
  const { headers } = delivery;
  const read = readers.get(headerValues(headers, 'x-gitlab-event')[0] ?? '');
  if (read === undefined) return undefined;
  // The first two stay the same when GitLab sends a delivery again; the last one is what older versions have.
  const id = ['webhook-id', 'idempotency-key', 'x-gitlab-event-uuid']
    .map((name) => headerValues(headers, name)[0])
    .find((value) => value !== undefined && value !== '');
  return read({
    deliveryId: id?.slice(0, 200),
    body: parseJson(Buffer.from(delivery.body).toString('utf8')),
  });
}

/** The id that stands for no commit: before a branch is made, after it is deleted. */
function idOf(sha: string): string | undefined {
  return /^0+$/.test(sha) ? undefined : sha;
}

function readPush(delivery: Delivery): WebhookEvent {
  const answer = parse(pushSchema, delivery, 'Push Hook');
  return {
    ...baseOf(answer, delivery),
    type: 'push',
    branch: refOf(answer.ref, 'refs/heads/', 'Push Hook'),
    before: idOf(answer.before),
    after: idOf(answer.after),
    // GitLab lists the newest twenty at most, the oldest of them first.
    commits: (answer.commits ?? []).map(({ id }) => id),
  };
}

function readTagPush(delivery: Delivery): WebhookEvent {
  const answer = parse(pushSchema, delivery, 'Tag Push Hook');
  const after = idOf(answer.after);
  return {
    ...baseOf(answer, delivery),
    type: 'tag',
    tag: refOf(answer.ref, 'refs/tags/', 'Tag Push Hook'),
    // Of an annotated tag `after` is the tag itself.
    after: after === undefined ? undefined : (answer.checkout_sha ?? after),
  };
}

function refOf(ref: string, prefix: string, event: string): string {
  const name = ref.startsWith(prefix) ? ref.slice(prefix.length) : '';
  if (!v.is(refNameSchema, name)) throw malformed(event, 'ref');
  return name;
}

function readMergeRequest(delivery: Delivery): WebhookEvent | undefined {
  const answer = parse(mergeRequestEventSchema, delivery, 'Merge Request Hook');
  const { object_attributes: request } = answer;
  const action = actions.get(request.action ?? '');
  return action === undefined
    ? undefined
    : {
        ...baseOf(answer, delivery),
        ...branchesOf(request),
        type: 'pull-request',
        action,
        author: answer.user?.name ?? answer.user?.username ?? undefined,
      };
}

function readNote(delivery: Delivery): WebhookEvent | undefined {
  const answer = parse(noteEventSchema, delivery, 'Note Hook');
  const { object_attributes: note, merge_request: request } = answer;
  if (note.noteable_type !== 'MergeRequest' || note.system === true) return undefined;
  if (request === null || request === undefined) throw malformed('Note Hook', 'merge_request');
  return {
    ...baseOf(answer, delivery),
    ...branchesOf(request),
    type: 'pull-request',
    action: 'commented',
    author: answer.user?.name ?? answer.user?.username ?? undefined,
  };
}

function branchesOf(request: EventBranches) {
  const { source_project_id: source, target_project_id: target } = request;
  return {
    id: request.iid,
    source: request.source_branch,
    // Null when the fork is gone. What is not known to be of this project may be of anybody.
    fork: typeof source !== 'number' || source !== target,
    destination: request.target_branch,
    title: request.title ?? undefined,
    webUrl: webAddressOrNothing(request.url),
  };
}

function readPipeline(delivery: Delivery): WebhookEvent | undefined {
  const answer = parse(pipelineEventSchema, delivery, 'Pipeline Hook');
  const { sha, status, name } = answer.object_attributes;
  const state = states.get(status);
  // A status that is new to us says nothing.
  if (state === undefined) return undefined;
  return { ...baseOf(answer, delivery), type: 'pipeline', sha, state, context: name || 'pipeline' };
}

function baseOf(
  answer: { readonly project: { readonly path_with_namespace: string } },
  { deliveryId }: Delivery,
) {
  return {
    provider: 'gitlab',
    repository: answer.project.path_with_namespace,
    deliveryId,
  } as const;
}

function parse<T extends v.GenericSchema>(
  schema: T,
  { body }: Delivery,
  event: string,
): v.InferOutput<T> {
  const parsed = v.safeParse(schema, body, { abortEarly: true });
  if (parsed.success) return parsed.output;
  throw malformed(event, v.getDotPath(parsed.issues[0]) ?? 'the body');
}

function malformed(event: string, place: string): ProviderError {
  return new ProviderError(
    'PROVIDER_WEBHOOK_MALFORMED',
    `A webhook delivery "${event}" is genuine, but "${place}" is not as documented.`,
  );
}
