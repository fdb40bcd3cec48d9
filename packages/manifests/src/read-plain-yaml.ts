import { readBlockScalar } from './read-block-scalar.ts';
import { FlowReader, GiveUp, quotedEnd, readQuoted } from './read-flow.ts';
import type { DocumentSpan } from './split-documents.ts';
import type { ScalarNode, SeqNode, TreeNode, TreePair } from './tree.ts';

/**
 * Reads a document that is written in the plain subset of YAML that nearly every manifest keeps to, at many times the speed
 * of a full parser: block maps and lists, unquoted values on one line, quoted ones, flow collections, block scalars, comments.
 *
 * Answers `undefined` for everything else (anchors, aliases, tags, merge keys, unquoted values over several lines, keys that are there twice,
 * anything that is not understood): the full parser then reads it, and says what is wrong with it. What this
 * reader does take it reads as the full parser does, which is tested on every file of a corpus of real manifests.
 * A block scalar has its source text as its value: nothing inside is ever looked at.
 */
export function readPlainYaml(
  text: string,
  span: DocumentSpan,
  maxDepth: number,
): { readonly root: TreeNode | undefined } | undefined {
  try {
    // A carriage return alone is a line break to some readers and a character to others.
    if (/\r(?!\n)/.test(text.slice(span.start, span.end))) return undefined;
    return new PlainReader(text, span, maxDepth).document();
  } catch (error) {
    if (error instanceof GiveUp) return undefined;
    throw error;
  }
}

interface Line {
  /** Offset of the first character that is no blank. */
  readonly content: number;
  readonly indent: number;
  /** Offset of the line end, before `\r\n` or `\n`. */
  readonly end: number;
  /** Offset of the next line. */
  readonly next: number;
}

const SPACE = 32;
const HASH = 35;
const DASH = 45;
const COLON = 58;
const plainKey = /[\w$./][\w$./@+%-]*(?=:(?:[ \r\n]|$))/y;
/** Members whose value is looked at: they are never left unread as a block scalar. */
const readKeys =
  /^(?:image|imageTag|tag|digest|sha|registry|repository|newName|newTag|name|namespace|kind|apiVersion)$/;

class PlainReader {
  readonly #text: string;
  readonly #end: number;
  readonly #maxDepth: number;
  readonly #flow: FlowReader;
  /** The next line with content; `undefined` at the end of the document. */
  #line: Line | undefined;

  constructor(text: string, span: DocumentSpan, maxDepth: number) {
    this.#text = text;
    this.#end = span.end;
    this.#maxDepth = maxDepth;
    this.#flow = new FlowReader(text, maxDepth);
    this.#line = this.#lineFrom(span.start);
  }

  document(): { root: TreeNode | undefined } {
    const first = this.#line;
    if (first !== undefined && first.indent === 0 && this.#isMark(first, '---')) {
      if (!this.#isBlank(first.content + 3, first.end)) throw new GiveUp();
      this.#line = this.#lineFrom(first.next);
    }
    const root = this.#line === undefined ? undefined : this.#root(this.#line);
    const rest = this.#line;
    if (rest === undefined) return { root };
    // Behind "..." there can only be comments: what follows would be another document.
    if (!this.#isMark(rest, '...') || !this.#isBlank(rest.content + 3, rest.end))
      throw new GiveUp();
    if (this.#lineFrom(rest.next) !== undefined) throw new GiveUp();
    return { root };
  }

  #root(line: Line): TreeNode {
    const char = this.#text[line.content];
    if (char !== '{' && char !== '[') return this.#block(line, 0);
    const node = this.#flow.read(line.content, this.#end, 0);
    const last = this.#lineOf(node.end, line);
    if (!this.#isBlank(node.end, last.end)) throw new GiveUp();
    this.#line = this.#lineFrom(last.next);
    return node;
  }

  #isMark(line: Line, mark: string): boolean {
    return line.indent === 0 && this.#text.startsWith(mark, line.content);
  }

  /** Finds the next line that has more than blanks and a comment. */
  #lineFrom(offset: number): Line | undefined {
    const text = this.#text;
    for (let start = offset; start < this.#end; ) {
      let content = start;
      while (text.charCodeAt(content) === SPACE) content += 1;
      const newline = text.indexOf('\n', content);
      const next = newline < 0 || newline >= this.#end ? this.#end : newline + 1;
      let end = newline < 0 || newline >= this.#end ? this.#end : newline;
      if (end > content && text.charCodeAt(end - 1) === 13) end -= 1;
      const code = text.charCodeAt(content);
      if (content < end && code !== HASH) {
        // A tab before content, or a directive: the full parser says what it means.
        if (code === 9 || (code === 37 && content === start)) throw new GiveUp();
        return { content, indent: content - start, end, next };
      }
      start = next;
    }
    return undefined;
  }

  /** The line in which a value ends that may go over several lines. */
  #lineOf(offset: number, line: Line): Line {
    if (offset <= line.end) return line;
    const newline = this.#text.indexOf('\n', offset);
    const next = newline < 0 || newline >= this.#end ? this.#end : newline + 1;
    const end = newline < 0 || newline >= this.#end ? this.#end : newline;
    return {
      ...line,
      end: this.#text.charCodeAt(end - 1) === 13 && end > offset ? end - 1 : end,
      next,
    };
  }

