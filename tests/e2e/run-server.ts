import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The program `gitops-server`, once it is built. */
export const standaloneServer = fileURLToPath(
  new URL('../../apps/server/dist/server.js', import.meta.url),
);

/** A server as a process. */
export interface RunningProgram {
  readonly url: string;
  /** Every line of stderr so far. */
  readonly lines: readonly string[];
  /** Interrupts the process, as Ctrl-C does unless told otherwise. @returns Its exit code; `null` when the signal has ended it. */
  interrupt(signal?: 'SIGINT' | 'SIGTERM'): Promise<number | null>;
}

/** Starts a program and waits until it says where it listens. */
export async function startProgram(
  args: readonly string[],
  { home, env = {} }: { readonly home: string; readonly env?: Readonly<Record<string, string>> },
): Promise<RunningProgram> {
  const child = spawn(process.execPath, args, {
    cwd: home,
    env: { PATH: `${dirname(process.execPath)}:${process.env['PATH']}`, HOME: home, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines: string[] = [];
  const ended = new Promise<number | null>((done) => child.once('close', done));
  const url = await new Promise<string>((found, fail) => {
    createInterface(child.stderr).on('line', (line) => {
      lines.push(line);
      const address = /listening at (http:\/\/[^"\s]+)/.exec(line)?.[1];
      if (address !== undefined) found(address);
    });
    ended.then((code) => fail(new Error(`ended with ${code}: ${lines.join('\n')}`)), fail);
  });
  return {
    url,
    lines,
    interrupt: (signal = 'SIGINT') => {
      child.kill(signal);
      return ended;
    },
  };
}
