import * as v from 'valibot';
import { ProviderError } from '../errors.ts';
import type { HttpClient } from '../http/client.ts';
import type { Clock } from '../http/clock.ts';
import type { HttpRequest, HttpResponse } from '../http/http-message.ts';
import { uncertain } from '../http/transport-error.ts';
import { parseJson } from './errors.ts';
import { pageSchema } from './schemas.ts';

/** What every part of one repository needs to talk to Bitbucket. */
export interface RepositoryApi {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly fullName: string;
  /** The path of the repository in the API, percent-encoded. */
  readonly path: string;
  /** The web address of the repository. */
  readonly webUrl: string;
  readonly maxResponseBytes: number;
  readonly mergeTimeoutMs: number;
}

/** A request with a JSON body. */
export type JsonRequest = Omit<HttpRequest, 'body' | 'method'> & {
  readonly method?: HttpRequest['method'];
  readonly json?: unknown;
};

/** Sends a request of one repository; the path is below it unless it is a whole address. */
export function send(api: RepositoryApi, request: JsonRequest): Promise<HttpResponse> {
  const { json, method = 'GET', path, ...rest } = request;
  return api.http.send({
    ...rest,
    method,
    path: path.startsWith('http') ? path : `${api.path}${path}`,
    ...(json === undefined
      ? {}
      : { body: { type: 'application/json', bytes: Buffer.from(JSON.stringify(json), 'utf8') } }),
  });
}

/**
 * Reads the body of an answer as JSON of a shape.
 *
 * @throws ProviderError `PROVIDER_BAD_RESPONSE`; uncertain when the request was a POST, since it has been carried out.
 */
export function parseAnswer<T extends v.GenericSchema>(
  schema: T,
  response: HttpResponse,
  request: Pick<JsonRequest, 'method' | 'doing'>,
): v.InferOutput<T> {
  const parsed = v.safeParse(schema, parseJson(Buffer.from(response.body).toString('utf8')));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const place = v.getDotPath(issue);
  const error = new ProviderError(
    'PROVIDER_BAD_RESPONSE',
    `Bitbucket answered ${response.status} with something unexpected when asked to ${request.doing}: ${
      place === null ? 'the body is not the documented JSON' : `"${place}" is not as documented`
    }.`,
    { details: { status: response.status } },
  );
  throw request.method === 'POST' ? uncertain(error) : error;
}

/** Sends a request and reads its JSON answer. */
export async function sendForJson<T extends v.GenericSchema>(
  api: RepositoryApi,
  schema: T,
  request: JsonRequest,
): Promise<v.InferOutput<T>> {
  return parseAnswer(schema, await send(api, request), request);
}

const MAX_PAGES = 1000;

// The compiler cannot look into the schema of a generic item; the shape is that of `pageSchema`.
interface Page<T> {
  readonly values: readonly T[];
  readonly next?: string | null | undefined;
}

/**
 * Reads a list page after page, each when it is asked for.
 *
 * `next` is followed as it stands, on the same origin only; a page that comes twice ends in `PROVIDER_BAD_RESPONSE`, and so do
 * more than 1000 pages in `PROVIDER_LIMIT_EXCEEDED`.
 */
export async function* sendForPages<T extends v.GenericSchema>(
  api: RepositoryApi,
  item: T,
  request: JsonRequest,
): AsyncGenerator<v.InferOutput<T>, void, undefined> {
  const schema = pageSchema(item);
  const seen = new Set<string>();
  let next: JsonRequest = request;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = (await sendForJson(api, schema, next)) as Page<v.InferOutput<T>>;
    yield* answer.values;
    const address = answer.next;
    if (address === undefined || address === null || address === '') return;
    if (seen.has(address) || !/^https?:\/\//.test(address)) {
      throw new ProviderError(
        'PROVIDER_BAD_RESPONSE',
        `Bitbucket named a next page that is no other page when asked to ${request.doing}.`,
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

/** Hands on the link of an answer when it is an http address; else the one that is built here. */
export function webLink(
  links: { readonly html?: { readonly href: string } | null | undefined } | null | undefined,
  otherwise: string,
): string {
  const href = links?.html?.href;
  return href !== undefined && /^https?:\/\//i.test(href) && URL.canParse(href) ? href : otherwise;
}
