import { GitStore } from '../forge/git-store.ts';
import { SimulatedGit } from '../forge/simulated-git.ts';
import { ActionState } from './action-state.ts';

export interface ReviewState {
  readonly id: number;
  readonly account: string;
  readonly state: string;
  readonly commit: string;
}

export interface PullRequestState {
  readonly number: number;
  title: string;
  body: string;
  state: 'open' | 'closed';
  merged: boolean;
  readonly head: string;
  base: string;
  /** The repository of the source; `undefined` for one that is gone. */
  headRepository: string | undefined;
  /** Fixed when it is closed; the tips of the branches before. */
  headSha: string | undefined;
  baseSha: string | undefined;
  mergeCommit: string | undefined;
  readonly createdAt: string;
  updatedAt: string;
  readonly reviews: ReviewState[];
  readonly comments: { readonly id: number; body: string; readonly createdAt: string }[];
  /** The merge that waits for the checks. */
  scheduled: (() => Promise<unknown>) | undefined;
}

/** How merges of a repository behave. */
export interface MergeBehaviour {
  /** How many requests are answered with 405 "Please try again later" before it is known whether a pull request merges. */
  checks: number;
  /** True to find conflicts while merging (409) and not before (405 for ever). */
  late: boolean;
  /** True while checks that must pass have not ended. */
  pending: boolean;
  requiredApprovals: number;
  /** The styles that the repository allows. */
  styles: readonly string[];
  preferred: string;
  /** What the hook on the server says against a push. */
  rejected: string | undefined;
}

/** How Gitea and Forgejo differ here. */
export type Flavour = 'gitea' | 'forgejo';

/** One repository of the simulator: a Git repository, and what a forge keeps beside it. */
export class RepositoryState extends SimulatedGit {
  readonly flavour: Flavour;
  /** The path that the server is below: `''` or such as `/git`. */
  readonly sitePath: string;
  /** The address that the server has in its settings, which links are written with; `''` for the one it is reached by. */
  rootUrl = '';
  archived = false;
  /** Branches that nobody may push to. */
  readonly protectedBranches = new Set<string>();
  readonly pulls: PullRequestState[] = [];
  readonly statuses = new Map<string, Record<string, unknown>[]>();
  readonly hooks = new Map<number, Record<string, unknown>>();
  readonly merging: MergeBehaviour = {
    checks: 0,
    late: false,
    pending: false,
    requiredApprovals: 0,
    styles: ['merge', 'rebase', 'rebase-merge', 'squash', 'fast-forward-only'],
    preferred: 'merge',
    rejected: undefined,
  };
  /** False refuses the approval of one's own pull request, as a real server does; the contract has one account only. */
  selfApproval = true;
  /** Paths in Git LFS: path → content. */
  readonly lfs = new Map<string, Uint8Array>();
  /** Files above this size come without their content. */
  maxInlineBytes = 10 * 1024 * 1024;
  /** The most entries of a tree that one page has. */
  treesPerPage = 1000;
  readonly actions = new ActionState(() => this.now());
  #id = 1000;

  private constructor(
    place: { fullName: string; flavour: Flavour; sitePath: string },
    store: GitStore,
  ) {
    super(place.fullName, store);
    this.flavour = place.flavour;
    this.sitePath = place.sitePath;
  }

  static async create(place: {
    readonly fullName: string;
    readonly flavour: Flavour;
    readonly sitePath: string;
  }): Promise<RepositoryState> {
    return new RepositoryState(place, await GitStore.create());
  }

  /** A time that is later than every one before, as Gitea writes it. */
  now(): string {
    return this.tick()
      .toISOString()
      .replace(/\.\d+Z$/, 'Z');
  }

  nextId(): number {
    this.#id += 1;
    return this.#id;
  }

  /** Resolves a branch, tag or commit. */
  async revision(name: string): Promise<string | undefined> {
    return (
      (await this.branch(name)) ??
      (await this.store.ref(`refs/tags/${name}`)) ??
      (/^[0-9a-f]{7,40}$/.test(name) ? (await this.store.commit(name))?.oid : undefined)
    );
  }

  /** Lets the checks of all pull requests pass, and merges what waited for that. */
  async passChecks(): Promise<void> {
    this.merging.pending = false;
    for (const pull of this.pulls) {
      const { scheduled } = pull;
      pull.scheduled = undefined;
      await scheduled?.();
    }
  }
}
