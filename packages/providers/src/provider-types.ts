import type { Secret } from '@bowline/gitops-errors';
import type { MergeStrategy, PullRequestAddress } from './pull-request-types.ts';
import type { ProviderRepository } from './repository-types.ts';
import type { ProviderKind } from './vocabulary.ts';
import type { WebhookDelivery, WebhookEvent } from './webhook-types.ts';

/** A connection to one Git forge with one credential. Made by the factory of a backend, such as `bitbucketCloud()`. */
export interface Provider {
  readonly kind: ProviderKind;
  /** The host that web addresses of this forge have, such as `bitbucket.org`. `local` for the local backend. */
  readonly host: string;
  /** The merge strategies that this forge can be asked for. A repository may allow fewer; in GitLab its merge method is one of them. */
  readonly mergeStrategies: readonly MergeStrategy[];
  /**
   * Makes a handle for a repository. Does no I/O.
   *
   * @param fullName Owner and name, such as `acme/shop`.
   * @throws ProviderError `PROVIDER_INVALID_ARGUMENT` when the name cannot be one of this forge.
   */
  repository(fullName: string): ProviderRepository;
  /** Reads the web address of a pull request of this forge; `undefined` when it is not one, or one of another host. */
  parsePullRequestUrl(url: string): PullRequestAddress | undefined;
  /**
   * Checks and reads a webhook delivery.
   *
   * The signature is taken over the raw bytes and compared in constant time. A delivery without a valid signature throws, and so
   * does every delivery when `secret` is empty. Absent where a forge sends none.
   *
   * @returns The event, or `undefined` for a genuine delivery of a kind that has no meaning here.
   * @throws ProviderError `PROVIDER_WEBHOOK_UNVERIFIED`, `PROVIDER_WEBHOOK_MALFORMED`
   */
  readonly verifyWebhook?: (delivery: WebhookDelivery, secret: Secret) => WebhookEvent | undefined;
}
