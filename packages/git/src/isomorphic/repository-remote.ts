import fs from 'node:fs';
import git from 'isomorphic-git';
import type { FetchOptions, PullOptions, PushOptions, UpdatedRef } from '../engine.ts';
import { GitError } from '../errors.ts';
import { redactedAddress } from '../remote-url.ts';
import type { RemoteOptions, RemoteRef } from '../types.ts';
import { checkOutTree } from './checkout.ts';
import { cleanMessage, signatureOf } from './commit-files.ts';
import { type Deadline, withDeadline } from './deadline.ts';
import { readCommit } from './git-objects.ts';
import { isAncestor } from './history.ts';
import { newObjects } from './new-objects.ts';
import { writePack } from './pack.ts';
import { discover, listRefs, type RemoteContext } from './ref-discovery.ts';
import { type RepositoryState, readConfig } from './repository-state.ts';
import { sendPack } from './send-pack.ts';
import { receivePack } from './store-pack.ts';

const HEADS = 'refs/heads/';
const TAGS = 'refs/tags/';
const MAX_HAVES = 256;

async function withRemote<T>(
  state: RepositoryState,
  at: { readonly remote: string; readonly options: RemoteOptions },
  run: (context: RemoteContext, deadline: Deadline) => Promise<T>,
): Promise<T> {
  const url = await readConfig(state, `remote.${at.remote}.url`);
  if (url === undefined)
    throw new GitError('GIT_REF_NOT_FOUND', `The repository has no remote "${at.remote}".`);
  const context = state.connect(redactedAddress(url), at.options);
  try {
    return await withDeadline(`Git with the remote "${at.remote}"`, at.options, (deadline) =>
      run(context, deadline),
    );
  } finally {
    context.connection.close();
  }
}

/** Fetches branches, and the tags of what was fetched. @returns The remote-tracking branches that changed. */
export function fetchRemote(
  state: RepositoryState,
  options: FetchOptions,
): Promise<readonly UpdatedRef[]> {
  const remote = options.remote ?? 'origin';
  return withRemote(state, { remote, options }, async (context, deadline) => {
    const advertisement = await discover(context, 'git-upload-pack', deadline);
    const scope = await scopeOf(state, remote, options.branch);
    const prefixes = [scope.prefix, ...(options.tags === false ? [] : [TAGS])];
    const listed = await listRefs(context, { advertisement, prefixes }, deadline);
    const heads = listed.filter((ref) => scope.includes(ref.name));
    if (options.branch !== undefined && heads.length === 0)
      throw new GitError('GIT_REF_NOT_FOUND', `There is no branch "${options.branch}" to fetch.`, {
        details: { ref: options.branch },
      });
    const tags = listed.filter((ref) => ref.name.startsWith(TAGS));
    const wanted = options.tags === true ? [...heads, ...tags] : heads;
    const wants = await missing(state, wanted, options.depth !== undefined);
    if (wants.length > 0) {
      const request = {
        advertisement,
        wants,
        haves: await haves(state),
        depth: options.depth,
        includeTags: options.tags !== false,
        onProgress: options.onProgress,
      };
      await receivePack(
        context,
        { gitdir: state.gitdir, objects: state.objects, request },
        deadline,
      );
    }
    await writeTags(state, tags);
    const updates = await writeHeads(state, remote, heads);
    return options.prune === true
      ? [...updates, ...(await prune(state, { remote, heads, scope }))]
      : updates;
  });
}

interface Scope {
  readonly prefix: string;
  includes(name: string): boolean;
}

/** What the remote's refspec brings: one branch, or all of them. */
async function scopeOf(
  state: RepositoryState,
  remote: string,
  branch: string | undefined,
): Promise<Scope> {
  const refspec = await readConfig(state, `remote.${remote}.fetch`);
  const configured = /^\+?refs\/heads\/([^:*]+):/.exec(refspec ?? '')?.[1];
  const only = branch ?? configured;
  if (only === undefined) return { prefix: HEADS, includes: (name) => name.startsWith(HEADS) };
  return { prefix: HEADS + only, includes: (name) => name === HEADS + only };
}

async function missing(
  state: RepositoryState,
  refs: readonly RemoteRef[],
  deepen: boolean,
): Promise<readonly string[]> {
  const ids = new Set<string>();
  for (const { sha } of refs)
    if (deepen || (await state.objects.read(sha)) === undefined) ids.add(sha);
  return [...ids];
}

async function haves(state: RepositoryState): Promise<readonly string[]> {
  const ids = new Set<string>();
  for (const prefix of [HEADS, 'refs/remotes/'])
    for (const { sha } of await state.refs.list(prefix)) ids.add(sha);
  return [...ids].slice(0, MAX_HAVES);
}

async function writeTags(state: RepositoryState, tags: readonly RemoteRef[]): Promise<void> {
  for (const tag of tags) {
    // Git never moves a tag that is there.
    if ((await state.refs.read(tag.name)) !== undefined) continue;
    if ((await state.objects.read(tag.sha)) !== undefined)
      await state.refs.write(tag.name, tag.sha);
  }
}

async function writeHeads(
  state: RepositoryState,
  remote: string,
  heads: readonly RemoteRef[],
): Promise<UpdatedRef[]> {
  const updates: UpdatedRef[] = [];
  for (const head of heads) {
    const branch = head.name.slice(HEADS.length);
    const name = trackingRef(state, remote, branch);
    const before = await state.refs.read(name);
    if (before === head.sha) continue;
    await state.refs.write(name, head.sha);
    updates.push({ branch, before, after: head.sha });
  }
  return updates;
}

