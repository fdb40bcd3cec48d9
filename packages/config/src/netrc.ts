import { Secret } from '@bowline/gitops-errors';

/** One `machine` of a .netrc. */
export interface NetrcEntry {
  readonly machine: string;
  readonly login: string | undefined;
  readonly password: Secret | undefined;
  /** Line of the word `machine`, from 1. */
  readonly line: number;
}

/** The machines of a .netrc, and the lines at which it could not be read. */
export interface Netrc {
  readonly entries: readonly NetrcEntry[];
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

interface Token {
  readonly text: string;
  readonly line: number;
  readonly quoted: boolean;
}

/**
 * Parses a .netrc as curl does (libcurl, CURLOPT_NETRC "FILE FORMAT"): words between blanks, double quotes with the escapes
 * `\"`, `\\`, `\n`, `\r` and `\t`, comments from a `#` that begins a word to the end of its line, `macdef` up to the next empty line.
 *
 * `default` and what follows it is left out: it would send one password to every host. No message holds a word of the
 * file, since any word may be a password.
 */
export function parseNetrc(text: string): Netrc {
  const problems: { line: number; message: string }[] = [];
  const { tokens, unclosed } = tokenize(withoutMacros(text));
  if (unclosed !== undefined)
    problems.push({ line: unclosed, message: 'opens a quote that is never closed' });
  const entries: { -readonly [K in keyof NetrcEntry]: NetrcEntry[K] }[] = [];
  let open: (typeof entries)[number] | undefined;
  for (let index = 0; index < tokens.length; index += 1) {
    const word = tokens[index];
    if (word === undefined) break;
    if (!word.quoted && word.text === 'default') {
      open = undefined;
      continue;
    }
    if (word.quoted || !keywords.has(word.text)) {
      problems.push({ line: word.line, message: 'has a word that is not known there' });
      continue;
    }
    const value = tokens[index + 1];
    if (value === undefined || (!value.quoted && value.text === 'machine')) {
      problems.push({ line: word.line, message: `has no value after "${word.text}"` });
      continue;
    }
    index += 1;
    if (word.text === 'machine') {
      open = {
        machine: value.text.toLowerCase(),
        login: undefined,
        password: undefined,
        line: word.line,
      };
      entries.push(open);
    } else if (open !== undefined && word.text === 'login') open.login ??= value.text;
    else if (word.text === 'password') {
      const password = new Secret(value.text);
      if (open !== undefined) open.password ??= password;
    }
  }
  return { entries, problems };
}

const keywords: ReadonlySet<string> = new Set(['machine', 'login', 'password', 'account']);

/** Empties the lines of macros, so that the others keep their numbers. */
function withoutMacros(text: string): string {
  let inMacro = false;
  return text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .map((line) => {
      if (inMacro) {
        if (line.trim() === '') inMacro = false;
        return '';
      }
      const macro = /^(.*?(?:^|\s))macdef\s/.exec(`${line} `);
      // In a quoted password the word is no keyword; an odd count of quotes before it tells.
      if (macro === null || ((macro[1] ?? '').split('"').length - 1) % 2 === 1) return line;
      inMacro = true;
      return macro[1] ?? '';
    })
    .join('\n');
}

function tokenize(text: string): { readonly tokens: readonly Token[]; readonly unclosed?: number } {
  const tokens: Token[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '\n') line += 1;
    if (/\s/.test(character)) {
      at += 1;
    } else if (character === '#') {
      const end = text.indexOf('\n', at);
      at = end === -1 ? text.length : end;
    } else if (character === '"') {
      const quoted = readQuoted(text, at + 1);
      if (quoted === undefined) return { tokens, unclosed: line };
      tokens.push({ text: quoted.text, line, quoted: true });
      at = quoted.end;
    } else {
      const start = at;
      while (at < text.length && !/\s/.test(text.charAt(at))) at += 1;
      tokens.push({ text: text.slice(start, at), line, quoted: false });
    }
  }
  return { tokens };
}

const escapes: Readonly<Record<string, string | undefined>> = { n: '\n', r: '\r', t: '\t' };

/** Reads up to the closing quote, which must be on the same line. */
function readQuoted(
  text: string,
  start: number,
): { readonly text: string; readonly end: number } | undefined {
  let value = '';
  for (let at = start; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') return { text: value, end: at + 1 };
    if (character === '\n') return undefined;
    if (character === '\\') {
      at += 1;
      const escaped = text.charAt(at);
      value += escapes[escaped] ?? escaped;
    } else value += character;
  }
  return undefined;
}
