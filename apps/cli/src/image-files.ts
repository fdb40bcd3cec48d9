import { randomUUID } from 'node:crypto';
import { chmod, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { toError } from '@bowline/gitops-errors';
import type { ImageChange } from '@bowline/gitops-manifests';
import { CliError } from './errors.ts';

/** What to set, and whether to write. */
export interface EditFilesOptions {
  readonly image: string;
  readonly container: string | undefined;
  readonly all: boolean;
  readonly write: boolean;
  readonly workingDirectory: string;
  readonly signal: AbortSignal;
}

export interface EditedFile {
  /** As it was named; `-` for stdin. */
  readonly path: string;
  readonly text: string;
  readonly diff: string;
  readonly changes: readonly ImageChange[];
}

export interface FileFailure {
  readonly path: string;
  readonly error: Error;
}

/**
 * Sets an image in files: reads and edits all, then writes all. When one fails, none is written.
 *
 * @returns One entry per file, either edited or failed.
 */
export async function editFiles(
  paths: readonly string[],
  options: EditFilesOptions,
): Promise<{ readonly files: readonly EditedFile[]; readonly failures: readonly FileFailure[] }> {
  const files: EditedFile[] = [];
  const failures: FileFailure[] = [];
  for (const path of paths) {
    try {
      files.push(await editFile(path, options));
    } catch (thrown) {
      options.signal.throwIfAborted();
      failures.push({ path, error: toError(thrown) });
    }
  }
  if (options.write && failures.length === 0) {
    for (const file of files) {
      if (file.path === '-' || file.changes.length === 0) continue;
      await replaceFile(resolve(options.workingDirectory, file.path), file.text);
    }
  }
  return { files, failures };
}

async function editFile(path: string, options: EditFilesOptions): Promise<EditedFile> {
  const { setImage, unifiedDiff } = await import('@bowline/gitops-manifests');
  const before = decode(await readInput(path, options), path);
  const name = path === '-' ? 'stdin' : path;
  const { text, changes } = setImage(before, options.image, {
    path: name,
    all: options.all,
    ...(options.container === undefined ? {} : { container: options.container }),
  });
  return {
    path,
    text,
    changes,
    diff: changes.length === 0 ? '' : unifiedDiff(before, text, { path: name }),
  };
}

const READ_FAILURES: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file'],
  ['EISDIR', 'it is a folder'],
  ['EACCES', 'permission denied'],
  ['ELOOP', 'its symbolic links lead in a circle'],
]);

async function readInput(
  path: string,
  { workingDirectory, signal }: Pick<EditFilesOptions, 'workingDirectory' | 'signal'>,
): Promise<Uint8Array> {
  if (path === '-') {
    const chunks: Uint8Array[] = [];
    for await (const chunk of addAbortSignal(signal, process.stdin))
      chunks.push(chunk as Uint8Array);
    return Buffer.concat(chunks);
  }
  try {
    return await readFile(resolve(workingDirectory, path), { signal });
  } catch (cause) {
    const error = toError(cause) as NodeJS.ErrnoException;
    const reason = READ_FAILURES.get(error.code ?? '') ?? error.message;
    throw new CliError('CLI_FILE', `File "${path}" cannot be read: ${reason}.`, { cause });
  }
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new CliError('CLI_FILE', `File "${path}" is not UTF-8 text.`, {
      cause,
      hint: 'Convert it to UTF-8 first.',
    });
  }
}

/** Replaces a file at once: a crash leaves the old or the new text, never a part. Mode and links stay. */
async function replaceFile(path: string, text: string): Promise<void> {
  const target = await realpath(path);
  const { mode } = await stat(target);
  const temporary = join(dirname(target), `.${randomUUID()}.gitops`);
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // The mode given to open passes the umask.
    await chmod(temporary, mode);
    await rename(temporary, target);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new CliError('CLI_FILE', `File "${path}" cannot be written.`, { cause });
  }
}
