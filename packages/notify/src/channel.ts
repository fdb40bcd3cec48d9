import type { ErrorData } from '@bowline/gitops-errors';
import type { GitOpsEvent } from './event.ts';

/** What a channel is told about one attempt. */
export interface DeliverOptions {
  /** Ends the attempt: its time is up, or the caller stops. */
  readonly signal: AbortSignal;
  /** Counts from 1. */
  readonly attempt: number;
}

/**
 * A place where events go to. Made by a factory of its own subpath, such as `teamsChannel()`; anybody can write another one.
 */
export interface Channel {
  /** Names the channel in results and logs. Never a secret. */
  readonly name: string;
  /** Tells whether the channel wants this event; without it, it wants all. A refused event has the result `skipped`. */
  readonly accepts?: (event: GitOpsEvent) => boolean;
  /**
   * Sends one event, once. Retrying is the work of `dispatch`.
   *
   * @throws NotifyError whose `retryable`, `retryAfterMs` and `permanent` say what comes next
   */
  deliver(event: GitOpsEvent, options: DeliverOptions): Promise<void>;
}

/** What came of one event at one channel. */
export type DeliveryResult = Delivered | DeliveryFailed | DeliverySkipped;

interface DeliveryBase {
  /** The name of the channel. */
  readonly channel: string;
  /** How often it was tried. */
  readonly attempts: number;
  /** Time from the start to this result, with waits, in whole milliseconds. */
  readonly durationMs: number;
}

/** The receiver took the event. */
export interface Delivered extends DeliveryBase {
  readonly status: 'delivered';
}

/** The event did not arrive, as far as is known; after a time-out it may have. */
export interface DeliveryFailed extends DeliveryBase {
  readonly status: 'failed';
  /** The last failure, without secrets. */
  readonly error: ErrorData;
  /** True when this channel can never work as it is configured (404, 410, retired), so that it should be switched off. */
  readonly permanent: boolean;
}

/** The channel does not want events of this kind. */
export interface DeliverySkipped extends DeliveryBase {
  readonly status: 'skipped';
}
