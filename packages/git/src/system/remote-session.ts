import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LogOptions, NewCommit, RemoteSession } from '../engine.ts';
import { GitError } from '../errors.ts';
import { formatCommit, readCommit } from '../isomorphic/git-objects.ts';
import { editTree } from '../isomorphic/tree-edit.ts';
import { isObjectId } from '../ref-name.ts';
import type { CommitInfo, EditTree, RemoteOptions } from '../types.ts';
import { BlobBatch } from './blob-batch.ts';
import { gitFailure } from './failure.ts';
import { logArguments, parseLog } from './log-format.ts';
import { ObjectReader } from './object-reader.ts';
import { ObjectStore } from './object-store.ts';
import { type PrivateFolder, privateFolder } from './private-folder.ts';
import { nameIsTaken, readPushReport, remoteWords } from './push-report.ts';
import { listRefs } from './remote-refs.ts';
import { remoteTree } from './remote-tree.ts';
import { pushSettings, type Transport, type TransportContext } from './transport.ts';

/**
 * Opens a remote by means of a bare repository in a private folder: shallow, and without file contents where the server
 * allows. Nothing is checked out, so nothing in the repository (links, filters, hooks) touches the disk.
 */
export async function openSession(
  transport: Transport,
  options: RemoteOptions & { readonly context: TransportContext },
): Promise<RemoteSession> {
  const folder = await privateFolder(options.context.engine.temporaryDirectory);
  try {
    await createBareFolder(folder.path, transport.url.href);
    return new BareSession(folder, transport, options);
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

/** What `git init --bare` would make, without the process. */
async function createBareFolder(path: string, href: string): Promise<void> {
  await Promise.all([
    mkdir(join(path, 'objects', 'pack'), { recursive: true }),
    mkdir(join(path, 'refs', 'bowline'), { recursive: true }),
    writeFile(join(path, 'HEAD'), 'ref: refs/heads/none\n'),
    writeFile(
      join(path, 'config'),
      [
        '[core]',
        '\trepositoryformatversion = 1',
        '\tbare = true',
        '[extensions]',
        '\tpartialClone = origin',
        '[remote "origin"]',
        `\turl = "${href}"`,
        '\tpromisor = true',
        '\tpartialclonefilter = blob:none',
        '',
      ].join('\n'),
    ),
  ]);
}

class BareSession implements RemoteSession {
  readonly #folder: PrivateFolder;
  readonly #transport: Transport;
  readonly #reader: ObjectReader;
  readonly #store: ObjectStore;
  readonly #fetched = new Map<string, number>();
  readonly #blobs = new BlobBatch((ids) => this.#fetchBlobs(ids));
  #partial = true;
  #fetches = 0;

  constructor(folder: PrivateFolder, transport: Transport, options: RemoteOptions) {
    this.#folder = folder;
    this.#transport = transport;
    this.#reader = new ObjectReader({
      directory: folder.path,
      environment: transport.environment,
      settings: transport.settings,
      signal: options.signal,
    });
    this.#store = new ObjectStore(this.#reader, folder.path);
  }

  async resolve(
    ref: string,
    options: { readonly fetch?: boolean } = {},
  ): Promise<string | undefined> {
    const names =
      ref === 'HEAD' || ref.startsWith('refs/') ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];
    if (options.fetch === true) {
      for (const name of names) {
        const sha = await this.#fetchRef(name, 1);
        if (sha !== undefined) return sha;
      }
      return undefined;
    }
    const refs = await listRefs(this.#transport, { cwd: this.#folder.path, prefixes: names });
    for (const name of names) {
      const found = refs.find((one) => one.name === name);
      if (found !== undefined) return found.peeled ?? found.sha;
    }
    return undefined;
  }

  async fetch(
    commit: string,
    options: { readonly ref: string; readonly depth?: number | undefined },
  ): Promise<void> {
    const depth = options.depth ?? 1;
    if ((this.#fetched.get(commit) ?? 0) >= depth) return;
    if ((await this.#fetchRef(commit, depth)) === undefined) {
      throw new GitError('GIT_REF_NOT_FOUND', `The server has no commit "${commit}".`);
    }
  }

  /** @returns The commit; `undefined` when the remote has no such ref. */
  async #fetchRef(ref: string, depth: number): Promise<string | undefined> {
    this.#fetches += 1;
    const local = `refs/bowline/${this.#fetches}`;
    const result = await this.#transport.run({
      args: [
        'fetch',
        '--progress',
        '--no-tags',
        '--no-auto-gc',
        '--no-recurse-submodules',
        '--no-write-fetch-head',
        '--upload-pack=git-upload-pack',
        `--depth=${depth}`,
        '--filter=blob:none',
        'origin',
        `+${ref}:${local}`,
      ],
      cwd: this.#folder.path,
    });
    if (result.code !== 0) {
      if (/couldn't find remote ref|not our ref|no such remote ref/i.test(result.stderr))
        return undefined;
      throw this.#transport.failure(`Fetching "${ref}" of "${this.#transport.name}"`, result);
    }
    if (/filtering not recognized/i.test(result.stderr)) this.#partial = false;
    const tip = (await readFile(join(this.#folder.path, local), 'utf8')).trim();
    const commit = isObjectId(ref) || ref.startsWith('refs/heads/') ? tip : await this.#peel(tip);
    this.#fetched.set(commit, depth);
    return commit;
  }

  /** Asks for contents as git itself does in a partial clone, but for all of them at once. */
  async #fetchBlobs(ids: readonly string[]): Promise<void> {
    if (!this.#partial) return;
    const result = await this.#transport.run({
      args: [
        '-c',
        'fetch.negotiationAlgorithm=noop',
        'fetch',
        '--progress',
        '--no-tags',
        '--no-auto-gc',
        '--no-recurse-submodules',
        '--no-write-fetch-head',
        '--upload-pack=git-upload-pack',
        '--filter=blob:none',
        '--stdin',
        'origin',
      ],
      cwd: this.#folder.path,
      input: `${ids.join('\n')}\n`,
    });
    if (result.code !== 0) throw this.#transport.failure('Fetching file contents', result);
  }

  async #peel(id: string): Promise<string> {
    let current = id;
    for (let depth = 0; depth < 10; depth += 1) {
      const object = await this.#reader.read(current);
      if (object?.type === 'commit') return current;
      const target =
        object?.type === 'tag'
          ? /^object ([0-9a-f]+)\n/.exec(object.data.toString('latin1'))?.[1]
          : undefined;
      if (target === undefined) break;
      current = target;
    }
    throw new GitError(
      'GIT_REF_NOT_FOUND',
      `The object "${id}" is not a commit, nor a tag of one.`,
    );
  }

  tree(commit: string): EditTree {
    return remoteTree(commit, this.#store, this.#blobs);
  }

  async log(commit: string, options: LogOptions): Promise<readonly CommitInfo[]> {
    const result = await this.#transport.run({
      args: [
        ...logArguments,
        `--max-count=${options.limit ?? 10}`,
        '--end-of-options',
        commit,
        '--',
        ...(options.path === undefined ? [] : [options.path]),
      ],
      cwd: this.#folder.path,
    });
    if (result.code !== 0) throw gitFailure('Reading the log', result.stderr);
    return parseLog(result.stdout);
  }

  async commit(commit: NewCommit): Promise<string | undefined> {
    const { tree: before } = await readCommit(this.#store, commit.parent);
    const tree = await editTree(this.#store, before, commit.changes);
    if (tree === before) return undefined;
    const data = await formatCommit({ ...commit, tree, parents: [commit.parent] }, commit.sign);
    return this.#store.write({ type: 'commit', data });
  }

  async push(
    commit: string,
    options: { readonly branch: string; readonly expected: string | undefined },
  ): Promise<'pushed' | 'rejected'> {
    const ref = `refs/heads/${options.branch}`;
    const result = await this.#transport.run({
      args: [
        ...pushSettings,
        'push',
        '--porcelain',
        '--progress',
        '--no-verify',
        '--no-thin',
        '--receive-pack=git-receive-pack',
        '--recurse-submodules=no',
        // The lease makes the push a compare-and-swap. The new commit is a child of what is expected, so this never overwrites.
        `--force-with-lease=${ref}:${options.expected ?? ''}`,
        'origin',
        `${commit}:${ref}`,
      ],
      cwd: this.#folder.path,
    });
    const outcome = readPushReport(result.stdout.toString('utf8'));
    if (outcome?.type === 'pushed' && result.code === 0) return 'pushed';
    // The same commit is there already: another writer made the very same one in the same second. That one is not ours.
    if (outcome?.type === 'same') return 'rejected';
    if (outcome?.type === 'moved' && !nameIsTaken(result.stderr)) return 'rejected';
    if (outcome?.type === 'moved' || outcome?.type === 'refused') {
      const words = remoteWords(result.stderr);
      throw new GitError(
        'GIT_PUSH_REJECTED',
        `The server refused the push to "${options.branch}" (${outcome.reason})${words === '' ? '.' : `: ${words}`}`,
        { details: { reason: outcome.reason, server: words } },
      );
    }
    throw this.#transport.failure(
      `Pushing to "${options.branch}" of "${this.#transport.name}"`,
      result,
    );
  }

  async close(): Promise<void> {
    try {
      await this.#reader.close();
    } finally {
      try {
        await this.#folder.remove();
      } finally {
        await this.#transport.close();
      }
    }
  }
}
