import type { RepositoryState } from './repository-state.ts';

/** A request of one repository, as a handler gets it. */
export interface Exchange {
  readonly repository: RepositoryState;
  readonly method: string;
  /** The parts of the path that the route names, decoded. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Buffer;
  readonly contentType: string;
  /** The address of the API, such as `http://127.0.0.1:1234/2.0`. */
  readonly base: string;
  /** The address of the repository in the API. */
  readonly self: string;
  /** The encoded path below the repository. */
  readonly path: string;
  /** The web address of the repository. */
  readonly web: string;
  /** Who asks. */
  readonly account: string;
}

export interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (exchange: Exchange) => Promise<Answer>;

/** A method, a pattern over the encoded path below the repository, and what answers. */
export type RouteEntry = readonly [method: string, pattern: RegExp, handler: Handler];

/** An error as Bitbucket writes one. */
export function failure(status: number, message: string, data?: object): Answer {
  return {
    status,
    json: { type: 'error', error: { message, ...(data === undefined ? {} : { data }) } },
  };
}

/** Reads a JSON body. */
export function jsonBody(exchange: Exchange): Record<string, unknown> {
  const parsed: unknown = JSON.parse(exchange.body.toString('utf8'));
  if (typeof parsed !== 'object' || parsed === null) throw new Error('the body is no object');
  return parsed as Record<string, unknown>;
}

/** Follows names into plain data; `undefined` when there is nothing. */
export function member(value: unknown, ...names: readonly string[]): unknown {
  let at: unknown = value;
  for (const name of names) {
    at = typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[name] : undefined;
  }
  return at;
}

/** Cuts a list into pages as Bitbucket does. */
export function page(exchange: Exchange, values: readonly unknown[], maximum = 100): Answer {
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
