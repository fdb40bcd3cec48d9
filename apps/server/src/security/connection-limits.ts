/** Bounds of one connection, for Node's HTTP server. Times are milliseconds, sizes bytes. */
export interface ConnectionLimits {
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  readonly connectionsCheckingInterval: number;
  readonly maxHeaderSize: number;
}

/**
 * The bounds where nothing else is said.
 *
 * Who sends a byte now and then (slowloris) loses the connection: the headers must be there after 10 s, the whole request after 30 s. Answers
 * may take longer: jobs do.
 */
export const connectionLimits: ConnectionLimits = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  /** A little longer than the idle time of common load balancers (60 s), so that they close first. */
  keepAliveTimeout: 65_000,
  /** How often the two limits above are looked after. */
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
};

/** The most connections at one time. */
export const MAX_CONNECTIONS = 2_000;
