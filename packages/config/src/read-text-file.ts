import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { toError } from '@bowline/gitops-errors';
import { ConfigError } from './errors.ts';
import type { ConfigIssue } from './issue.ts';

/** The largest configuration file that is read, in bytes: 1 MiB. */
const MAX_FILE_BYTES = 1_048_576;

/** A file of text with what its protection depends on. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
  /** Permission bits; 0 on Windows, where they say nothing. */
  readonly mode: number;
  readonly uid: number;
}

/**
 * Reads a regular file of at most 1 MiB as UTF-8. Links are followed.
 *
 * @returns `undefined` when there is none.
 * @throws {@link ConfigError} `CONFIG_FILE_UNSAFE` when it is a folder, pipe or device, too large, or not UTF-8;
 * `CONFIG_NOT_FOUND` when it cannot be read.
 */
export async function readTextFile(path: string): Promise<TextFile | undefined> {
  try {
    // Opening a pipe would wait for a writer, so its kind is asked for first; NONBLOCK covers a swap in between.
    if (!(await stat(path)).isFile()) throw unsafe(path, 'is not a regular file');
    const handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      const info = await handle.stat();
      if (!info.isFile()) throw unsafe(path, 'is not a regular file');
      if (info.size > MAX_FILE_BYTES) throw unsafe(path, `is larger than ${MAX_FILE_BYTES} bytes`);
      const buffer = Buffer.alloc(info.size + 1);
      let length = 0;
      while (length < buffer.length) {
        const { bytesRead } = await handle.read(buffer, length, buffer.length - length);
        if (bytesRead === 0) break;
        length += bytesRead;
      }
      if (length > info.size) throw unsafe(path, 'grew while it was read');
      return {
        path,
        text: decode(buffer.subarray(0, length), path),
        mode: process.platform === 'win32' ? 0 : info.mode & 0o777,
        uid: info.uid,
      };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { code } = toError(error) as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new ConfigError('CONFIG_NOT_FOUND', `the file "${path}" cannot be read (${code})`, {
      cause: error,
      hint: 'Check that you may read the file and every folder above it.',
    });
  }
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new ConfigError('CONFIG_SYNTAX', `the file "${path}" is not UTF-8 text`, {
      cause,
      hint: 'Save the file as UTF-8.',
    });
  }
}

function unsafe(path: string, reason: string): ConfigError {
  return new ConfigError('CONFIG_FILE_UNSAFE', `the file "${path}" ${reason}`);
}

/** Warns of a file with secrets that others on this machine can read or change. */
export function openToOthers(file: TextFile): ConfigIssue | undefined {
  if ((file.mode & 0o077) === 0) return undefined;
  return {
    code: 'CONFIG_FILE_UNSAFE',
    message: `holds secrets and is open to other users (mode ${file.mode.toString(8).padStart(4, '0')})`,
    file: file.path,
    hint: `Run chmod 600 ${file.path}`,
  };
}

/**
 * Tells whether a file belongs to neither this user nor the administrator. A file that is found by a search may have been
 * put there for it, as in a shared folder for temporary files.
 */
export function isForeign(
  file: Pick<TextFile, 'uid'>,
  user: number | undefined = process.getuid?.(),
): boolean {
  // For the administrator of a container every mounted file is somebody else's.
  return user !== undefined && user !== 0 && file.uid !== 0 && file.uid !== user;
}
