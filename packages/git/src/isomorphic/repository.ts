import { join } from 'node:path';
import type { EngineRepository, LocalBranch } from '../engine.ts';
import { GitError } from '../errors.ts';
import type { Person } from '../types.ts';
import { checkOutTree } from './checkout.ts';
import { addPaths, cleanMessage, commitFiles, signatureOf } from './commit-files.ts';
import { findEntry, formatSignature, isFolder, readCommit, readObject } from './git-objects.ts';
import { isAncestor, readLog } from './history.ts';
import { diffRepository } from './repository-diff.ts';
import { kindOf, locateRepository } from './repository-location.ts';
import { fetchRemote, pullRemote, pushRemote } from './repository-remote.ts';
import {
  type RepositoryState,
  readConfig,
  repositoryState,
  writeConfig,
} from './repository-state.ts';
import { readStatus } from './status.ts';

/** Opens the repository at a folder or above it. */
export async function openRepository(
  directory: string,
  around: Pick<RepositoryState, 'clock' | 'connect'>,
): Promise<EngineRepository> {
  const location = await locateRepository(directory);
  await refuseExtensions(location.gitdir);
  // A new state per call: another process may have written since, and caches must not outlive what they describe.
  const state = (): RepositoryState => repositoryState(location, around);
  const withFiles = async (): Promise<RepositoryState> => {
    if (location.bare)
      throw new GitError(
        'GIT_NO_WORK_TREE',
        `The repository "${location.directory}" is bare, so it has no files.`,
      );
    return state();
  };
  return {
    directory: location.directory,
    bare: location.bare,
    fetch: (options) => fetchRemote(state(), options),
    pull: async (options) => pullRemote(await withFiles(), options),
    push: (options) => pushRemote(state(), options),
    status: async () => readStatus(await withFiles()),
    add: async (paths) => addPaths(await withFiles(), paths),
    commit: async (options) => commitFiles(await withFiles(), options),
    branches: () => state().refs.branches(),
    createBranch: (name, start) => createBranch(state(), name, start),
    deleteBranch: (name, options) => deleteBranch(state(), name, options.force),
    checkout: async (ref, options) => {
      if (options.create) await switchToNew(await withFiles(), ref);
      else await switchTo(await withFiles(), ref);
    },
    log: async (options) => {
      const { objects, refs } = state();
      if (options.ref === undefined && (await refs.head()) === undefined) return [];
      return readLog(objects, await refs.commit(options.ref ?? 'HEAD'), options);
    },
    diff: (options) => diffRepository(state(), options),
    tags: async () => {
      const { refs } = state();
      const list = await refs.list('refs/tags/');
      const tags: { name: string; sha: string }[] = [];
      for (const { name, sha } of list)
        tags.push({ name, sha: (await refs.resolve(`refs/tags/${name}`)) ?? sha });
      return tags;
    },
    createTag: (name, options) => createTag(state(), name, options),
    resolve: (ref) => state().refs.resolve(ref),
    readFile: async (ref, path) => {
      const { objects, refs } = state();
      const { tree } = await readCommit(objects, await refs.commit(ref));
      const entry = await findEntry(objects, tree, path);
      if (entry === undefined || isFolder(entry) || entry.mode === '160000') return undefined;
      return readObject(objects, entry.id, 'blob');
    },
    remoteUrl: (name) => readConfig(state(), `remote.${name}.url`),
  };
}

/** Refuses repositories whose format isomorphic-git would misread (gitrepository-layout, "extensions"). */
async function refuseExtensions(gitdir: string): Promise<void> {
  if ((await kindOf(join(gitdir, 'objects', 'info', 'alternates'))) !== undefined)
    throw new GitError(
      'GIT_EXECUTABLE_NOT_FOUND',
      'The repository shares the objects of another one, which needs the git program.',
    );
  const readable: Readonly<Record<string, string>> = {
    objectformat: 'sha1',
    refstorage: 'files',
    partialclone: '',
  };
  for (const [name, known] of Object.entries(readable)) {
    const value = (await readConfig({ gitdir }, `extensions.${name}`)) ?? known;
    if (value !== known)
      throw new GitError(
        'GIT_EXECUTABLE_NOT_FOUND',
        `The repository uses the extension "${name}" ("${value}"), which needs the git program.`,
      );
  }
}

