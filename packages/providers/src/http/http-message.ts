import type { ProviderError } from '../errors.ts';

export type HttpMethod = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One request to the API of a forge. */
export interface HttpRequest {
  readonly method: HttpMethod;
  /** Below the base address, percent-encoded, with a leading `/`; or a whole address of the same origin. */
  readonly path: string;
  readonly query?: readonly (readonly [string, string])[] | undefined;
  readonly body?: { readonly type: string; readonly bytes: Uint8Array } | undefined;
  readonly accept?: string | undefined;
  /** Further headers, in lower case, such as `range`. Never a credential: they go along with redirects. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The status codes that are an answer; every other one is an error. Redirects that can be followed are. */
  readonly expect: readonly number[];
  /** What is tried, for messages: `read branch "main"`. */
  readonly doing: string;
  /**
   * True when doing it twice is the same as doing it once, so that it is repeated after trouble on the way.
   *
   * @default true for all methods but POST and PATCH, and for what only reads
   */
  readonly idempotent?: boolean | undefined;
  /**
   * True when it changes nothing although its method may, as a query of GraphQL does: it is repeated like GET, and waits for no write.
   *
   * @default true for GET and HEAD
   */
  readonly reads?: boolean | undefined;
  /** True when a redirect to another host is followed, without the credential. GET only. @default false */
  readonly foreignRedirect?: boolean | undefined;
  readonly maxBytes?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An answer whose body has been read. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** How many times the request was sent, from 1. Above 1 an earlier attempt may have been carried out. */
  readonly attempts: number;
}

/** Makes the error of an answer that is not an expected one. */
export type ExplainResponse = (response: HttpResponse, request: HttpRequest) => ProviderError;

/** Tells whether a request changes nothing. */
export function readsOnly({ method, reads }: HttpRequest): boolean {
  return reads ?? (method === 'GET' || method === 'HEAD');
}
