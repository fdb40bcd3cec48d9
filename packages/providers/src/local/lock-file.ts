import { mkdirSync, statSync } from 'node:fs';
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError } from '../errors.ts';
import { isAbsent, systemCode, writeFailed } from './object-store.ts';

const FIRST_WAIT_MS = 2;
const LONGEST_WAIT_MS = 100;

/** How long a lock is waited for. */
export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that a lock of another process is waited for. */
  readonly lockTimeoutMs: number;
}

/** A held lock: the file `<path>.lock`, as Git takes it. */
export interface LockFile {
  /** Writes the new content beside the old one, down to the disk. */
  write(content: string | Uint8Array): Promise<void>;
  /** Puts the new content in the place of the old one and ends the lock. */
  commit(): Promise<void>;
  /** Ends the lock and leaves the old content. Does nothing after `commit`. */
  release(): Promise<void>;
}

/**
 * Takes the lock of a file as Git does: creates `<path>.lock`, which must not exist.
 *
 * Another holder is waited for with growing pauses. A lock is never broken, however old: only a person can know that nobody holds it.
 *
 * @throws ProviderError `PROVIDER_UNAVAILABLE` when the lock is not given free in time; the message names the file.
 */
export async function lockFile(path: string, options: LockOptions): Promise<LockFile> {
  const lock = `${path}.lock`;
  let waited = 0;
  for (let pause = FIRST_WAIT_MS; ; pause = Math.min(pause * 2, LONGEST_WAIT_MS)) {
    options.signal?.throwIfAborted();
    const handle = await tryCreate(lock);
    if (handle !== undefined) return heldLock(path, lock, handle);
    if (waited >= options.lockTimeoutMs) throw lockedError(lock, waited);
    // A random part, so that processes which met once do not meet again at the next look.
    const time = Math.ceil(pause * (0.5 + Math.random()));
    waited += time;
    await wait(time, options.signal);
  }
}

async function wait(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

async function tryCreate(lock: string): Promise<FileHandle | undefined> {
  // A few times, since another process may remove the folder while it is empty.
  for (let attempt = 0; attempt < 10; attempt += 1) {
    try {
      return await open(lock, 'wx');
    } catch (error) {
      if (systemCode(error) === 'EEXIST') return undefined;
      // On Windows a lock that is being removed cannot be opened for a moment.
      if (systemCode(error) === 'EPERM' && exists(lock)) return undefined;
      if (systemCode(error) !== 'ENOENT') throw writeFailed(error, lock);
    }
    try {
      mkdirSync(dirname(lock), { recursive: true });
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw writeFailed(error, lock);
    }
  }
  return undefined;
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

function lockedError(lock: string, waited: number): ProviderError {
  return new ProviderError(
    'PROVIDER_UNAVAILABLE',
    `another process holds the lock "${lock}" for more than ${(waited / 1000).toFixed(1)} seconds`,
    {
      hint: `Wait for the other process; when no Git or Bowline process works on the repository, a crash left the lock: delete "${lock}".`,
      details: { lock },
    },
  );
}

function heldLock(path: string, lock: string, handle: FileHandle): LockFile {
  let held = true;
  let open = true;
  const close = async (): Promise<void> => {
    if (!open) return;
    open = false;
    await handle.close();
  };
  return {
    write: async (content) => {
      try {
        await handle.writeFile(content);
        await handle.datasync();
      } catch (error) {
        throw writeFailed(error, lock);
      }
    },
    commit: async () => {
      await close();
      await rename(lock, path);
      held = false;
    },
    release: async () => {
      await close();
      if (!held) return;
      held = false;
      await unlink(lock).catch((error: unknown) => {
        if (!isAbsent(error)) throw writeFailed(error, lock);
      });
    },
  };
}
