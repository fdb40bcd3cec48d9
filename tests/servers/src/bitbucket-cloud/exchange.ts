import type { Answer, Exchange, RouteEntry } from '../forge/exchange.ts';
import type { RepositoryState } from './repository-state.ts';

/** A request of one repository, as a handler gets it. */
export type BitbucketExchange = Exchange<RepositoryState>;

/** A method, a pattern over the encoded path below the repository, and what answers. */
export type BitbucketRoute = RouteEntry<RepositoryState>;

/** An error as Bitbucket writes one. */
export function failure(status: number, message: string, data?: object): Answer {
  return {
    status,
    json: { type: 'error', error: { message, ...(data === undefined ? {} : { data }) } },
  };
}

/** Cuts a list into pages as Bitbucket does. */
export function page(
  exchange: BitbucketExchange,
  values: readonly unknown[],
  maximum = 100,
): Answer {
  const { query, self, path } = exchange;
  const pagelen = Math.min(Number(query.get('pagelen') ?? 10), maximum);
  const number = Number(query.get('page') ?? 1);
  if (!(pagelen >= 1) || !(number >= 1)) return failure(400, 'Invalid page');
  const start = (number - 1) * pagelen;
  const next = new URL(`${self}${path}`);
  for (const [name, value] of query) if (name !== 'page') next.searchParams.append(name, value);
  next.searchParams.set('page', String(number + 1));
  return {
    status: 200,
    json: {
      pagelen,
      page: number,
      size: values.length,
      values: values.slice(start, start + pagelen),
      ...(start + pagelen < values.length ? { next: next.href } : {}),
    },
  };
}
