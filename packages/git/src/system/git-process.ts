import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { kill, platform } from 'node:process';
import { GitError } from '../errors.ts';
import type { GitProgress } from '../types.ts';
import { createProgressReader } from './progress.ts';

const MAX_STDOUT = 256 * 1024 * 1024;
const MAX_STDERR = 64 * 1024;
const KILL_AFTER_MS = 1_500;

export interface GitProcessOptions {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly input?: Uint8Array | string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Ends the process when neither output nor progress came for so long. */
  readonly idleTimeoutMs?: number | undefined;
  readonly onProgress?: ((progress: GitProgress) => void) | undefined;
  /** @default 256 MiB */
  readonly maxOutput?: number | undefined;
}

export interface GitProcessResult {
  readonly code: number;
  readonly stdout: Buffer;
  /** Without progress; the last 64 KiB. */
  readonly stderr: string;
}

/**
 * Starts git in a process group of its own, so that its helpers (git-remote-https, ssh, index-pack) end with it.
 *
 * No shell is involved, and nothing of the caller's environment is inherited.
 */
export function startGit(
  options: Pick<GitProcessOptions, 'args' | 'environment' | 'cwd'>,
): ChildProcessWithoutNullStreams {
  return spawn('git', options.args, {
    cwd: options.cwd,
    env: options.environment as NodeJS.ProcessEnv,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: platform !== 'win32',
    windowsHide: true,
  });
}

/** Ends a process group: politely, so that git removes its lock files, and by force soon after. */
export function endGit(child: ChildProcessWithoutNullStreams): void {
  sendSignal(child, 'SIGTERM');
  const timer = setTimeout(() => sendSignal(child, 'SIGKILL'), KILL_AFTER_MS);
  child.once('close', () => clearTimeout(timer));
}

function sendSignal(child: ChildProcessWithoutNullStreams, name: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  try {
    if (platform === 'win32') endTree(child, child.pid);
    else kill(-child.pid, name);
  } catch (error) {
    // The group is gone already; that is what was wanted.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

/** Windows has no process groups: the helpers of git would go on, and hold the pipes that are waited for. */
function endTree(child: ChildProcessWithoutNullStreams, pid: number): void {
  const args = ['/pid', String(pid), '/t', '/f'];
  const program = spawn('taskkill', args, { stdio: 'ignore', windowsHide: true });
  program.once('error', () => child.kill());
}

/** Turns the failure to start git into an error with a code. */
export function startFailure(error: Error, cwd: string): Error {
  // Node reports a missing folder as if the program were missing.
  if (!existsSync(cwd)) {
    return new GitError('GIT_NOT_A_REPOSITORY', `The folder "${cwd}" does not exist.`, {
      cause: error,
    });
  }
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ENOENT' || code === 'EACCES' || code === 'ENOTDIR') {
    return new GitError('GIT_EXECUTABLE_NOT_FOUND', 'The git program was not found in PATH.', {
      cause: error,
    });
  }
  return new GitError('GIT_COMMAND_FAILED', 'The git program could not be started.', {
    cause: error,
  });
}

/**
 * Runs git to its end. A non-zero exit code is a result, not an error.
 *
 * @throws the reason of the signal; {@link GitError} `GIT_TIMEOUT` when nothing came for `idleTimeoutMs`, `GIT_LIMIT_EXCEEDED`,
 * `GIT_EXECUTABLE_NOT_FOUND`
 */
export async function runGitProcess(options: GitProcessOptions): Promise<GitProcessResult> {
  options.signal?.throwIfAborted();
  const child = startGit(options);
  const stdout: Buffer[] = [];
  let size = 0;
  let failure: { readonly reason: unknown } | undefined;
  const fail = (reason: unknown): void => {
    if (failure !== undefined) return;
    failure = { reason };
    endGit(child);
  };
  const idle = idleWatch(options, fail);
  const progress = createProgressReader(MAX_STDERR, options.onProgress);
  child.stdout.on('data', (chunk: Buffer) => {
    idle.touch();
    size += chunk.length;
    if (size > (options.maxOutput ?? MAX_STDOUT)) {
      fail(
        new GitError('GIT_LIMIT_EXCEEDED', 'The output of git is larger than the limit allows.'),
      );
    } else stdout.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    idle.touch();
    try {
      progress.write(chunk);
    } catch (error) {
      // A listener of the caller threw: that ends the call and is what the caller gets.
      fail(error);
    }
    // The server works on the push now, without a visible byte: hooks may take their time, up to the deadline.
    if (progress.uploaded()) idle.stop();
  });
  const onAbort = (): void => fail(options.signal?.reason);
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const closed = new Promise<number>((resolve, reject) => {
    child.once('error', (error) => reject(startFailure(error, options.cwd)));
    child.once('close', (code) => resolve(code ?? 1));
  });
  // Git may end before it has read its input (EPIPE); its exit code says why.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  try {
    const code = await closed;
    if (failure !== undefined) throw failure.reason;
    return { code, stdout: Buffer.concat(stdout), stderr: progress.text() };
  } finally {
    idle.stop();
    options.signal?.removeEventListener('abort', onAbort);
  }
}

function idleWatch(
  options: GitProcessOptions,
  fail: (reason: unknown) => void,
): { touch(): void; stop(): void } {
  const { idleTimeoutMs } = options;
  if (idleTimeoutMs === undefined) return { touch: () => undefined, stop: () => undefined };
  let stopped = false;
  const timer = setTimeout(() => {
    fail(
      new GitError('GIT_TIMEOUT', `The Git server sent nothing for ${idleTimeoutMs} ms.`, {
        details: { idleTimeoutMs },
      }),
    );
  }, idleTimeoutMs);
  return {
    touch: () => {
      if (!stopped) timer.refresh();
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