  #isBlank(from: number, end: number): boolean {
    let at = from;
    while (at < end && this.#text.charCodeAt(at) === SPACE) at += 1;
    return at >= end || (this.#text.charCodeAt(at) === HASH && at > from);
  }

  /** Reads the map or list that begins with a line. */
  #block(line: Line, depth: number): TreeNode {
    if (this.#isDash(line.content, line.end)) return this.#seq(line, line.indent, depth);
    const key = this.#key(line.content, line.end);
    if (key === undefined) throw new GiveUp();
    return this.#map(line, { indent: line.indent, key, depth });
  }

  #isDash(at: number, end: number): boolean {
    if (this.#text.charCodeAt(at) !== DASH) return false;
    return at + 1 >= end || this.#text.charCodeAt(at + 1) === SPACE;
  }

  #key(at: number, end: number): ScalarNode | undefined {
    const text = this.#text;
    const quote = text[at];
    if (quote === '"' || quote === "'") {
      const stop = quotedEnd(text, at, end);
      return stop >= 0 && stop < end && isAfterKey(text, stop)
        ? readQuoted(text, at, end)
        : undefined;
    }
    plainKey.lastIndex = at;
    const found = plainKey.exec(text);
    if (found === null) return undefined;
    const stop = at + found[0].length;
    return stop < end
      ? { type: 'scalar', style: 'plain', value: found[0], start: at, end: stop }
      : undefined;
  }

