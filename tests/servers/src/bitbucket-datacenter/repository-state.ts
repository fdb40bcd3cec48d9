import { GitStore } from '../forge/git-store.ts';
import { SimulatedGit } from '../forge/simulated-git.ts';

/** An account, as it stands in answers. */
export interface UserState {
  readonly name: string;
  readonly slug: string;
  readonly displayName: string;
}

export interface CommentState {
  readonly id: number;
  readonly author: UserState;
  readonly createdDate: number;
  text: string;
  version: number;
  deleted: boolean;
}

export interface AutoMergeState {
  readonly strategyId: string | undefined;
  readonly message: string | undefined;
  /** The head of the source when it was asked for. */
  readonly fromHash: string | undefined;
}

export interface PullRequestState {
  readonly id: number;
  version: number;
  title: string;
  description: string | undefined;
  state: 'OPEN' | 'MERGED' | 'DECLINED';
  draft: boolean;
  readonly source: string;
  /** The full name of another repository that the source is in. */
  readonly fork: string | undefined;
  destination: string;
  /** Fixed when it is closed; the tips of the branches before. */
  sourceHash: string | undefined;
  destinationHash: string | undefined;
  mergeCommit: string | undefined;
  readonly author: UserState;
  readonly createdDate: number;
  updatedDate: number;
  reviewers: readonly UserState[];
  readonly approvals: Set<string>;
  readonly comments: CommentState[];
  autoMerge: AutoMergeState | undefined;
}

/** How merges of a repository behave. */
export interface MergeBehaviour {
  /** The strategies that are enabled. */
  strategies: readonly string[];
  defaultStrategy: string;
  /** How many approvals a merge needs. */
  requiredApprovals: number;
  autoMerge: boolean;
}

/** One repository of the simulator: a Git repository, and what Bitbucket Data Center keeps beside it. */
export class RepositoryState extends SimulatedGit {
  readonly pulls: PullRequestState[] = [];
  readonly builds = new Map<string, Map<string, Record<string, unknown>>>();
  readonly hooks = new Map<string, Record<string, unknown>>();
  readonly merging: MergeBehaviour = {
    strategies: ['no-ff', 'ff', 'ff-only', 'rebase-no-ff', 'rebase-ff-only', 'squash'],
    defaultStrategy: 'no-ff',
    requiredApprovals: 0,
    autoMerge: true,
  };
  /** Who is a reviewer of each new pull request. */
  readonly reviewers: UserState[] = [];
  #id = 100;

  static async create(fullName: string): Promise<RepositoryState> {
    return new RepositoryState(fullName, await GitStore.create());
  }

  get key(): string {
    return this.fullName.split('/')[0] ?? '';
  }

  get slug(): string {
    return this.fullName.split('/')[1] ?? '';
  }

  /** Milliseconds, later than every time before. */
  now(): number {
    return this.tick().getTime();
  }

  nextId(): number {
    this.#id += 1;
    return this.#id;
  }

  /** Finds the commit of a commit id, a full ref, or the short name of a branch or tag. */
  async revision(name: string): Promise<string | undefined> {
    const commit = /^[0-9a-f]{4,40}$/.test(name) ? await this.store.commit(name) : undefined;
    if (commit !== undefined) return commit.oid;
    if (name.startsWith('refs/')) return this.store.ref(name);
    return (await this.branch(name)) ?? (await this.store.ref(`refs/tags/${name}`));
  }
}
