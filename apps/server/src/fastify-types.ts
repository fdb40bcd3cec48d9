import type { Caller } from './caller.ts';
import type { Access } from './endpoint.ts';

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller;
  }

  interface FastifyContextConfig {
    /** What a caller must be allowed. A route that does not say is for administrators. */
    access?: Access;
  }
}
