import fs from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import git from 'isomorphic-git';
import type { RemoteOptions } from '../types.ts';
import { DiskObjects } from './disk-objects.ts';
import type { RemoteContext } from './ref-discovery.ts';
import { Refs } from './refs.ts';
import { isAbsent, type RepositoryLocation } from './repository-location.ts';
import { WorkTree } from './work-tree.ts';

/** Everything that the operations on one repository share. */
export interface RepositoryState {
  readonly location: RepositoryLocation;
  readonly gitdir: string;
  readonly objects: DiskObjects;
  readonly refs: Refs;
  readonly workTree: WorkTree;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly clock: () => number;
  readonly connect: (remote: string, options: RemoteOptions) => RemoteContext;
}

export function repositoryState(
  location: RepositoryLocation,
  around: Pick<RepositoryState, 'clock' | 'connect'>,
): RepositoryState {
  const { gitdir } = location;
  const objects = new DiskObjects(gitdir);
  return {
    location,
    gitdir,
    objects,
    refs: new Refs(gitdir, objects),
    workTree: new WorkTree(location.directory),
    ...around,
  };
}

/** One value of the repository's own configuration. */
export async function readConfig(
  state: Pick<RepositoryState, 'gitdir'>,
  path: string,
): Promise<string | undefined> {
  const value: unknown = await git.getConfig({ fs, gitdir: state.gitdir, path });
  return value === undefined ? undefined : String(value);
}

export async function writeConfig(
  state: Pick<RepositoryState, 'gitdir'>,
  path: string,
  value: string,
): Promise<void> {
  await git.setConfig({ fs, gitdir: state.gitdir, path, value });
}

/** The commits whose parents a shallow clone has left out. */
export async function readShallow(gitdir: string): Promise<Set<string>> {
  try {
    const text = await readFile(join(gitdir, 'shallow'), 'utf8');
    return new Set(text.split('\n').filter((line) => line !== ''));
  } catch (error) {
    if (isAbsent(error)) return new Set();
    throw error;
  }
}

export async function writeShallow(gitdir: string, ids: ReadonlySet<string>): Promise<void> {
  const file = join(gitdir, 'shallow');
  if (ids.size === 0) await rm(file, { force: true });
  else
    await writeFile(
      file,
      [...ids]
        .sort()
        .map((id) => `${id}\n`)
        .join(''),
    );
}
