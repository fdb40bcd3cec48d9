import { isGitOpsError } from './gitops-error.ts';
import { redact } from './redact.ts';
import { redactData } from './redact-data.ts';

/** An error below another one, as plain data. */
export interface CauseData {
  readonly name: string;
  /** The code of a `GitOpsError` or of a Node.js system error; left out where there is none. */
  readonly code?: string;
  readonly message: string;
}

/** An error as plain data, safe to print, log and send. */
export interface ErrorData {
  readonly name: string;
  /** The code of a `GitOpsError` or of a Node.js system error such as `ENOENT`; `INTERNAL` for anything else. */
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly retryable: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
  /** The errors below this one, at most five, outermost first. */
  readonly causes?: readonly CauseData[];
}

const MAX_CAUSES = 5;
const MAX_SHOWN = 200;

/** Turns anything that was thrown into an `Error`. The one place that does. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  if (typeof thrown === 'string') return new Error(thrown, { cause: thrown });
  const shown = JSON.stringify(redactData(thrown)) ?? 'undefined';
  return new Error(
    `a value that is not an error was thrown: ${shown.slice(0, MAX_SHOWN).toWellFormed()}`,
    { cause: thrown },
  );
}

/**
 * Turns anything that was thrown into redacted plain data, without the stack.
 *
 * @example
 * ```ts
 * import { serializeError } from '@bowline/gitops-errors';
 *
 * const { code, message } = serializeError(new Error('login to https://me:hunter22@example.com failed'));
 * console.log(code, message);
 * //=> INTERNAL login to https://***@example.com failed
 * ```
 */
export function serializeError(thrown: unknown): ErrorData {
  const error = toError(thrown);
  const causes = causesOf(error);
  const known = isGitOpsError(error) ? error : undefined;
  const details = known?.details === undefined ? undefined : redactData(known.details);
  return {
    name: error.name,
    code: codeOf(error) ?? 'INTERNAL',
    message: messageOf(error),
    ...(known?.hint === undefined ? {} : { hint: redact(known.hint) }),
    retryable: known?.retryable ?? false,
    ...(details === undefined ? {} : { details: details as Readonly<Record<string, unknown>> }),
    ...(causes.length === 0 ? {} : { causes }),
  };
}

function causesOf(error: Error): CauseData[] {
  const causes: CauseData[] = [];
  const seen = new Set<unknown>([error]);
  let below = error.cause;
  while (below instanceof Error && !seen.has(below) && causes.length < MAX_CAUSES) {
    seen.add(below);
    const code = codeOf(below);
    causes.push({
      name: below.name,
      ...(code === undefined ? {} : { code }),
      message: messageOf(below),
    });
    below = below.cause;
  }
  return causes;
}

function messageOf(error: Error): string {
  // Node reports a host that refuses on all its addresses as an AggregateError with an empty message.
  if (error.message === '' && error instanceof AggregateError)
    return redact(
      error.errors
        .slice(0, MAX_CAUSES)
        .map((one: unknown) => toError(one).message)
        .join('; '),
    );
  return redact(error.message);
}

function codeOf(error: Error): string | undefined {
  if (isGitOpsError(error)) return error.code;
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^E[A-Z0-9_]+$/.test(code) ? code : undefined;
}
