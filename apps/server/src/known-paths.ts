import type { FastifyInstance } from 'fastify';
import { ServerError } from './errors.ts';

/** Watches what routes are added, and says of a request that none of them takes whether the path or the method is to blame. */
export function knownPaths(app: FastifyInstance) {
  const methodsOf = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set();
    methodsOf.set(url, methods);
    for (const one of [method].flat()) methods.add(one);
  });
  let patterns: readonly (readonly [RegExp, ReadonlySet<string>])[] | undefined;

  /** @returns `SERVER_METHOD_NOT_ALLOWED` with the `Allow` header in its details, or `SERVER_ROUTE_NOT_FOUND`. */
  return function refuse({ method, url }: { readonly method: string; readonly url: string }) {
    patterns ??= [...methodsOf].map(([pattern, methods]) => [asExpression(pattern), methods]);
    const path = url.split('?', 1)[0] ?? '';
    const allowed = patterns.filter(([expression]) => expression.test(path));
    if (allowed.length === 0) {
      return new ServerError('SERVER_ROUTE_NOT_FOUND', 'There is nothing at this path.');
    }
    const allow = [...new Set(allowed.flatMap(([, methods]) => [...methods]))].sort().join(', ');
    return new ServerError(
      'SERVER_METHOD_NOT_ALLOWED',
      `The path does not take ${method}; it takes ${allow}.`,
      { details: { allow } },
    );
  };
}

function asExpression(pattern: string): RegExp {
  const parts = pattern
    .split('/')
    .map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}$`);
}
