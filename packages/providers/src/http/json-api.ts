import * as v from 'valibot';
import { ProviderError } from '../errors.ts';
import type { HttpClient } from './client.ts';
import type { HttpRequest, HttpResponse } from './http-message.ts';
import { parseJson } from './refusal.ts';
import { uncertain } from './transport-error.ts';

/** What a request to the JSON API of a forge needs. */
export interface JsonApi {
  readonly http: HttpClient;
  /** The name of the forge, for messages: `GitHub`. */
  readonly forge: string;
  /** What a path is put behind, percent-encoded, such as `/repos/acme/shop`. */
  readonly path: string;
}

/** A request with a JSON body. */
export type JsonRequest = Omit<HttpRequest, 'body' | 'method'> & {
  readonly method?: HttpRequest['method'];
  readonly json?: unknown;
};

/** Sends a request; the path is below that of `api` unless it is a whole address. */
export function send(api: JsonApi, request: JsonRequest): Promise<HttpResponse> {
  const { json, method = 'GET', path, ...rest } = request;
  return api.http.send({
    ...rest,
    method,
    path: /^https?:/.test(path) ? path : `${api.path}${path}`,
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
  api: Pick<JsonApi, 'forge'>,
  schema: T,
  { response, request }: Answered,
): v.InferOutput<T> {
  const parsed = v.safeParse(schema, parseJson(Buffer.from(response.body).toString('utf8')));
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const place = v.getDotPath(issue);
  const error = new ProviderError(
    'PROVIDER_BAD_RESPONSE',
    `${api.forge} answered ${response.status} with something unexpected when asked to ${request.doing}: ${
      place === null ? 'the body is not the documented JSON' : `"${place}" is not as documented`
    }.`,
    { details: { status: response.status } },
  );
  throw request.method === 'POST' ? uncertain(error) : error;
}

/** An answer and what it answers. */
export interface Answered {
  readonly response: HttpResponse;
  readonly request: Pick<JsonRequest, 'method' | 'doing'>;
}

/** Sends a request and reads its JSON answer. */
export async function sendForJson<T extends v.GenericSchema>(
  api: JsonApi,
  schema: T,
  request: JsonRequest,
): Promise<v.InferOutput<T>> {
  return parseAnswer(api, schema, { response: await send(api, request), request });
}
