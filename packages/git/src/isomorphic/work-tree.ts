import type { BigIntStats } from 'node:fs';
import {
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rmdir,
  symlink,
  unlink,
  writeFile,
} from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname, join } from 'node:path';
import { GitError } from '../errors.ts';
import { type IndexEntry, SKIP_WORK_TREE, statNumbers } from './index-file.ts';
import { objectId } from './pack.ts';
import { isAbsent } from './repository-location.ts';
import type { ListedFile } from './tree-listing.ts';

/** What stands at a path of the work tree. */
export interface WorkFile {
  readonly kind: 'file' | 'link' | 'folder' | 'other';
  readonly stats: BigIntStats;
}

// Windows has no executable bit, and what `stat` says there is made up.
const trustsModes = platform() !== 'win32';

/**
 * The files of a repository as they stand on the disk. Symbolic links are read and written, and never followed.
 *
 * Serves one operation: it remembers which folders it has found to be real ones.
 */
export class WorkTree {
  readonly root: string;
  readonly #folders = new Set<string>();

  constructor(root: string) {
    this.root = root;
  }

  /** `undefined` when there is nothing, or when the way there leads over a symbolic link or a file. */
  async find(path: string): Promise<WorkFile | undefined> {
    if ((await this.obstacle(path)) !== undefined) return undefined;
    try {
      const stats = await lstat(join(this.root, path), { bigint: true });
      if (stats.isSymbolicLink()) return { kind: 'link', stats };
      if (stats.isDirectory()) return { kind: 'folder', stats };
      return { kind: stats.isFile() ? 'file' : 'other', stats };
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  }

  /** Reads a file, or the target of a link. */
  async read(path: string, kind: WorkFile['kind']): Promise<Buffer> {
    const full = join(this.root, path);
    return kind === 'link' ? readlink(full, { encoding: 'buffer' }) : readFile(full);
  }

  /** The mode that Git gives a file; where modes cannot be trusted, the one it had. */
  modeOf(file: WorkFile, before: number | undefined): number {
    if (file.kind === 'link') return 0o120000;
    if (!trustsModes) return before === undefined || before === 0o120000 ? 0o100644 : before;
    return (file.stats.mode & 0o100n) === 0n ? 0o100644 : 0o100755;
  }

  /** Compares a file with what the index has, reading it only if its times or size differ. */
  async compare(
    entry: IndexEntry,
    writtenAt: bigint,
  ): Promise<'unmodified' | 'modified' | 'deleted'> {
    if (entry.assumeValid || (entry.extended & SKIP_WORK_TREE) !== 0) return 'unmodified';
    const file = await this.find(entry.path);
    if (file === undefined) return 'deleted';
    // A submodule is a repository of its own.
    if (entry.mode === 0o160000) return file.kind === 'folder' ? 'unmodified' : 'modified';
    if (file.kind === 'folder' || file.kind === 'other') return 'deleted';
    if (this.modeOf(file, entry.mode) !== entry.mode) return 'modified';
    const now = statNumbers(file.stats);
    const same = now.every((value, field) => field === 6 || value === entry.stat[field]);
    // A change in the very moment in which the index was written leaves the same times behind ("racy git").
    if (same && file.stats.mtimeNs < writtenAt) return 'unmodified';
    const data = await this.read(entry.path, file.kind);
    return objectId({ type: 'blob', data }) === entry.id ? 'unmodified' : 'modified';
  }

  /** Writes a file and the folders above it, and never through a link. */
  async write(path: string, file: ListedFile, content: Buffer): Promise<BigIntStats> {
    await this.#makeFolder(dirname(path));
    const full = join(this.root, path);
    const there = await this.find(path);
    if (file.mode === '160000') {
      if (there === undefined) await mkdir(full);
      return lstat(full, { bigint: true });
    }
    if (there?.kind === 'folder') await rmdir(full);
    else if (there !== undefined) await unlink(full);
    if (file.mode === '120000') await symlink(content.toString('utf8'), full);
    // `wx` fails on whatever came in between, a link too.
    else
      await writeFile(full, content, { flag: 'wx', mode: file.mode === '100755' ? 0o777 : 0o666 });
    return lstat(full, { bigint: true });
  }

  /** Removes a file and the folders above it that become empty. */
  async remove(path: string): Promise<void> {
    const there = await this.find(path);
    if (there === undefined) return;
    const full = join(this.root, path);
    this.#folders.clear();
    if (there.kind === 'folder') await removeEmpty(full);
    else await unlink(full);
    for (let above = dirname(path); above !== '.'; above = dirname(above))
      if (!(await removeEmpty(join(this.root, above)))) return;
  }

  /** Lists files and folders of one folder, without `.git`. */
  async list(folder: string): Promise<{ readonly path: string; readonly folder: boolean }[]> {
    const entries = await readdir(join(this.root, folder), { withFileTypes: true });
    return entries
      .filter((entry) => entry.name !== '.git')
      .map((entry) => ({
        path: folder === '' ? entry.name : `${folder}/${entry.name}`,
        folder: entry.isDirectory(),
      }));
  }

  /** Finds what makes a folder on the way to a path impossible: a file or a link; `undefined` when the way is free. */
  async obstacle(path: string): Promise<string | undefined> {
    const segments = path.split('/');
    for (let count = 1; count < segments.length; count += 1) {
      const above = segments.slice(0, count).join('/');
      if (this.#folders.has(above)) continue;
      try {
        if (!(await lstat(join(this.root, above))).isDirectory()) return above;
        this.#folders.add(above);
      } catch (error) {
        if (isAbsent(error)) return undefined;
        throw error;
      }
    }
    return undefined;
  }

  async #makeFolder(folder: string): Promise<void> {
    if (folder === '.') return;
    let path = '';
    for (const segment of folder.split('/')) {
      path = path === '' ? segment : `${path}/${segment}`;
      if (this.#folders.has(path)) continue;
      const full = join(this.root, path);
      try {
        await mkdir(full);
        this.#folders.add(path);
      } catch (error) {
        const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
        if (!exists) throw error;
        if ((await lstat(full)).isDirectory()) continue;
        throw new GitError(
          'GIT_WORK_TREE_DIRTY',
          `The path "${path}" is in the way: it is not a folder.`,
          { details: { paths: [path] } },
        );
      }
    }
  }
}

async function removeEmpty(folder: string): Promise<boolean> {
  try {
    await rmdir(folder);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOENT') return false;
    throw error;
  }
}
