import { randomUUID } from 'node:crypto';
import { GitStore } from '../forge/git-store.ts';
import { SimulatedGit } from '../forge/simulated-git.ts';
import { PipelineState } from './pipeline-state.ts';

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

/** One repository of the simulator: a Git repository, and what a forge keeps beside it. */
export class RepositoryState extends SimulatedGit {
  readonly pulls: PullRequestState[] = [];
  readonly statuses = new Map<string, Map<string, Record<string, unknown>>>();
  readonly hooks = new Map<string, Record<string, unknown>>();
  readonly tasks = new Map<string, MergeTask>();
  readonly merging: MergeBehaviour = { mode: 'sync', pendingPolls: 2, requiredApprovals: 0 };
  /** The uuids that a new pull request has as reviewers. */
  readonly defaultReviewers: string[] = [];
  /** Paths that the simulator answers as if they were in Git LFS: path → address of the media store. */
  readonly lfs = new Map<string, string>();
  readonly pipelines = new PipelineState(() => this.now());
  #comment = 1000;

  static async create(fullName: string): Promise<RepositoryState> {
    return new RepositoryState(fullName, await GitStore.create());
  }

  /** A time that is later than every one before, as Bitbucket writes it. */
  now(): string {
    return this.tick().toISOString().replace('Z', '+00:00');
  }

  nextCommentId(): number {
    this.#comment += 1;
    return this.#comment;
  }

  newUuid(): string {
    return `{${randomUUID()}}`;
  }

  /** Resolves what stands before the path in `src/{commit}/{path}`: a commit, a branch or a tag. */
  async revision(name: string): Promise<string | undefined> {
    const commit = /^[0-9a-f]{7,40}$/.test(name) ? await this.store.commit(name) : undefined;
    if (commit !== undefined) return commit.oid;
    if (name.includes('/')) return undefined;
    return (await this.branch(name)) ?? (await this.store.ref(`refs/tags/${name}`));
  }
}
