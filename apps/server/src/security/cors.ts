import type { FastifyReply, FastifyRequest } from 'fastify';

const exposed = 'x-request-id, retry-after, ratelimit, ratelimit-policy, idempotency-replayed';
const allowedHeaders = 'authorization, content-type, idempotency-key, accept';

/**
 * Lets the pages of the configured origins read answers (Fetch Standard, "CORS protocol").
 *
 * There is no `*` and there are no credentials: the server knows no cookies, so a page sends its token itself.
 *
 * @returns True when the request was a preflight, which is answered then.
 */
export function answerCors(
  request: FastifyRequest,
  reply: FastifyReply,
  origins: readonly string[],
): boolean {
  if (origins.length === 0) return false;
  reply.header('vary', 'Origin');
  const { origin, 'access-control-request-method': wanted } = request.headers;
  if (origin === undefined || !origins.includes(origin)) return false;
  reply.header('access-control-allow-origin', origin);
  if (request.method !== 'OPTIONS' || wanted === undefined) {
    reply.header('access-control-expose-headers', exposed);
    return false;
  }
  reply
    .code(204)
    .headers({
      'access-control-allow-methods': 'GET, POST',
      'access-control-allow-headers': allowedHeaders,
      'access-control-max-age': '600',
    })
    .send();
  return true;
}
