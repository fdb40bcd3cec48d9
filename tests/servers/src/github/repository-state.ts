import { createHash } from 'node:crypto';
import { GitStore } from '../forge/git-store.ts';
import { SimulatedGit } from '../forge/simulated-git.ts';
import { ActionsState } from './actions-state.ts';

export interface ReviewState {
  readonly id: number;
  readonly account: string;
  state: 'APPROVED' | 'DISMISSED' | 'COMMENTED';
  readonly commit: string;
}

export interface PullState {
  readonly number: number;
  title: string;
  body: string | null;
  state: 'open' | 'closed';
  draft: boolean;
  readonly head: string;
  /** The repository of the source; `undefined` when it is this one. */
  readonly fork: string | undefined;
  base: string;
  /** Fixed when it is closed; the tips of the branches before. */
  headSha: string;
  baseSha: string;
  mergedAt: string | undefined;
  mergeCommit: string | undefined;
  autoMerge: string | undefined;
  queued: boolean;
  readonly createdAt: string;
  updatedAt: string;
  readonly reviews: ReviewState[];
  readonly comments: { readonly id: number; body: string; readonly createdAt: string }[];
}

/** What the settings and rules of a repository make of a merge. */
export interface MergeRules {
  readonly methods: Set<'merge' | 'squash' | 'rebase'>;
  /** Statuses that must be a success. */
  readonly requiredContexts: Set<string>;
  requiredApprovals: number;
  autoMerge: boolean;
  queue: boolean;
  /** How many reads answer that it is not known yet whether a pull request can be merged. */
  unknownReads: number;
}

/** One repository of the simulator: a Git repository, and what GitHub keeps beside it. */
export class RepositoryState extends SimulatedGit {
  readonly pulls: PullState[] = [];
  readonly statuses: {
    readonly sha: string;
    readonly context: string;
    readonly state: string;
    readonly description: string | null;
    readonly targetUrl: string | null;
    readonly createdAt: string;
  }[] = [];
  readonly checkRuns: Record<string, unknown>[] = [];
  readonly hooks = new Map<number, Record<string, unknown>>();
  readonly rules: MergeRules = {
    methods: new Set(['merge', 'squash', 'rebase']),
    requiredContexts: new Set(),
    requiredApprovals: 0,
    autoMerge: true,
    queue: false,
    unknownReads: 0,
  };
  /** Branches that nobody may push to. */
  readonly protectedBranches = new Set<string>();
  readonly actions = new ActionsState(
    () => this.now(),
    () => this.nextId(),
  );
  // The ids of GitHub have long been beyond 32 bits.
  #id = 3_000_000_000;

  static async create(fullName: string): Promise<RepositoryState> {
    return new RepositoryState(fullName, await GitStore.create());
  }

  /** A number that nothing else has. */
  nextId(): number {
    this.#id += 1;
    return this.#id;
  }

  /** A time that is later than every one before, as GitHub writes it. */
  now(): string {
    return this.tick().toISOString().replace('.000Z', 'Z');
  }

  /** The id that GraphQL knows the repository by. */
  get nodeId(): string {
    return `R_${createHash('sha256').update(this.store.gitdir).digest('hex').slice(0, 16)}`;
  }

  /** Finds a commit by id, branch or tag. */
  async revision(name: string): Promise<string | undefined> {
    const plain = name.replace(/^refs\//, '');
    return (
      (await this.store.ref(`refs/${plain}`)) ??
      (await this.branch(name)) ??
      (await this.store.ref(`refs/tags/${name}`)) ??
      (await this.store.commit(name))?.oid
    );
  }
}
