import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder that only this user can enter, for the time of one call. */
export interface PrivateFolder {
  readonly path: string;
  remove(): Promise<void>;
}

/** Makes a folder with mode 0700 (`mkdtemp` says so) below another one. */
export async function privateFolder(parent: string): Promise<PrivateFolder> {
  const path = await mkdtemp(join(parent, 'bowline-git-'));
  return {
    path,
    // Git ends in its own time after a signal and may still write for a moment; hence the retries.
    remove: () => rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 }),
  };
}
