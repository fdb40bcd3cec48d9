import { CliError } from './errors.ts';

let current: AbortController | undefined;

/** The signal that aborts when the person presses Ctrl-C or the process is told to end. */
export interface Interrupt {
  readonly signal: AbortSignal;
  stop(): void;
}

/**
 * Listens for SIGINT and SIGTERM. The first one aborts the running command, which then cleans up (temporary folders, locks) and
 * ends with 130; a second one ends the process at once, as it would without this.
 */
export function interruptSignal(): Interrupt {
  const controller = new AbortController();
  current = controller;
  const stop = () => {
    process.off('SIGINT', abort);
    process.off('SIGTERM', abort);
    if (current === controller) current = undefined;
  };
  const abort = () => {
    stop();
    controller.abort(new CliError('CLI_INTERRUPTED', 'The command was interrupted.'));
  };
  process.once('SIGINT', abort);
  process.once('SIGTERM', abort);
  return { signal: controller.signal, stop };
}

/** The signal of the command that runs. */
export function currentSignal(): AbortSignal {
  return current?.signal ?? new AbortController().signal;
}

const outcomes = new WeakSet<object>();

/** Marks an error as what came of the work, before anybody interrupts what follows it, such as telling people. */
export function markOutcome(error: unknown): void {
  if (typeof error === 'object' && error !== null) outcomes.add(error);
}

/** Tells whether an error was there before the interruption, which then must not hide it. */
export function isOutcome(error: unknown): boolean {
  return typeof error === 'object' && error !== null && outcomes.has(error);
}
