import type { ErrorData } from '@bowline/gitops-errors';

/** How much an event matters to a reader. Ordered: `info`, `success`, `warning`, `error`. */
export type EventSeverity = 'info' | 'success' | 'warning' | 'error';

/** Who or what caused an event; channels show it as "Triggered By". */
export interface EventActor {
  /** A person, an account or a CI job, such as `Ada Lovelace` or `ci: release #214`. */
  readonly name: string;
  /** Where to read more of it, such as the page of the CI run. */
  readonly url?: string | undefined;
}

/** The repository that an event is about. */
export interface EventRepository {
  /** Owner and name, such as `acme/shop`. */
  readonly fullName: string;
  /** The forge, such as `bitbucket-cloud` or `local`. */
  readonly provider?: string | undefined;
  readonly webUrl?: string | undefined;
}

/** A page that belongs to an event; channels show it as a button. Only http(s) addresses are shown. */
export interface EventLink {
  /** The text of the button, such as `CI run`. */
  readonly title: string;
  readonly url: string;
}

/** A commit as an event names it. */
export interface EventCommit {
  /** The full object id. */
  readonly sha: string;
  readonly webUrl?: string | undefined;
}

/** A pull request (or merge request) as an event names it. */
export interface EventPullRequest {
  readonly id: number;
  readonly title: string;
  readonly source: string;
  readonly destination: string;
  readonly webUrl: string;
}

/** One image that was changed in one place of a file. A change of `@bowline/gitops-manifests` fits as it is. */
export interface EventImageChange {
  /** Path of the file in the repository. */
  readonly file: string;
  readonly before: string;
  readonly after: string;
  readonly kind?: string | undefined;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly container?: string | undefined;
  /** From 1. */
  readonly line?: number | undefined;
}

/** The jobs that send events. */
export type EventJob =
  | 'create-branch'
  | 'set-image'
  | 'pull-request'
  | 'merge'
  | 'k8s-pr'
  | 'tag'
  | 'webhook';

/** Where an image goes: one workload in one environment. */
export interface EventTarget {
  /** The environment or cluster, which is also the branch that is promoted to. */
  readonly cluster: string;
  readonly namespace: string;
  readonly deployment: string;
}

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
    /** The branch, tag or pull request that the job was about, for a reader. */
    readonly subject?: string | undefined;
    /** The step at which a job of several steps failed, such as `merge`. */
    readonly step?: string | undefined;
    readonly target?: EventTarget | undefined;
    readonly image?: string | undefined;
    readonly pullRequest?: EventPullRequest | undefined;
  };
}

/** What a promotion carries. */
export interface EventPromotion {
  readonly target: EventTarget;
  readonly image: string;
  readonly pullRequest: EventPullRequest;
  readonly changes: readonly EventImageChange[];
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
}

/** Something that happened, told apart by `type`. `GitOpsEvent<'tag.created'>` is one kind of it. */
export type GitOpsEvent<Type extends EventType = EventType> = {
  [Name in Type]: EventBase & { readonly type: Name; readonly data: EventData[Name] };
}[Type];
