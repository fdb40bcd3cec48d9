import { randomUUID } from 'node:crypto';
import { GitStore, type Mode, type StoreAuthor, type StoreChange } from './git-store.ts';

export interface PullRequestState {
  readonly id: number;
  title: string;
  description: string;
  state: 'OPEN' | 'MERGED' | 'DECLINED';
  draft: boolean;
  source: string;
  destination: string;
  closeSourceBranch: boolean;
  /** Fixed when it is closed; the tips of the branches before. */
  sourceHash: string | undefined;
  destinationHash: string | undefined;
  mergeCommit: string | undefined;
  readonly createdOn: string;
  updatedOn: string;
  reviewers: readonly string[];
  readonly approvals: Set<string>;
  readonly comments: { id: number; raw: string; createdOn: string }[];
}

export interface MergeTask {
  readonly id: string;
  readonly pull: PullRequestState;
  pollsLeft: number;
  readonly finish: () => Promise<MergeOutcome>;
  outcome: MergeOutcome | undefined;
}

export interface MergeOutcome {
  readonly status: 200 | 400 | 409;
  readonly message: string;
}

/** How merges of a repository behave. */
export interface MergeBehaviour {
  /** `sync` answers 200, `async` answers 202 with a task, `timeout` merges and answers 555, `timeout-undone` answers 555 only. */
  mode: 'sync' | 'async' | 'timeout' | 'timeout-undone';
  /** How many polls of a task answer PENDING. */
  pendingPolls: number;
  /** How many approvals a merge needs. */
  requiredApprovals: number;
}

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
  readonly from?: string | undefined;
  readonly message?: string | undefined;
  readonly author?: StoreAuthor | undefined;
}

/** One repository of the simulator: a Git repository, and what a forge keeps beside it. */
export class RepositoryState {
  readonly fullName: string;
  readonly store: GitStore;
  readonly mainBranch = 'main';
  readonly pulls: PullRequestState[] = [];
  readonly statuses = new Map<string, Map<string, Record<string, unknown>>>();
  readonly hooks = new Map<string, Record<string, unknown>>();
  readonly tasks = new Map<string, MergeTask>();
  readonly merging: MergeBehaviour = { mode: 'sync', pendingPolls: 2, requiredApprovals: 0 };
  /** The uuids that a new pull request has as reviewers. */
  readonly defaultReviewers: string[] = [];
  /** Paths that the simulator answers as if they were in Git LFS: path → address of the media store. */
  readonly lfs = new Map<string, string>();
  #time = Date.parse('2026-11-20T08:00:00Z');
  #comment = 1000;

  private constructor(fullName: string, store: GitStore) {
    this.fullName = fullName;
    this.store = store;
  }

  static async create(fullName: string): Promise<RepositoryState> {
    return new RepositoryState(fullName, await GitStore.create());
  }

  close(): Promise<void> {
    return this.store.close();
  }

  /** A time that is later than every one before. */
  now(): string {
    this.#time += 1000;
    return new Date(this.#time).toISOString().replace('Z', '+00:00');
  }

  nextCommentId(): number {
    this.#comment += 1;
    return this.#comment;
  }

  newUuid(): string {
    return `{${randomUUID()}}`;
  }

  branch(name: string): Promise<string | undefined> {
    return this.store.ref(`refs/heads/${name}`);
  }

  /** Finds a branch that Git cannot have beside another: `prod` beside `prod/web`. */
  async nameConflict(name: string): Promise<string | undefined> {
    const branches = await this.store.branches();
    return branches.find((other) => other.startsWith(`${name}/`) || name.startsWith(`${other}/`));
  }

  /** Resolves what stands before the path in `src/{commit}/{path}`: a commit, a branch or a tag. */
  async revision(name: string): Promise<string | undefined> {
    const commit = /^[0-9a-f]{7,40}$/.test(name) ? await this.store.commit(name) : undefined;
    if (commit !== undefined) return commit.oid;
    if (name.includes('/')) return undefined;
    return (await this.branch(name)) ?? (await this.store.ref(`refs/tags/${name}`));
  }

  /** Commits files past the API, as somebody who pushes with Git does. */
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
