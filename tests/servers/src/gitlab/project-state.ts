import { GitStore } from '../forge/git-store.ts';
import { SimulatedGit } from '../forge/simulated-git.ts';
import { PipelineState } from './pipeline-state.ts';

export interface MergeRequestState {
  readonly iid: number;
  title: string;
  description: string | null;
  state: 'opened' | 'closed' | 'merged';
  readonly sourceBranch: string;
  targetBranch: string;
  /** Fixed when it is closed or merged; the tip of the branch before. */
  sha: string | undefined;
  mergeCommit: string | undefined;
  squashCommit: string | undefined;
  forceRemoveSourceBranch: boolean;
  squash: boolean;
  autoMerge: boolean;
  /** How many reads the rebase that is under way still takes; `undefined` when there is none. */
  rebasing: number | undefined;
  mergeError: string | null;
  /** How many reads still answer `checking`. */
  checks: number;
  /** The head that it still shows, for so many reads: GitLab takes notice of a push late. */
  lag: { readonly sha: string; reads: number } | undefined;
  readonly createdAt: string;
  updatedAt: string;
  approved: boolean;
  readonly notes: NoteState[];
}

export interface NoteState {
  readonly id: number;
  body: string;
  readonly system: boolean;
  readonly createdAt: string;
}

export interface StatusState {
  readonly id: number;
  readonly sha: string;
  readonly name: string;
  status: string;
  description: string | null;
  targetUrl: string | null;
  readonly createdAt: string;
}

/** How merges of a project behave. */
export interface MergeSettings {
  method: 'merge' | 'rebase_merge' | 'ff';
  squashOption: 'never' | 'always' | 'default_on' | 'default_off';
  /** How many reads of a new merge request answer `checking`: GitLab computes late. */
  checks: number;
  /** How many reads a rebase takes. */
  rebaseReads: number;
  /** A status that stands in the way of every merge, such as `not_approved`. */
  blocker: string | undefined;
  /** False when the account may not merge. */
  allowed: boolean;
  /** How many merge calls answer 405 although it shows as mergeable. */
  notYet: number;
  /** How many merge calls answer 422 although it shows as mergeable. */
  fails: number;
}

/** One project of the simulator: a Git repository, and what GitLab keeps beside it. */
export class ProjectState extends SimulatedGit {
  readonly id: number;
  readonly mergeRequests: MergeRequestState[] = [];
  readonly statuses: StatusState[] = [];
  readonly hooks = new Map<number, Record<string, unknown>>();
  readonly merging: MergeSettings = {
    method: 'merge',
    squashOption: 'default_off',
    checks: 1,
    rebaseReads: 1,
    blocker: undefined,
    allowed: true,
    notYet: 0,
    fails: 0,
  };
  readonly pipelines = new PipelineState(() => this.now());
  /** Branches that this account may not push to. */
  readonly protectedBranches = new Set<string>();
  /** Refused by the push rule of a project, tested against the names of new branches. */
  branchNameRule: RegExp | undefined;
  #last = 100;

  private constructor(fullName: string, store: GitStore, id: number) {
    super(fullName, store);
    this.id = id;
  }

  static async create(fullName: string, id: number): Promise<ProjectState> {
    return new ProjectState(fullName, await GitStore.create(), id);
  }

  /** A time that is later than every one before, as GitLab writes it. */
  now(): string {
    return this.tick().toISOString();
  }

  /** Counts up. */
  nextId(): number {
    this.#last += 1;
    return this.#last;
  }

  /** Resolves a branch, a tag or a commit. */
  async revision(name: string): Promise<string | undefined> {
    return (
      (await this.branch(name)) ??
      (await this.store.ref(`refs/tags/${name}`)) ??
      (await this.store.commit(name))?.oid
    );
  }

  /** Lists a commit and all that it stands on, the newest first. */
  async history(tip: string): Promise<readonly string[]> {
    const seen = new Set<string>();
    const queue = [tip];
    for (let oid = queue.shift(); oid !== undefined; oid = queue.shift()) {
      if (seen.has(oid)) continue;
      seen.add(oid);
      queue.push(...((await this.store.commit(oid))?.commit.parent ?? []));
    }
    return [...seen];
  }
}
