import { GiveUp } from './read-flow.ts';
import type { ScalarNode } from './tree.ts';

const header = /[|>][+-]?[ ]*(?: #[^\r\n]*)?(?=\r?\n|$)/y;

/** Where a block scalar stands. */
export interface BlockScalarPlace {
  /** Offset of its `|` or `>`. */
  readonly start: number;
  /** Offset of the line behind its header. */
  readonly from: number;
  /** End of the document. */
  readonly end: number;
  /** Indentation of the key or dash that it belongs to. */
  readonly indent: number;
}

/**
 * Finds the end of a block scalar. Its value is its source text, header included: an edit only compares it.
 * One that says its own indentation, or whose blank lines would need a second look, is left to the full parser.
 */
export function readBlockScalar(text: string, place: BlockScalarPlace): ScalarNode {
  const { start, end, indent } = place;
  header.lastIndex = start;
  if (!header.test(text)) throw new GiveUp();
  let content = -1;
  let at = place.from;
  while (at < end) {
    let first = at;
    while (text.charCodeAt(first) === 32) first += 1;
    const newline = text.indexOf('\n', first);
    const next = newline < 0 || newline >= end ? end : newline + 1;
    const code = text.charCodeAt(first);
    const blank = first >= end || code === 10 || (code === 13 && text.charCodeAt(first + 1) === 10);
    if (blank) {
      // Parsers disagree on blanks at the end of the text without a line end.
      if (first > at && (newline < 0 || newline >= end)) throw new GiveUp();
      // Blanks before the first line of text that are longer than its indentation would be an error.
      if (content < 0 && first - at > indent + 1) throw new GiveUp();
    } else {
      const column = first - at;
      if (content < 0 && column > indent) content = column;
      if (content < 0 || column < content) {
        // Less indented than the text but more than its key: only a comment may stand there, and not everywhere.
        if (column > indent || (code === 9 && content < 0)) throw new GiveUp();
        break;
      }
    }
    at = next;
  }
  return {
    type: 'scalar',
    style: 'block',
    value: text.slice(start, at),
    raw: true,
    start,
    end: at,
  };
}

/** Turns the source of a block scalar, header included, into the text that is meant (YAML 1.2.2, chapter 8.1). */
export function blockText(source: string): string {
  const [head = '', ...all] = source.split(/\r?\n/);
  const first = all.find((line) => /[^ ]/.test(line));
  const indent = first === undefined ? Number.POSITIVE_INFINITY : first.search(/[^ ]/);
  const lines = all.map((line) => line.slice(indent));
  // What is behind the last line end is no line, unless it has text.
  if (lines.at(-1) === '') lines.pop();
  const last = lines.findLastIndex((line) => line !== '');
  const text = head.startsWith('>') ? folded(lines, last) : lines.slice(0, last + 1).join('\n');
  const end = last < 0 ? '' : '\n';
  if (head[1] === '-') return text;
  return head[1] === '+' ? text + end + '\n'.repeat(lines.length - 1 - last) : text + end;
}

/** Joins lines with blanks, except around empty lines and around those that are indented more. */
function folded(lines: readonly string[], last: number): string {
  const parts: string[] = [];
  let breaks = 0;
  let wasDeep: boolean | undefined;
  for (const line of lines.slice(0, last + 1)) {
    if (line === '') {
      breaks += 1;
      continue;
    }
    const deep = /^[ \t]/.test(line);
    const keepsBreak = wasDeep !== undefined && (deep || wasDeep);
    const joint = '\n'.repeat(keepsBreak ? breaks + 1 : breaks);
    parts.push(joint === '' && wasDeep !== undefined ? ' ' : joint, line);
    breaks = 0;
    wasDeep = deep;
  }
  return parts.join('');
}
