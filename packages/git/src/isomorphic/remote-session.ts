import { isGitOpsError } from '@bowline/gitops-errors';
import type { LogOptions, NewCommit, RemoteSession } from '../engine.ts';
import { GitError } from '../errors.ts';
import type { CommitInfo, EditTree, RemoteOptions, TreeEntry } from '../types.ts';
import { type Deadline, withDeadline } from './deadline.ts';
import { canFilter, fetchPack, type PackRequest } from './fetch-pack.ts';
import {
  entryMode,
  findEntry,
  formatCommit,
  isFolder,
  type ObjectSource,
  readCommit,
  readTree,
} from './git-objects.ts';
import { readLog } from './history.ts';
import { ObjectMemory } from './object-memory.ts';
import { type GitObject, Pack, writePack } from './pack.ts';
import { type Advertisement, discover, listRefs, type RemoteContext } from './ref-discovery.ts';
import { sendPack } from './send-pack.ts';
import { editTree } from './tree-edit.ts';

/**
 * Opens a remote that is read and edited in memory, without a folder.
 *
 * File contents are left out of the first fetch where the server allows (protocol version 2 with `filter`), and come when
 * they are read: all reads of one turn of the event loop in one request.
 */
export function openSession(context: RemoteContext, options: RemoteOptions): RemoteSession {
  return new MemorySession(context, options);
}

class MemorySession implements RemoteSession {
  readonly #context: RemoteContext;
  readonly #options: RemoteOptions;
  readonly #what: string;
  readonly #objects = new ObjectMemory();
  readonly #fetched = new Set<string>();
  #advertisement: Advertisement | undefined;
  #wanted = new Map<string, Promise<void>>();
  #batch: { readonly ids: Set<string>; readonly done: Promise<void> } | undefined;

  constructor(context: RemoteContext, options: RemoteOptions) {
    this.#context = context;
    this.#options = options;
    this.#what = `Git with "${context.connection.address.href}"`;
  }

