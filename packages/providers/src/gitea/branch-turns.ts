import { abortable } from '../http/transport-error.ts';

/** Lets the writes of one branch run one after the other, so that none of this process comes between the check of another and its commit. */
export class BranchTurns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Runs work when the earlier work on the branch has ended, however it ended. */
  take<T>(branch: string, work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const before = this.#last.get(branch) ?? Promise.resolve();
    const turn = before.then(() => {
      signal?.throwIfAborted();
      return work();
    });
    const settled = turn
      .catch(() => undefined)
      .then(() => {
        if (this.#last.get(branch) === settled) this.#last.delete(branch);
      });
    this.#last.set(branch, settled);
    return signal === undefined ? turn : abortable(turn, signal);
  }
}
