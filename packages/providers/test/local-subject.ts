import * as fs from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import git from 'isomorphic-git';
import { createLocalRepository, local } from '../src/local/index.ts';
import type { ContractSubject, Seed, SeedFile } from '../src/testing/index.ts';

const seeder = {
  name: 'Seeder',
  email: 'seeder@example.com',
  timestamp: 1_767_225_600,
  timezoneOffset: 0,
};

/** Makes an empty folder for a test. */
export async function temporaryRoot(): Promise<string> {
  return fs.realpathSync(await mkdtemp(join(tmpdir(), 'bowline-local-')));
}

/**
 * Makes an empty folder for a test, in memory where the machine has such a place.
 *
 * For tests of what is written, not of how it reaches the disk: each write that waits for a busy disk costs some 10 ms.
 */
export async function memoryRoot(): Promise<string> {
  const place = fs.existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
  return fs.realpathSync(await mkdtemp(join(place, 'bowline-local-')));
}

/** Makes a local provider with an empty repository, which isomorphic-git writes and reads past the provider. */
export async function localSubject(
  name = 'acme/shop',
): Promise<ContractSubject & { gitdir: string }> {
  const root = await memoryRoot();
  const { path: gitdir } = await createLocalRepository({ root, name });
  return {
    provider: local({ root }),
    repository: name,
    gitdir,
    seed: (seed) => seedWith(gitdir, seed),
    inspect: async (sha) => {
      const { commit } = await git.readCommit({ fs, gitdir, oid: sha });
      return {
        parents: commit.parent,
        author: { name: commit.author.name, email: commit.author.email },
        message: commit.message,
      };
    },
    mode: async (sha, path) => (await flatten(gitdir, sha)).get(path)?.mode,
    close: () => rm(root, { recursive: true, force: true }),
  };
}

interface Entry {
  readonly mode: string;
  readonly oid: string;
}

/** Lists the files of a commit by path. */
export async function flatten(gitdir: string, commit: string): Promise<Map<string, Entry>> {
  const found = new Map<string, Entry>();
  const walk = async (oid: string, prefix: string): Promise<void> => {
    const { tree } = await git.readTree({ fs, gitdir, oid });
    for (const entry of tree) {
      const path = `${prefix}${entry.path}`;
      if (entry.type === 'tree') await walk(entry.oid, `${path}/`);
      else found.set(path, { mode: entry.mode, oid: entry.oid });
    }
  };
  await walk(commit, '');
  return found;
}

async function seedWith(gitdir: string, { branch, files, from }: Seed): Promise<string> {
  const resolve = (ref: string) => git.resolveRef({ fs, gitdir, ref }).catch(() => undefined);
  const tip = await resolve(`refs/heads/${branch}`);
  const start =
    from === undefined || /^[0-9a-f]{40}$/.test(from) ? from : await resolve(`refs/heads/${from}`);
  const parent = tip ?? start;
  const entries: Map<string, Entry> =
    parent === undefined ? new Map() : await flatten(gitdir, parent);
  for (const [path, file] of Object.entries(files)) {
    if (file === undefined) entries.delete(path);
    else {
      const { content, mode } = parts(file);
      entries.set(path, { mode, oid: await git.writeBlob({ fs, gitdir, blob: content }) });
    }
  }
  const oid = await git.writeCommit({
    fs,
    gitdir,
    commit: {
      message: `seed ${branch}\n`,
      tree: await writeFolder(gitdir, entries),
      parent: parent === undefined ? [] : [parent],
      author: seeder,
      committer: seeder,
    },
  });
  await git.writeRef({ fs, gitdir, ref: `refs/heads/${branch}`, value: oid, force: true });
  return oid;
}

function parts(file: Exclude<SeedFile, undefined>): { content: Uint8Array; mode: string } {
  if (typeof file === 'string') return { content: Buffer.from(file), mode: '100644' };
  if (file instanceof Uint8Array) return { content: file, mode: '100644' };
  return { content: parts(file.content).content, mode: file.mode };
}

async function writeFolder(gitdir: string, entries: ReadonlyMap<string, Entry>): Promise<string> {
  const folders = new Map<string, Map<string, Entry>>();
  const tree: { mode: string; path: string; oid: string; type: 'blob' | 'tree' }[] = [];
  for (const [path, entry] of entries) {
    const [first = '', ...rest] = path.split('/');
    if (rest.length === 0) tree.push({ ...entry, path: first, type: 'blob' });
    else folders.set(first, (folders.get(first) ?? new Map()).set(rest.join('/'), entry));
  }
  for (const [path, below] of folders) {
    tree.push({ mode: '040000', path, oid: await writeFolder(gitdir, below), type: 'tree' });
  }
  return git.writeTree({ fs, gitdir, tree });
}
