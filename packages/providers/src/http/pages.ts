import * as v from 'valibot';
import { ProviderError } from '../errors.ts';
import type { HttpResponse } from './http-message.ts';
import { type JsonApi, type JsonRequest, parseAnswer, send } from './json-api.ts';

const MAX_PAGES = 1000;

/** One page of a list: its items, and the request of the next one. */
export interface PageOf<T> {
  readonly items: readonly T[];
  /** The address or the query of the next page; `undefined` on the last one. */
  readonly next: string | undefined;
}

/** How the pages of one list are read. */
export interface Paging<S extends v.GenericSchema, T> {
  /** The shape of one page. */
  readonly page: S;
  /** Takes a page apart. `next` is a whole address, followed on the same origin only. */
  readonly read: (page: v.InferOutput<S>, response: HttpResponse) => PageOf<T>;
}

/**
 * Reads a list page after page, each when it is asked for.
 *
 * A page that comes twice ends in `PROVIDER_BAD_RESPONSE`, more than 1000 pages in `PROVIDER_LIMIT_EXCEEDED`.
 */
export async function* sendForPages<S extends v.GenericSchema, T>(
  api: JsonApi,
  paging: Paging<S, T>,
  request: JsonRequest,
): AsyncGenerator<T, void, undefined> {
  const seen = new Set<string>();
  let next: JsonRequest = request;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const response = await send(api, next);
    const answer = parseAnswer(api, paging.page, { response, request: next });
    const { items, next: address } = paging.read(answer, response);
    yield* items;
    if (address === undefined) return;
    if (seen.has(address) || !/^https?:\/\//.test(address)) {
      throw new ProviderError(
        'PROVIDER_BAD_RESPONSE',
        `${api.forge} named a next page that is no other page when asked to ${request.doing}.`,
      );
    }
    seen.add(address);
    const { query: _, ...rest } = request;
    next = { ...rest, path: address };
  }
  throw new ProviderError(
    'PROVIDER_LIMIT_EXCEEDED',
    `The list has more than ${MAX_PAGES} pages (trying to ${request.doing}).`,
  );
}

/** Builds the whole address of a request with one more parameter, for a list that counts its pages and names no address. */
export function addressWith(
  api: JsonApi,
  { path, query = [] }: Pick<JsonRequest, 'path' | 'query'>,
  [name, value]: readonly [string, string],
): string {
  const base = api.http.api.href.replace(/\/+$/, '');
  const url = new URL(/^https?:/.test(path) ? path : `${base}${api.path}${path}`);
  for (const [other, text] of query) url.searchParams.append(other, text);
  url.searchParams.set(name, value);
  return url.href;
}

/** Reads a list whose pages are plain arrays, with the next one in the `Link` header (RFC 8288). */
export function sendForLinkedPages<T extends v.GenericSchema>(
  api: JsonApi,
  item: T,
  request: JsonRequest,
): AsyncGenerator<v.InferOutput<T>, void, undefined> {
  return sendForPages(
    api,
    { page: v.array(item), read: (items, response) => ({ items, next: nextLink(response) }) },
    request,
  );
}

/** Reads the target of `rel="next"` of a `Link` header; `undefined` without one. */
export function nextLink({ headers }: Pick<HttpResponse, 'headers'>): string | undefined {
  const value = headers.get('link');
  if (value === null) return undefined;
  for (const [, target = '', parameters = ''] of value.matchAll(/<([^<>]{0,8192})>([^<]*)/g)) {
    if (/;\s*rel\s*=\s*(?:"(?:[^"]*\s)?next(?:\s[^"]*)?"|next)\s*(?:[;,]|$)/i.test(parameters))
      return target;
  }
  return undefined;
}
