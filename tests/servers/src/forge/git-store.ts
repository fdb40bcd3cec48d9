import fs from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as git from 'isomorphic-git';

export type Mode = '100644' | '100755' | '120000';

/** A file to write; `undefined` deletes. */
export type StoreChange = { readonly content: Uint8Array; readonly mode: Mode } | undefined;

export interface StoreAuthor {
  readonly name: string;
  readonly email: string;
  /** When, in seconds since 1970; a copy of a commit keeps it. @default now */
  readonly timestamp?: number | undefined;
}

export interface StoredFile {
  readonly type: 'blob' | 'tree' | 'commit';
  readonly mode: string;
  readonly oid: string;
}

export interface TreeDifference {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** A bare Git repository on disk. Reads and writes only the trees on the way to a path, whatever the size of the rest. */
export class GitStore {
  readonly gitdir: string;
  #cache: object = {};
  #clock = 1_760_000_000;

  private constructor(gitdir: string) {
    this.gitdir = gitdir;
  }

  static async create(): Promise<GitStore> {
    const gitdir = await mkdtemp(join(tmpdir(), 'bowline-forge-'));
    const store = new GitStore(gitdir);
    try {
      await git.init({ fs, gitdir, bare: true, defaultBranch: 'main' });
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    await rm(this.gitdir, { recursive: true, force: true });
  }

  get #base() {
    return { fs, gitdir: this.gitdir, cache: this.#cache };
  }

  /** Reads the commit of a ref such as `refs/heads/main`. */
  async ref(name: string): Promise<string | undefined> {
    try {
      const oid = await git.resolveRef({ ...this.#base, ref: name });
      return await this.#peel(oid);
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async #peel(oid: string): Promise<string> {
    const { oid: commit } = await git.readCommit({ ...this.#base, oid });
    return commit;
  }

  async setRef(name: string, oid: string): Promise<void> {
    await git.writeRef({ ...this.#base, ref: name, value: oid, force: true });
  }

  async deleteRef(name: string): Promise<void> {
    await git.deleteRef({ ...this.#base, ref: name });
  }

  branches(): Promise<string[]> {
    return git.listBranches(this.#base);
  }

  tags(): Promise<string[]> {
    return git.listTags(this.#base);
  }

  async annotatedTag(name: string, oid: string, message: string): Promise<void> {
    const tagger = { ...bot, timestamp: this.#tick(), timezoneOffset: 0 };
    await git.annotatedTag({ ...this.#base, ref: name, object: oid, message, tagger });
  }

  /** Reads a commit by its full or abbreviated id. */
  async commit(id: string): Promise<{ oid: string; commit: git.CommitObject } | undefined> {
    if (!/^[0-9a-f]{4,40}$/.test(id)) return undefined;
    try {
      const oid = id.length === 40 ? id : await git.expandOid({ ...this.#base, oid: id });
      return await git.readCommit({ ...this.#base, oid });
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async blob(oid: string): Promise<Uint8Array> {
    return (await git.readBlob({ ...this.#base, oid })).blob;
  }

  async #tree(oid: string): Promise<git.TreeEntry[]> {
    return (await git.readTree({ ...this.#base, oid })).tree;
  }

  /** Finds an entry by walking down the path. */
  async entry(commit: string, path: string): Promise<StoredFile | undefined> {
    const read = await this.commit(commit);
    if (read === undefined) return undefined;
    let at: StoredFile = { type: 'tree', mode: '040000', oid: read.commit.tree };
    for (const part of path.split('/').filter((name) => name !== '')) {
      if (at.type !== 'tree') return undefined;
      const found = (await this.#tree(at.oid)).find((entry) => entry.path === part);
      if (found === undefined) return undefined;
      at = { type: found.type, mode: found.mode, oid: found.oid };
    }
    return at;
  }

  /** Lists a folder. */
  async list(tree: string): Promise<readonly (StoredFile & { readonly name: string })[]> {
    return (await this.#tree(tree)).map(({ path, type, mode, oid }) => ({
      name: path,
      type,
      mode,
      oid,
    }));
  }

  /** Writes a commit on a parent (or a first one) and returns its id; moves no ref. */
  async write(input: {
    readonly parents: readonly string[];
    readonly changes: ReadonlyMap<string, StoreChange>;
    readonly message: string;
    readonly author?: StoreAuthor | undefined;
  }): Promise<string> {
    const parent = input.parents[0] === undefined ? undefined : await this.commit(input.parents[0]);
    const tree = await this.#edit(parent?.commit.tree, input.changes);
    return this.writeCommit({ ...input, tree: tree ?? (await this.#writeTree([])) });
  }

  async writeCommit(input: {
    readonly parents: readonly string[];
    readonly tree: string;
    readonly message: string;
    readonly author?: StoreAuthor | undefined;
  }): Promise<string> {
    const { parents, tree, message, author = bot } = input;
    const timestamp = this.#tick();
    return git.writeCommit({
      ...this.#base,
      commit: {
        message: message.endsWith('\n') ? message : `${message}\n`,
        tree,
        parent: [...parents],
        author: { ...author, timestamp: author.timestamp ?? timestamp, timezoneOffset: 0 },
        committer: { ...bot, timestamp, timezoneOffset: 0 },
      },
    });
  }

  #tick(): number {
    this.#clock += 1;
    return this.#clock;
  }

  #writeTree(tree: git.TreeEntry[]): Promise<string> {
    return git.writeTree({ ...this.#base, tree });
  }

  async #edit(
    oid: string | undefined,
    changes: ReadonlyMap<string, StoreChange>,
  ): Promise<string | undefined> {
    const entries = new Map(
      oid === undefined ? [] : (await this.#tree(oid)).map((entry) => [entry.path, entry]),
    );
    const below = new Map<string, Map<string, StoreChange>>();
    for (const [path, change] of changes) {
      const slash = path.indexOf('/');
      if (slash >= 0) {
        const name = path.slice(0, slash);
        const inner = below.get(name) ?? new Map<string, StoreChange>();
        below.set(name, inner.set(path.slice(slash + 1), change));
      } else if (change === undefined) {
        entries.delete(path);
      } else {
        const blob = await git.writeBlob({ ...this.#base, blob: change.content });
        entries.set(path, { path, mode: change.mode, oid: blob, type: 'blob' });
      }
    }
    for (const [name, inner] of below) {
      const old = entries.get(name);
      const tree = await this.#edit(old?.type === 'tree' ? old.oid : undefined, inner);
      if (tree === undefined) entries.delete(name);
      else entries.set(name, { path: name, mode: '040000', oid: tree, type: 'tree' });
    }
    return entries.size === 0 ? undefined : this.#writeTree([...entries.values()]);
  }

  async mergeBase(left: string, right: string): Promise<string | undefined> {
    const [base] = (await git.findMergeBase({ ...this.#base, oids: [left, right] })) as string[];
    return base;
  }

  /** Merges the trees of two commits; moves no ref. `undefined` when the contents conflict or have no common start. */
  async merge(ours: string, theirs: string): Promise<string | undefined> {
    try {
      const result = await git.merge({
        ...this.#base,
        ours,
        theirs,
        fastForward: false,
        noUpdateBranch: true,
        author: bot,
      });
      // Without a tree there was nothing to merge.
      return result.tree ?? (await this.commit(ours))?.commit.tree;
    } catch (error) {
      if (error instanceof git.Errors.MergeConflictError) return undefined;
      if (error instanceof git.Errors.MergeNotSupportedError) return undefined;
      throw error;
    }
  }

  /** Lists the files that differ between two commits; equal folders are not looked into. */
  async differences(before: string | undefined, after: string): Promise<TreeDifference[]> {
    const [old, now] = await Promise.all([
      before === undefined ? undefined : this.commit(before),
      this.commit(after),
    ]);
    const result: TreeDifference[] = [];
    await this.#compare('', { before: old?.commit.tree, after: now?.commit.tree }, result);
    return result;
  }

  async #compare(
    prefix: string,
    trees: { readonly before: string | undefined; readonly after: string | undefined },
    result: TreeDifference[],
  ): Promise<void> {
    if (trees.before === trees.after) return;
    const index = async (oid: string | undefined) =>
      new Map(oid === undefined ? [] : (await this.#tree(oid)).map((entry) => [entry.path, entry]));
    const [before, after] = await Promise.all([index(trees.before), index(trees.after)]);
    for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
      const [old, now] = [before.get(name), after.get(name)];
      if (old?.oid === now?.oid && old?.mode === now?.mode) continue;
      const path = `${prefix}${name}`;
      const folders = {
        before: old?.type === 'tree' ? old.oid : undefined,
        after: now?.type === 'tree' ? now.oid : undefined,
      };
      await this.#compare(`${path}/`, folders, result);
      const files = {
        before: old?.type === 'blob' ? old.oid : undefined,
        after: now?.type === 'blob' ? now.oid : undefined,
      };
      if (files.before !== undefined || files.after !== undefined) result.push({ path, ...files });
    }
  }
}

const bot: StoreAuthor = { name: 'Bowline Bot', email: 'bot@example.com' };

function isMissing(error: unknown): boolean {
  return (
    error instanceof git.Errors.NotFoundError ||
    error instanceof git.Errors.ObjectTypeError ||
    error instanceof git.Errors.AmbiguousError
  );
}
