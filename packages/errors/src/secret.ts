import { MASK } from './redact.ts';
import { rememberSecret } from './remembered-secrets.ts';

const inspect = Symbol.for('nodejs.util.inspect.custom');

/**
 * Holds a value that must not be printed, and opens only on purpose.
 *
 * Text, JSON, template literals and `util.inspect` all show `***`. The value is also remembered (in memory, for this
 * process) so that {@link redact} finds it inside any other text: an error of a library, an answer of a server.
 * Values shorter than 4 characters are not looked for in other text, since they occur by chance.
 *
 * @example
 * ```ts
 * import { Secret } from '@bowline/gitops-errors';
 *
 * const token = new Secret('s3cr3t-token');
 * console.log(`${token}`, JSON.stringify({ token }));
 * //=> *** {"token":"***"}
 * console.log(token.reveal().length);
 * //=> 12
 * ```
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
    rememberSecret(value);
  }

  /** Returns the value. The only way to it; search for this name to see every place that uses a secret. */
  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }

  [inspect](): string {
    return MASK;
  }
}
