/** A CDEvent of version 0.5.1 (https://cdevents.dev), as this package makes it. */
export interface CdEvent {
  readonly context: CdEventContext;
  readonly subject: CdEventSubject;
  /** What the vocabulary has no place for: `type`, `severity`, `actor`, `repository`, `links` and `data` of the event. */
  readonly customData: Readonly<Record<string, unknown>>;
  readonly customDataContentType: 'application/json';
}

/** Tells of which kind a {@link CdEvent} is, and to what it belongs. */
export interface CdEventContext {
  readonly specversion: '0.5.1';
  /** The id of the event: the same for every attempt and after a restart. */
  readonly id: string;
  /** Who tells it: a URI reference. */
  readonly source: string;
  /** Such as `dev.cdevents.service.deployed.0.3.0`, or `dev.cdeventsx.bowline-…` for what CDEvents has no type for. */
  readonly type: string;
  /** ISO 8601 in UTC. */
  readonly timestamp: string;
  /** The same for all events of one change; a UUID that is made of its name. */
  readonly chainId: string;
  /** The event that led to this one, when it is known. */
  readonly links?: readonly [
    { readonly linkType: 'PATH'; readonly from: { readonly contextId: string } },
  ];
}

/** What a {@link CdEvent} is about. */
export interface CdEventSubject {
  /** Unique for its source, and the same for all events of the same thing. */
  readonly id: string;
  /** As the schema of the type says. */
  readonly content: Readonly<Record<string, unknown>>;
}
