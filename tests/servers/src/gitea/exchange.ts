import type { Answer, Exchange, RouteEntry } from '../forge/exchange.ts';
import type { RepositoryState } from './repository-state.ts';

/** A request of one repository, as a handler gets it. */
export type GiteaExchange = Exchange<RepositoryState>;

/** A method, a pattern over the encoded path below the repository, and what answers. */
export type GiteaRoute = RouteEntry<RepositoryState>;

/** An error as Gitea writes one. */
export function failure(status: number, message: string): Answer {
  return { status, json: { message, url: 'https://gitea.example/api/swagger' } };
}

const MAXIMUM = 50;

/**
 * Cuts a list into pages as Gitea does. What a list tells of the others differs (routers/api/v1): `linked` ones have links, with the
 * address of the settings, and the number of items in a header; others that header alone; wrapped ones only the number in their body.
 */
export function page(
  exchange: GiteaExchange,
  values: readonly unknown[],
  {
    linked = false,
    wrap,
  }: {
    readonly linked?: boolean;
    readonly wrap?: (items: readonly unknown[]) => unknown;
  } = {},
): Answer {
  const { query, repository, path } = exchange;
  const limit = Math.min(Number(query.get('limit') ?? 30) || 30, MAXIMUM);
  const number = Math.max(1, Number(query.get('page') ?? 1) || 1);
  const start = (number - 1) * limit;
  const last = Math.max(1, Math.ceil(values.length / limit));
  const to = (target: number, rel: string) => {
    const url = new URL(
      `${repository.rootUrl || exchange.origin}/api/v1/repos/${repository.fullName}${path}`,
    );
    for (const [name, value] of query) if (name !== 'page') url.searchParams.append(name, value);
    url.searchParams.set('page', String(target));
    return `<${url.href}>; rel="${rel}"`;
  };
  const links = [
    ...(number < last ? [to(number + 1, 'next'), to(last, 'last')] : []),
    ...(number > 1 ? [to(1, 'first'), to(number - 1, 'prev')] : []),
  ];
  const items = values.slice(start, start + limit);
  if (wrap !== undefined) return { status: 200, json: wrap(items) };
  return {
    status: 200,
    json: items,
    headers: {
      'x-total-count': String(values.length),
      ...(linked && links.length > 0 ? { link: links.join(',') } : {}),
    },
  };
}

/** The web address of the repository, with the path that the server is below. */
export function webOf({ origin, repository }: GiteaExchange): string {
  return `${origin}${repository.sitePath}/${repository.fullName}`;
}

/** The text of a member of a body; `''` when it is none. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
