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
 * Finds the end of a block scalar. Its value is its source text, header included: it is only ever compared, never read.
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
  return { type: 'scalar', style: 'block', value: text.slice(start, at), start, end: at };
}
