import type { MapNode, ScalarNode, SeqNode, TreeNode, TreePair } from './tree.ts';

/** Says that a reader does not understand a text. It never leaves this package. */
export class GiveUp extends Error {
  override readonly name = 'GiveUp';
}

const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  n: '\n',
  t: '\t',
  r: '\r',
  ' ': ' ',
  '0': '\0',
  b: '\b',
  f: '\f',
};

/**
 * Reads a quoted scalar that ends before `limit`. Lines are folded as YAML says, however they are indented: kubectl's parser
 * does not ask for indentation inside quotes, and real manifests rely on that.
 */
export function readQuoted(text: string, start: number, limit: number): ScalarNode {
  const end = quotedEnd(text, start, limit);
  if (end < 0) throw new GiveUp();
  const source = folded(text.slice(start + 1, end - 1));
  if (text[start] === "'")
    return { type: 'scalar', style: 'single', value: source.replaceAll("''", "'"), start, end };
  return { type: 'scalar', style: 'double', value: unescaped(source), start, end };
}

/** Finds the offset behind the closing quote; -1 when there is none before `limit`. */
export function quotedEnd(text: string, start: number, limit: number): number {
  const quote = text[start] ?? '"';
  for (let at = start + 1; ; ) {
    const close = text.indexOf(quote, at);
    if (close < 0 || close >= limit) return -1;
    if (quote === "'") {
      if (text[close + 1] !== "'") return close + 1;
      at = close + 2;
      continue;
    }
    let slashes = 0;
    while (close - 1 - slashes > start && text[close - 1 - slashes] === '\\') slashes += 1;
    if (slashes % 2 === 0) return close + 1;
    at = close + 1;
  }
}

function folded(source: string): string {
  if (!source.includes('\n')) return source;
  // An escape at the end of a line changes how it is folded.
  if (source.split('\n').some((line) => line.trimEnd().endsWith('\\'))) throw new GiveUp();
  const lines = source.split(/\r?\n/);
  const last = lines.length - 1;
  let text = '';
  let breaks = 0;
  for (const [index, line] of lines.entries()) {
    const from = index === 0 ? 0 : firstNonBlank(line);
    const to = index === last ? line.length : lastNonBlank(line);
    const part = from < to ? line.slice(from, to) : '';
    if (index > 0) breaks += 1;
    if (part === '' && index > 0 && index < last) continue;
    if (breaks > 0) text += breaks === 1 ? ' ' : '\n'.repeat(breaks - 1);
    text += part;
    breaks = 0;
  }
  return text;
}

function firstNonBlank(line: string): number {
  let at = 0;
  while (line[at] === ' ' || line[at] === '\t') at += 1;
  return at;
}

function lastNonBlank(line: string): number {
  let at = line.length;
  while (line[at - 1] === ' ' || line[at - 1] === '\t') at -= 1;
  return at;
}

function unescaped(source: string): string {
  if (!source.includes('\\')) return source;
  return source.replace(/\\(.)/gs, (_, letter: string) => {
    const char = escapes[letter];
    if (char === undefined) throw new GiveUp();
    return char;
  });
}

function isFlowBlank(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

/** Characters of an unquoted text in a flow collection, without blanks. */
const flowPlain = /(?:[\w./$<=~+]|-(?=[\w./$]))(?:[^\s,[\]{}:#"'`|>&*!%@?\\]|:(?=[\w./@-]))*/y;

/**
 * Reads flow collections that hold only plain words, quoted texts and further collections: JSON, and most of what people
 * write. Comments inside are left to the full parser.
 */
export class FlowReader {
  readonly #text: string;
  readonly #maxDepth: number;
  #limit = 0;
  #at = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  read(start: number, limit: number, depth: number): TreeNode {
    this.#at = start;
    this.#limit = limit;
    return this.#node(depth);
  }

  #skipBlanks(): string {
    while (this.#at < this.#limit && isFlowBlank(this.#text.charCodeAt(this.#at))) this.#at += 1;
    if (this.#at >= this.#limit) throw new GiveUp();
    return this.#text[this.#at] ?? '';
  }

  #node(depth: number): TreeNode {
    if (depth > this.#maxDepth) throw new GiveUp();
    const char = this.#skipBlanks();
    if (char === '[') return this.#seq(depth);
    if (char === '{') return this.#map(depth);
    return this.#scalar(char);
  }

  #scalar(char: string): ScalarNode {
    const start = this.#at;
    if (char === '"' || char === "'") {
      const node = readQuoted(this.#text, start, this.#limit);
      this.#at = node.end;
      return node;
    }
    flowPlain.lastIndex = start;
    const value = flowPlain.exec(this.#text)?.[0];
    if (value === undefined || start + value.length > this.#limit) throw new GiveUp();
    this.#at += value.length;
    return { type: 'scalar', style: 'plain', value, start, end: this.#at };
  }

  #seq(depth: number): SeqNode {
    const start = this.#at;
    const items: TreeNode[] = [];
    this.#at += 1;
    while (this.#skipBlanks() !== ']') {
      items.push(this.#node(depth + 1));
      this.#separator(']');
    }
    this.#at += 1;
    return { type: 'seq', flow: true, items, start, end: this.#at };
  }

  #map(depth: number): MapNode {
    const start = this.#at;
    const pairs: TreePair[] = [];
    const keys = new Set<string>();
    this.#at += 1;
    for (let char = this.#skipBlanks(); char !== '}'; char = this.#skipBlanks()) {
      if (char === '[' || char === '{') throw new GiveUp();
      const key = this.#scalar(char);
      if (
        key.value.includes('\n') ||
        this.#text[this.#at] !== ':' ||
        keys.has(key.value) ||
        key.value === '<<'
      )
        throw new GiveUp();
      const behind = this.#text[this.#at + 1];
      if (key.style === 'plain' && behind !== ' ' && behind !== '\n') throw new GiveUp();
      keys.add(key.value);
      this.#at += 1;
      pairs.push({ key, value: this.#node(depth + 1) });
      this.#separator('}');
    }
    this.#at += 1;
    return { type: 'map', flow: true, pairs, start, end: this.#at };
  }

  /** Passes a comma, or stops before the closing bracket. Anything else would go on with the value. */
  #separator(close: string): void {
    const char = this.#skipBlanks();
    if (char === ',') this.#at += 1;
    else if (char !== close) throw new GiveUp();
  }
}
