import { redact } from './redact.ts';

const brand = Symbol.for('@bowline/gitops-errors/GitOpsError');

/** What a closed set of error codes says of each code; `docs/errors.md` is generated from these tables. */
export interface ErrorCodeInfo {
  /** What happened, in one sentence without values. */
  readonly summary: string;
  /** The next step for the reader, in one sentence. Used when an error gives no hint of its own. */
  readonly hint: string;
  /**
   * True when the same call may succeed later without a change.
   *
   * @default false
   */
  readonly retryable?: boolean;
}

/** A closed set of error codes with their meaning. Keys are the codes. */
export type ErrorCodeTable = Readonly<Record<string, ErrorCodeInfo>>;

/** Facts that come with an error. */
export interface GitOpsErrorOptions {
  /** The error below this one. It is kept as it is, and redacted only when it is shown. */
  readonly cause?: unknown;
  /** The next step for the reader, in one sentence. */
  readonly hint?: string | undefined;
  /**
   * True when the same call may succeed later without a change.
   *
   * @default false
   */
  readonly retryable?: boolean | undefined;
  /** Plain data for programs: the candidates, the issues, the status code. Never a secret. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Is the base of every error that a Bowline package throws on purpose.
 *
 * Each package has one subclass with a closed union of codes. The message passes {@link redact} when the error is made,
 * so that it can be shown as it is. An aborted call rejects with `signal.reason` and not with a `GitOpsError`.
 *
 * @example
 * ```ts
 * import { isGitOpsError } from '@bowline/gitops-errors';
 *
 * export function explain(error: unknown): string {
 *   return isGitOpsError(error) ? `${error.code}: ${error.message}` : String(error);
 * }
 * ```
 */
export abstract class GitOpsError extends Error {
  /** Stable name of the failure, unique over all packages. Adding one is a minor change, removing one is major. */
  abstract readonly code: string;
  /** What the reader can do next, in one sentence. */
  readonly hint: string | undefined;
  /** True when the same call may succeed later without a change. */
  readonly retryable: boolean;
  /** Plain data for programs. */
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(message: string, options: GitOpsErrorOptions = {}) {
    super(redact(message), 'cause' in options ? { cause: options.cause } : undefined);
    this.hint = options.hint === undefined ? undefined : redact(options.hint);
    this.retryable = options.retryable ?? false;
    this.details = options.details;
    Object.defineProperty(this, brand, { value: true });
  }
}

/**
 * Tells whether a value is a {@link GitOpsError}, also when it was made by another copy of this package.
 */
export function isGitOpsError(value: unknown): value is GitOpsError {
  return value instanceof Error && brand in value;
}
