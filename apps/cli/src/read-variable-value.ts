import { CliError } from './errors.ts';
import type { Session } from './session.ts';

const MAX_BYTES = 65_536;

/**
 * Reads the value of a variable from the environment or from stdin, without the line end after it.
 *
 * @throws CliError `CLI_USAGE` when there is none, or nobody but a person at a terminal to give it: what is typed would be seen.
 */
export async function readVariableValue(
  session: Session,
  fromEnvironment: string | undefined,
): Promise<string> {
  if (fromEnvironment !== undefined) {
    const value = session.environment[fromEnvironment];
    if (value !== undefined && value !== '') return value;
    throw new CliError('CLI_USAGE', `The environment variable "${fromEnvironment}" is not set.`);
  }
  const { stdin } = process;
  if (stdin.isTTY === true)
    throw new CliError('CLI_USAGE', 'The value is missing.', {
      hint: 'Send it to stdin, or name an environment variable with --from-env.',
    });
  const parts: Uint8Array[] = [];
  let size = 0;
  const stop = () => stdin.destroy(session.signal.reason);
  session.signal.addEventListener('abort', stop, { once: true });
  try {
    for await (const part of stdin as AsyncIterable<Uint8Array>) {
      parts.push(part);
      size += part.length;
      if (size > MAX_BYTES)
        throw new CliError('CLI_USAGE', `The value has more than ${MAX_BYTES} bytes.`);
    }
  } finally {
    session.signal.removeEventListener('abort', stop);
  }
  session.signal.throwIfAborted();
  const value = Buffer.concat(parts)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (value === '') throw new CliError('CLI_USAGE', 'The value is empty.');
  return value;
}
