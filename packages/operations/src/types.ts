import type { ImageChange } from '@bowline/gitops-manifests';
import type { Person } from '@bowline/gitops-providers';

/** The steps that jobs report. */
export type StepName =
  | 'create_branch'
  | 'set_image'
  | 'create_pr'
  | 'merge_pr'
  | 'list_prs'
  | 'create_tag'
  | 'ensure_webhook';

/** One sign of progress. A step that began ends with `done` or with the error that the job throws. */
export interface StepProgress {
  readonly step: StepName;
  readonly state: 'started' | 'done';
  /** One line for a person, such as `Created branch "k8s/prod/shop/web"`. */
  readonly message: string;
}

/** Options of every job. */
export interface JobOptions {
  /** Works out what would happen, and writes nothing. @default false */
  readonly dryRun?: boolean | undefined;
  /** Stops the job. It then rejects with `signal.reason`; what is done stays done, and running the job again goes on from there. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: StepProgress) => void) | undefined;
}

/** Options of the jobs that commit. */
export interface CommitOptions {
  /** @default the account of the credential */
  readonly author?: Person | undefined;
  /**
   * How often the file is read and edited anew when other commits arrive in between.
   *
   * @default 10
   */
  readonly attempts?: number | undefined;
}

/*
 * The results below are plain data with the member names that `--json` and the HTTP API show (those of the system that Bowline
 * replaces, so that scripts keep working). Each has `success: true`: a job that fails throws.
 */

interface JobResult {
  readonly success: true;
  /** Owner and name of the repository, or the address of a plain Git remote. */
  readonly repository: string;
  /** One sentence for a person. */
  readonly message: string;
  readonly dry_run: boolean;
}

/** What `createBranch` did. */
export interface CreateBranchResult extends JobResult {
  readonly source_branch: string;
  readonly destination_branch: string;
  /** False when the branch was there already. */
  readonly created: boolean;
  /** The tip of the branch. */
  readonly commit: string;
  readonly branch_url: string;
}

/** What `setImage` did. */
export interface SetImageResult extends JobResult {
  readonly branch: string;
  readonly yaml_path: string;
  readonly image: string;
  readonly changed: boolean;
  /** The opposite of `changed`: the file has the image already. */
  readonly skipped: boolean;
  /** What was changed, one entry per value. */
  readonly changes: readonly ImageChange[];
  /** Unified diff; empty when nothing changes. */
  readonly diff: string;
  /** The commit that was made; `null` when nothing changed, and in a dry run. */
  readonly commit: string | null;
  readonly commit_url: string | null;
}

/** What `createPullRequest` opened or found. */
export interface PullRequestResult extends JobResult {
  readonly source: string;
  readonly destination: string;
  readonly delete_after_merge: boolean;
  readonly title: string;
  /** False when the pull request was open already. */
  readonly created: boolean;
  /** `null` in a dry run that would open a new one. */
  readonly pr_id: number | null;
  readonly pr_url: string | null;
}

/** What `mergePullRequest` merged. */
export interface MergeResult extends JobResult {
  readonly pr_url: string;
  readonly pr_id: number;
  readonly source: string;
  readonly destination: string;
  readonly delete_after_merge: boolean;
  /** True when somebody had merged it before. */
  readonly already_merged: boolean;
  /** `null` in a dry run, where the forge does not tell, and when the forge merges later. */
  readonly merge_commit: string | null;
  /** Present when the pull request is still open and the forge merges it when checks and approvals allow that. */
  readonly auto_merge?: true;
}

/** One part of `kubernetesPullRequest` with its result. */
export type KubernetesPullRequestStep =
  | { readonly name: 'create_branch'; readonly result: CreateBranchResult }
  | { readonly name: 'set_image'; readonly result: SetImageResult }
  | { readonly name: 'create_pr'; readonly result: PullRequestResult }
  | { readonly name: 'merge_pr'; readonly result: MergeResult };

/** What `kubernetesPullRequest` did. */
export interface KubernetesPullRequestResult extends JobResult {
  readonly cluster: string;
  readonly namespace: string;
  readonly deploy: string;
  readonly image: string;
  /** False when the environment has the image already and nothing was done. */
  readonly changed: boolean;
  /** The parts that were gone through, in order, also those that found everything done. */
  readonly steps: readonly KubernetesPullRequestStep[];
  /** `null` when no pull request was needed, and in a dry run that would open one. */
  readonly pr_url: string | null;
  /** True when the pull request is merged at the end, by this run or by somebody else meanwhile. */
  readonly merged: boolean;
  /** The commit in the environment; `null` unless merged, and where the forge does not tell. */
  readonly merge_commit: string | null;
  /** Unified diff of what this run commits; empty when the branch of the change has the image already. */
  readonly diff: string;
}

/** One pull request of a list. */
export interface PullRequestSummary {
  readonly id: number;
  readonly title: string;
  readonly source: string;
  readonly destination: string;
  readonly author: string | null;
  readonly state: 'open' | 'draft' | 'merged' | 'declined';
  /** Time in ISO 8601. */
  readonly created_on: string;
  readonly updated_on: string;
  readonly url: string;
}

/** What `listPullRequests` found. */
export interface ListPullRequestsResult {
  readonly success: true;
  readonly repository: string;
  readonly status: PullRequestStatus;
  readonly count: number;
  /** True when there are more than `limit`. */
  readonly truncated: boolean;
  readonly pull_requests: readonly PullRequestSummary[];
  /** Why each pull request that is there but cannot be read is missing above. Absent when all can be read. */
  readonly unreadable?: readonly string[];
  readonly message: string;
}

/** Which pull requests are listed. `open` includes drafts. */
export type PullRequestStatus = 'open' | 'draft' | 'merged' | 'declined' | 'all';

/** The diff that `pullRequestDiff` read. */
export interface PullRequestDiffResult {
  readonly success: true;
  readonly repository: string;
  readonly pr_id: number;
  readonly diff: string;
  readonly message: string;
}

/** What `createTag` made or found. */
export interface CreateTagResult extends JobResult {
  readonly branch: string;
  /** The full id of the commit. */
  readonly commit_id: string;
  readonly tag_name: string;
  /** False when the tag was there already, on the same commit. */
  readonly created: boolean;
}

/** What `ensureWebhook` did. */
export interface EnsureWebhookResult extends JobResult {
  readonly webhook_url: string;
  readonly action: 'create' | 'update' | 'delete' | 'none';
  readonly webhook_id: string | null;
}
