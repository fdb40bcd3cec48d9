/** A service in an environment. */
export interface EventService {
  /** The name of the service, unique in its environment, such as `shop/web` for a namespace and a deployment. */
  readonly service: string;
  /** Where it runs, such as `prod`. */
  readonly environment: string;
  /** The commit that says so, a full object id. */
  readonly revision?: string | undefined;
  /** Where people reach the service, or see more of the deployment. */
  readonly url?: string | undefined;
}

/** A service that changes to an image. */
export interface EventDeployment extends EventService {
  /** The image with its tag or digest, such as `registry.example.com/shop/web:2.1.0`. */
  readonly image: string;
  /** The image that ran before; absent when the service is new. */
  readonly previousImage?: string | undefined;
}

/** A place where services run. */
export interface EventEnvironment {
  /** Names the environment, such as `prod`. */
  readonly name: string;
  readonly url?: string | undefined;
}

/** How many objects a sync touched. */
export interface EventSyncCounts {
  readonly created: number;
  readonly updated: number;
  readonly deleted: number;
  readonly failed: number;
  readonly unchanged: number;
}

/** A cluster and a path of a repository that are kept equal. */
export interface EventSync {
  /** Names the sync, unique in its cluster, such as `flux-system/apps`. */
  readonly name: string;
  readonly cluster?: string | undefined;
  readonly branch?: string | undefined;
  /** The folder in the repository. */
  readonly path?: string | undefined;
  /** The commit, a full object id; absent when none could be read. */
  readonly revision?: string | undefined;
  readonly counts?: EventSyncCounts | undefined;
  /** The objects that the event is about, such as `Deployment shop/web`. */
  readonly objects?: readonly string[] | undefined;
}

/** A run of a pipeline (or workflow). */
export interface EventPipelineRun {
  /** The name of the pipeline, the same for all its runs. */
  readonly name: string;
  /** Names the run in its repository. */
  readonly runId: string;
  readonly url?: string | undefined;
  readonly branch?: string | undefined;
  /** The commit that it runs for, a full object id. Give it with all events of a run or with none: it decides what they are chained to. */
  readonly revision?: string | undefined;
}

/** A task of a run. */
export interface EventTaskRun {
  /** The name of the task, the same for all runs. */
  readonly name: string;
  /** Names the run of the task in its repository. */
  readonly taskId: string;
  readonly url?: string | undefined;
  readonly pipeline: EventPipelineRun;
}

/** How a run ended. */
export type EventOutcome = 'success' | 'failure' | 'error' | 'cancelled';

/** What is known of a run when it ended. */
export interface EventRunEnd {
  /** `failure` when what it checks is wrong, `error` when the run itself broke. */
  readonly outcome: EventOutcome;
  /** In whole milliseconds. */
  readonly durationMs?: number | undefined;
  /** Why it did not succeed, in a sentence. */
  readonly reason?: string | undefined;
}