async function createBranch(
  { refs }: RepositoryState,
  name: string,
  start: string | undefined,
): Promise<LocalBranch> {
  const ref = `refs/heads/${name}`;
  if ((await refs.read(ref)) !== undefined)
    throw new GitError('GIT_ALREADY_EXISTS', `There is a branch "${name}" already.`);
  const sha = await refs.commit(start ?? 'HEAD');
  await refs.write(ref, sha);
  return { name, sha, current: false };
}

async function deleteBranch(
  { refs, objects }: RepositoryState,
  name: string,
  force: boolean,
): Promise<void> {
  const ref = `refs/heads/${name}`;
  const sha = await refs.read(ref);
  if (sha === undefined)
    throw new GitError('GIT_REF_NOT_FOUND', `There is no branch "${name}".`, {
      details: { ref: name },
    });
  if ((await refs.current()) === name)
    throw new GitError('GIT_INVALID_ARGUMENT', `The branch "${name}" is checked out.`, {
      hint: 'Check out another branch first.',
    });
  const head = await refs.head();
  if (!force && (head === undefined || !(await isAncestor(objects, sha, head))))
    throw new GitError('GIT_INVALID_ARGUMENT', `The branch "${name}" is not merged into HEAD.`, {
      hint: 'Merge it first, or delete it with force.',
    });
  await refs.delete(ref);
}

async function switchToNew(state: RepositoryState, name: string): Promise<void> {
  const { refs } = state;
  if ((await refs.head()) !== undefined) await createBranch(state, name, undefined);
  await refs.point('HEAD', `refs/heads/${name}`);
}

async function switchTo(state: RepositoryState, ref: string): Promise<void> {
  const { refs, objects } = state;
  const short = ref.startsWith('refs/heads/') ? ref.slice('refs/heads/'.length) : ref;
  const tracked = `refs/remotes/origin/${short}`;
  const isLocal = (await refs.read(`refs/heads/${short}`)) !== undefined;
  // As git does: a branch that only the remote has is created, and follows it.
  const isNew = !isLocal && (await refs.resolve(ref)) === undefined;
  const target = await refs.commit(
    isLocal
      ? `refs/heads/${short}`
      : isNew && (await refs.read(tracked)) !== undefined
        ? tracked
        : ref,
  );
  const head = await refs.head();
  const from = head === undefined ? undefined : (await readCommit(objects, head)).tree;
  await checkOutTree(state, { from, to: (await readCommit(objects, target)).tree });
  if (!isLocal && !isNew) return refs.write('HEAD', target);
  if (isNew) {
    await refs.write(`refs/heads/${short}`, target);
    await writeConfig(state, `branch.${short}.remote`, 'origin');
    await writeConfig(state, `branch.${short}.merge`, `refs/heads/${short}`);
  }
  await refs.point('HEAD', `refs/heads/${short}`);
}

async function createTag(
  state: RepositoryState,
  name: string,
  options: { readonly target?: string; readonly message?: string; readonly tagger?: Person },
): Promise<void> {
  const { refs, objects, clock } = state;
  const ref = `refs/tags/${name}`;
  if ((await refs.read(ref)) !== undefined)
    throw new GitError('GIT_ALREADY_EXISTS', `There is a tag "${name}" already.`);
  const target = await refs.commit(options.target ?? 'HEAD');
  if (options.message === undefined) return refs.write(ref, target);
  if (options.tagger === undefined)
    throw new GitError('GIT_IDENTITY_MISSING', 'A tag with a message needs a name and an email.');
  const tagger = formatSignature(signatureOf(options.tagger, clock));
  const head = `object ${target}\ntype commit\ntag ${name}\ntagger ${tagger}\n\n`;
  const data = Buffer.from(head + cleanMessage(options.message), 'utf8');
  await refs.write(ref, await objects.write({ type: 'tag', data }));
}
