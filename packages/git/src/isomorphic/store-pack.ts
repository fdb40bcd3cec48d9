import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GitProgress } from '../types.ts';
import type { Deadline } from './deadline.ts';
import type { DiskObjects } from './disk-objects.ts';
import { fetchPack, type PackRequest } from './fetch-pack.ts';
import { Pack } from './pack.ts';
import { packIndex } from './pack-index.ts';
import type { RemoteContext } from './ref-discovery.ts';
import { readShallow, writeShallow } from './repository-state.ts';

/** Fetches a pack into a repository on disk: checked first, and visible to others only when it is complete. */
export async function receivePack(
  context: RemoteContext,
  into: {
    readonly gitdir: string;
    readonly objects: DiskObjects;
    readonly request: PackRequest;
  },
  deadline: Deadline,
): Promise<void> {
  const { gitdir, objects, request } = into;
  const before = await readShallow(gitdir);
  const answer = await fetchPack(context, { ...request, shallow: [...before] }, deadline);
  const pack = await Pack.read(answer.pack, {
    maxObjectBytes: context.limits.maxObjectBytes,
    check: deadline.check,
    onEntries: progressOf(request.onProgress),
  });
  if (pack.entries.length > 0) {
    const folder = join(gitdir, 'objects', 'pack');
    await mkdir(folder, { recursive: true });
    const name = join(folder, `pack-${pack.bytes.toString('hex', pack.bytes.length - 20)}`);
    await writeFile(`${name}.pack`, pack.bytes, { mode: 0o444, flag: 'w' }).catch(keepExisting);
    // Git looks for the index, so it comes last and in one step.
    await writeFile(`${name}.idx.tmp`, packIndex(pack));
    await rename(`${name}.idx.tmp`, `${name}.idx`);
    objects.addPack(pack);
  }
  const shallow = new Set([...before, ...answer.shallow]);
  for (const id of answer.unshallow) shallow.delete(id);
  if (shallow.size > 0 || before.size > 0) await writeShallow(gitdir, shallow);
}

/** The very same pack may be there from an earlier fetch; it is read-only then. */
function keepExisting(error: unknown): void {
  const exists =
    error instanceof Error &&
    'code' in error &&
    (error.code === 'EACCES' || error.code === 'EPERM');
  if (!exists) throw error;
}

function progressOf(
  onProgress: ((progress: GitProgress) => void) | undefined,
): ((done: number, total: number) => void) | undefined {
  if (onProgress === undefined) return undefined;
  return (loaded, total) => onProgress({ phase: 'Receiving objects', loaded, total });
}
