import type { Answer, Exchange, RouteEntry } from '../forge/exchange.ts';
import type { ProjectState } from './project-state.ts';

/** A request of one project, as a handler gets it. */
export type GitlabExchange = Exchange<ProjectState>;

/** A method, a pattern over the encoded path below the project, and what answers. */
export type GitlabRoute = RouteEntry<ProjectState>;

/** An error as GitLab writes most: `{ "message": … }`. */
export function failure(status: number, message: unknown): Answer {
  return { status, json: { message } };
}

/** The answer for a thing that is not there, such as `404 Branch Not Found`. */
export function notFound(what: string): Answer {
  return failure(404, `404 ${what} Not Found`);
}

const MAX_COUNTED = 10_000;

/** Cuts a list into pages as GitLab does ("Pagination" of its REST API): by number, or after the name of the last item. */
export function page(
  exchange: Pick<GitlabExchange, 'query' | 'self' | 'path'>,
  values: readonly unknown[],
  keyset?: { readonly token: (value: unknown) => string; readonly whole?: boolean },
): Answer {
  const { query, self, path } = exchange;
  const size = Math.min(Number(query.get('per_page') ?? 20), 100);
  const number = Number(query.get('page') ?? 1);
  if (!(size >= 1)) return failure(400, 'per_page does not have a valid value');
  const link = (changes: Readonly<Record<string, string>>, rel: string) => {
    const url = new URL(`${self}${path}`);
    for (const [name, value] of query) url.searchParams.append(name, value);
    for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value);
    return `<${url.href}>; rel="${rel}"`;
  };
  if (keyset !== undefined && query.get('pagination') === 'keyset') {
    const after = query.get('page_token');
    const from =
      after === null ? 0 : values.findIndex((value) => keyset.token(value) === after) + 1;
    // A search is not cut, nor does it know where to go on (BranchesFinder); a full page has a next one all the same (GitalyKeysetPager).
    const items = keyset.whole === true ? values : values.slice(from, from + size);
    const last = items.at(-1);
    const more = items.length === size && last !== undefined;
    return {
      status: 200,
      json: items,
      headers: more ? { link: link({ page_token: keyset.token(last) }, 'next') } : {},
    };
  }
  const pages = Math.max(1, Math.ceil(values.length / size));
  const counted = values.length <= MAX_COUNTED;
  const links = [
    ...(number > 1 ? [link({ page: String(number - 1) }, 'prev')] : []),
    ...(number < pages ? [link({ page: String(number + 1) }, 'next')] : []),
    link({ page: '1' }, 'first'),
    ...(counted ? [link({ page: String(pages) }, 'last')] : []),
  ];
  return {
    status: 200,
    json: values.slice((number - 1) * size, number * size),
    headers: {
      link: links.join(', '),
      'x-next-page': number < pages ? String(number + 1) : '',
      'x-page': String(number),
      'x-per-page': String(size),
      ...(counted ? { 'x-total': String(values.length), 'x-total-pages': String(pages) } : {}),
    },
  };
}

export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
