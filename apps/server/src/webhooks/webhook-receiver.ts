import type { Config, WebhookForge } from '@bowline/gitops-config';
import { isGitOpsError, type Secret } from '@bowline/gitops-errors';
import type { ProviderKind, WebhookDelivery, WebhookEvent } from '@bowline/gitops-providers';
import type { FastifyInstance } from 'fastify';
import * as v from 'valibot';
import { jsonAnswer, sendAnswer } from '../answer.ts';
import '../fastify-types.ts';
import { ServerError } from '../errors.ts';
import { present } from '../present.ts';
import { DeliveryMemory } from './delivery-memory.ts';
import type { EventBus } from './event-bus.ts';

/** What the receiver works with. */
export interface WebhookReceiverOptions {
  readonly secrets: Config['server']['webhooks'];
  /** Checks and reads a delivery; see `verifyWebhook` of `@bowline/gitops-providers/webhooks`. */
  readonly verify: (
    kind: Exclude<ProviderKind, 'local'>,
    delivery: WebhookDelivery,
    secret: Secret,
  ) => Promise<WebhookEvent | undefined>;
  readonly bus: EventBus<WebhookEvent>;
  readonly clock: () => number;
  /** Counts what came of each delivery. */
  readonly count: (provider: string, outcome: WebhookOutcome) => void;
}

/** What came of a delivery. */
export type WebhookOutcome = 'accepted' | 'ignored' | 'duplicate' | 'refused';

const receipt = v.object({ status: v.picklist(['accepted', 'ignored', 'duplicate']) });

/** The largest delivery: peers take 3 MiB, and no event that we read is near it. */
const MAX_DELIVERY_BYTES = 3 * 1024 * 1024;

/**
 * Takes the deliveries of forges at `POST /v1/webhooks/{provider}`.
 *
 * A forge without a configured secret is not there at all: who sends chooses the path, so it must not choose how to be checked. A delivery
 * is checked over its raw bytes, remembered by its id, queued and answered; the work comes after.
 *
 * Refused deliveries slow down no address: those of a forge are the same for all its users, and anybody can make it send wrong ones.
 */
export function receiveWebhooks(app: FastifyInstance, options: WebhookReceiverOptions): void {
  const { secrets, bus, clock, count } = options;
  const deliveries = new DeliveryMemory(clock);
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: MAX_DELIVERY_BYTES },
      (_request, body, done) => done(null, body),
    );
    scope.post<{ readonly Params: { readonly provider: string } }>(
      '/v1/webhooks/:provider',
      {
        bodyLimit: MAX_DELIVERY_BYTES,
        config: { access: 'public' },
        // Before the body is read.
        onRequest: async ({ params }) => void secretsOf(params.provider, secrets),
      },
      async (request, reply) => {
        const { provider } = request.params;
        const known = secretsOf(provider, secrets);
        const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
        const delivery = { headers: request.headers, body };
        let event: WebhookEvent | undefined;
        try {
          event = await verifyWithAny(options, {
            kind: provider as WebhookForge,
            delivery,
            secrets: known,
          });
        } catch (error) {
          count(provider, 'refused');
          throw error;
        }
        const outcome = take(event, { bus, deliveries });
        count(provider, outcome);
        const answer = jsonAnswer(present(receipt, { status: outcome }));
        return sendAnswer(reply, { ...answer, status: 202 });
      },
    );
  });
}

/** @throws ServerError `SERVER_ROUTE_NOT_FOUND` where a forge has none. */
function secretsOf(
  provider: string,
  secrets: WebhookReceiverOptions['secrets'],
): readonly Secret[] {
  const known = Object.hasOwn(secrets, provider) ? secrets[provider as WebhookForge] : undefined;
  if (known !== undefined && known.length > 0) return known;
  throw new ServerError('SERVER_ROUTE_NOT_FOUND', 'There is nothing at this path.');
}

/** During a rotation of secrets a delivery is signed with the new or the former one. */
async function verifyWithAny(
  { verify }: Pick<WebhookReceiverOptions, 'verify'>,
  {
    kind,
    delivery,
    secrets,
  }: {
    readonly kind: WebhookForge;
    readonly delivery: WebhookDelivery;
    readonly secrets: readonly Secret[];
  },
): Promise<WebhookEvent | undefined> {
  let failure: unknown;
  for (const secret of secrets) {
    try {
      return await verify(kind, delivery, secret);
    } catch (error) {
      failure = error;
      // Genuine and unreadable is not a matter of the secret.
      if (!isGitOpsError(error) || error.code !== 'PROVIDER_WEBHOOK_UNVERIFIED') throw error;
    }
  }
  throw failure;
}

function take(
  event: WebhookEvent | undefined,
  {
    bus,
    deliveries,
  }: { readonly bus: EventBus<WebhookEvent>; readonly deliveries: DeliveryMemory },
): WebhookOutcome {
  if (event === undefined) return 'ignored';
  const { provider, deliveryId } = event;
  const id = deliveryId === undefined ? undefined : `${provider}\n${deliveryId}`;
  if (id !== undefined && deliveries.has(id)) return 'duplicate';
  // All events of a delivery are one entry of the queue: all of them are taken, or none.
  if (!bus.publish(event)) {
    throw new ServerError('SERVER_BUSY', 'Too many events are waiting to be handled.');
  }
  if (id !== undefined) deliveries.add(id);
  return 'accepted';
}
