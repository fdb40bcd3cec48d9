import { isGitOpsError } from './gitops-error.ts';
import { redact, redactData } from './redact.ts';

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
  readonly causes?: readonly { readonly name: string; readonly message: string }[];
}

const MAX_CAUSES = 5;

/** Turns anything that was thrown into an `Error`. The one place that does. */
export function toError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  const text =
    typeof thrown === 'string'
      ? thrown
      : `a value that is not an error was thrown: ${String(thrown)}`;
  return new Error(text, { cause: thrown });
}

/** Turns anything that was thrown into redacted plain data, without the stack. */
export function serializeError(thrown: unknown): ErrorData {
  const error = toError(thrown);
  const causes: { name: string; message: string }[] = [];
  for (
    let below = error.cause;
    below instanceof Error && causes.length < MAX_CAUSES;
    below = below.cause
  ) {
    causes.push({ name: below.name, message: redact(below.message) });
  }
  const known = isGitOpsError(error) ? error : undefined;
  const details = known?.details === undefined ? undefined : redactData(known.details);
  return {
    name: error.name,
    code: known?.code ?? systemCode(error) ?? 'INTERNAL',
    message: redact(error.message),
    ...(known?.hint === undefined ? {} : { hint: known.hint }),
    retryable: known?.retryable ?? false,
    ...(details === undefined ? {} : { details: details as Readonly<Record<string, unknown>> }),
    ...(causes.length === 0 ? {} : { causes }),
  };
}

function systemCode(error: Error): string | undefined {
  const code = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^E[A-Z0-9_]+$/.test(code) ? code : undefined;
}
