import * as v from 'valibot';
import { ProviderError, type ProviderErrorCode } from '../errors.ts';
import type { HttpRequest, HttpResponse } from '../http/http-message.ts';
import { errorSchema } from './schemas.ts';

const MAX_MESSAGE = 1000;

/** What an error answer of Bitbucket says. */
export interface Refusal {
  readonly message: string;
  /** `error.data`, such as `{ shas: ["..."] }`. */
  readonly data: unknown;
  /** `error.data.key`, such as `BRANCH_ALREADY_EXISTS`. */
  readonly key: string | undefined;
}

const codes: Readonly<Record<number, ProviderErrorCode>> = {
  401: 'PROVIDER_UNAUTHENTICATED',
  403: 'PROVIDER_FORBIDDEN',
  404: 'PROVIDER_NOT_FOUND',
  409: 'PROVIDER_CONFLICT',
  429: 'PROVIDER_RATE_LIMITED',
};

const hints: Readonly<Record<number, string>> = {
  401: 'Create a scoped API token (use it with your Atlassian e-mail address) or a repository access token: app passwords ended on 2026-07-28.',
  410: 'Bitbucket has removed this call; update Bowline.',
};

/** Makes the error of an answer of Bitbucket: JSON, text or HTML of a gateway, or nothing at all. */
export function explainResponse(response: HttpResponse, request: HttpRequest): ProviderError {
  const { status } = response;
  const refusal = readRefusal(response);
  const retryAfter = response.headers.get('retry-after');
  const said = refusal === undefined ? '' : `: ${refusal.message}`;
  const scopes = status === 403 ? requiredScopes(response) : '';
  const wait =
    status === 429 && retryAfter !== null
      ? ` Bitbucket asks to wait until or for "${retryAfter}".`
      : '';
  return new ProviderError(
    codeOf(status),
    `Bitbucket answered ${status} when asked to ${request.doing}${said}${scopes}${wait === '' ? '' : `.${wait}`}`,
    {
      ...withoutUndefinedHint(status),
      details: {
        status,
        ...(refusal?.key === undefined ? {} : { key: refusal.key }),
        ...(retryAfter === null ? {} : { retryAfter }),
      },
    },
  );
}

// ProviderError fills in the hint of its code unless one is given; `hint: undefined` would count as given.
function withoutUndefinedHint(status: number): { readonly hint?: string } {
  const hint = hints[status];
  return hint === undefined ? {} : { hint };
}

function codeOf(status: number): ProviderErrorCode {
  const code = codes[status];
  if (code !== undefined) return code;
  if (status >= 500) return 'PROVIDER_UNAVAILABLE';
  return status >= 400 ? 'PROVIDER_REJECTED' : 'PROVIDER_BAD_RESPONSE';
}

/** Reads what an error answer says; `undefined` when it says nothing that is meant for people. */
export function readRefusal(response: Pick<HttpResponse, 'body' | 'headers'>): Refusal | undefined {
  const body = Buffer.from(response.body).toString('utf8').slice(0, 65_536);
  const parsed = v.safeParse(errorSchema, parseJson(body));
  if (parsed.success) {
    const { message, detail, fields, data } = parsed.output.error;
    const more = [
      ...(typeof detail === 'string' && detail !== message ? [detail] : []),
      ...fieldMessages(fields),
    ];
    return { message: oneLine([message, ...more].join(' ')), data, key: keyOf(data) };
  }
  const type = response.headers.get('content-type') ?? '';
  // A page of a gateway is for browsers: its title is all there is to it.
  if (/html/i.test(type) || /^\s*<(?:!doctype|html)/i.test(body)) {
    const title = /<title>([^<]{1,200})<\/title>/i.exec(body)?.[1];
    return title === undefined
      ? undefined
      : { message: oneLine(title), data: undefined, key: undefined };
  }
  if (/^\s*[[{]/.test(body) || body.trim() === '') return undefined;
  return { message: oneLine(body), data: undefined, key: undefined };
}

function fieldMessages(fields: unknown): readonly string[] {
  if (typeof fields !== 'object' || fields === null) return [];
  return Object.entries(fields)
    .slice(0, 10)
    .map(
      ([name, problem]) =>
        `${name}: ${Array.isArray(problem) ? problem.join(', ') : String(problem)}`,
    );
}

function keyOf(data: unknown): string | undefined {
  return typeof data === 'object' && data !== null && 'key' in data && typeof data.key === 'string'
    ? data.key
    : undefined;
}

function requiredScopes(response: HttpResponse): string {
  const parsed = v.safeParse(
    v.looseObject({
      error: v.looseObject({ detail: v.looseObject({ required: v.array(v.string()) }) }),
    }),
    parseJson(Buffer.from(response.body).toString('utf8')),
  );
  if (!parsed.success) return '';
  return ` (needed: ${parsed.output.error.detail.required.slice(0, 10).join(', ')})`;
}

/** Parses JSON; `undefined` when it is none. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // Not JSON is an answer of its own here: the caller decides what that means.
    return undefined;
  }
}

// Line breaks and terminal escapes of a server must not reach a log or a terminal.
function oneLine(message: string): string {
  return message
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MAX_MESSAGE);
}

/** Makes another error of a refusal, with what Bitbucket said. */
export function refused(
  code: ProviderErrorCode,
  message: string,
  response: HttpResponse,
): ProviderError {
  const said = readRefusal(response)?.message;
  return new ProviderError(code, said === undefined ? `${message}.` : `${message}: ${said}`, {
    details: { status: response.status },
  });
}
