/** What goes wrong with one request. */
export type SimulatedFault =
  /** Answers with this, without doing anything. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Carries out the request, then answers with this in place of what happened. */
  | {
      readonly kind: 'answer-after';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Closes the connection before anything is done. */
  | { readonly kind: 'drop' }
  /** Carries out the request, then closes the connection without an answer. */
  | { readonly kind: 'drop-after' }
  /** Carries out the request, then closes the connection in the middle of the body. */
  | { readonly kind: 'truncate' }
  /** Carries out the request, then never answers. */
  | { readonly kind: 'stall' }
  /** Waits before the request is carried out. */
  | { readonly kind: 'latency'; readonly milliseconds: number }
  /** Runs before the request is carried out. */
  | { readonly kind: 'before'; readonly run: () => Promise<void> };

/** A fault and the requests that it hits. */
export interface SimulatedFaultRule {
  readonly fault: SimulatedFault;
  /** @default every method */
  readonly method?: string | undefined;
  /** Tested against the encoded path below the repository. @default every path */
  readonly path?: RegExp | undefined;
  /** How many requests it hits. @default 1 */
  readonly times?: number | undefined;
}

/** The faults that are still to come. */
export class FaultPlan {
  readonly #rules: { rule: SimulatedFaultRule; left: number }[] = [];

  add(rule: SimulatedFaultRule): void {
    this.#rules.push({ rule, left: rule.times ?? 1 });
  }

  take(method: string, path: string): SimulatedFault | undefined {
    const hit = this.#rules.find(
      ({ rule, left }) =>
        left > 0 &&
        (rule.method === undefined || rule.method === method) &&
        (rule.path === undefined || rule.path.test(path)),
    );
    if (hit === undefined) return undefined;
    hit.left -= 1;
    return hit.rule.fault;
  }
}
