import { limitExceeded } from './limits.ts';

/** Where one YAML document stands in a text. */
export interface DocumentSpan {
  readonly index: number;
  /** Offset of the first character, counted in UTF-16 code units. */
  readonly start: number;
  readonly end: number;
}

const NEWLINE = 10;
const RETURN = 13;

/**
 * Splits a text into its YAML documents without parsing them.
 *
 * `---` and `...` at the start of a line, followed by a blank or a line end, end a document wherever they stand (YAML
 * 1.2.2, 9.1.2 and `c-forbidden`): also inside a block scalar or quotes. So the spans are exact, whatever is in between.
 * Comments and directives before a document belong to it. A byte-order mark belongs to no span.
 */
export function splitDocuments(text: string, maxDocuments: number): readonly DocumentSpan[] {
  const spans: DocumentSpan[] = [];
  let start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  // The span that is open has its `---` or content: a further `---` begins the next one.
  let begun = false;
  let contentFrom = start;
  const close = (end: number): void => {
    if (spans.length >= maxDocuments)
      throw limitExceeded('The number of YAML documents', maxDocuments);
    spans.push({ index: spans.length, start, end });
    start = end;
  };
  for (const mark of documentMarks(text, start)) {
    const hasContent = begun || !isPreamble(text, contentFrom, mark.offset);
    if (mark.kind === '---') {
      if (hasContent) close(mark.offset);
      begun = true;
    } else if (hasContent) {
      close(mark.lineEnd);
      begun = false;
      contentFrom = mark.lineEnd;
    }
  }
  if (begun || !isPreamble(text, contentFrom, text.length)) close(text.length);
  return spans;
}

interface DocumentMark {
  readonly kind: '---' | '...';
  readonly offset: number;
  readonly lineEnd: number;
}

function* documentMarks(text: string, from: number): Generator<DocumentMark> {
  let dashes = nextAt(text, '---', from);
  let dots = nextAt(text, '...', from);
  while (dashes >= 0 || dots >= 0) {
    const offset = dots < 0 || (dashes >= 0 && dashes < dots) ? dashes : dots;
    const kind = offset === dashes ? '---' : '...';
    const newline = text.indexOf('\n', offset);
    yield { kind, offset, lineEnd: newline < 0 ? text.length : newline + 1 };
    if (kind === '---') dashes = nextAt(text, '---', offset + 3);
    else dots = nextAt(text, '...', offset + 3);
  }
}

function nextAt(text: string, mark: string, from: number): number {
  if (from <= 1 && text.startsWith(mark, from) && endsMark(text, from + 3)) return from;
  for (let at = text.indexOf(`\n${mark}`, from === 0 ? 0 : from - 1); at >= 0; ) {
    if (endsMark(text, at + 4)) return at + 1;
    at = text.indexOf(`\n${mark}`, at + 1);
  }
  return -1;
}

function endsMark(text: string, offset: number): boolean {
  if (offset >= text.length) return true;
  const code = text.charCodeAt(offset);
  return code === 32 || code === 9 || code === NEWLINE || code === RETURN;
}

/** Says whether there is nothing but blank lines, comments and directives. */
function isPreamble(text: string, from: number, to: number): boolean {
  for (let at = from; at < to; ) {
    const newline = text.indexOf('\n', at);
    const end = newline < 0 || newline >= to ? to : newline;
    const line = text.slice(at, end);
    if (!/^(?:[ \t\r]*(?:#.*)?|%.*)$/s.test(line)) return false;
    at = end + 1;
  }
  return true;
}

/** Answers lines and columns for offsets of one text. Reads the text once, when it is first asked. */
export class LinePositions {
  readonly #text: string;
  #starts: number[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  /** Line and column of an offset, both counted from 1, the column in UTF-16 code units. A byte-order mark takes no column. */
  at(offset: number): { readonly line: number; readonly column: number } {
    this.#starts ??= lineStarts(this.#text);
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: Math.max(1, offset - (this.#starts[low] ?? 0) + 1) };
  }
}

function lineStarts(text: string): number[] {
  const starts = [text.charCodeAt(0) === 0xfeff ? 1 : 0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
