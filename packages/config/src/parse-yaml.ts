import { toError } from '@bowline/gitops-errors';
import {
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import type { ConfigIssue } from './issue.ts';
import type { KeyPath, Locate } from './key-path.ts';

/** Plain data with the places that it came from. */
export interface ParsedYaml {
  readonly value: unknown;
  readonly issues: readonly ConfigIssue[];
  readonly warnings: readonly ConfigIssue[];
  readonly locate: Locate;
}

/** The longest gitops.yaml, in characters. Work on it may grow with the square of its length, and anybody may have written it. */
const MAX_CHARACTERS = 65_536;

/**
 * Parses one YAML 1.2 document of at most 64 Ki characters. Aliases are followed at most 100 times; duplicate keys, several documents and
 * nesting beyond what the stack holds are issues.
 */
export function parseYaml(text: string, file: string): ParsedYaml {
  const lines = new LineCounter();
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { file, line, column: col };
  };
  const nothing: Locate = () => ({ file });
  if (text.length > MAX_CHARACTERS) {
    const message = `has more than ${MAX_CHARACTERS} characters`;
    const tooLong: ConfigIssue = { code: 'CONFIG_FILE_UNSAFE', message, file };
    return { value: undefined, issues: [tooLong], warnings: [], locate: nothing };
  }
  try {
    // "pretty" errors would quote the line, which may hold a secret.
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
    const describe = (problem: YAMLError): ConfigIssue => ({
      code: 'CONFIG_SYNTAX',
      message: `is not valid YAML: ${withoutText[problem.code] ?? firstLine(problem.message)}`,
      ...at(problem.pos[0]),
    });
    const issues = document.errors.map(describe);
    const warnings = document.warnings.map(describe);
    const pairs: PairsOfMap = new WeakMap();
    const locate: Locate = (path, part) => {
      const offset = find(document.contents, path, { part, pairs });
      return offset === undefined ? { file } : at(offset);
    };
    if (issues.length > 0) return { value: undefined, issues, warnings, locate };
    return { value: document.toJS({ maxAliasCount: 100 }), issues, warnings, locate };
  } catch (error) {
    // The stack of the composer, or the count of aliases; both are the file's fault.
    if (!(error instanceof RangeError || error instanceof ReferenceError)) throw toError(error);
    const message =
      error instanceof RangeError ? 'is nested too deeply' : 'has too many aliases, or a wrong one';
    return {
      value: undefined,
      issues: [{ code: 'CONFIG_SYNTAX', message, file }],
      warnings: [],
      locate: nothing,
    };
  }
}

/** The problems for which the library quotes a part of the file, which may be a secret. */
const withoutText: Readonly<Record<string, string | undefined>> = {
  BAD_ALIAS: 'an alias without its anchor',
  BAD_DIRECTIVE: 'an unknown directive',
  BAD_DQ_ESCAPE: 'an unknown escape in double quotes',
  TAG_RESOLVE_FAILED: 'a tag that is not known, or does not fit its value',
  UNEXPECTED_TOKEN: 'something that does not belong there',
};

function firstLine(message: string): string {
  return message.split('\n', 1)[0]?.replace(/:$/, '') ?? message;
}

/** The pairs of the maps that were looked into, by key: a map of many keys is asked for each of them. */
type PairsOfMap = WeakMap<YAMLMap, ReadonlyMap<string, Pair>>;

function pairOf(map: YAMLMap, key: string | number, known: PairsOfMap): Pair | undefined {
  let pairs = known.get(map);
  if (pairs === undefined) {
    pairs = new Map(
      map.items.map((pair) => [String(isScalar(pair.key) ? pair.key.value : pair.key), pair]),
    );
    known.set(map, pairs);
  }
  return pairs.get(String(key));
}

/** The offset of what a path leads to; of the nearest thing above it where it leads nowhere. */
function find(
  root: Node | null,
  path: KeyPath,
  { part, pairs }: { readonly part: 'key' | 'value'; readonly pairs: PairsOfMap },
): number | undefined {
  let node: unknown = root;
  let offset = root?.range?.[0];
  for (const [index, step] of path.entries()) {
    const last = index === path.length - 1;
    if (isMap(node)) {
      const pair = pairOf(node, step, pairs);
      if (pair === undefined) return offset;
      if (last && part === 'key') return start(pair.key) ?? offset;
      // A key without a value has its place in the file at least.
      offset = start(pair.value) ?? start(pair.key) ?? offset;
      node = pair.value;
    } else if (isCollection(node)) {
      node = node.get(step, true);
      offset = start(node) ?? offset;
    } else return offset;
  }
  return offset;
}

function start(node: unknown): number | undefined {
  return typeof node === 'object' && node !== null && 'range' in node && Array.isArray(node.range)
    ? Number(node.range[0])
    : undefined;
}
