import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { GitError } from '../errors.ts';
import { isAbsent } from './repository-location.ts';

/** What the index remembers of a file, so that an unchanged one need not be read (gitformat-index). */
export interface IndexEntry {
  readonly path: string;
  /** Type and permission bits, such as `0o100644`. */
  readonly mode: number;
  readonly id: string;
  /** 0, or 1 to 3 for the versions of a conflict. */
  readonly stage: number;
  /** The ten numbers before the id as they stand in the file: times, device, inode, mode, owner, size. */
  readonly stat: readonly number[];
  /** The bits "skip work tree" and "intent to add". */
  readonly extended: number;
  readonly assumeValid: boolean;
}

export interface IndexFile {
  /** Entries of stage 0 by their path. */
  readonly entries: Map<string, IndexEntry>;
  /** Paths with a conflict. */
  readonly conflicts: Map<string, readonly IndexEntry[]>;
  /** When the file was written, in nanoseconds; a file that changed at that time or later is looked at again. */
  readonly writtenAt: bigint;
}

const ASSUME_VALID = 0x8000;
const EXTENDED = 0x4000;
/** Among the extended flags: the file is left out of a sparse checkout. */
export const SKIP_WORK_TREE = 0x4000;
const STAT_FIELDS = 10;
const FIXED = 62;

export async function readIndex(gitdir: string): Promise<IndexFile> {
  const file = join(gitdir, 'index');
  try {
    const [bytes, stats] = await Promise.all([readFile(file), stat(file, { bigint: true })]);
    return { ...parseIndex(bytes), writtenAt: stats.mtimeNs };
  } catch (error) {
    if (isAbsent(error)) return { entries: new Map(), conflicts: new Map(), writtenAt: 0n };
    throw error;
  }
}

function parseIndex(bytes: Buffer): Omit<IndexFile, 'writtenAt'> {
  const end = bytes.length - 20;
  const sum = createHash('sha1')
    .update(bytes.subarray(0, Math.max(0, end)))
    .digest();
  const trailer = bytes.subarray(Math.max(0, end));
  // With `index.skipHash`, git writes zeros.
  const summed = sum.equals(trailer) || trailer.every((byte) => byte === 0);
  if (end < 12 || bytes.toString('latin1', 0, 4) !== 'DIRC' || !summed)
    throw new GitError('GIT_NOT_A_REPOSITORY', 'The index of the repository is damaged.');
  const version = bytes.readUInt32BE(4);
  if (version !== 2 && version !== 3)
    throw new GitError(
      'GIT_EXECUTABLE_NOT_FOUND',
      `The index of the repository has version ${version}, which needs the git program.`,
    );
  const entries = new Map<string, IndexEntry>();
  const conflicts = new Map<string, IndexEntry[]>();
  let position = 12;
  for (let left = bytes.readUInt32BE(8); left > 0; left -= 1) {
    const start = position;
    const at = start;
    const flags = bytes.readUInt16BE(start + 60);
    const head = (flags & EXTENDED) === 0 ? FIXED : FIXED + 2;
    const nul = bytes.indexOf(0, start + head);
    const path = bytes.toString('utf8', start + head, nul);
    const entry: IndexEntry = {
      path,
      mode: bytes.readUInt32BE(start + 24),
      id: bytes.toString('hex', start + 40, start + 60),
      stage: (flags >> 12) & 3,
      stat: Array.from({ length: STAT_FIELDS }, (_, field) => bytes.readUInt32BE(at + field * 4)),
      extended: head === FIXED ? 0 : bytes.readUInt16BE(start + FIXED),
      assumeValid: (flags & ASSUME_VALID) !== 0,
    };
    if (entry.stage === 0) entries.set(path, entry);
    else conflicts.set(path, [...(conflicts.get(path) ?? []), entry]);
    position = start + Math.ceil((nul - start + 1) / 8) * 8;
  }
  refuseExtensions(bytes.subarray(position, end));
  return { entries, conflicts };
}

