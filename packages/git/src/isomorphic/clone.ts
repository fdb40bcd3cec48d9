import fs from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import git from 'isomorphic-git';
import type { CloneOptions } from '../engine.ts';
import { GitError } from '../errors.ts';
import type { RemoteRef } from '../types.ts';
import { checkOutTree } from './checkout.ts';
import { type Deadline, withDeadline } from './deadline.ts';
import { DiskObjects } from './disk-objects.ts';
import { readCommit } from './git-objects.ts';
import { discover, listRefs, type RemoteContext } from './ref-discovery.ts';
import { Refs } from './refs.ts';
import { isAbsent } from './repository-location.ts';
import { writeConfig } from './repository-state.ts';
import { receivePack } from './store-pack.ts';
import { WorkTree } from './work-tree.ts';

/** Clones into an empty or absent folder, and removes all of it again when anything fails. */
export async function cloneRepository(
  context: RemoteContext,
  directory: string,
  options: CloneOptions,
): Promise<void> {
  const target = resolve(directory);
  await withDeadline('The clone', options, async (deadline) => {
    await checkEmpty(target);
    const plan = await planClone(context, options, deadline);
    const created = await mkdir(target, { recursive: true });
    try {
      await fillClone(context, { target, options, plan }, deadline);
    } catch (error) {
      await removeClone(target, created);
      throw error;
    }
  });
}

interface ClonePlan {
  readonly advertisement: Awaited<ReturnType<typeof discover>>;
  /** Refs that the clone gets. */
  readonly refs: readonly RemoteRef[];
  /** What is checked out; `undefined` in an empty repository. */
  readonly checkout: RemoteRef | undefined;
  /** The branch of the remote's HEAD. */
  readonly defaultBranch: string | undefined;
}

async function planClone(
  context: RemoteContext,
  options: CloneOptions,
  deadline: Deadline,
): Promise<ClonePlan> {
  const advertisement = await discover(context, 'git-upload-pack', deadline);
  const prefixes = ['HEAD', 'refs/heads/', 'refs/tags/'];
  const all = await listRefs(context, { advertisement, prefixes }, deadline);
  const find = (name: string): RemoteRef | undefined => all.find((ref) => ref.name === name);
  const head = find('HEAD');
  const defaultBranch =
    head?.target ??
    all.find((ref) => ref.name.startsWith('refs/heads/') && ref.sha === head?.sha)?.name;
  const wanted = options.ref === 'HEAD' ? undefined : options.ref;
  const checkout =
    wanted === undefined
      ? (find(defaultBranch ?? '') ?? head)
      : (find(`refs/heads/${wanted}`) ?? find(`refs/tags/${wanted}`) ?? find(wanted));
  if (wanted !== undefined && checkout === undefined)
    throw new GitError(
      'GIT_REF_NOT_FOUND',
      `There is no branch or tag "${wanted}" in "${context.connection.address.href}".`,
      { details: { ref: wanted } },
    );
  const single = options.singleBranch ?? true;
  const refs = all.filter(
    (ref) => ref.name !== 'HEAD' && (!single || ref.name === checkout?.name || isTag(ref)),
  );
  return { advertisement, refs, checkout, defaultBranch };
}

function isTag(ref: RemoteRef): boolean {
  return ref.name.startsWith('refs/tags/');
}

async function fillClone(
  context: RemoteContext,
  clone: { readonly target: string; readonly options: CloneOptions; readonly plan: ClonePlan },
  deadline: Deadline,
): Promise<void> {
  const { target, options, plan } = clone;
  const bare = options.bare ?? false;
  const gitdir = bare ? target : join(target, '.git');
  const { checkout } = plan;
  const branch = checkout?.name.startsWith('refs/heads/')
    ? checkout.name.slice('refs/heads/'.length)
    : undefined;
  await git.init({ fs, dir: target, gitdir, bare, defaultBranch: branch ?? 'main' });
  await writeRemote(gitdir, { context, options, branch });
  if (checkout === undefined) return;
  const objects = new DiskObjects(gitdir);
  const refs = new Refs(gitdir, objects);
  const single = options.singleBranch ?? true;
  const wants = plan.refs.filter((ref) => ref.name === checkout.name || (!single && !isTag(ref)));
  const request = {
    advertisement: plan.advertisement,
    wants: [...new Set([checkout.sha, ...wants.map((ref) => ref.sha)])],
    depth: options.depth,
    includeTags: true,
    onProgress: options.onProgress,
  };
  await receivePack(context, { gitdir, objects, request }, deadline);
  for (const ref of plan.refs) {
    // Tags come along when what they name was fetched anyway, as with git.
    if (isTag(ref) && ref.name !== checkout.name && !(await holds(objects, ref))) continue;
    const name =
      bare || isTag(ref) ? ref.name : ref.name.replace('refs/heads/', 'refs/remotes/origin/');
    await refs.write(name, ref.sha);
  }
  const commit = await refs.commit(
    bare || branch === undefined ? checkout.sha : `origin/${branch}`,
  );
  if (branch === undefined) await refs.write('HEAD', commit);
  else if (!bare) {
    await refs.write(`refs/heads/${branch}`, commit);
    await writeConfig({ gitdir }, `branch.${branch}.remote`, 'origin');
    await writeConfig({ gitdir }, `branch.${branch}.merge`, `refs/heads/${branch}`);
    if (plan.defaultBranch === checkout.name)
      await refs.point('refs/remotes/origin/HEAD', `refs/remotes/origin/${branch}`);
  }
  if (bare) return;
  deadline.check();
  const { tree } = await readCommit(objects, commit);
  const workTree = new WorkTree(target);
  await checkOutTree({ gitdir, workTree, objects }, { from: undefined, to: tree });
  deadline.check();
}

async function holds(objects: DiskObjects, ref: RemoteRef): Promise<boolean> {
  return (await objects.read(ref.sha)) !== undefined;
}

async function writeRemote(
  gitdir: string,
  remote: {
    readonly context: RemoteContext;
    readonly options: CloneOptions;
    readonly branch: string | undefined;
  },
): Promise<void> {
  const { context, options, branch } = remote;
  await writeConfig({ gitdir }, 'remote.origin.url', context.connection.address.href);
  if (options.bare === true) return;
  const one = (options.singleBranch ?? true) && branch !== undefined ? branch : '*';
  const refspec = `+refs/heads/${one}:refs/remotes/origin/${one}`;
  await writeConfig({ gitdir }, 'remote.origin.fetch', refspec);
}

async function checkEmpty(target: string): Promise<void> {
  try {
    if ((await readdir(target)).length === 0) return;
  } catch (error) {
    if (isAbsent(error)) return;
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOTDIR')) throw error;
  }
  throw new GitError('GIT_ALREADY_EXISTS', `The folder "${target}" exists and is not empty.`);
}

/** Removes what the clone has made: the folders too when it has made them. */
async function removeClone(target: string, created: string | undefined): Promise<void> {
  if (created !== undefined) return rm(created, { recursive: true, force: true });
  for (const name of await readdir(target))
    await rm(join(target, name), { recursive: true, force: true });
}
