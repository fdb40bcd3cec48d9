import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type ParsedNode,
  parseDocument,
  type YAMLError,
} from 'yaml';
import { limitExceeded, type ManifestLimits } from './limits.ts';
import type { DocumentSpan } from './split-documents.ts';
import {
  isMergeKey,
  type MapNode,
  type ScalarNode,
  type ScalarStyle,
  type SeqNode,
  type TreeNode,
  type TreePair,
} from './tree.ts';
import { AliasBudget, mergedPairs } from './tree-walk.ts';

/** What is wrong with a document, at an offset of the whole text. */
export interface YamlProblem {
  readonly code: 'syntax' | 'duplicate-key';
  readonly offset: number;
  /** What is wrong and what was expected: a clause without a full stop. */
  readonly reason: string;
}

export type YamlReading =
  | { readonly root: TreeNode | undefined; readonly problem?: undefined }
  | { readonly root?: undefined; readonly problem: YamlProblem };

/**
 * Reads one document with npm `yaml` and keeps what an edit needs. Scalars stay text (YAML's failsafe schema), so that no
 * number, date or yes/no is interpreted on the way.
 *
 * @throws ManifestError `MANIFEST_LIMIT_EXCEEDED` when the nesting is too deep.
 */
export function readYaml(text: string, span: DocumentSpan, limits: ManifestLimits): YamlReading {
  const source = text.slice(span.start, span.end);
  const document = parse(source, limits);
  if (document.errors.length > 0) {
    const first = document.errors.reduce((one, each) => (each.pos[0] < one.pos[0] ? each : one));
    // Brackets that are nested too deep to be read are also reported as not closed.
    const deep = document.errors.some((each) => each.code === 'RESOURCE_EXHAUSTION');
    if (deep && /^(?:RESOURCE_EXHAUSTION|BAD_INDENT)$/.test(first.code))
      throw limitExceeded('The nesting of the YAML', limits.maxDepth);
    return { problem: describe(first, source, span.start) };
  }
  const reader = new TreeReader(span.start, limits);
  const root = document.contents === null ? undefined : reader.read(document.contents, 0);
  if (reader.problem !== undefined) return { problem: reader.problem };
  // An empty document is a null scalar to npm yaml; here it is nothing.
  const empty =
    root?.type === 'scalar' &&
    root.start === root.end &&
    root.anchor === undefined &&
    root.tag === undefined;
  return { root: empty ? undefined : root };
}

function parse(source: string, limits: ManifestLimits): Document.Parsed {
  try {
    return parseDocument(source, {
      schema: 'failsafe',
      prettyErrors: false,
      logLevel: 'silent',
      // Else !!binary and !!timestamp would give bytes and dates.
      resolveKnownTags: false,
      // Checked below: npm yaml compares each key with each other one, which a long map makes slow.
      uniqueKeys: false,
    });
  } catch (error) {
    // npm yaml calls itself for each level, and runs out of stack on some deep texts without saying so in its errors.
    if (error instanceof RangeError)
      throw limitExceeded('The nesting of the YAML', limits.maxDepth);
    throw error;
  }
}

const styles: Readonly<Record<string, ScalarStyle>> = {
  PLAIN: 'plain',
  QUOTE_SINGLE: 'single',
  QUOTE_DOUBLE: 'double',
  BLOCK_LITERAL: 'block',
  BLOCK_FOLDED: 'block',
};

class TreeReader {
  readonly #base: number;
  readonly #maxDepth: number;
  readonly #budget: AliasBudget;
  readonly #anchors = new Map<string, ScalarNode | MapNode | SeqNode>();
  problem: YamlProblem | undefined;

  constructor(base: number, limits: ManifestLimits) {
    this.#base = base;
    this.#maxDepth = limits.maxDepth;
    this.#budget = new AliasBudget(limits);
  }

