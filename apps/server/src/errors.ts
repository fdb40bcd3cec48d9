import { type ErrorCodeTable, GitOpsError, type GitOpsErrorOptions } from '@bowline/gitops-errors';

/** The codes of {@link ServerError}. */
export const serverErrorCodes = {
  SERVER_REQUEST_INVALID: {
    summary: 'The request cannot be understood; `issues` lists everything that is wrong with it.',
    hint: 'Correct the request; `/docs` describes each endpoint.',
  },
  SERVER_ROUTE_NOT_FOUND: {
    summary: 'The server has nothing at this path.',
    hint: 'See `/docs` for what there is.',
  },
  SERVER_METHOD_NOT_ALLOWED: {
    summary: 'The path exists, but not for this method.',
    hint: 'Use one of the methods that the `Allow` header names.',
  },
  SERVER_BODY_TOO_LARGE: {
    summary: 'The body of the request is larger than the server takes.',
    hint: 'Send less; the bodies of all jobs are small.',
  },
  SERVER_HEADERS_TOO_LARGE: {
    summary: 'The address and the headers of the request are longer than the server takes.',
    hint: 'Send fewer headers and a shorter query; the server takes 16 KiB.',
  },
  SERVER_REQUEST_TIMEOUT: {
    summary: 'The request came too slowly, or not to its end.',
    hint: 'Send it again; headers have 10 seconds, and the whole request has 30.',
    retryable: true,
  },
  SERVER_MEDIA_TYPE_UNSUPPORTED: {
    summary: 'The body of the request has a type that the server does not read.',
    hint: 'Send JSON with `Content-Type: application/json`.',
  },
  SERVER_ORGANIZATION_MISSING: {
    summary: 'The owner of the repository is not known.',
    hint: 'Write `ORG/REPO`, send `org`, or set GIT_DEFAULT_ORG where the server runs.',
  },
  SERVER_IDEMPOTENCY_KEY_REUSED: {
    summary: 'The Idempotency-Key was used before, for another request.',
    hint: 'Use a new key for each new request, and the same key for the same one alone.',
  },
  SERVER_UNAUTHENTICATED: {
    summary: 'The request carries no token, or one that this server does not know.',
    hint: 'Send a token as the `Authorization` header says (RFC 6750); `gitops server token create NAME` makes one.',
  },
  SERVER_FORBIDDEN: {
    summary: 'The token is genuine, but its scope does not allow this.',
    hint: 'Use a token with the scope that the message names: `read`, `write` or `admin`.',
  },
  SERVER_HOST_REFUSED: {
    summary: 'The request names another host than the one that the server listens on.',
    hint: 'Use `localhost` or an address of this machine, or set `server.publicUrl`.',
  },
  SERVER_ORIGIN_REFUSED: {
    summary:
      'The request comes from a page of another origin, and the server has no token that would tell it from a forged one.',
    hint: 'Make a token, and name the origin in `server.cors.origins`.',
  },
  SERVER_RATE_LIMITED: {
    summary: 'The caller asks more often than the server allows.',
    hint: 'Wait for the time that `Retry-After` names, or raise `server.rateLimit.requestsPerMinute`.',
    retryable: true,
  },
  SERVER_TOKENS_INVALID: {
    summary: 'The list of tokens, or a new one of it, cannot be used.',
    hint: 'Make tokens with `gitops server token create`; a record holds a name, a scope and a hash, never the token itself.',
  },
  SERVER_TOKENS_MISSING: {
    summary: 'The server has no token and is told to listen where others can reach it.',
    hint: 'Make one with `gitops server token create NAME`, or listen on 127.0.0.1.',
  },
  SERVER_BUSY: {
    summary: 'More is waiting to be done than the server keeps.',
    hint: 'Send it again later; forges do so by themselves.',
    retryable: true,
  },
  SERVER_STOPPING: {
    summary: 'The server is shutting down and takes no new work.',
    hint: 'Send the request again; another instance or the next start will take it.',
    retryable: true,
  },
  SERVER_REQUEST_CANCELLED: {
    summary: 'The caller closed the connection before the job was done, and the job was stopped.',
    hint: 'Run it again: it goes on from what is done. With an Idempotency-Key a job goes on without its caller.',
    retryable: true,
  },
  SERVER_TIMEOUT: {
    summary: 'The job took longer than the server gives one, and was stopped.',
    hint: 'Run it again: it goes on from what is done.',
    retryable: true,
  },
} as const satisfies ErrorCodeTable;

/** One of {@link serverErrorCodes}. */
export type ServerErrorCode = keyof typeof serverErrorCodes;

/** Says why a request could not be served. */
export class ServerError extends GitOpsError {
  override readonly name = 'ServerError';
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string, options: GitOpsErrorOptions = {}) {
    super(message, { ...serverErrorCodes[code], ...options });
    this.code = code;
  }
}

/** Makes the error for one member of a request that the schema cannot judge. */
export function invalidMember(path: string, message: string): ServerError {
  return new ServerError(
    'SERVER_REQUEST_INVALID',
    `The request has an issue: ${path} ${message}.`,
    {
      details: { issues: [{ path, message }] },
    },
  );
}
