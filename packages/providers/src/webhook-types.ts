import type { Secret } from '@bowline/gitops-errors';
import type { CommitState } from './commit-types.ts';
import type { ProviderKind, RequestOptions } from './vocabulary.ts';

/** The events that a webhook can be asked for, in one vocabulary for all forges. */
export type WebhookTopic = 'push' | 'pull-request' | 'pipeline' | 'tag';

/** A webhook as the forge shows it. Its secret is never shown. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly topics: readonly WebhookTopic[];
  readonly active: boolean;
}

/** What a webhook is to be; {@link Webhooks.update} replaces all of it. */
export interface WebhookInput {
  readonly url: string;
  readonly topics: readonly WebhookTopic[];
  readonly secret?: Secret | undefined;
  readonly description?: string | undefined;
}

/** Lists, creates, changes and deletes the webhooks of one repository. */
export interface Webhooks {
  /** Lists all webhooks, page after page as they are asked for. */
  list(options?: RequestOptions): AsyncIterable<Webhook>;
  /** Creates a webhook. */
  create(input: WebhookInput, options?: RequestOptions): Promise<Webhook>;
  /**
   * Replaces a webhook. Without `secret` it keeps the one that it has.
   *
   * @throws ProviderError `PROVIDER_NOT_FOUND`; `PROVIDER_INVALID_ARGUMENT` for another `url` without `secret` where the forge forgets
   * the secret then (GitLab)
   */
  update(id: string, input: WebhookInput, options?: RequestOptions): Promise<Webhook>;
  /** Deletes a webhook. @returns False when there was none. */
  delete(id: string, options?: RequestOptions): Promise<boolean>;
}

/** A delivery as the HTTP server received it. */
export interface WebhookDelivery {
  /** Header names in any case; a header that came twice is an array. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The body as it came, before any parsing. */
  readonly body: Uint8Array;
}

interface WebhookEventBase {
  readonly provider: ProviderKind;
  /** Owner and name. */
  readonly repository: string;
  /** Names this delivery; the same when the forge sends it again. `undefined` when the forge sent none. */
  readonly deliveryId: string | undefined;
  /** The other events of the same delivery, such as a push of several branches. Absent when there is one only. */
  readonly more?: readonly WebhookEvent[] | undefined;
}

/** A verified webhook delivery in one vocabulary. */
export type WebhookEvent =
  | (WebhookEventBase & {
      readonly type: 'push';
      readonly branch: string;
      /** `undefined` when the branch was created. */
      readonly before: string | undefined;
      /** `undefined` when the branch was deleted. */
      readonly after: string | undefined;
      readonly commits: readonly string[];
    })
  | (WebhookEventBase & {
      readonly type: 'tag';
      readonly tag: string;
      readonly after: string | undefined;
    })
  | (WebhookEventBase & {
      readonly type: 'pull-request';
      readonly action: 'opened' | 'updated' | 'approved' | 'merged' | 'declined' | 'commented';
      readonly id: number;
      readonly source: string;
      /** True when the source is in another repository, which anybody may own: `source` then names no branch of this one. */
      readonly fork: boolean;
      readonly destination: string;
      /** `undefined` where the delivery does not say. */
      readonly title?: string | undefined;
      /** The page of the pull request, http or https; `undefined` where the delivery names none. */
      readonly webUrl?: string | undefined;
      /** Who did it, as the forge names them; `undefined` where the delivery does not say. */
      readonly author?: string | undefined;
    })
  | (WebhookEventBase & {
      readonly type: 'pipeline';
      readonly sha: string;
      readonly state: CommitState;
      readonly context: string;
    });
