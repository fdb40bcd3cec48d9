import type { Answer, Exchange, RouteEntry } from '../forge/exchange.ts';
import type { RepositoryState, UserState } from './repository-state.ts';

/** A request of one repository, as a handler gets it. */
export type DatacenterExchange = Exchange<RepositoryState>;

/** A method, a pattern over the encoded path below the repository, and what answers. */
export type DatacenterRoute = RouteEntry<RepositoryState>;

/** An error as Bitbucket Data Center writes one. `exception` is the name of a Java class. */
export function failure(status: number, exception: string, message: string): Answer {
  return {
    status,
    json: {
      errors: [{ context: null, message, exceptionName: `com.atlassian.bitbucket.${exception}` }],
    },
  };
}

/** Cuts a list into pages: by a number to start at, which the client sends. */
export function page(
  { query }: { readonly query: URLSearchParams },
  values: readonly unknown[],
): Answer {
  const start = Number(query.get('start') ?? 0);
  const limit = Math.min(Number(query.get('limit') ?? 25), 1000);
  if (!(start >= 0) || !(limit >= 1)) {
    return failure(400, 'validation.ArgumentValidationException', 'start and limit are numbers');
  }
  const items = values.slice(start, start + limit);
  const isLastPage = start + limit >= values.length;
  return {
    status: 200,
    json: {
      values: items,
      size: items.length,
      limit,
      start,
      isLastPage,
      nextPageStart: isLastPage ? null : start + limit,
    },
  };
}

/** The pages of the server. */
export function webAddress(exchange: { readonly origin: string }): string {
  return `${exchange.origin}/bitbucket`;
}

/** The page of the repository. */
export function repositoryPage(exchange: DatacenterExchange): string {
  const { key, slug } = exchange.repository;
  const owner = key.startsWith('~') ? `users/${key.slice(1)}` : `projects/${key}`;
  return `${webAddress(exchange)}/${owner}/repos/${slug}`;
}

export function userJson(user: UserState): object {
  const { name, slug, displayName } = user;
  return { name, slug, displayName, active: true, type: 'NORMAL', id: slug.length };
}

/** The accounts of the simulator. Tokens of a project have none. */
export const users = {
  bot: { name: 'bot', slug: 'bot', displayName: 'Bowline Bot' },
  reviewer: { name: 'Rita.Reviewer', slug: 'rita.reviewer', displayName: 'Rita Reviewer' },
} as const satisfies Record<string, UserState>;

/** Who asks; `undefined` for a token without a user. */
export function userOf({ account }: { readonly account: string }): UserState | undefined {
  return Object.values(users).find(({ name }) => name === account);
}

/** What a token without a user is answered where one is needed. */
export const noUser = failure(
  403,
  'AuthorisationException',
  'This action cannot be performed with a project or repository access token.',
);
