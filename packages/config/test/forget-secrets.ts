import { afterAll, beforeAll } from 'vitest';

const storeKey = Symbol.for('@bowline/gitops-errors/secrets');

/**
 * Takes back, at the end of a test file, every secret that it has made: test files share one process, and
 * `redact` would hide the words of one file in the messages of the next.
 */
export function forgetSecretsAfterwards(): void {
  const holder = globalThis as { [storeKey]?: unknown };
  let before: unknown;
  beforeAll(() => {
    before = holder[storeKey];
    delete holder[storeKey];
  });
  afterAll(() => {
    if (before === undefined) delete holder[storeKey];
    else holder[storeKey] = before;
  });
}
