/** Takes one event. What it throws is told to `onError` and disturbs nobody else. */
export type EventHandler<E> = (event: E) => void | Promise<void>;

/** Hands events from those who have them to those who want them, inside one process. */
export interface EventBus<E> {
  /** Queues an event for every subscriber. @returns False when a queue is full; then nobody gets it. */
  publish(event: E): boolean;
  /** Hears of every event that is published from now on, one after the other. @returns The function that ends it. */
  subscribe(handler: EventHandler<E>): () => void;
  /** Ends when every queued event has been handled. */
  settled(): Promise<void>;
}

/** How an {@link EventBus} works. */
export interface EventBusOptions {
  /** The most events that wait for one subscriber. @default 1_000 */
  readonly limit?: number | undefined;
  readonly onError: (error: unknown) => void;
}

interface Subscriber<E> {
  readonly handler: EventHandler<E>;
  readonly waiting: E[];
  working: Promise<void> | undefined;
}

/** Makes a bus. A slow subscriber delays itself alone. */
export function createEventBus<E>({ limit = 1_000, onError }: EventBusOptions): EventBus<E> {
  const subscribers = new Set<Subscriber<E>>();

  async function work(subscriber: Subscriber<E>): Promise<void> {
    // Whoever publishes has something to answer first.
    await new Promise((resolve) => setImmediate(resolve));
    for (
      let next = subscriber.waiting.shift();
      next !== undefined;
      next = subscriber.waiting.shift()
    ) {
      try {
        await subscriber.handler(next);
      } catch (error) {
        onError(error);
      }
    }
    subscriber.working = undefined;
  }

  return {
    publish(event) {
      if ([...subscribers].some(({ waiting }) => waiting.length >= limit)) return false;
      for (const subscriber of subscribers) {
        subscriber.waiting.push(event);
        subscriber.working ??= work(subscriber);
      }
      return true;
    },
    subscribe(handler) {
      const subscriber: Subscriber<E> = { handler, waiting: [], working: undefined };
      subscribers.add(subscriber);
      return () => void subscribers.delete(subscriber);
    },
    async settled() {
      for (;;) {
        const working = [...subscribers].flatMap((subscriber) => subscriber.working ?? []);
        if (working.length === 0) return;
        await Promise.all(working);
      }
    },
  };
}