/** A bare clone keeps the branches of the remote as its own. */
function trackingRef(state: RepositoryState, remote: string, branch: string): string {
  return state.location.bare ? `${HEADS}${branch}` : `refs/remotes/${remote}/${branch}`;
}

async function prune(
  state: RepositoryState,
  at: { readonly remote: string; readonly heads: readonly RemoteRef[]; readonly scope: Scope },
): Promise<UpdatedRef[]> {
  if (state.location.bare) return [];
  const there = new Set(at.heads.map((ref) => ref.name));
  for (const { name } of await state.refs.list(`refs/remotes/${at.remote}/`)) {
    const full = HEADS + name;
    if (name !== 'HEAD' && at.scope.includes(full) && !there.has(full))
      await state.refs.delete(`refs/remotes/${at.remote}/${name}`);
  }
  return [];
}

/** Fetches the branch and moves the current one to it, or merges it when asked to. */
export async function pullRemote(
  state: RepositoryState,
  options: PullOptions,
): Promise<UpdatedRef> {
  const remote = options.remote ?? 'origin';
  const current = await state.refs.current();
  if (current === undefined) throw detached();
  const branch = options.branch ?? current;
  await fetchRemote(state, { ...options, remote, branch });
  const tracking = `refs/remotes/${remote}/${branch}`;
  const theirs = await state.refs.commit(tracking);
  const ours = await state.refs.head();
  const move = async (after: string): Promise<UpdatedRef> => {
    const to = (await readCommit(state.objects, after)).tree;
    const from = ours === undefined ? undefined : (await readCommit(state.objects, ours)).tree;
    await checkOutTree(state, { from, to });
    await state.refs.write(HEADS + current, after);
    return { branch, before: ours, after };
  };
  if (ours === undefined) return move(theirs);
  if (ours === theirs || (await isAncestor(state.objects, theirs, ours)))
    return { branch, before: ours, after: ours };
  if (await isAncestor(state.objects, ours, theirs)) return move(theirs);
  if (options.strategy !== 'merge')
    throw new GitError(
      'GIT_DIVERGED',
      `The branch "${current}" and "${remote}/${branch}" have both moved.`,
      { details: { local: ours, remote: theirs } },
    );
  const message = `Merge branch '${branch}' of ${remote}`;
  return move(await merge(state, { ours: HEADS + current, theirs: tracking, message, options }));
}

async function merge(
  state: RepositoryState,
  what: {
    readonly ours: string;
    readonly theirs: string;
    readonly message: string;
    readonly options: PullOptions;
  },
): Promise<string> {
  const { author } = what.options;
  if (author === undefined)
    throw new GitError(
      'GIT_IDENTITY_MISSING',
      'A merge commit needs a name and an email of its author.',
    );
  try {
    const result = await git.merge({
      fs,
      gitdir: state.gitdir,
      ours: what.ours,
      theirs: what.theirs,
      author: signatureOf(author, state.clock),
      message: cleanMessage(what.message),
      fastForward: false,
      noUpdateBranch: true,
      cache: {},
    });
    if (result.oid !== undefined) return result.oid;
  } catch (error) {
    if (error instanceof git.Errors.MergeConflictError)
      throw new GitError('GIT_MERGE_CONFLICT', 'The same lines were changed on both sides.', {
        cause: error,
        details: { files: error.data.filepaths },
      });
    if (error instanceof git.Errors.MergeNotSupportedError)
      throw new GitError(
        'GIT_MERGE_CONFLICT',
        'The branches have no single common ancestor, which the isomorphic engine cannot merge.',
        { cause: error, hint: 'Merge with the git program.' },
      );
    throw error;
  }
  throw new GitError('GIT_MERGE_CONFLICT', 'The merge gave no commit.');
}

/** Pushes a branch: forward only, or with a lease on what was fetched last. */
export function pushRemote(state: RepositoryState, options: PushOptions): Promise<UpdatedRef> {
  const remote = options.remote ?? 'origin';
  return withRemote(state, { remote, options }, async (context, deadline) => {
    const branch = options.branch ?? (await state.refs.current());
    if (branch === undefined) throw detached();
    const commit = await state.refs.commit(HEADS + branch);
    const tracking = `refs/remotes/${remote}/${branch}`;
    const lease = await state.refs.read(tracking);
    let before: string | undefined;
    const accepts = async (current: string | undefined): Promise<boolean> => {
      before = current;
      if (options.force === true) return current === lease;
      if (current === undefined) return true;
      // What is not here cannot be an ancestor of what is.
      if ((await state.objects.read(current)) === undefined) return false;
      return isAncestor(state.objects, current, commit);
    };
    const pack = async (refs: readonly RemoteRef[]): Promise<Buffer> =>
      writePack(
        await newObjects(
          state.objects,
          commit,
          refs.map((ref) => ref.sha),
        ),
      );
    const ref = HEADS + branch;
    const { onProgress } = options;
    const outcome = await sendPack(context, { ref, commit, accepts, pack, onProgress }, deadline);
    if (outcome === 'rejected')
      throw new GitError(
        'GIT_PUSH_REJECTED',
        options.force === true
          ? `The remote branch "${branch}" is not what was fetched last.`
          : `The remote branch "${branch}" has commits that the local one lacks.`,
        { details: { ref, remote: before } },
      );
    if (!state.location.bare) await state.refs.write(tracking, commit);
    return { branch, before, after: commit };
  });
}

function detached(): GitError {
  return new GitError('GIT_REF_NOT_FOUND', 'No branch is checked out (HEAD is detached).', {
    hint: 'Name the branch, or check one out.',
  });
}
