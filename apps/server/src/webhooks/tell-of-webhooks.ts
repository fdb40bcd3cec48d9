import type { WebhookEvent } from '@bowline/gitops-providers';
import type { FastifyBaseLogger } from 'fastify';
import type { Announce } from '../announce.ts';
import type { EventBus } from './event-bus.ts';
import type { OwnEvents } from './own-events.ts';
import { webhookNotification } from './webhook-notification.ts';

/** What telling of webhooks needs. */
export interface TellOptions {
  readonly bus: EventBus<WebhookEvent>;
  readonly announce: Announce;
  readonly log: FastifyBaseLogger;
  /** Ends when the jobs of a repository that run now have told what they have to. */
  readonly jobsEnded: (repository: string) => Promise<void>;
  readonly clock: () => number;
}

/**
 * Tells people of what forges report, but for what a job of this server tells by itself.
 *
 * The report of a pull request often comes before the job that opened it has ended, so the jobs of its repository are waited for. They have
 * a deadline of their own.
 *
 * @param own What the jobs of this server have told.
 * @returns What ends when all that has come is told.
 */
export function tellOfWebhooks(
  own: OwnEvents,
  { bus, announce, log, jobsEnded, clock }: TellOptions,
): () => Promise<void> {
  const telling = new Set<Promise<unknown>>();

  const tell = async (event: Parameters<Announce>[0]): Promise<void> => {
    if (own.mayHold(event)) await jobsEnded(event.repository?.fullName ?? '');
    if (!own.has(event)) await announce(event, log);
  };

  bus.subscribe(async (first) => {
    for (const [index, event] of [first, ...(first.more ?? [])].entries()) {
      const told = webhookNotification(event, { index, clock });
      if (told === undefined) continue;
      // Not awaited: one that waits for a job delays none of the others.
      const work = tell(told).finally(() => telling.delete(work));
      telling.add(work);
      work.catch((err: unknown) => log.error({ err }, 'a webhook could not be told of'));
    }
  });
  return async () => {
    await bus.settled();
    await Promise.allSettled(telling);
  };
}
