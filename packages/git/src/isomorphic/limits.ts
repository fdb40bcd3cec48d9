/** Options of `isomorphicEngine`. All sizes are in bytes. */
export interface IsomorphicEngineOptions {
  /** Sent as `User-Agent` and as the agent of the Git protocol. @default 'git/bowline' */
  readonly userAgent?: string | undefined;
  /** Largest answer that lists refs. @default 67_108_864 (64 MiB, about 700,000 refs) */
  readonly maxAdvertisementBytes?: number | undefined;
  /** Largest pack that is received. It is held in memory. @default 536_870_912 (512 MiB) */
  readonly maxPackBytes?: number | undefined;
  /** Largest single object. @default 134_217_728 (128 MiB) */
  readonly maxObjectBytes?: number | undefined;
  /** Tells the time in milliseconds since 1970-01-01 UTC, for commits. @default Date.now */
  readonly clock?: (() => number) | undefined;
}

/** The options with every default filled in. */
export interface Limits {
  readonly userAgent: string;
  readonly maxAdvertisementBytes: number;
  readonly maxPackBytes: number;
  readonly maxObjectBytes: number;
}

const MIB = 1024 * 1024;

export function limitsOf(options: IsomorphicEngineOptions): Limits {
  return {
    // GitHub and others answer the Git protocol to agents that begin with `git/` only.
    userAgent: options.userAgent ?? 'git/bowline',
    maxAdvertisementBytes: options.maxAdvertisementBytes ?? 64 * MIB,
    maxPackBytes: options.maxPackBytes ?? 512 * MIB,
    maxObjectBytes: options.maxObjectBytes ?? 128 * MIB,
  };
}
