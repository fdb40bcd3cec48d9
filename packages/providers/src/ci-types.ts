import type { Secret } from '@bowline/gitops-errors';
import type { RequestOptions } from './vocabulary.ts';

/** How far a run, job or step is. What came of it is {@link CiResult}, another matter. `waiting` is for a person: an approval, a manual job. */
export type CiPhase = 'queued' | 'running' | 'waiting' | 'completed';

/** What came of a run, job or step that is completed. `error` is trouble of the forge or of the file, not of the work. */
export type CiResult = 'success' | 'failed' | 'error' | 'cancelled' | 'skipped' | 'timed-out';

/** What runs, jobs and steps have in common. Times are ISO 8601. */
export interface CiProgress {
  readonly phase: CiPhase;
  /** Only when `phase` is `completed`. */
  readonly result: CiResult | undefined;
  readonly startedAt: string | undefined;
  readonly completedAt: string | undefined;
}

/** One run of a pipeline (Bitbucket, GitLab) or workflow (GitHub, Gitea). */
export interface CiRun extends CiProgress {
  readonly id: string;
  /** The number that people see; `undefined` where the forge counts none. */
  readonly number: number | undefined;
  /** The workflow or custom pipeline; `undefined` where it has no name. */
  readonly name: string | undefined;
  /** The branch or tag; `undefined` for a bare commit. */
  readonly ref: string | undefined;
  readonly sha: string | undefined;
  readonly webUrl: string;
  /** ISO 8601. */
  readonly createdAt: string;
  /** What the forge says went wrong with the run itself, such as a file that does not parse. */
  readonly problem?: string | undefined;
}

/** One job of a run (Bitbucket: step). */
export interface CiJob extends CiProgress {
  readonly id: string;
  readonly name: string;
  readonly webUrl: string | undefined;
  /** The steps inside the job, in order; empty where the forge shows none. */
  readonly steps: readonly CiStep[];
}

/** One step of a job. */
export interface CiStep extends CiProgress {
  readonly name: string;
}

/** What {@link Ci.trigger} starts. */
export interface TriggerRun {
  /** The branch to run on. */
  readonly branch: string;
  /**
   * The workflow: a file of `.github/workflows` or its id (GitHub), a file of `.gitea/workflows` (Gitea), a custom pipeline (Bitbucket).
   * Required by GitHub and Gitea; GitLab has none.
   */
  readonly workflow?: string | undefined;
  /**
   * Variables of this run (GitHub and Gitea: inputs of the workflow). A `Secret` goes only where the forge hides it, else the call is
   * refused with `PROVIDER_INVALID_ARGUMENT`.
   */
  readonly variables?: Readonly<Record<string, string | Secret>> | undefined;
}

/** Which runs a list has. */
export interface CiRunFilter {
  readonly branch?: string | undefined;
  readonly sha?: string | undefined;
  /** Only the runs that are in this phase. */
  readonly phase?: CiPhase | undefined;
}

/** A piece of a log. */
export interface CiLogChunk {
  /** Where the piece begins, in bytes from the start of the log. The next call begins at `offset + bytes.byteLength`. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** How a log is read. */
export interface CiLogOptions extends RequestOptions {
  /** The first byte that is wanted. @default 0 */
  readonly offset?: number | undefined;
  /**
   * Goes on until the job is completed and its log has ended, asking again and again with growing waits. Without it the log ends at what there is now.
   *
   * @default false
   */
  readonly follow?: boolean | undefined;
}

/** A variable of the CI of one repository. */
export interface CiVariable {
  readonly name: string;
  /** `undefined` for a secret: no forge shows one again. */
  readonly value: string | undefined;
  readonly secret: boolean;
}

/** Where a variable applies. */
export interface CiVariableScope {
  /** A deployment environment of the repository, which must exist. @default the whole repository */
  readonly environment?: string | undefined;
}

/** Lists, sets and deletes the variables and secrets that runs get. */
export interface CiVariables {
  /** Lists variables and secrets, page after page as they are asked for. */
  list(options?: RequestOptions & CiVariableScope): AsyncIterable<CiVariable>;
  /** Sets a variable, or a secret when the value is a `Secret`, in place of a former one of that name. */
  set(
    name: string,
    value: string | Secret,
    options?: RequestOptions & CiVariableScope,
  ): Promise<void>;
  /** Deletes the variable or secret of that name. @returns False when there was none. */
  delete(name: string, options?: RequestOptions & CiVariableScope): Promise<boolean>;
}

/** Starts, watches and steers the CI of one repository. */
export interface Ci {
  /**
   * Starts a run. Never sent twice: when the answer is lost, the run is looked for first.
   *
   * @throws ProviderError `PROVIDER_NOT_FOUND` without that branch or workflow; `PROVIDER_REJECTED` when the forge refuses to start one.
   */
  trigger(input: TriggerRun, options?: RequestOptions): Promise<CiRun>;
  /** Lists runs, newest first, page after page as they are asked for. */
  list(filter?: CiRunFilter, options?: RequestOptions): AsyncIterable<CiRun>;
  /** Reads a run; `undefined` when there is none. */
  get(id: string, options?: RequestOptions): Promise<CiRun | undefined>;
  /** Lists the jobs of the last attempt of a run. @throws ProviderError `PROVIDER_NOT_FOUND` */
  jobs(id: string, options?: RequestOptions): AsyncIterable<CiJob>;
  /**
   * Reads the log of a job from a byte on. A job that has none yet gives nothing.
   *
   * @throws ProviderError `PROVIDER_NOT_FOUND`
   */
  logs(
    job: { readonly run: string; readonly job: string },
    options?: CiLogOptions,
  ): AsyncIterable<CiLogChunk>;
  /** Cancels a run. Cancelling one that is completed changes nothing. @returns The run as it is then; the forge may take time. */
  cancel(id: string, options?: RequestOptions): Promise<CiRun>;
  /**
   * Runs a completed run again. @returns The run that came of it, which is the same one where the forge counts attempts.
   *
   * @throws ProviderError `PROVIDER_REJECTED` when the forge does not take it.
   */
  rerun(
    id: string,
    options?: RequestOptions & { readonly failedOnly?: boolean | undefined },
  ): Promise<CiRun>;
  readonly variables: CiVariables;
}
