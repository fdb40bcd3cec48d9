import type { GitOpsEvent } from '@bowline/gitops-notify';
import type { FastifyBaseLogger } from 'fastify';
import type { ServerDependencies } from './dependencies.ts';
import type { Metrics } from './metrics.ts';

/** Tells people of an event, counts what came of it and logs what failed. Never rejects for a channel. */
export type Announce = (event: GitOpsEvent, log: FastifyBaseLogger) => Promise<void>;

/** Makes the function that tells people; `undefined` where there is nobody to tell. */
export function announcer(
  { notify }: Pick<ServerDependencies, 'notify'>,
  metrics: Pick<Metrics, 'notified'>,
): Announce | undefined {
  if (notify === undefined) return undefined;
  return async (event, log) => {
    for (const delivery of await notify(event)) {
      metrics.notified(delivery.status);
      if (delivery.status !== 'failed') continue;
      const { channel, error } = delivery;
      log.warn({ channel, code: error.code }, `notification failed: ${error.message}`);
    }
  };
}