  read(node: ParsedNode, depth: number): TreeNode {
    if (depth > this.#maxDepth) throw limitExceeded('The nesting of the YAML', this.#maxDepth);
    const start = this.#base + node.range[0];
    const end = this.#base + node.range[1];
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (target !== undefined) return { type: 'alias', start, end, name: node.source, target };
      this.problem ??= {
        code: 'syntax',
        offset: start,
        reason: `the alias "*${node.source}" has no anchor "&${node.source}" before it in this document`,
      };
      return { type: 'scalar', style: 'plain', value: '', start, end };
    }
    const anchor = node.anchor;
    const tag = node.tag;
    const place = {
      start,
      end,
      ...(anchor === undefined ? {} : { anchor }),
      ...(tag === undefined ? {} : { tag }),
    };
    if (isScalar(node)) {
      const value = typeof node.value === 'string' ? node.value : String(node.value ?? '');
      const style = styles[node.type ?? 'PLAIN'] ?? 'plain';
      return this.#known(anchor, { type: 'scalar', style, value, ...place });
    }
    if (isSeq(node)) {
      const items = (node.items as ParsedNode[]).map((item) => this.read(item, depth + 1));
      return this.#known(anchor, { type: 'seq', flow: node.flow === true, items, ...place });
    }
    if (!isMap(node))
      throw new TypeError('npm yaml gave a node that is not a map, list, scalar or alias');
    const pairs: TreePair[] = [];
    const keys = new Set<string>();
    for (const pair of node.items as { key: ParsedNode; value: ParsedNode | null }[]) {
      const key = this.read(pair.key, depth + 1);
      if (key.type === 'scalar' && key.value !== '<<') this.#unique(key, keys);
      pairs.push({
        key,
        value: pair.value === null ? undefined : this.read(pair.value, depth + 1),
      });
    }
    const merged = mergedPairs(pairs, this.#budget);
    if (merged === 'malformed')
      this.problem ??= {
        code: 'syntax',
        offset: pairs.find(isMergeKey)?.key.start ?? start,
        reason: 'a merge key "<<" has no map; expected a map, an alias of one, or a list of them',
      };
    return this.#known(anchor, {
      type: 'map',
      flow: node.flow === true,
      pairs,
      ...(merged === undefined || merged === 'malformed' ? {} : { merged }),
      ...place,
    });
  }

  #unique(key: ScalarNode, keys: Set<string>): void {
    if (keys.has(key.value))
      this.problem ??= {
        code: 'duplicate-key',
        offset: key.start,
        reason: `the key ${JSON.stringify(key.value)} is there twice in one map; expected each key once`,
      };
    keys.add(key.value);
  }

  // Set after the content is read, so that an anchor is unknown to an alias inside its own node: no cycles.
  #known<Node extends ScalarNode | MapNode | SeqNode>(
    anchor: string | undefined,
    node: Node,
  ): Node {
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    return node;
  }
}

/** What was expected, by the code of npm `yaml`. */
const expectations: Readonly<Record<string, string>> = {
  ALIAS_PROPS: 'an alias takes no anchor and no tag',
  BAD_ALIAS: 'expected the name of an anchor after "*"',
  BAD_COLLECTION_TYPE: 'expected the kind of collection that the tag names',
  BAD_DIRECTIVE: 'expected a directive such as %YAML 1.2',
  BAD_DQ_ESCAPE:
    'expected an escape that YAML knows after the backslash; in double quotes a backslash is written \\\\',
  BAD_INDENT: 'expected more indentation, or the closing bracket',
  BAD_PROP_ORDER: 'expected the anchor or tag right before its value',
  BAD_SCALAR_START: 'expected quotes around a value that starts with this character',
  BLOCK_AS_IMPLICIT_KEY:
    'expected quotes around a value that contains ": ", or a new line before a nested map',
  BLOCK_IN_FLOW:
    'expected only flow values inside brackets or braces; "{{" of a template needs quotes',
  COMMENT_SPACE: 'expected a blank before "#"',
  IMPOSSIBLE: 'expected other YAML',
  KEY_OVER_1024_CHARS: 'expected a key of at most 1024 characters',
  MISSING_CHAR: 'expected it before this place',
  MULTILINE_IMPLICIT_KEY: 'expected a key, and the ":" after it, on one line',
  MULTIPLE_ANCHORS: 'expected one anchor for a value',
  MULTIPLE_DOCS: 'expected one document',
  MULTIPLE_TAGS: 'expected one tag for a value',
  NON_STRING_KEY: 'expected a key that is text',
  TAB_AS_INDENT: 'expected spaces for the indentation, found a tab',
  TAG_RESOLVE_FAILED: 'expected a tag that is known',
  UNEXPECTED_TOKEN: 'expected the end of the value, or another indentation',
};

/** A template action where YAML wants a value, a key or an item: the parser stumbles over it only later, and elsewhere. */
const templateAction = /^[ \t]*(?:- +)*(?:[\w./-]+:[ \t]+)?(\{\{)/m;

function describe(error: YAMLError, source: string, base: number): YamlProblem {
  const template = templateAction.exec(source);
  if (template !== null && template.index <= error.pos[0]) {
    const offset = base + template.index + template[0].length - 2;
    return {
      code: 'syntax',
      offset,
      reason: 'found "{{" of a template; expected YAML, that is, the rendered template',
    };
  }
  const offset = base + Math.min(error.pos[0], source.length);
  const said = error.message
    .replace(/^./, (first) => first.toLowerCase())
    .replace(
      /^missing closing (["'])quote/,
      (_, quote: string) => `a ${quote === '"' ? 'double' : 'single'} quote is not closed`,
    );
  return {
    code: 'syntax',
    offset,
    reason: `${said}; ${expectations[error.code] ?? 'expected valid YAML 1.2'}`,
  };
}
