import type { ConfigIssue } from './issue.ts';
import type { Lookup, Variable } from './variables.ts';

/** The variables of a .env file, and the lines that are none. */
export interface EnvFile {
  readonly lookup: Lookup;
  readonly variables: ReadonlyMap<string, Variable>;
  readonly issues: readonly ConfigIssue[];
}

/**
 * Parses a .env file: `NAME=value` or `export NAME=value` per line, `#` comments, values bare or in quotes.
 *
 * Double quotes know the escapes `\n`, `\r`, `\t`, `\"` and `\\`; single quotes know none; either may run over several
 * lines. In a bare value a `#` after a blank begins a comment. Nothing is expanded or run. The last of equal names counts.
 * A message never holds a part of the line, which may be a secret.
 */
export function parseEnvFile(text: string, path: string): EnvFile {
  const variables = new Map<string, Variable>();
  const issues: ConfigIssue[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  for (let index = 0; index < lines.length; index += 1) {
    const line = index + 1;
    const start = lines[index] ?? '';
    if (/^\s*(?:#|$)/.test(start)) continue;
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*=\s*/.exec(start);
    if (match?.[1] === undefined) {
      issues.push(broken(path, line, 'is not NAME=value'));
      continue;
    }
    const [whole, name] = match;
    const rest = start.slice(whole.length);
    const quote = rest[0];
    let value = rest.replace(/(?:^|\s)#.*$/, '').trim();
    if (quote === '"' || quote === "'") {
      const quoted = readQuoted(lines, index, whole.length);
      if (quoted === undefined) {
        issues.push(broken(path, line, 'opens a quote that is never closed'));
        break;
      }
      value = quoted.value;
      index = quoted.lastIndex;
      if (!/^\s*(?:#|$)/.test(quoted.after))
        issues.push(broken(path, index + 1, 'has text after the closing quote'));
    }
    variables.set(name, {
      value,
      source: `${path}:${line}`,
      place: { file: path, line, key: name },
    });
  }
  const lookup: Lookup = (name) => {
    const found = variables.get(name);
    return found === undefined || found.value === '' ? undefined : found;
  };
  return { lookup, variables, issues };
}

function readQuoted(
  lines: readonly string[],
  first: number,
  column: number,
): { readonly value: string; readonly lastIndex: number; readonly after: string } | undefined {
  const quote = lines[first]?.[column];
  let value = '';
  for (let index = first; index < lines.length; index += 1) {
    const line = lines[index] ?? '';
    if (index > first) value += '\n';
    for (let at = index === first ? column + 1 : 0; at < line.length; at += 1) {
      const character = line.charAt(at);
      if (character === quote) return { value, lastIndex: index, after: line.slice(at + 1) };
      const escaped =
        quote === '"' && character === '\\' ? escapes[line.charAt(at + 1)] : undefined;
      value += escaped ?? character;
      if (escaped !== undefined) at += 1;
    }
  }
  return undefined;
}

const escapes: Readonly<Record<string, string | undefined>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  '"': '"',
  '\\': '\\',
};

function broken(file: string, line: number, message: string): ConfigIssue {
  return { code: 'CONFIG_SYNTAX', message, file, line };
}
