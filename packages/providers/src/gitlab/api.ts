import * as v from 'valibot';
import type { ForgeConnection } from '../forge-options.ts';
import type { HttpClient } from '../http/client.ts';
import type { HttpResponse } from '../http/http-message.ts';
import type { JsonApi, JsonRequest } from '../http/json-api.ts';
import { nextLink, sendForPages } from '../http/pages.ts';

/** What every part of one project needs to talk to GitLab. */
export interface RepositoryApi extends JsonApi, ForgeConnection {
  readonly fullName: string;
  /** The web address of the project, which is also that of Git over HTTP without `.git`. */
  readonly webUrl: string;
  /** Sends requests of Git over HTTP, below the web address of the instance. */
  readonly git: HttpClient;
  /** What the names of temporary branches begin with. */
  readonly temporaryBranches: string;
}

/**
 * Reads a list page after page, each when it is asked for, by number or by keyset.
 *
 * GitLab writes the address of the next page with the host from its own settings, which may not be the one that it is reached by. So
 * the query is all that is taken from there.
 */
export function sendForList<T extends v.GenericSchema>(
  api: RepositoryApi,
  item: T,
  request: JsonRequest,
): AsyncGenerator<v.InferOutput<T>, void, undefined> {
  const base = `${api.http.api.href.replace(/\/+$/, '')}${api.path}${request.path}`;
  return sendForPages(
    api,
    {
      page: v.array(item),
      read: (items, response) => {
        const link = nextLink(response) ?? numberedPage(request, response);
        // What is no address leads to no page; the list says so when it follows it.
        if (link === undefined || !URL.canParse(link, base)) return { items, next: link };
        return { items, next: `${base}${new URL(link, base).search}` };
      },
    },
    request,
  );
}

/** Reads the next page from `x-next-page`, where a proxy leaves out `Link`. */
function numberedPage({ query = [] }: JsonRequest, { headers }: HttpResponse): string | undefined {
  const page = headers.get('x-next-page') ?? '';
  if (!/^\d{1,9}$/.test(page)) return undefined;
  const parameters = new URLSearchParams();
  for (const [name, value] of query) parameters.append(name, value);
  parameters.set('page', page);
  return `?${parameters}`;
}

/** Hands on an address of an answer when it is an http address; else the one that is built here. */
export function webLink(address: string | null | undefined, otherwise: string): string {
  return typeof address === 'string' && /^https?:\/\//i.test(address) && URL.canParse(address)
    ? address
    : otherwise;
}
