import type { ErrorData } from '@bowline/gitops-errors';
import type {
  EventActor,
  EventCommit,
  EventImageChange,
  EventJob,
  EventLink,
  EventPromotion,
  EventPullRequest,
  EventRepository,
  EventTarget,
} from './event-parts.ts';
import type {
  EventDeployment,
  EventEnvironment,
  EventPipelineRun,
  EventRunEnd,
  EventService,
  EventSync,
  EventTaskRun,
} from './run-parts.ts';

/** How much an event matters to a reader. Ordered: `info`, `success`, `warning`, `error`. */
export type EventSeverity = 'info' | 'success' | 'warning' | 'error';

/**
 * What each type of event carries in `data`.
 *
 * Later versions add types; code that switches over `type` needs a `default` that ignores what it does not know.
 */
export interface EventData {
  /** `create-branch` made a branch. */
  readonly 'branch.created': {
    readonly branch: string;
    /** The branch or commit that it began at. */
    readonly source: string;
    readonly sha?: string | undefined;
    readonly webUrl?: string | undefined;
  };
  /** A branch was deleted. */
  readonly 'branch.deleted': {
    readonly branch: string;
    /** The commit that it ended at. */
    readonly sha?: string | undefined;
  };
  /** Commits came to a branch, as a webhook of the forge tells. */
  readonly 'push.received': {
    readonly branch: string;
    /** The last commit of the branch after the push. */
    readonly commit: EventCommit;
    /** The last commit before it; absent when the push made the branch. */
    readonly before?: string | undefined;
    /** How many commits came. */
    readonly commits?: number | undefined;
    /** First line of the message of the last commit. */
    readonly subject?: string | undefined;
    /** True when the push took commits away. */
    readonly forced?: boolean | undefined;
  };
  /** `set-image` committed a change of images. */
  readonly 'image.updated': {
    readonly branch: string;
    /** The image as it was asked for, such as `registry.example.com/shop/web:2.1.0`. */
    readonly image: string;
    readonly commit: EventCommit;
    readonly changes: readonly EventImageChange[];
  };
  /** `pull-request` opened a pull request. */
  readonly 'pull-request.created': { readonly pullRequest: EventPullRequest };
  /** `merge` merged a pull request. */
  readonly 'pull-request.merged': {
    readonly pullRequest: EventPullRequest;
    readonly mergeCommit?: string | undefined;
    readonly strategy?: string | undefined;
    /** True when the source branch was deleted with the merge. */
    readonly sourceDeleted?: boolean | undefined;
  };
  /** New commits, or another title or destination, came to an open pull request. */
  readonly 'pull-request.updated': { readonly pullRequest: EventPullRequest };
  /** Somebody reviewed a pull request. */
  readonly 'pull-request.reviewed': {
    readonly pullRequest: EventPullRequest;
    readonly verdict: 'approved' | 'changes-requested' | 'commented';
    readonly reviewer?: string | undefined;
  };
  /** A pull request was closed without a merge. */
  readonly 'pull-request.closed': { readonly pullRequest: EventPullRequest };
  /** `k8s-pr` opened a pull request that brings an image into an environment. One event for all its steps. */
  readonly 'promotion.proposed': EventPromotion;
  /** `k8s-pr --approve-merge` brought an image into an environment. One event for all its steps. */
  readonly 'promotion.merged': EventPromotion & { readonly mergeCommit?: string | undefined };
  /** `tag` made a tag. */
  readonly 'tag.created': {
    readonly tag: string;
    readonly sha: string;
    readonly branch?: string | undefined;
    readonly webUrl?: string | undefined;
  };
  /** A tag was deleted. */
  readonly 'tag.deleted': { readonly tag: string; readonly sha?: string | undefined };
  /** `logs --notif` reports the last commit of a branch. */
  readonly 'commit.reported': {
    readonly branch: string;
    readonly commit: EventCommit;
    /** First line of the message. */
    readonly subject: string;
    readonly author: string;
  };
  /** `webhook` made, changed or deleted a webhook on the forge. */
  readonly 'webhook.changed': {
    readonly action: 'created' | 'updated' | 'deleted';
    /** The address that the forge calls. It may be a credential, so only its host is ever sent. */
    readonly url: string;
    readonly topics: readonly string[];
  };
  /** A job failed. */
  readonly 'job.failed': {
    readonly job: EventJob;
    /** Made by `serializeError` of `@bowline/gitops-errors`. */
    readonly error: ErrorData;
    /**
     * What the job was asked for: the branch or tag that it makes, `source to destination` or the address of a pull request, `file on branch`,
     * `namespace/deployment in cluster`. In these words, routing knows the success that ends the failure.
     */
    readonly subject?: string | undefined;
    /** The step at which a job of several steps failed, such as `merge`. */
    readonly step?: string | undefined;
    readonly target?: EventTarget | undefined;
    readonly image?: string | undefined;
    readonly pullRequest?: EventPullRequest | undefined;
  };
  /** A service began to change in an environment. */
  readonly 'deployment.started': EventDeployment;
  /** A service runs with its new image. With `previousImage` it is an upgrade. */
  readonly 'deployment.succeeded': EventDeployment;
  /** A service did not come up with its new image. */
  readonly 'deployment.failed': EventDeployment & { readonly error: ErrorData };
  /** A service was put back to an earlier image, which is `image`; `previousImage` is the one that it left. */
  readonly 'deployment.rolled-back': EventDeployment & { readonly reason?: string | undefined };
  /** A service was taken out of an environment. */
  readonly 'deployment.removed': EventService;
  /** A service can be reached from outside, at `url`. */
  readonly 'deployment.published': EventService & { readonly url: string };
  /** An environment was made. */
  readonly 'environment.created': EventEnvironment;
  /** The settings of an environment were changed. */
  readonly 'environment.modified': EventEnvironment;
  /** An environment was taken away. */
  readonly 'environment.deleted': EventEnvironment;
  /** A cluster has what a revision says. `objects` are those that were changed for it. */
  readonly 'sync.succeeded': EventSync;
  /** A cluster could not be given what a revision says. `objects` are those that failed. */
  readonly 'sync.failed': EventSync & { readonly error: ErrorData };
  /** A cluster is not what its revision says, since somebody changed it. `objects` are those that differ. */
  readonly 'sync.drifted': EventSync & {
    /** True when the reconciler put everything back. */
    readonly healed?: boolean | undefined;
  };
  /** A run of a pipeline waits for its turn. */
  readonly 'pipeline.queued': EventPipelineRun;
  /** A run of a pipeline began. */
  readonly 'pipeline.started': EventPipelineRun;
  /** A run of a pipeline ended. */
  readonly 'pipeline.finished': EventPipelineRun & EventRunEnd;
  /** A task of a run, which forges call job or step, began. */
  readonly 'task.started': EventTaskRun;
  /** A task of a run ended. */
  readonly 'task.finished': EventTaskRun & EventRunEnd;
}

/** The name of an event. */
export type EventType = keyof EventData;

/** What all events have. */
export interface EventBase {
  /**
   * Names this event; the same for every channel and every attempt, so that a receiver can drop what came twice.
   * 1 to 128 of `A-Z a-z 0-9 _ -`.
   */
  readonly id: string;
  /** When it happened, ISO 8601 in UTC. */
  readonly time: string;
  readonly severity: EventSeverity;
  readonly actor: EventActor;
  /** Absent when the event is about no single repository. */
  readonly repository?: EventRepository | undefined;
  /** Further pages, after those that the event's own data has. */
  readonly links?: readonly EventLink[] | undefined;
  /** The id of the event that led to this one, such as that of the push that started a pipeline. */
  readonly causedBy?: string | undefined;
}

/** Something that happened, told apart by `type`. `GitOpsEvent<'tag.created'>` is one kind of it. */
export type GitOpsEvent<Type extends EventType = EventType> = {
  [Name in Type]: EventBase & { readonly type: Name; readonly data: EventData[Name] };
}[Type];
