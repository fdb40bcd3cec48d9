import { rmdirSync, statSync } from 'node:fs';
import { rename, unlink, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ProviderError } from '../errors.ts';
import { type LockFile, type LockOptions, lockFile } from './lock-file.ts';
import { isAbsent, systemCode, writeFailed } from './object-store.ts';
import type { RefStore } from './ref-store.ts';

/** The change of one ref; `undefined` says that there is none. With the same on both sides, the ref is only checked. */
export interface RefUpdate {
  readonly name: string;
  readonly expected: string | undefined;
  readonly next: string | undefined;
}

/**
 * Changes refs, all or none, if each still is what is expected.
 *
 * All locks are taken first, in the order of their names, so that two writers never wait for each other. Then the refs are
 * written in the order given: choose it so that a crash between two of them does no harm.
 *
 * @returns The name of the first ref that is not what was expected (nothing was changed then), or `undefined` when all is done.
 * @throws ProviderError `PROVIDER_ALREADY_EXISTS` when a new ref would be a folder of another one.
 */
export async function updateRefs(
  refs: RefStore,
  updates: readonly RefUpdate[],
  options: LockOptions,
): Promise<string | undefined> {
  const locks = new Map<string, LockFile>();
  try {
    for (const { name } of updates.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      refuseNeighbour(refs, name);
      locks.set(name, await lockFile(refs.path(name), options));
    }
    for (const { name, expected, next } of updates) {
      if (refs.resolve(name) !== expected) return name;
      if (refs.isSymbolic(name) && next !== expected) {
        throw new ProviderError(
          'PROVIDER_REJECTED',
          `"${name}" is a symbolic ref and is not written`,
        );
      }
      if (expected === undefined && next !== undefined) refuseNeighbour(refs, name);
    }
    for (const { name, expected, next } of updates) {
      if (next !== undefined && next !== expected) await locks.get(name)?.write(`${next}\n`);
    }
    options.signal?.throwIfAborted();
    // From here on nothing stops the transaction, and no signal either: what is begun is finished.
    for (const { name, expected, next } of updates) {
      if (next === expected) continue;
      if (next === undefined) await removeRef(refs, name, options.lockTimeoutMs);
      else await putRef(refs, name, locks.get(name));
    }
    return undefined;
  } finally {
    for (const lock of locks.values()) await lock.release();
    for (const { name, next } of updates) {
      if (next === undefined) removeEmptyFolders(refs, name);
    }
  }
}

/** Refuses `a/b` beside `a`, and `a` beside `a/b`: a ref cannot be a file and a folder. */
function refuseNeighbour(refs: RefStore, name: string): void {
  const parts = name.split('/');
  for (let length = 3; length < parts.length; length += 1) {
    const above = parts.slice(0, length).join('/');
    if (refs.resolve(above) !== undefined) throw neighbourError(name, above);
  }
  if (refs.resolve(name) !== undefined) return;
  const below = refs.list(`${name}/`)[0];
  if (below !== undefined) throw neighbourError(name, below[0]);
}

function neighbourError(name: string, other: string): ProviderError {
  return new ProviderError(
    'PROVIDER_ALREADY_EXISTS',
    `"${name}" cannot exist beside "${other}", since one would be a folder of the other`,
    { hint: 'Choose another name.' },
  );
}

async function putRef(refs: RefStore, name: string, lock: LockFile | undefined): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await lock?.commit();
      return;
    } catch (error) {
      // An empty folder is left where a ref `name/…` was deleted. One that is not empty stays: somebody works in it.
      const inTheWay = statSync(refs.path(name), { throwIfNoEntry: false })?.isDirectory() ?? false;
      if (!inTheWay || attempt > 0) throw writeFailed(error, refs.path(name));
      removeFolderIfEmpty(refs.path(name));
    }
  }
}

async function removeRef(refs: RefStore, name: string, lockTimeoutMs: number): Promise<void> {
  // Also when the ref is not packed: `git pack-refs` could have read it already, and bring it back a moment after it is removed.
  const lock = await lockFile(refs.path('packed-refs'), { lockTimeoutMs });
  try {
    // The packed one first: were the loose one removed first, an older packed value would show through for a moment.
    const text = refs.packedText();
    const without = withoutRef(text, name);
    if (without !== text) await replacePacked(refs, without);
    await unlink(refs.path(name)).catch((error: unknown) => {
      if (!isAbsent(error)) throw writeFailed(error, refs.path(name));
    });
  } finally {
    await lock.release();
  }
}

/** Replaces `packed-refs` while its lock stays held. The name of the draft is fixed, so that a crash leaves one file at most. */
async function replacePacked(refs: RefStore, text: string): Promise<void> {
  const path = refs.path('packed-refs');
  const draft = `${path}.bowline`;
  try {
    await writeFile(draft, text, { flush: true });
    await rename(draft, path);
  } catch (error) {
    throw writeFailed(error, path);
  }
}

function withoutRef(text: string, name: string): string {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => line.length > 41 && line.slice(40) === ` ${name}`);
  if (at === -1) return text;
  // A line that begins with `^` holds the commit of the annotated tag above it.
  lines.splice(at, lines[at + 1]?.startsWith('^') ? 2 : 1);
  return lines.join('\n');
}

function removeEmptyFolders(refs: RefStore, name: string): void {
  // `refs/heads` itself stays, as Git wants it.
  const parts = name.split('/');
  for (let length = parts.length - 1; length > 2; length -= 1) {
    if (!removeFolderIfEmpty(refs.path(parts.slice(0, length).join('/')))) return;
  }
}

function removeFolderIfEmpty(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    if (isAbsent(error)) return true;
    const code = systemCode(error);
    // Not empty, or on Windows just in use.
    if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'EPERM' || code === 'EBUSY')
      return false;
    throw writeFailed(error, dirname(path));
  }
}
