import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const bin = fileURLToPath(new URL('../../apps/cli/bin/gitops.js', import.meta.url));

/** How a run of the command ended, and all that it wrote. */
export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  /** Sends SIGINT when stderr or a server says that it is time. */
  readonly interruptOn?: Promise<unknown>;
}

/** A person's machine: an empty home and nothing in the environment that could help. */
export interface Machine {
  readonly home: string;
  run(args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Runs with `--json` and parses stdout, which must be exactly one JSON value. */
  json(
    args: readonly string[],
    options?: RunOptions,
  ): Promise<Ran & { readonly data: Record<string, unknown> }>;
  close(): Promise<void>;
}

/** Makes a machine with an empty home folder; without `git`, nothing but Node.js is on the PATH. */
export async function freshMachine(options: { readonly git?: boolean } = {}): Promise<Machine> {
  if (!existsSync(new URL('../../apps/cli/dist/main.js', import.meta.url))) {
    throw new Error('The built command is missing: run the build first.');
  }
  const home = await mkdtemp(join(tmpdir(), 'gitops-e2e-'));
  const path =
    options.git === false
      ? join(home, 'no-programs')
      : [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const run: Machine['run'] = (args, { env = {}, cwd = home, input, interruptOn } = {}) =>
    new Promise((done, fail) => {
      const child = spawn(process.execPath, [bin, ...args], {
        cwd,
        env: {
          PATH: path,
          HOME: home,
          USERPROFILE: home,
          SystemRoot: process.env['SystemRoot'],
          ...env,
        },
      });
      let stdout = '';
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        stdout += text;
      });
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        stderr += text;
      });
      child.on('error', fail);
      child.on('close', (code) => done({ code, stdout, stderr }));
      child.stdin.end(input ?? '');
      interruptOn?.then(() => child.kill('SIGINT'), fail);
    });
  return {
    home,
    run,
    async json(args, runOptions) {
      const ran = await run([...args, '--json'], runOptions);
      return { ...ran, data: JSON.parse(ran.stdout) as Record<string, unknown> };
    },
    close: () => rm(home, { recursive: true, force: true }),
  };
}
