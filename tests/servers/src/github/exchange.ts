import { createHash } from 'node:crypto';
import type { Answer, Exchange, Handler, RouteEntry } from '../forge/exchange.ts';
import { parseTemplate } from '../forge/path-template.ts';
import { completed } from './complete.ts';
import type { RepositoryState } from './repository-state.ts';

/** A request of one repository, as a handler gets it. */
export type GitHubExchange = Exchange<RepositoryState>;

/** A method, a pattern over the encoded path below the repository, and what answers. */
export type GitHubRoute = RouteEntry<RepositoryState>;

/** The parameters of paths that take more than one segment. */
export const greedy = ['ref', 'path', 'basehead'];

const R = '/repos/{owner}/{repo}';

/** Makes a route of an operation by its documented path below the repository; the parameters are the parts. */
export function route(
  method: string,
  template: string,
  handler: Handler<RepositoryState>,
): GitHubRoute {
  const { source } = parseTemplate(template, greedy).pattern;
  const pattern = new RegExp(source.replaceAll('.+', '(.+)').replaceAll('[^/]+', '([^/]+)'));
  const answer: Handler<RepositoryState> = async (exchange) => {
    const made = completed(`${method} ${R}${template}`, await handler(exchange));
    return method === 'GET' && made.status === 200 ? conditional(exchange, made) : made;
  };
  return [method, pattern, answer];
}

/** Answers 304 to who has the answer already. */
function conditional({ headers }: GitHubExchange, answer: Answer): Answer {
  const content = answer.bytes ?? JSON.stringify(answer.json);
  const etag = `W/"${createHash('sha256').update(content).digest('hex')}"`;
  if (headers['if-none-match'] === etag) return { status: 304, headers: { etag } };
  return { ...answer, headers: { ...answer.headers, etag } };
}

/** An error as GitHub writes one. */
export function failure(status: number, message: string, errors?: readonly object[]): Answer {
  return {
    status,
    json: {
      message,
      ...(errors === undefined ? {} : { errors }),
      documentation_url: 'https://docs.github.com/rest',
      status: String(status),
    },
  };
}

/** A refusal of one field, as GitHub writes it with 422. */
export function invalidField(resource: string, message: string, code = 'custom'): Answer {
  return failure(422, 'Validation Failed', [{ resource, code, message }]);
}

/** Cuts a list into pages as GitHub does, with the other ones in `Link`. */
export function page(
  exchange: GitHubExchange,
  values: readonly unknown[],
  wrap?: (values: readonly unknown[]) => object,
): Answer {
  const { query, self, path } = exchange;
  const size = Math.min(Number(query.get('per_page') ?? 30), 100);
  const number = Number(query.get('page') ?? 1);
  const start = (number - 1) * size;
  const next = new URL(`${self}${path}`);
  for (const [name, value] of query) if (name !== 'page') next.searchParams.append(name, value);
  next.searchParams.set('page', String(number + 1));
  const items = values.slice(start, start + size);
  const more = start + size < values.length;
  return {
    status: 200,
    json: wrap === undefined ? items : wrap(items),
    ...(more ? { headers: { link: `<${next.href}>; rel="next"` } } : {}),
  };
}
