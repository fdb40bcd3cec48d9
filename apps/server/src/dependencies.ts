import type { Config, DescribedSetting } from '@bowline/gitops-config';
import type { CommitInfo } from '@bowline/gitops-git';
import type { DeliveryResult, GitOpsEvent } from '@bowline/gitops-notify';
import type { Provider, WebhookEvent } from '@bowline/gitops-providers';

import type { IdempotencyOptions } from './idempotency.ts';
import type { ConnectionLimits } from './security/connection-limits.ts';
import type { TokenRecord } from './security/token.ts';
import type { EventBus } from './webhooks/event-bus.ts';

/** The forge that a repository is on. */
export interface ForgeAddress {
  /** Host name, or `local`. */
  readonly host: string;
  /** Folder of the repositories; `local` only. */
  readonly root: string | undefined;
}

/** A repository on a forge. */
export interface RepositoryAddress extends ForgeAddress {
  /** Owner and name; only the name for `local`. */
  readonly repository: string;
}

/** What the server wants of a connection. */
export interface ConnectOptions {
  /** Sends the requests to the forge, and counts them. */
  readonly fetch: typeof fetch;
}

/** Which commits are read. */
export interface LogRequest {
  readonly ref: string;
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** A file of the documentation. */
export type DocumentationFile =
  | 'openapi.json'
  | 'swagger-ui.css'
  | 'swagger-ui-bundle.js'
  | 'redoc.standalone.js';

/** What the server logs, and where to. */
export interface LogOptions {
  /** @default 'info' */
  readonly level?: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent' | undefined;
  /** Takes each line: one JSON object with its line end, redacted. */
  readonly write: (line: string) => void;
}

/** Everything that the server works with. It looks at no process, environment or file of its own. */
export interface ServerDependencies {
  readonly version: string;
  readonly config: Config;
  /** Who may ask. @default nobody needs a token; then it must listen on loopback alone */
  readonly tokens?: readonly TokenRecord[] | undefined;
  /** What `/config` shows. */
  readonly settings: readonly DescribedSetting[];
  /** Connects to a forge. Called once per forge: the connection is shared by all requests. */
  readonly connect: (forge: ForgeAddress, options: ConnectOptions) => Promise<Provider>;
  /** Reads the newest commits of a ref. */
  readonly readLog: (
    repository: RepositoryAddress,
    request: LogRequest,
  ) => Promise<readonly CommitInfo[]>;
  /** Tells people of an event. @default nobody is told */
  readonly notify?: ((event: GitOpsEvent) => Promise<readonly DeliveryResult[]>) | undefined;
  /** Hands what forges report to other parts of the program. @default one of the server's own */
  readonly bus?: EventBus<WebhookEvent> | undefined;
  readonly readDocumentation: (file: DocumentationFile) => Promise<Uint8Array>;
  /** @default nothing is logged */
  readonly log?: LogOptions | undefined;
  /** Tells the time in milliseconds since 1970-01-01 UTC. @default Date.now */
  readonly clock?: (() => number) | undefined;
  /** Time for one job, in milliseconds. @default 600_000 */
  readonly jobTimeoutMs?: number | undefined;
  /** Time for what runs when the server is closed, in milliseconds. @default 30_000 */
  readonly shutdownGraceMs?: number | undefined;
  /** How often an event stream shows that it is alive, in milliseconds. @default 15_000 */
  readonly heartbeatMs?: number | undefined;
  /** Bounds of each connection, in place of the usual ones. */
  readonly connections?: Partial<ConnectionLimits> | undefined;
  /** Bounds of what is remembered of requests with an `Idempotency-Key`. */
  readonly idempotency?: Omit<IdempotencyOptions, 'clock'> | undefined;
}
