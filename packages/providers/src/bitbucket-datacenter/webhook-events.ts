import type { Secret } from '@bowline/gitops-errors';
import * as v from 'valibot';
import { ProviderError } from '../errors.ts';
import { parseJson } from '../http/refusal.ts';
import { checkRefName, passes, webAddressOrNothing } from '../names.ts';
import { headerValues, verifyHmacSha256 } from '../webhook-signature.ts';
import type { WebhookDelivery, WebhookEvent } from '../webhook-types.ts';
import { checkRepositoryName } from './names.ts';
import { branchOf, isFromFork } from './pull-request-answer.ts';
import { fullHash } from './schemas.ts';

const text = v.string();
const repository = v.pipe(
  v.looseObject({ slug: text, project: v.looseObject({ key: text }) }),
  v.check(passes(({ slug, project }) => checkRepositoryName(`${project.key}/${slug}`))),
);
const ref = v.pipe(
  text,
  v.regex(/^refs\/(?:heads|tags)\//),
  v.check(passes((id) => checkRefName(nameOf(id), 'ref'))),
);

const pushSchema = v.looseObject({
  repository,
  changes: v.pipe(
    v.array(
      v.looseObject({
        // Refs elsewhere, such as those of pull requests, come too and have no meaning here.
        ref: v.looseObject({
          id: v.union([ref, v.pipe(text, v.regex(/^refs\/(?!heads\/|tags\/)/))]),
        }),
        fromHash: fullHash,
        toHash: fullHash,
      }),
    ),
    v.maxLength(1000),
  ),
  // Newest first. Older versions do not send them.
  commits: v.nullish(v.array(v.looseObject({ id: fullHash }))),
});

const end = v.looseObject({ id: ref, displayId: text, repository });
const pullRequestSchema = v.looseObject({
  actor: v.nullish(v.looseObject({ name: v.nullish(text), displayName: v.nullish(text) })),
  pullRequest: v.looseObject({
    id: v.pipe(v.number(), v.integer(), v.minValue(1)),
    title: v.nullish(text),
    // The repository of a source is null when the fork is gone.
    fromRef: v.looseObject({ ...end.entries, repository: v.nullish(repository) }),
    toRef: end,
    links: v.nullish(
      v.looseObject({
        self: v.nullish(v.array(v.nullish(v.looseObject({ href: v.nullish(text) })))),
      }),
    ),
  }),
});

const actions = {
  'pr:opened': 'opened',
  'pr:modified': 'updated',
  'pr:from_ref_updated': 'updated',
  'pr:to_ref_updated': 'updated',
  'pr:reviewer:approved': 'approved',
  'pr:merged': 'merged',
  'pr:declined': 'declined',
  'pr:comment:added': 'commented',
} as const;

interface Delivery {
  readonly key: string;
  readonly deliveryId: string | undefined;
  readonly body: unknown;
}

/** Checks and reads a webhook delivery of Bitbucket Data Center. */
export function verifyWebhook(delivery: WebhookDelivery, secret: Secret): WebhookEvent | undefined {
  verifyHmacSha256(delivery, secret, { header: 'x-hub-signature', prefix: 'sha256=' });
  const [key = ''] = headerValues(delivery.headers, 'x-event-key');
  const read = readerOf(key);
  if (read === undefined) return undefined;
  const deliveryId = headerValues(delivery.headers, 'x-request-id')[0]?.slice(0, 200);
  const body = parseJson(Buffer.from(delivery.body).toString('utf8'));
  const [first, ...more] = read({ key, deliveryId, body });
  if (first === undefined) return undefined;
  return more.length === 0 ? first : { ...first, more };
}

function readerOf(key: string): ((delivery: Delivery) => readonly WebhookEvent[]) | undefined {
  if (key === 'repo:refs_changed') return readPush;
  if (!Object.hasOwn(actions, key)) return undefined;
  const action = actions[key as keyof typeof actions];
  return (delivery) => [readPullRequest(delivery, action)];
}

const nothing = /^0+$/;

function readPush(delivery: Delivery): readonly WebhookEvent[] {
  const answer = parse(pushSchema, delivery);
  const base = baseOf(answer.repository, delivery);
  // The commits are those of the whole push, so they belong to a branch only when it is the one that was pushed.
  const commits = answer.changes.length === 1 ? (answer.commits ?? []).map(({ id }) => id) : [];
  return answer.changes.flatMap((change): readonly WebhookEvent[] => {
    const { id } = change.ref;
    const after = nothing.test(change.toHash) ? undefined : change.toHash;
    if (id.startsWith('refs/tags/')) return [{ ...base, type: 'tag', tag: nameOf(id), after }];
    if (!id.startsWith('refs/heads/')) return [];
    const before = nothing.test(change.fromHash) ? undefined : change.fromHash;
    return [{ ...base, type: 'push', branch: nameOf(id), before, after, commits }];
  });
}

function readPullRequest(
  delivery: Delivery,
  action: (typeof actions)[keyof typeof actions],
): WebhookEvent {
  const { actor, pullRequest } = parse(pullRequestSchema, delivery);
  const { id, title, fromRef, toRef, links } = pullRequest;
  const href = links?.self?.[0]?.href ?? undefined;
  return {
    ...baseOf(toRef.repository, delivery),
    type: 'pull-request',
    action,
    id,
    source: branchOf(fromRef.id),
    fork: isFromFork({ fromRef, toRef }),
    destination: branchOf(toRef.id),
    title: title ?? undefined,
    webUrl: webAddressOrNothing(href),
    author: actor?.displayName ?? actor?.name ?? undefined,
  };
}

function baseOf({ project, slug }: v.InferOutput<typeof repository>, { deliveryId }: Delivery) {
  return {
    provider: 'bitbucket-datacenter',
    repository: `${project.key}/${slug}`,
    deliveryId,
  } as const;
}

function nameOf(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags)\//, '');
}

function parse<T extends v.GenericSchema>(schema: T, { body, key }: Delivery): v.InferOutput<T> {
  const parsed = v.safeParse(schema, body, { abortEarly: true });
  if (parsed.success) return parsed.output;
  throw new ProviderError(
    'PROVIDER_WEBHOOK_MALFORMED',
    `A webhook delivery "${key}" is genuine, but "${v.getDotPath(parsed.issues[0]) ?? 'the body'}" is not as documented.`,
  );
}
