import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

/** What a command knows of the terminal it runs in. */
export interface Terminal {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Colours may be used on stdout / stderr. */
  readonly color: { readonly stdout: boolean; readonly stderr: boolean };
  /** A person can be asked: stdin and stderr are terminals. */
  readonly interactive: boolean;
}

/** Reads what the process and the flags say of colours. `--no-color` and `NO_COLOR` win over everything, then `FORCE_COLOR`. */
export function openTerminal(options: {
  readonly noColor: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}): Terminal {
  const { stdout, stderr, stdin } = process;
  const { NO_COLOR, FORCE_COLOR, TERM } = options.environment;
  const off = options.noColor || (NO_COLOR !== undefined && NO_COLOR !== '');
  const forced = FORCE_COLOR !== undefined && FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  const colored = (stream: NodeJS.WriteStream) =>
    !off && (forced || (stream.isTTY === true && TERM !== 'dumb'));
  return {
    stdout,
    stderr,
    color: { stdout: colored(stdout), stderr: colored(stderr) },
    interactive: stdin.isTTY === true && stderr.isTTY === true,
  };
}

/** Paints text for one stream, or leaves it as it is. */
export interface Paint {
  (format: Format, text: string): string;
  /** A person reads it on a terminal, which obeys control characters. A file or pipe gets the bytes as they are. */
  readonly terminal: boolean;
}

/** Makes the painter of a stream. */
export function painter(
  enabled: boolean,
  options: { /** @default `enabled` */ readonly terminal?: boolean } = {},
): Paint {
  const paint = enabled
    ? (format: Format, text: string) => styleText(format, text, { validateStream: false })
    : (_format: Format, text: string) => text;
  return Object.assign(paint, { terminal: options.terminal ?? enabled });
}

/**
 * Makes text from outside harmless for a terminal: control characters (escape sequences, carriage returns) become visible
 * placeholders. Newlines and tabs stay.
 */
export function printable(text: string): string {
  return text.replace(/(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd');
}
