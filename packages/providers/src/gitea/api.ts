import * as v from 'valibot';
import type { ForgeConnection } from '../forge-options.ts';
import type { HttpResponse } from '../http/http-message.ts';
import type { JsonApi, JsonRequest } from '../http/json-api.ts';
import { nextLink, sendForPages } from '../http/pages.ts';
import type { BranchTurns } from './branch-turns.ts';
import type { RepositoryMemory } from './repository-memory.ts';
import { listSchema } from './schemas.ts';

/** What every part of one repository needs to talk to Gitea or Forgejo. */
export interface RepositoryApi extends JsonApi, ForgeConnection {
  readonly fullName: string;
  /** The web address of the repository. */
  readonly webUrl: string;
  /** What was read of the repository, so that it need not be read again. */
  readonly memory: RepositoryMemory;
  readonly turns: BranchTurns;
}

const PAGE_SIZE = '50';

/** Reads a list page after page, each when it is asked for. */
export function sendForList<T extends v.GenericSchema>(
  api: RepositoryApi,
  item: T,
  request: JsonRequest,
): AsyncGenerator<v.InferOutput<T>, void, undefined> {
  const first = withPageSize(request);
  const nextPage = pageFinder(api, first);
  return sendForPages(
    api,
    {
      page: listSchema(item),
      read: (items, response) => ({ items, next: nextPage({ received: items.length, response }) }),
    },
    first,
  );
}

/** Reads a list whose pages are objects that hold the items in one member, and their number in `total_count`. */
export function sendForWrappedList<T extends v.GenericSchema>(
  api: RepositoryApi,
  { item, member }: { readonly item: T; readonly member: string },
  request: JsonRequest,
): AsyncGenerator<v.InferOutput<T>, void, undefined> {
  const first = withPageSize(request);
  const nextPage = pageFinder(api, first);
  return sendForPages(
    api,
    {
      page: v.pipe(
        v.looseObject({ [member]: listSchema(item), total_count: v.nullish(v.number()) }),
        v.transform((page) => ({
          // The compiler cannot look into the schema of a generic item; the shape is that of `listSchema`.
          items: page[member] as readonly v.InferOutput<T>[],
          total: page['total_count'] as number | null | undefined,
        })),
      ),
      read: ({ items, total }, response) => ({
        items,
        next: nextPage({ received: items.length, response, total }),
      }),
    },
    first,
  );
}

function withPageSize(request: JsonRequest): JsonRequest {
  return { ...request, query: [...(request.query ?? []), ['limit', PAGE_SIZE]] };
}

/** A page of a list as it came. */
interface Page {
  readonly received: number;
  readonly response: HttpResponse;
  /** How many items the list has, where the body says so. */
  readonly total?: number | null | undefined;
}

/**
 * Makes the function that builds the address of the next page of one list.
 *
 * The server writes its links with the address from its own settings, which may not be the one that it is reached by. So the number
 * of the page is all that is taken from there. Many lists (tags, webhooks, reviews, secrets) come without links and say only how many
 * items there are: then the next number is asked for until all of them have come.
 */
function pageFinder(api: RepositoryApi, request: JsonRequest): (page: Page) => string | undefined {
  const base = api.http.api.href.replace(/\/+$/, '');
  let number = 1;
  let seen = 0;
  const address = (page: string) => {
    const url = new URL(`${base}${api.path}${request.path}`);
    for (const [name, value] of request.query ?? []) url.searchParams.append(name, value);
    url.searchParams.set('page', page);
    return url.href;
  };
  return ({ received, response, total }) => {
    seen += received;
    const link = nextLink(response);
    if (link === undefined) {
      const all = total ?? Number(response.headers.get('x-total-count') ?? 0);
      if (received === 0 || !(seen < all)) return undefined;
      number += 1;
      return address(String(number));
    }
    if (!URL.canParse(link, base)) return undefined;
    const page = new URL(link, base).searchParams.get('page');
    // What is not a number leads to no page; the list says so when it follows it.
    return page === null || !/^\d{1,9}$/.test(page) ? link : address(page);
  };
}

/** Hands on an address of an answer when it is an http address; else the one that is built here. */
export function webLink(address: string | null | undefined, otherwise: string): string {
  return address && /^https?:\/\//i.test(address) && URL.canParse(address) ? address : otherwise;
}
