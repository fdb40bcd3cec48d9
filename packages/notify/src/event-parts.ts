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
  /** Absent when a webhook of the forge does not tell it. */
  readonly title?: string | undefined;
  readonly source: string;
  readonly destination: string;
  readonly webUrl?: string | undefined;
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

/** What a promotion carries. */
export interface EventPromotion {
  readonly target: EventTarget;
  readonly image: string;
  readonly pullRequest: EventPullRequest;
  readonly changes: readonly EventImageChange[];
}
