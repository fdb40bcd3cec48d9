import { afterEach, beforeEach } from 'vitest';

/**
 * Runs before each test file. A test that writes to the console fails: packages do not print, and output hides output.
 *
 * Secrets are remembered per process and test files share one (`isolate: false`): without the reset a password of one
 * test, such as `main`, would be masked in the messages of the next.
 */
const secretStore = Symbol.for('@bowline/gitops-errors/secrets');
Reflect.deleteProperty(globalThis, secretStore);

const methods = ['debug', 'error', 'info', 'log', 'trace', 'warn'] as const;
// biome-ignore lint/suspicious/noConsole: this is what forbids it
const original = methods.map((method) => [method, console[method]] as const);
let written: string[] = [];

beforeEach(() => {
  written = [];
  for (const method of methods)
    console[method] = (...values: unknown[]) => {
      written.push(`console.${method}: ${values.map(String).join(' ')}`);
    };
});

afterEach(() => {
  for (const [method, write] of original) console[method] = write;
  if (written.length > 0) throw new Error(`a test wrote to the console: ${written.join('; ')}`);
});
