import type { GitStore, Mode, StoreAuthor, StoreChange } from './git-store.ts';

/** What to put into a repository past its API. */
export interface SimulatedSeed {
  readonly branch: string;
  readonly files: Readonly<
    Record<
      string,
      | string
      | Uint8Array
      | { readonly content: string | Uint8Array; readonly mode: Mode }
      | undefined
    >
  >;
  /** The branch or commit that a new branch starts from. @default a first commit */
  readonly from?: string | undefined;
  readonly message?: string | undefined;
  readonly author?: StoreAuthor | undefined;
}

/**
 * The Git repository under a repository of a forge, and a clock that never stands still.
 *
 * A simulator extends this with what its forge keeps beside Git: pull requests, statuses, webhooks.
 *
 * @example
 * class RepositoryState extends SimulatedGit {
 *   readonly pulls: PullRequestState[] = [];
 *   static async create(fullName: string): Promise<RepositoryState> {
 *     return new RepositoryState(fullName, await GitStore.create());
 *   }
 * }
 */
export class SimulatedGit {
  /** The path of the repository, such as `acme/shop`. */
  readonly fullName: string;
  readonly store: GitStore;
  readonly mainBranch = 'main';
  #time = Date.parse('2026-11-20T08:00:00Z');

  protected constructor(fullName: string, store: GitStore) {
    this.fullName = fullName;
    this.store = store;
  }

  /** Removes the Git repository. */
  close(): Promise<void> {
    return this.store.close();
  }

  /** Gives a time that is a second later than every one before. */
  tick(): Date {
    this.#time += 1000;
    return new Date(this.#time);
  }

  /** Reads the tip of a branch. */
  branch(name: string): Promise<string | undefined> {
    return this.store.ref(`refs/heads/${name}`);
  }

  /** Finds a branch that Git cannot have beside another: `prod` beside `prod/web`. */
  async nameConflict(name: string): Promise<string | undefined> {
    const branches = await this.store.branches();
    return branches.find((other) => other.startsWith(`${name}/`) || name.startsWith(`${other}/`));
  }

  /** Commits files past the API, as somebody who pushes with Git does. Returns the commit. */
  async seed(seed: SimulatedSeed): Promise<string> {
    const { branch, files, from, message = `Seed ${branch}`, author } = seed;
    const tip =
      (await this.branch(branch)) ??
      (from === undefined
        ? undefined
        : ((await this.branch(from)) ?? (await this.store.commit(from))?.oid));
    const changes = new Map<string, StoreChange>(
      Object.entries(files).map(([path, file]) => [path, toChange(file)]),
    );
    const parents = tip === undefined ? [] : [tip];
    const oid = await this.store.write({ parents, changes, message, author });
    await this.store.setRef(`refs/heads/${branch}`, oid);
    return oid;
  }

  /** Reads a commit past the API. */
  async inspect(
    sha: string,
  ): Promise<{ parents: readonly string[]; author: StoreAuthor; message: string }> {
    const read = await this.store.commit(sha);
    if (read === undefined) throw new Error(`no commit ${sha}`);
    const { parent, author, message } = read.commit;
    return { parents: parent, author: { name: author.name, email: author.email }, message };
  }

  /** Reads the mode of a file past the API. */
  async mode(sha: string, path: string): Promise<string | undefined> {
    return (await this.store.entry(sha, path))?.mode;
  }
}

function toChange(file: SimulatedSeed['files'][string]): StoreChange {
  if (file === undefined) return undefined;
  const plain = typeof file === 'string' || file instanceof Uint8Array;
  const content = plain ? file : file.content;
  return {
    content: typeof content === 'string' ? Buffer.from(content, 'utf8') : content,
    mode: plain ? '100644' : file.mode,
  };
}
