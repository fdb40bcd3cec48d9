import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from './metrics.ts';

const MAX_URL = 2_000;

/** Counts each request, and writes one line of the log for it when its answer is sent. */
export function logRequests(app: FastifyInstance, metrics: Metrics): void {
  app.addHook('onResponse', async (request, reply) => logRequest(request, reply, metrics));
}

/** Counts a request that is answered, and writes its line of the log. */
export function logRequest(
  request: FastifyRequest,
  { statusCode: status, elapsedTime }: FastifyReply,
  metrics: Pick<Metrics, 'requested'>,
): void {
  const { method } = request;
  const route = request.routeOptions.url ?? 'unknown';
  metrics.requested({ method, route, status, seconds: elapsedTime / 1_000 });
  const { ip, caller } = request;
  const url = request.url.slice(0, MAX_URL);
  const entry = { method, url, status, ms: Math.round(elapsedTime), ip, caller: caller.name };
  if (isProbe(request)) request.log.debug(entry, 'request');
  else request.log.info(entry, 'request');
}

/** What asks every few seconds would hide the rest. */
function isProbe({ routeOptions: { url } }: FastifyRequest): boolean {
  return url === '/health' || url === '/ready' || url === '/metrics';
}
