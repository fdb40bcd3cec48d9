import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { anonymous, type Caller } from '../caller.ts';
import type { Access } from '../endpoint.ts';
import { ServerError } from '../errors.ts';
import { checkBrowser, type KnownHosts } from './browser-requests.ts';
import { answerCors } from './cors.ts';
import { RateLimiter } from './rate-limit.ts';
import { checkHostHeader } from './request-target.ts';
import { responseHeaders } from './response-headers.ts';
import { allows, type Identify, type TokenRecord, tokenReader } from './token.ts';

/** Who may ask what, how often and from where. */
export interface SecurityOptions {
  /** None: nobody needs one, and the server must listen on loopback alone. */
  readonly tokens: readonly TokenRecord[];
  readonly hosts: KnownHosts;
  /** Of one token; without tokens, of one address. */
  readonly requestsPerMinute: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly clock: () => number;
}

const FAILURES_PER_MINUTE = 60;

interface Guard {
  readonly options: SecurityOptions;
  readonly identify: Identify;
  readonly requests: RateLimiter;
  /** Refused tokens per address. A genuine one passes all the same: many callers may share the address of a proxy. */
  readonly failures: RateLimiter;
}

/**
 * Guards every route that is added later: protective headers, `Host` and origin, CORS, bearer tokens with scopes, and rate limits.
 *
 * A route says in `config.access` what it needs; one that says nothing is for administrators.
 */
export function secure(app: FastifyInstance, options: SecurityOptions): void {
  const guard: Guard = {
    options,
    identify: tokenReader(options.tokens),
    requests: new RateLimiter(options.requestsPerMinute, options.clock),
    failures: new RateLimiter(FAILURES_PER_MINUTE, options.clock),
  };
  const { hosts, tokens } = options;
  const headers = responseHeaders(hosts.publicUrl);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    checkHostHeader(request.raw);
    checkBrowser(request.headers, { hosts, needsToken: tokens.length > 0 });
    if (answerCors(request, reply, hosts.origins)) return reply;
    // Unknown paths are told from known ones by everybody who reads the documentation.
    const access = request.is404 ? 'public' : (request.routeOptions.config.access ?? 'admin');
    const caller = callerOf(guard, { request, reply, access });
    request.caller = caller ?? anonymous;
    if (access !== 'public') limit(guard, { request, reply });
  });
}

interface Asked {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly access: Access;
}

function callerOf(
  { options, identify, failures }: Guard,
  { request, reply, access }: Asked,
): Caller | undefined {
  if (access === 'public' || options.tokens.length === 0) return undefined;
  const challenge = 'Bearer realm="bowline"';
  const header = request.headers.authorization;
  if (header === undefined) {
    reply.header('www-authenticate', challenge);
    throw new ServerError('SERVER_UNAUTHENTICATED', 'The request carries no bearer token.');
  }
  const token = /^Bearer ([!-~]{1,512})$/i.exec(header)?.[1];
  const found = token === undefined ? undefined : identify(token, options.clock());
  if (found === undefined) {
    const { allowed, retryAfterSeconds } = failures.take(request.ip);
    if (!allowed) {
      throw new ServerError(
        'SERVER_RATE_LIMITED',
        'Too many tokens from this address were refused.',
        { details: { retryAfter: String(retryAfterSeconds) } },
      );
    }
    reply.header('www-authenticate', `${challenge}, error="invalid_token"`);
    throw new ServerError(
      'SERVER_UNAUTHENTICATED',
      'The token of the request is not one of this server, or has expired.',
    );
  }
  if (!allows(found.scope, access)) {
    reply.header('www-authenticate', `${challenge}, error="insufficient_scope", scope="${access}"`);
    throw new ServerError(
      'SERVER_FORBIDDEN',
      `The token "${found.name}" has the scope "${found.scope}", and this needs "${access}".`,
    );
  }
  return { id: `token:${found.name}`, name: found.name };
}

function limit({ options, requests }: Guard, { request, reply }: Omit<Asked, 'access'>): void {
  const key = options.tokens.length === 0 ? request.ip : request.caller.id;
  const { allowed, remaining, retryAfterSeconds } = requests.take(key);
  // draft-ietf-httpapi-ratelimit-headers: the policy, and what is left of it.
  reply.header('ratelimit-policy', `"caller";q=${requests.perMinute};w=60`);
  reply.header('ratelimit', `"caller";r=${remaining}${allowed ? '' : `;t=${retryAfterSeconds}`}`);
  if (allowed) return;
  throw new ServerError(
    'SERVER_RATE_LIMITED',
    `The caller "${request.caller.name}" asks more than ${requests.perMinute} times a minute.`,
    { details: { retryAfter: String(retryAfterSeconds) } },
  );
}
