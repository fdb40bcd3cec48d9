import * as v from 'valibot';

import type { Clock } from '../http/clock.ts';
import type { HttpResponse } from '../http/http-message.ts';
import {
  explainAs,
  parseJson,
  type Refusal,
  type RefusalDialect,
  readRefusal as readRefusalAs,
  refusedAs,
} from '../http/refusal.ts';
import { type RateLimit, retryAfter } from '../http/retry.ts';

const MINUTE = 60_000;

const errorSchema = v.looseObject({
  message: v.string(),
  errors: v.nullish(v.unknown()),
});

/** The answer of GraphQL to a query or mutation of which nothing was carried out. */
const graphqlSchema = v.looseObject({
  errors: v.pipe(
    v.array(v.looseObject({ type: v.nullish(v.string()), message: v.string() })),
    v.minLength(1),
  ),
});

const detailSchema = v.looseObject({
  resource: v.nullish(v.string()),
  field: v.nullish(v.string()),
  code: v.nullish(v.string()),
  message: v.nullish(v.string()),
});

const github: RefusalDialect = {
  forge: 'GitHub',
  hints: {
    401: 'Create a new token; one that has expired or was revoked is refused like a wrong one.',
    403: 'Give the token the permission that the message names; an organisation with single sign-on must have authorised it.',
    404: 'Check the name, and that the token has access to this repository: GitHub answers 404 also where it has none.',
    410: 'What was asked for is gone, such as the log of an old run; where the message speaks of the version of the API, update Bowline.',
    451: 'GitHub has blocked this repository for legal reasons.',
  },
  read(json) {
    const parsed = v.safeParse(v.union([errorSchema, graphqlSchema]), json);
    if (!parsed.success) return undefined;
    const { message, errors } = parsed.output;
    const said = typeof message === 'string' ? [message] : [];
    return { message: [...said, ...details(errors)].join(' '), data: errors };
  },
  rateLimited: (response) => limited(response),
  limitEnd: (response) => {
    const end = resetAt(response);
    return end === undefined ? String(MINUTE / 1000) : new Date(end).toUTCString();
  },
  remark: (response) => [permissions(response), reset(response)].join(''),
};

/** Makes the error of an answer of GitHub. */
export const explainResponse = explainAs(github);

/** Makes another error of a refusal, with what GitHub said. */
export const refused = refusedAs(github);

/** Reads what an error answer says; `undefined` when it says nothing that is meant for people. */
export function readRefusal(response: Pick<HttpResponse, 'body' | 'headers'>): Refusal | undefined {
  return readRefusalAs(github, response);
}

/**
 * Tells a rate limit, primary or secondary, and how long it asks to wait (GitHub's REST documentation, "Rate limits").
 *
 * `Retry-After` comes first, then the time at which the hour ends, else a minute, doubling. A secondary limit is one of all requests.
 */
export function rateLimit(response: HttpResponse, clock: Clock): RateLimit | undefined {
  if (!limited(response)) return undefined;
  const end = resetAt(response);
  const rest = end === undefined ? MINUTE * 2 ** (response.attempts - 1) : end - clock.now();
  return {
    waitMs: retryAfter(response.headers, clock) ?? Math.max(0, rest),
    // The primary one is counted apart for REST and for GraphQL.
    ofAll: response.headers.get('x-ratelimit-remaining') !== '0',
  };
}

function limited(response: HttpResponse): boolean {
  const { status, headers } = response;
  if (status === 429) return true;
  // GraphQL answers 200 whatever happens.
  if (status === 200) return isJson(response) && graphqlLimited(response);
  // 403 is a missing permission too.
  if (status !== 403) return false;
  if (headers.has('retry-after') || headers.get('x-ratelimit-remaining') === '0') return true;
  return /secondary rate limit|abuse detection/i.test(beginning(response));
}

/** Tells the JSON of the API from that of a file, which is sent as another type. */
function isJson({ headers }: HttpResponse): boolean {
  return /^application\/json\b/i.test(headers.get('content-type') ?? '');
}

function graphqlLimited(response: HttpResponse): boolean {
  const text = beginning(response);
  if (!/rate[ _]limit/i.test(text)) return false;
  const parsed = v.safeParse(graphqlSchema, parseJson(text));
  return (
    parsed.success &&
    parsed.output.errors.some(
      ({ type, message }) =>
        type === 'RATE_LIMITED' || type === 'RATE_LIMIT' || /secondary rate limit/i.test(message),
    )
  );
}

// What GitHub says of a limit is short.
function beginning({ body }: HttpResponse): string {
  return Buffer.from(body.buffer, body.byteOffset, Math.min(body.byteLength, 8192)).toString(
    'utf8',
  );
}

function resetAt({ headers }: HttpResponse): number | undefined {
  if (headers.get('x-ratelimit-remaining') !== '0') return undefined;
  const seconds = headers.get('x-ratelimit-reset') ?? '';
  return /^\d{1,12}$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}

function details(errors: unknown): readonly string[] {
  if (!Array.isArray(errors)) return [];
  return errors.slice(0, 10).flatMap((error: unknown) => {
    if (typeof error === 'string') return [error];
    const parsed = v.safeParse(detailSchema, error);
    if (!parsed.success) return [];
    const { resource, field, code, message } = parsed.output;
    if (message) return [message];
    const what = [resource, field].filter(Boolean).join('.');
    return code ? [`${what === '' ? 'value' : what}: ${code}`] : [];
  });
}

function permissions(response: HttpResponse): string {
  if (response.status !== 403 && response.status !== 404) return '';
  const wanted =
    response.headers.get('x-accepted-github-permissions') ??
    response.headers.get('x-accepted-oauth-scopes');
  return wanted === null || !/^[\w:=,; ]{1,300}$/.test(wanted) ? '' : ` (needed: ${wanted})`;
}

function reset(response: HttpResponse): string {
  if (!limited(response)) return '';
  const end = resetAt(response);
  if (end !== undefined) return `. The limit ends at ${new Date(end).toISOString()}`;
  return response.headers.has('retry-after')
    ? ''
    : '. GitHub names no time, but wants a minute at least';
}
