import { fileURLToPath } from 'node:url';
import { interruptSignal } from './interrupt.ts';
import { reportOutputErrors } from './output-errors.ts';
import { openTerminal, painter, type Terminal } from './terminal.ts';

/**
 * Runs one command line and sets the exit code. The process ends when nothing is left to do; an interrupted one when all is
 * written.
 *
 * stdout carries the result alone; with `--json` that is one JSON value, also when the command line itself is wrong.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const json = wantsJson(argv);
  const terminal = openTerminal({ noColor: argv.includes('--no-color'), environment: process.env });
  // oclif's debug output shows the command line as it was typed, with any secret that stands in it.
  delete process.env['DEBUG'];
  reportOutputErrors(terminal);
  const interrupt = interruptSignal();
  try {
    const { run } = await import('./oclif.ts');
    // No plugins: nothing below the home folder is ever run.
    await run(helpFlag(argv), {
      root: fileURLToPath(import.meta.url),
      userPlugins: false,
      devPlugins: false,
    });
  } catch (thrown) {
    const [{ asCliError }, { errorText, reportOf }] = await Promise.all([
      import('./oclif-error.ts'),
      import('./error-report.ts'),
    ]);
    const error = asCliError(thrown, interrupt.signal);
    if (error === undefined) return;
    const { report, exitCode } = reportOf(error);
    process.exitCode = exitCode;
    if (json) terminal.stdout.write(`${JSON.stringify(report, undefined, 2)}\n`);
    else terminal.stderr.write(errorText(report.error, painter(terminal.color.stderr)));
  } finally {
    interrupt.stop();
    if (interrupt.signal.aborted) endWhenWritten(terminal);
  }
}

/** The system's search for the address of a host cannot be given up: it would hold an interrupted process for many seconds. */
function endWhenWritten({ stdout, stderr }: Terminal): void {
  stdout.write('', () => stderr.write('', () => process.exit()));
}

/** `gitops help merge` means `gitops merge --help`. */
function helpFlag(argv: readonly string[]): string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : [...argv];
}

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? undefined : end).includes('--json');
}
