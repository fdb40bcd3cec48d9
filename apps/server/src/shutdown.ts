import type { FastifyInstance } from 'fastify';
import { ServerError } from './errors.ts';

/** The end of a server. */
export interface Shutdown {
  /** True when it takes no new work. */
  stopping(): boolean;
  /** Aborts when the time for what is under way has passed. */
  readonly signal: AbortSignal;
}

const HALF_A_MINUTE_MS = 30_000;
/** Time to send the last answers, after what still ran was stopped. */
const LAST_ANSWERS_MS = 1_000;

/**
 * Ends a server in steps once it is closed: at once it takes nothing new, after a time it stops what still runs, whose callers are told to
 * come again, and a moment later it lets go of every connection. Requests that end before are answered as always.
 */
export function gracefulShutdown(
  app: FastifyInstance,
  { graceMs = HALF_A_MINUTE_MS }: { readonly graceMs?: number | undefined } = {},
): Shutdown {
  const controller = new AbortController();
  const refusal = () => new ServerError('SERVER_STOPPING', 'The server is shutting down.');
  let stopping = false;
  let timer: NodeJS.Timeout | undefined;
  app.addHook('preClose', async () => {
    stopping = true;
    timer = setTimeout(() => {
      controller.abort(refusal());
      timer = setTimeout(() => app.server.closeAllConnections(), LAST_ANSWERS_MS);
    }, graceMs);
  });
  app.addHook('onRequest', async (request) => {
    // Who asks how the server is gets an answer as long as there is one.
    if (stopping && request.routeOptions.url !== '/health') throw refusal();
  });
  app.addHook('onSend', async (_, reply, payload) => {
    if (stopping) reply.header('connection', 'close');
    return payload;
  });
  app.addHook('onResponse', async () => {
    // A stream of events has sent its head before, and its connection would be kept for the next request.
    if (stopping) setImmediate(() => app.server.closeIdleConnections());
  });
  app.addHook('onClose', async () => clearTimeout(timer));
  return { stopping: () => stopping, signal: controller.signal };
}
