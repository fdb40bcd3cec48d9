import { type ErrorData, serializeError } from '@bowline/gitops-errors';
import { exitCodeOf } from './exit-codes.ts';
import { type Paint, printable } from './terminal.ts';

/** The JSON that stands on stdout when a command fails with `--json`. */
export interface ErrorReport {
  readonly success: false;
  readonly error: ErrorData;
}

/** Turns whatever a command threw into its JSON report and exit code. */
export function reportOf(thrown: unknown): {
  readonly report: ErrorReport;
  readonly exitCode: number;
} {
  const error = serializeError(thrown);
  return { report: { success: false, error }, exitCode: exitCodeOf(error.code) };
}

interface Candidate {
  readonly line?: unknown;
  readonly container?: unknown;
  readonly image?: unknown;
  readonly kind?: unknown;
  readonly name?: unknown;
}

interface FailedFile {
  readonly path?: unknown;
  readonly message?: unknown;
}

/** Writes an error for a person: what happened, to what, and what to do next. */
export function errorText(error: ErrorData, paint: Paint): string {
  const lines = [`${paint('red', 'Error:')} ${printable(error.message)}`];
  const candidates = error.details?.['candidates'];
  if (Array.isArray(candidates) && !error.message.includes('\n')) {
    for (const candidate of candidates as readonly Candidate[])
      lines.push(`  ${candidateText(candidate)}`);
  }
  const files = error.details?.['files'];
  if (Array.isArray(files)) {
    for (const file of files as readonly FailedFile[])
      lines.push(`  ${printable(`${file.path}: ${file.message}`)}`);
  }
  for (const cause of Array.isArray(files) ? [] : (error.causes ?? [])) {
    if (!error.message.includes(cause.message))
      lines.push(paint('dim', `  because: ${printable(cause.message)}`));
  }
  if (error.hint !== undefined) lines.push(`${paint('cyan', 'Next:')} ${error.hint}`);
  lines.push(paint('dim', `Code: ${error.code}`));
  return `${lines.join('\n')}\n`;
}

function candidateText({ line, container, image, kind, name }: Candidate): string {
  const where = [kind, name].filter((part) => typeof part === 'string').join('/');
  return printable(
    [
      typeof line === 'number' ? `line ${line}:` : '',
      where,
      typeof container === 'string' ? `container "${container}"` : '',
      typeof image === 'string' ? image : '',
    ]
      .filter((part) => part !== '')
      .join(' '),
  );
}
