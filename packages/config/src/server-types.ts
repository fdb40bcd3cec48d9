import type { Secret } from '@bowline/gitops-errors';
import type { ForgeKind, SecretReference } from './types.ts';

/** The kinds of forges that send webhooks. */
export type WebhookForge = Exclude<ForgeKind, 'local' | 'git'>;

/** How the server listens, and whom it trusts. */
export interface ServerConfig {
  /** @default '127.0.0.1' */
  readonly host: string;
  /** @default 8080 */
  readonly port: number;
  /** The address that others reach the server at, without a slash at the end. */
  readonly publicUrl?: string;
  /** Absolute path of the file with the hashed bearer tokens. @default `~/.gitops/server-tokens.json` if it exists */
  readonly tokensFile?: string;
  /** The text of `GITOPS_SERVER_TOKENS`, which the server parses. */
  readonly tokens?: Secret;
  /** The exact origins whose pages may call the server. @default none */
  readonly cors: { readonly origins: readonly string[] };
  /** Of one token, or of one address without a token. @default 600 */
  readonly rateLimit: { readonly requestsPerMinute: number };
  /** Addresses and CIDR blocks of the proxies whose `X-Forwarded-*` headers count. @default none */
  readonly trustProxy: readonly string[];
  /** @default 1_048_576 (1 MiB) */
  readonly maxBodyBytes: number;
  /** The secrets that sign the deliveries of each kind of forge, the newest first. A kind without one has no webhooks. */
  readonly webhooks: Partial<Record<WebhookForge, readonly Secret[]>>;
}

/** The server as people write it. */
export interface ServerInput {
  readonly host?: string;
  readonly port?: number;
  /** Only in a file that was named on purpose. */
  readonly publicUrl?: string;
  /** `~/` is the home folder; a relative path begins at the folder of the file. Only in a file that was named on purpose. */
  readonly tokensFile?: string;
  /** Only in a file that was named on purpose. */
  readonly cors?: { readonly origins: readonly string[] };
  readonly rateLimit?: { readonly requestsPerMinute: number };
  /** Only in a file that was named on purpose. */
  readonly trustProxy?: readonly string[];
  readonly maxBodyBytes?: number;
  readonly webhooks?: Partial<
    Record<WebhookForge, { readonly secrets: readonly SecretReference[] }>
  >;
}
