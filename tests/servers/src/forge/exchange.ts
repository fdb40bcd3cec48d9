import type { IncomingHttpHeaders } from 'node:http';

/** A request, as a handler gets it. Outside of any repository `Repository` is `undefined`. */
export interface Exchange<Repository> {
  readonly repository: Repository;
  readonly method: string;
  /** The parts of the path that the route names, decoded; `''` for one that is not there. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** `''` when there is none. */
  readonly contentType: string;
  /** The address of the server, such as `http://127.0.0.1:1234`. */
  readonly origin: string;
  /** The address of the API, such as `http://127.0.0.1:1234/2.0`. */
  readonly base: string;
  /** The address of the repository in the API; outside of any repository that of the API. */
  readonly self: string;
  /** The encoded path that the routes are tested against: below the repository, or else below the API. */
  readonly path: string;
  /** The web address of the repository; outside of any repository that of the server. */
  readonly web: string;
  /** Who asks. */
  readonly account: string;
}

/** What a handler answers: JSON, bytes, or nothing beside a status. */
export interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly bytes?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler<Repository> = (exchange: Exchange<Repository>) => Promise<Answer>;

/** A method, a pattern over the encoded path below the repository (or the API), and what answers. The first that matches is used. */
export type RouteEntry<Repository> = readonly [
  method: string,
  pattern: RegExp,
  handler: Handler<Repository>,
];

/** Reads a JSON body; throws for one that is no object. */
export function jsonBody(exchange: { readonly body: Buffer }): Record<string, unknown> {
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
