import type { Session } from './session.ts';

interface Step {
  readonly state: 'started' | 'done';
  readonly message: string;
}

/** Shows what is going on, on stderr. */
export interface Progress {
  report(step: Step): void;
  /** Changes the text of the spinner. */
  update(message: string): void;
  /** Ends the spinner, if one turns. A step that has not ended is marked as failed. */
  stop(outcome: 'done' | 'failed'): void;
}

const silent: Progress = {
  report: () => undefined,
  update: () => undefined,
  stop: () => undefined,
};

/**
 * Makes a spinner per step. There is none without a terminal, and none with `--json`: a log is not a place for spinners, and
 * the result says all that was done. An interrupt ends the spinner at once, which gives the cursor back.
 */
export async function startProgress({ terminal, json, signal }: Session): Promise<Progress> {
  if (json || terminal.stderr.isTTY !== true) return silent;
  const { default: yoctoSpinner } = await import('yocto-spinner');
  let spinner: ReturnType<typeof yoctoSpinner> | undefined;
  const stop = (outcome: 'done' | 'failed') => {
    if (outcome === 'failed') spinner?.error();
    else spinner?.stop();
    spinner = undefined;
  };
  signal.addEventListener('abort', () => stop('failed'), { once: true });
  return {
    report({ state, message }) {
      if (signal.aborted) return;
      if (state === 'started') {
        spinner?.stop();
        // Its own answer to signals would end the process before the command has cleaned up.
        spinner = yoctoSpinner({
          text: message,
          stream: terminal.stderr,
          handleSignals: false,
        }).start();
        return;
      }
      if (spinner === undefined) terminal.stderr.write(`${message}\n`);
      else spinner.success(message);
      spinner = undefined;
    },
    update(message) {
      if (spinner !== undefined) spinner.text = message;
    },
    stop,
  };
}
