import { ProviderError } from '../errors.ts';
import type { Clock } from './clock.ts';
import type { HttpRequest } from './http-message.ts';

/**
 * The way of one account to one forge: its writes go one after the other, and nothing goes while the forge wants no requests.
 *
 * Connections of the same account share one.
 */
export class Lane {
  #last: Promise<unknown> = Promise.resolve();
  #restsUntil = 0;

  /** Runs a write when those before it are done, however they ended. */
  inTurn<T>(write: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(write);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Keeps in mind that the forge wants no request until then, in milliseconds since 1970. */
  rest(until: number): void {
    this.#restsUntil = Math.max(this.#restsUntil, until);
  }

  /**
   * Waits while the forge wants no requests.
   *
   * @throws ProviderError `PROVIDER_RATE_LIMITED` at once, when that takes longer than may be waited.
   */
  async rested(
    request: Pick<HttpRequest, 'doing' | 'signal'>,
    limits: {
      readonly clock: Clock;
      /** Milliseconds since 1970. */
      readonly deadline: number;
      /** The longest wait, in milliseconds. */
      readonly longest: number;
    },
  ): Promise<void> {
    const { clock, deadline, longest } = limits;
    const until = this.#restsUntil;
    const wait = until - clock.now();
    if (wait <= 0) return;
    if (wait > longest || until >= deadline) {
      throw new ProviderError(
        'PROVIDER_RATE_LIMITED',
        `The forge wants no requests before ${new Date(until).toISOString()}, so nothing was sent to ${request.doing}.`,
        { details: { retryAfter: String(Math.ceil(wait / 1000)) } },
      );
    }
    await clock.sleep(wait, request.signal);
  }
}
