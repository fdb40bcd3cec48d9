import type { Secret } from '@bowline/gitops-errors';
import * as v from 'valibot';
import { ProviderError } from '../errors.ts';
import { parseJson } from '../http/refusal.ts';
import { checkRefName, passes, webAddressOrNothing } from '../names.ts';
import { headerValues, verifyHmacSha256 } from '../webhook-signature.ts';
import type { WebhookDelivery, WebhookEvent } from '../webhook-types.ts';
import { checkRepositoryName } from './names.ts';
import { contextOf } from './status-key.ts';

const text = v.string();
const hash = v.pipe(text, v.regex(/^[0-9a-f]{7,64}$/));
const refName = v.pipe(text, v.check(passes((name) => checkRefName(name, 'ref'))));
const repository = v.looseObject({
  full_name: v.pipe(text, v.check(passes((name) => checkRepositoryName(name)))),
});

const side = v.nullish(
  v.looseObject({ type: text, name: refName, target: v.looseObject({ hash }) }),
);
const pushSchema = v.looseObject({
  repository,
  push: v.looseObject({
    changes: v.pipe(
      v.array(
        v.looseObject({
          old: side,
          new: side,
          commits: v.nullish(v.array(v.looseObject({ hash }))),
        }),
      ),
      v.maxLength(1000),
    ),
  }),
});

const branch = v.looseObject({ branch: v.looseObject({ name: refName }) });
const pullRequestSchema = v.looseObject({
  repository,
  pullrequest: v.looseObject({
    id: v.pipe(v.number(), v.integer(), v.minValue(1)),
    source: v.looseObject({
      ...branch.entries,
      repository: v.nullish(v.looseObject({ full_name: text })),
    }),
    destination: branch,
    title: v.nullish(text),
    links: v.nullish(v.looseObject({ html: v.nullish(v.looseObject({ href: text })) })),
  }),
  actor: v.nullish(v.looseObject({ display_name: v.nullish(text), nickname: v.nullish(text) })),
});

const statusSchema = v.looseObject({
  repository,
  commit_status: v.looseObject({
    key: text,
    name: v.nullish(text),
    state: v.picklist(['SUCCESSFUL', 'FAILED', 'INPROGRESS', 'STOPPED']),
    commit: v.nullish(v.looseObject({ hash })),
    links: v.nullish(v.looseObject({ commit: v.nullish(v.looseObject({ href: text })) })),
  }),
});

const actions = {
  'pullrequest:created': 'opened',
  'pullrequest:updated': 'updated',
  'pullrequest:push': 'updated',
  'pullrequest:approved': 'approved',
  'pullrequest:fulfilled': 'merged',
  'pullrequest:rejected': 'declined',
  'pullrequest:comment_created': 'commented',
} as const;

const states = {
  SUCCESSFUL: 'success',
  FAILED: 'failed',
  INPROGRESS: 'running',
  STOPPED: 'cancelled',
} as const;

interface Delivery {
  readonly deliveryId: string | undefined;
  readonly body: unknown;
}

/** Checks and reads a webhook delivery of Bitbucket Cloud. */
export function verifyWebhook(delivery: WebhookDelivery, secret: Secret): WebhookEvent | undefined {
  verifyHmacSha256(delivery, secret, { header: 'x-hub-signature', prefix: 'sha256=' });
  const [key = ''] = headerValues(delivery.headers, 'x-event-key');
  const read = readerOf(key);
  if (read === undefined) return undefined;
  // The first delivery and a second attempt have the same id.
  const id = headerValues(delivery.headers, 'x-request-uuid')[0];
  const body = parseJson(Buffer.from(delivery.body).toString('utf8'));
  const [first, ...more] = read({ deliveryId: id?.slice(0, 200), body });
  if (first === undefined) return undefined;
  return more.length === 0 ? first : { ...first, more };
}

function readerOf(key: string): ((delivery: Delivery) => readonly WebhookEvent[]) | undefined {
  if (key === 'repo:push') return readPush;
  if (key === 'repo:commit_status_created' || key === 'repo:commit_status_updated')
    return readStatus;
  if (!Object.hasOwn(actions, key)) return undefined;
  const action = actions[key as keyof typeof actions];
  return (delivery) => {
    const answer = parse(pullRequestSchema, delivery.body, key);
    const { id, source, destination, title, links } = answer.pullrequest;
    return [
      {
        ...baseOf(answer, delivery),
        type: 'pull-request',
        action,
        id,
        source: source.branch.name,
        // Without a name it is one that was deleted, hence another.
        fork:
          source.repository?.full_name.toLowerCase() !== answer.repository.full_name.toLowerCase(),
        destination: destination.branch.name,
        title: title ?? undefined,
        webUrl: webAddressOrNothing(links?.html?.href),
        author: answer.actor?.display_name ?? answer.actor?.nickname ?? undefined,
      },
    ];
  };
}

function readPush(delivery: Delivery): readonly WebhookEvent[] {
  const answer = parse(pushSchema, delivery.body, 'repo:push');
  return answer.push.changes.flatMap((change): readonly WebhookEvent[] => {
    const ref = change.new ?? change.old;
    if (ref === null || ref === undefined) throw malformed('repo:push', 'push.changes');
    const base = baseOf(answer, delivery);
    const after = change.new?.target.hash;
    if (ref.type === 'tag' || ref.type === 'annotated_tag') {
      return [{ ...base, type: 'tag', tag: ref.name, after }];
    }
    if (ref.type !== 'branch' && ref.type !== 'named_branch') return [];
    return [
      {
        ...base,
        type: 'push',
        branch: ref.name,
        before: change.old?.target.hash,
        after,
        // Bitbucket lists the newest first, five at most.
        commits: (change.commits ?? []).map((commit) => commit.hash),
      },
    ];
  });
}

function readStatus(delivery: Delivery): readonly WebhookEvent[] {
  const answer = parse(statusSchema, delivery.body, 'repo:commit_status');
  const { state, commit, links } = answer.commit_status;
  const sha =
    commit?.hash ?? /\/commits?\/([0-9a-f]{7,64})(?:[/?#]|$)/.exec(links?.commit?.href ?? '')?.[1];
  if (sha === undefined) throw malformed('repo:commit_status', 'commit_status.commit');
  return [
    {
      ...baseOf(answer, delivery),
      type: 'pipeline',
      sha,
      state: states[state],
      context: contextOf(answer.commit_status),
    },
  ];
}

function baseOf(
  answer: { readonly repository: { readonly full_name: string } },
  delivery: Delivery,
) {
  return {
    provider: 'bitbucket-cloud',
    repository: answer.repository.full_name,
    deliveryId: delivery.deliveryId,
  } as const;
}

function parse<T extends v.GenericSchema>(schema: T, body: unknown, key: string): v.InferOutput<T> {
  const parsed = v.safeParse(schema, body, { abortEarly: true });
  if (parsed.success) return parsed.output;
  throw malformed(key, v.getDotPath(parsed.issues[0]) ?? 'the body');
}

function malformed(key: string, place: string): ProviderError {
  return new ProviderError(
    'PROVIDER_WEBHOOK_MALFORMED',
    `A webhook delivery "${key}" is genuine, but "${place}" is not as documented.`,
  );
}