/** Extensions whose names begin with a small letter change what the entries mean: split and sparse indexes. */
function refuseExtensions(bytes: Buffer): void {
  for (let position = 0; position + 8 <= bytes.length; ) {
    const name = bytes.toString('latin1', position, position + 4);
    if (!/^[A-Z]/.test(name))
      throw new GitError(
        'GIT_EXECUTABLE_NOT_FOUND',
        `The index of the repository has the extension "${name}", which needs the git program.`,
      );
    position += 8 + bytes.readUInt32BE(position + 4);
  }
}

/**
 * Reads the index, lets `work` change it, and replaces it in one step, all under the lock that git itself uses; a failure
 * leaves it as it was.
 *
 * @throws {@link GitError} `GIT_COMMAND_FAILED` (retryable) when another process has the lock.
 */
export async function withIndex<Result>(
  gitdir: string,
  work: (index: IndexFile) => Promise<Result>,
): Promise<Result> {
  const lock = join(gitdir, 'index.lock');
  const handle = await open(lock, 'wx').catch((error: unknown) => {
    const taken = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    if (!taken) throw error;
    throw new GitError(
      'GIT_COMMAND_FAILED',
      `Another Git process is using the repository: "${lock}" exists.`,
      { hint: 'Wait for it to end; if there is none, delete the file.', retryable: true },
    );
  });
  try {
    const index = await readIndex(gitdir);
    const result = await work(index);
    await handle.writeFile(formatIndex(index));
    await handle.close();
    await rename(lock, join(gitdir, 'index'));
    return result;
  } catch (error) {
    await handle.close();
    await rm(lock, { force: true });
    throw error;
  }
}

function formatIndex(index: Pick<IndexFile, 'entries' | 'conflicts'>): Buffer {
  const all = [...index.entries.values(), ...[...index.conflicts.values()].flat()]
    .map((entry) => ({ entry, name: Buffer.from(entry.path, 'utf8') }))
    .sort((a, b) => Buffer.compare(a.name, b.name) || a.entry.stage - b.entry.stage);
  const extended = all.some(({ entry }) => entry.extended !== 0);
  const head = Buffer.alloc(12);
  head.write('DIRC', 0, 'latin1');
  head.writeUInt32BE(extended ? 3 : 2, 4);
  head.writeUInt32BE(all.length, 8);
  const body = Buffer.concat([head, ...all.map(({ entry, name }) => formatEntry(entry, name))]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

function formatEntry(entry: IndexEntry, name: Buffer): Buffer {
  const fixed = entry.extended === 0 ? FIXED : FIXED + 2;
  const bytes = Buffer.alloc(Math.ceil((fixed + name.length + 1) / 8) * 8);
  for (const [field, value] of entry.stat.entries()) bytes.writeUInt32BE(value >>> 0, field * 4);
  bytes.writeUInt32BE(entry.mode, 24);
  bytes.write(entry.id, 40, 'hex');
  const flags =
    (entry.assumeValid ? ASSUME_VALID : 0) |
    (entry.extended === 0 ? 0 : EXTENDED) |
    (entry.stage << 12) |
    Math.min(name.length, 0xfff);
  bytes.writeUInt16BE(flags, 60);
  if (entry.extended !== 0) bytes.writeUInt16BE(entry.extended, FIXED);
  name.copy(bytes, fixed);
  return bytes;
}

/** Makes an entry of a file; without `stats` the file is read again at the next look. */
export function indexEntry(
  path: string,
  content: { readonly mode: number; readonly id: string },
  stats?: BigIntStats,
): IndexEntry {
  const numbers = stats === undefined ? new Array<number>(STAT_FIELDS).fill(0) : statNumbers(stats);
  return { path, ...content, stage: 0, stat: numbers, extended: 0, assumeValid: false };
}

/** The numbers of a file as the index keeps them, cut to 32 bits. */
export function statNumbers(stats: BigIntStats): readonly number[] {
  const second = 1_000_000_000n;
  const low = (value: bigint): number => Number(BigInt.asUintN(32, value));
  return [
    low(stats.ctimeNs / second),
    low(stats.ctimeNs % second),
    low(stats.mtimeNs / second),
    low(stats.mtimeNs % second),
    low(stats.dev),
    low(stats.ino),
    low(stats.mode),
    low(stats.uid),
    low(stats.gid),
    low(stats.size),
  ];
}
