import { CliError } from './errors.ts';
import { exitCodes } from './exit-codes.ts';
import { painter, type Terminal } from './terminal.ts';

/**
 * Handles failed writes. A reader that goes away early (`gitops logs | head`) is not an error; a full disk is one, in words.
 *
 * Called again when a command is loaded: oclif then listens too, and would end the process with a stack trace.
 */
export function reportOutputErrors({ stdout, stderr, color }: Omit<Terminal, 'interactive'>): void {
  stdout.removeAllListeners('error');
  stdout.once('error', async (cause: NodeJS.ErrnoException) => {
    stdout.on('error', () => undefined);
    if (cause.code === 'EPIPE') return;
    process.exitCode = exitCodes.failed;
    const { errorText, reportOf } = await import('./error-report.ts');
    const error = new CliError('CLI_FILE', 'The result cannot be written to stdout.', {
      cause,
      hint: 'Check where stdout leads to. What the command was to do may be done.',
    });
    stderr.write(errorText(reportOf(error).report.error, painter(color.stderr)));
  });
  stderr.removeAllListeners('error');
  // There is nowhere left to say it.
  stderr.on('error', () => undefined);
}
