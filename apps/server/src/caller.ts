/** Who sends a request. */
export interface Caller {
  /** Tells callers apart. */
  readonly id: string;
  /** How logs and notifications name them. */
  readonly name: string;
}

/** The caller of a server without tokens, which listens to this machine alone. */
export const anonymous: Caller = { id: 'anonymous', name: 'anonymous' };
