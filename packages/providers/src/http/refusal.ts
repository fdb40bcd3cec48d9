import { ProviderError, type ProviderErrorCode } from '../errors.ts';
import type { ExplainResponse, HttpResponse } from './http-message.ts';

const MAX_MESSAGE = 1000;
const MAX_READ = 65_536;

/** What an error answer says, for people. */
export interface Refusal {
  readonly message: string;
  /** A word of the forge for the kind of refusal, such as `BRANCH_ALREADY_EXISTS`; `undefined` where it gives none. */
  readonly key?: string | undefined;
  /** More of the answer, for the code that asked. */
  readonly data?: unknown;
}

/** How one forge words its errors. */
export interface RefusalDialect {
  /** The name of the forge, for messages. */
  readonly forge: string;
  /** Reads the documented JSON of an error; `undefined` when it is something else. */
  readonly read: (json: unknown) => Refusal | undefined;
  /** The codes of status codes, before the general ones. */
  readonly codes?: Readonly<Record<number, ProviderErrorCode>> | undefined;
  /** Hints that know more than the one of the code. */
  readonly hints?: Readonly<Record<number, string>> | undefined;
  /** Tells a rate limit from another refusal. @default status 429 */
  readonly rateLimited?: ((response: HttpResponse) => boolean) | undefined;
  /** Says when a rate limit ends where there is no `Retry-After`, in its form: seconds, or a date (RFC 9110, section 10.2.3). */
  readonly limitEnd?: ((response: HttpResponse) => string | undefined) | undefined;
  /** Says what else the answer tells, for the end of the message, such as the scopes that are missing. */
  readonly remark?: ((response: HttpResponse) => string) | undefined;
}

const codes: Readonly<Record<number, ProviderErrorCode>> = {
  401: 'PROVIDER_UNAUTHENTICATED',
  403: 'PROVIDER_FORBIDDEN',
  404: 'PROVIDER_NOT_FOUND',
  409: 'PROVIDER_CONFLICT',
  429: 'PROVIDER_RATE_LIMITED',
};

/** Makes the function that turns an error answer (JSON, text or HTML of a gateway, or nothing at all) into an error. */
export function explainAs(dialect: RefusalDialect): ExplainResponse {
  const { forge } = dialect;
  return (response, request) => {
    const { status } = response;
    const refusal = readRefusal(dialect, response);
    const limited = dialect.rateLimited?.(response) ?? status === 429;
    const retryAfter = response.headers.get('retry-after');
    const said = refusal === undefined ? '' : `: ${refusal.message}`;
    const wait =
      limited && retryAfter !== null ? `. ${forge} asks to wait until or for "${retryAfter}".` : '';
    const end = retryAfter ?? (limited ? dialect.limitEnd?.(response) : undefined);
    const hint = limited ? undefined : dialect.hints?.[status];
    return new ProviderError(
      limited ? 'PROVIDER_RATE_LIMITED' : codeOf(status, dialect),
      `${forge} answered ${status} when asked to ${request.doing}${said}${dialect.remark?.(response) ?? ''}${wait}`,
      {
        // ProviderError fills in the hint of its code unless one is given; `hint: undefined` would count as given.
        ...(hint === undefined ? {} : { hint }),
        details: {
          status,
          ...(refusal?.key === undefined ? {} : { key: refusal.key }),
          ...(end === undefined ? {} : { retryAfter: end }),
        },
      },
    );
  };
}

function codeOf(status: number, dialect: RefusalDialect): ProviderErrorCode {
  const code = dialect.codes?.[status] ?? codes[status];
  if (code !== undefined) return code;
  if (status >= 500) return 'PROVIDER_UNAVAILABLE';
  return status >= 400 ? 'PROVIDER_REJECTED' : 'PROVIDER_BAD_RESPONSE';
}

/** Reads what an error answer says; `undefined` when it says nothing that is meant for people. */
export function readRefusal(
  dialect: Pick<RefusalDialect, 'read'>,
  response: Pick<HttpResponse, 'body' | 'headers'>,
): Refusal | undefined {
  const body = Buffer.from(response.body).toString('utf8').slice(0, MAX_READ);
  const read = dialect.read(parseJson(body));
  if (read !== undefined) return { ...read, message: oneLine(read.message) };
  const type = response.headers.get('content-type') ?? '';
  // A page of a gateway is for browsers: its title is all there is to it.
  if (/html/i.test(type) || /^\s*<(?:!doctype|html)/i.test(body)) {
    const title = /<title>([^<]{1,200})<\/title>/i.exec(body)?.[1];
    return title === undefined ? undefined : { message: oneLine(title) };
  }
  if (/^\s*[[{]/.test(body) || body.trim() === '') return undefined;
  return { message: oneLine(body) };
}

/** Makes another error of a refusal, with what the forge said. */
export function refusedAs(
  dialect: Pick<RefusalDialect, 'read'>,
): (code: ProviderErrorCode, message: string, response: HttpResponse) => ProviderError {
  return (code, message, response) => {
    const said = readRefusal(dialect, response)?.message;
    return new ProviderError(code, said === undefined ? `${message}.` : `${message}: ${said}`, {
      details: { status: response.status },
    });
  };
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
