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
