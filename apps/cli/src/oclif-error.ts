import { GitOpsError, toError } from '@bowline/gitops-errors';
import { CliError } from './errors.ts';
import { isOutcome } from './interrupt.ts';
import { nearest } from './nearest.ts';

interface OclifError extends Error {
  readonly oclif?: { readonly exit?: number };
  readonly code?: string;
  readonly flags?: readonly string[];
  readonly parse?: { readonly input?: { readonly flags?: Readonly<Record<string, unknown>> } };
}

/**
 * Turns what oclif throws into an error of ours.
 *
 * @returns `undefined` when it is no error: a command that ended early with exit code 0.
 */
export function asCliError(thrown: unknown, interrupted: AbortSignal): Error | undefined {
  if (interrupted.aborted && !isOutcome(thrown)) return toError(interrupted.reason);
  const error = toError(thrown) as OclifError;
  if (error instanceof GitOpsError || error.oclif === undefined) return error;
  if (error.code === 'EEXIT' && error.oclif.exit === 0) return undefined;
  const hint = flagHint(error);
  // oclif appends "See more help with --help" and a list; the first lines say what is wrong.
  const message = error.message
    .replace(/\s*See more help with --help\s*$/, '')
    .replace(/^Parsing (--\S+)\s+/, '$1: ')
    .replace(/^The following errors? occurred:\s+/, '')
    .trim();
  return new CliError('CLI_USAGE', message, {
    cause: error.cause,
    ...(hint === undefined ? {} : { hint }),
  });
}

function flagHint(error: OclifError): string | undefined {
  const unknown = error.flags?.[0];
  const known = error.parse?.input?.flags;
  if (unknown === undefined || known === undefined || !error.message.startsWith('Nonexistent flag'))
    return undefined;
  const meant = nearest(unknown.replace(/^-+/, '').split('=')[0] ?? '', Object.keys(known));
  return meant === undefined ? undefined : `Did you mean --${meant}? See --help for all flags.`;
}