  resolve(ref: string): Promise<string | undefined> {
    return withDeadline(this.#what, this.#options, async (deadline) => {
      const names = candidates(ref);
      // What an old server said at first may be out of date by now, so it is asked again.
      if (this.#advertisement?.version === 0) this.#advertisement = undefined;
      const advertisement = await this.#advertised(deadline);
      const refs = await listRefs(this.#context, { advertisement, prefixes: names }, deadline);
      for (const name of names) {
        const found = refs.find((one) => one.name === name);
        if (found !== undefined) return found.peeled ?? found.sha;
      }
      return undefined;
    });
  }

  async fetch(
    commit: string,
    options: { readonly ref: string; readonly depth?: number | undefined },
  ): Promise<void> {
    const depth = options.depth ?? 1;
    const key = `${commit} ${depth}`;
    if (this.#fetched.has(key)) return;
    await withDeadline(this.#what, this.#options, (deadline) =>
      this.#receive({ wants: [commit], depth, withoutBlobs: true }, deadline),
    );
    if (!this.#objects.has(commit))
      throw new GitError(
        'GIT_REMOTE_INVALID_ANSWER',
        `The server did not send the commit "${commit}" that was asked for.`,
      );
    this.#fetched.add(key);
  }

  tree(commit: string): EditTree {
    const source = this.#source();
    const root = async (): Promise<string> => (await readCommit(source, commit)).tree;
    return {
      commit,
      read: async (path) => {
        const entry = await findEntry(source, await root(), path);
        if (entry === undefined || isFolder(entry) || entry.mode === '160000') return undefined;
        return (await this.#blob(entry.id)).data;
      },
      entry: async (path) => {
        const entry = await findEntry(source, await root(), path);
        if (entry === undefined || path === '') return undefined;
        return { path, mode: entryMode(entry.mode), sha: entry.id };
      },
      list: async (path) => {
        const folder = await findEntry(source, await root(), path);
        if (folder === undefined || !isFolder(folder)) return [];
        const prefix = path === '' ? '' : `${path}/`;
        return (await readTree(source, folder.id)).map(
          (entry): TreeEntry => ({
            path: `${prefix}${entry.name.toString('utf8')}`,
            mode: entryMode(entry.mode),
            sha: entry.id,
          }),
        );
      },
    };
  }

  log(commit: string, options: LogOptions): Promise<readonly CommitInfo[]> {
    return readLog(this.#source(), commit, options);
  }

  async commit(commit: NewCommit): Promise<string | undefined> {
    const { tree: before } = await readCommit(this.#source(), commit.parent);
    const tree = await editTree(this.#objects, before, commit.changes);
    if (tree === before) return undefined;
    const parts = { ...commit, tree, parents: [commit.parent] };
    const data = await formatCommit(parts, commit.sign);
    return this.#objects.write({ type: 'commit', data });
  }

  push(
    commit: string,
    options: { readonly branch: string; readonly expected: string | undefined },
  ): Promise<'pushed' | 'rejected'> {
    return withDeadline(this.#what, this.#options, (deadline) =>
      sendPack(
        this.#context,
        {
          ref: `refs/heads/${options.branch}`,
          accepts: (current) => current === options.expected,
          commit,
          pack: () => writePack(this.#objects.writtenFor(commit)),
          onProgress: this.#options.onProgress,
        },
        deadline,
      ),
    );
  }

  close(): Promise<void> {
    this.#context.connection.close();
    this.#objects.clear();
    return Promise.resolve();
  }

  #source(): ObjectSource {
    return this.#objects;
  }

  async #advertised(deadline: Deadline): Promise<Advertisement> {
    this.#advertisement ??= await discover(this.#context, 'git-upload-pack', deadline);
    return this.#advertisement;
  }

  async #receive(request: Omit<PackRequest, 'advertisement'>, deadline: Deadline): Promise<void> {
    const advertisement = await this.#advertised(deadline);
    const { onProgress } = this.#options;
    const { pack } = await fetchPack(
      this.#context,
      { ...request, advertisement, onProgress },
      deadline,
    );
    const { maxObjectBytes } = this.#context.limits;
    this.#objects.addPack(await Pack.read(pack, { maxObjectBytes, check: deadline.check }));
  }

  async #blob(id: string): Promise<GitObject> {
    if (!this.#objects.has(id)) await this.#want(id);
    const object = this.#objects.get(id);
    if (object === undefined)
      throw new GitError(
        'GIT_REMOTE_INVALID_ANSWER',
        `The server did not send the file content "${id}" that was asked for.`,
      );
    return object;
  }

  /** Joins the request that is sent at the end of this turn of the event loop. */
  #want(id: string): Promise<void> {
    const running = this.#wanted.get(id);
    if (running !== undefined) return running;
    let batch = this.#batch;
    if (batch === undefined) {
      const ids = new Set<string>();
      const done = new Promise<void>((resolve, reject) => {
        setImmediate(() => {
          this.#batch = undefined;
          this.#receiveBlobs([...ids]).then(resolve, reject);
        });
      }).finally(() => {
        for (const one of ids) this.#wanted.delete(one);
      });
      batch = { ids, done };
      this.#batch = batch;
    }
    batch.ids.add(id);
    this.#wanted.set(id, batch.done);
    return batch.done;
  }

  #receiveBlobs(ids: readonly string[]): Promise<void> {
    return withDeadline(this.#what, this.#options, async (deadline) => {
      try {
        await this.#receive({ wants: ids }, deadline);
      } catch (error) {
        // Some servers filter but serve no object by its id: then the whole commit has to come.
        const refused = isGitOpsError(error) && error.code === 'GIT_REF_NOT_FOUND';
        const filtered = canFilter(await this.#advertised(deadline));
        if (!refused || !filtered) throw error;
        const wants = [...new Set([...this.#fetched].map((key) => key.slice(0, 40)))];
        await this.#receive({ wants, depth: 1 }, deadline);
      }
    });
  }
}

/** The full names that a ref can have, in the order in which Git tries them. */
export function candidates(ref: string): readonly string[] {
  if (ref === 'HEAD' || ref.startsWith('refs/')) return [ref];
  return [`refs/heads/${ref}`, `refs/tags/${ref}`];
}