  #map(first: Line, at: { indent: number; key: ScalarNode; depth: number }): TreeNode {
    const { indent, depth } = at;
    if (depth >= this.#maxDepth) throw new GiveUp();
    const pairs: TreePair[] = [];
    const keys = new Set<string>();
    let line = first;
    let key = at.key;
    for (;;) {
      if (keys.has(key.value)) throw new GiveUp();
      keys.add(key.value);
      pairs.push({ key, value: this.#mapValue(line, { key, indent, depth }) });
      const next = this.#line;
      if (next === undefined || next.indent < indent) break;
      // The end mark of a document stands at the same column as its top map.
      if (indent === 0 && this.#isMark(next, '...')) break;
      const found = next.indent === indent ? this.#key(next.content, next.end) : undefined;
      if (found === undefined) throw new GiveUp();
      line = next;
      key = found;
    }
    const end = pairs.at(-1)?.value?.end ?? at.key.end;
    return { type: 'map', flow: false, pairs, start: at.key.start, end };
  }

  #mapValue(line: Line, at: { key: ScalarNode; indent: number; depth: number }): TreeNode {
    const { key, indent, depth } = at;
    const from = key.end + 1;
    if (!this.#isBlank(from, line.end))
      return this.#inline(line, { from, indent, depth, key: key.value });
    this.#line = this.#lineFrom(line.next);
    const next = this.#line;
    if (next !== undefined) {
      if (next.indent > indent) return this.#block(next, depth + 1);
      if (next.indent === indent && this.#isDash(next.content, next.end))
        return this.#seq(next, indent, depth + 1);
    }
    return { type: 'scalar', style: 'plain', value: '', start: from, end: from };
  }

  #seq(first: Line, indent: number, depth: number): TreeNode {
    if (depth >= this.#maxDepth) throw new GiveUp();
    const items: TreeNode[] = [];
    const start = first.content;
    let line: Line | undefined = first;
    while (line !== undefined && line.indent === indent && this.#isDash(line.content, line.end)) {
      items.push(this.#item(line, indent, depth));
      line = this.#line;
      if (line !== undefined && line.indent > indent) throw new GiveUp();
    }
    return sequence(items, start);
  }

  #item(line: Line, indent: number, depth: number): TreeNode {
    const from = line.content + 1;
    if (this.#isBlank(from, line.end)) {
      this.#line = this.#lineFrom(line.next);
      if (this.#line !== undefined && this.#line.indent > indent)
        return this.#block(this.#line, depth + 1);
      return { type: 'scalar', style: 'plain', value: '', start: from, end: from };
    }
    let content = from;
    while (this.#text.charCodeAt(content) === SPACE) content += 1;
    const inner: Line = { ...line, content, indent: indent + (content - line.content) };
    if (this.#isDash(content, line.end)) return this.#seq(inner, inner.indent, depth + 1);
    const key = this.#key(content, line.end);
    if (key !== undefined) return this.#map(inner, { indent: inner.indent, key, depth: depth + 1 });
    return this.#inline(line, { from, indent, depth, key: '' });
  }

  /** Reads a value that begins on the line of its key or dash, and moves on to the next line. */
  #inline(line: Line, at: { from: number; indent: number; depth: number; key: string }): TreeNode {
    const text = this.#text;
    let start = at.from;
    while (text.charCodeAt(start) === SPACE) start += 1;
    const char = text[start];
    if (char === '|' || char === '>') {
      if (readKeys.test(at.key)) throw new GiveUp();
      const node = readBlockScalar(text, {
        start,
        from: line.next,
        end: this.#end,
        indent: at.indent,
      });
      this.#line = this.#lineFrom(node.end);
      if (this.#line !== undefined && this.#line.indent > at.indent) throw new GiveUp();
      return node;
    }
    let node: TreeNode;
    let last = line;
    if (char === '"' || char === "'") {
      node = readQuoted(text, start, this.#end);
      last = this.#lineOf(node.end, line);
    } else if (char === '[' || char === '{') {
      node = this.#flow.read(start, this.#end, at.depth + 1);
      last = this.#lineOf(node.end, line);
    } else node = this.#plain(start, line.end);
    if (!this.#isBlank(node.end, last.end)) throw new GiveUp();
    this.#line = this.#lineFrom(last.next);
    // A line that is indented more would go on with the value.
    if (this.#line !== undefined && this.#line.indent > at.indent) throw new GiveUp();
    return node;
  }

  #plain(start: number, lineEnd: number): ScalarNode {
    const text = this.#text;
    const source = text.slice(start, lineEnd);
    if (!/^(?:[^\s#,[\]{}&*!|>'"%@`?:-]|-(?=[^\s]))/.test(source)) throw new GiveUp();
    const comment = source.indexOf(' #');
    const value = withoutBlanks(comment < 0 ? source : source.slice(0, comment));
    if (
      value.includes('\t') ||
      value.includes('\r') ||
      value.includes(': ') ||
      value.charCodeAt(value.length - 1) === COLON
    )
      throw new GiveUp();
    return { type: 'scalar', style: 'plain', value, start, end: start + value.length };
  }
}

function sequence(items: readonly TreeNode[], start: number): SeqNode {
  return { type: 'seq', flow: false, items, start, end: items.at(-1)?.end ?? start };
}

/** Says whether a quoted text is a key: a colon with a blank or line end behind it follows. */
function isAfterKey(text: string, end: number): boolean {
  return text[end] === ':' && /[ \r\n]/.test(text[end + 1] ?? ' ');
}

/** Cuts blanks at the end off; a pattern would take quadratic time on a long run of blanks within. */
function withoutBlanks(text: string): string {
  let end = text.length;
  while (end > 0 && text.charCodeAt(end - 1) === SPACE) end -= 1;
  return text.slice(0, end);
}
