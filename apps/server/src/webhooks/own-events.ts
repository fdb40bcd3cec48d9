import type { GitOpsEvent } from '@bowline/gitops-notify';

const TEN_MINUTES_MS = 600_000;
const MAX_EVENTS = 10_000;

/**
 * Remembers what jobs of this server have told people, so that the forge's report of the same thing is not told again.
 *
 * A pull request that a job opens comes back as a webhook a moment later.
 */
export class OwnEvents {
  readonly #now: () => number;
  readonly #told = new Map<string, number>();

  /** @param now Milliseconds since 1970-01-01 UTC. */
  constructor(now: () => number) {
    this.#now = now;
  }

  remember(event: GitOpsEvent): void {
    const now = this.#now();
    for (const key of keysOf(event)) {
      this.#told.delete(key);
      this.#told.set(key, now);
    }
    for (const [oldest, at] of this.#told) {
      if (this.#told.size <= MAX_EVENTS && now - at < TEN_MINUTES_MS) return;
      this.#told.delete(oldest);
    }
  }

  /** Tells whether an event is of a kind that jobs tell of. */
  mayHold(event: GitOpsEvent): boolean {
    return keysOf(event).length > 0;
  }

  /** Tells whether a job has told of this within the last ten minutes. */
  has(event: GitOpsEvent): boolean {
    const [key = ''] = keysOf(event);
    const at = this.#told.get(key);
    return at !== undefined && this.#now() - at < TEN_MINUTES_MS;
  }
}

/** What an event is about, in words that a job and a forge have in common. A promotion that is merged was proposed too. */
function keysOf(event: GitOpsEvent): readonly string[] {
  const repository = event.repository?.fullName.toLowerCase() ?? '';
  switch (event.type) {
    case 'pull-request.created':
    case 'promotion.proposed':
      return [`opened ${repository} ${event.data.pullRequest.id}`];
    case 'pull-request.merged':
      return [`merged ${repository} ${event.data.pullRequest.id}`];
    case 'promotion.merged': {
      const { id } = event.data.pullRequest;
      return [`merged ${repository} ${id}`, `opened ${repository} ${id}`];
    }
    case 'tag.created':
      return [`tag ${repository} ${event.data.tag}`];
    default:
      return [];
  }
}
