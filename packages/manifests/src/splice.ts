import type { ImageField } from './image-site.ts';
import { resolved, type TreePair } from './tree.ts';

/** Replaces a range of a text. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies splices that do not overlap; those at one offset in the given order. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const splice of [...splices].sort((a, b) => a.start - b.start)) {
    if (splice.start < at) throw new RangeError('splices overlap');
    parts.push(text.slice(at, splice.start), splice.text);
    at = splice.end;
  }
  parts.push(text.slice(at));
  return parts.join('');
}

/** Fills in a value where there is none yet (`tag:`), with the blanks that YAML needs around it. */
export function fillEmpty(text: string, offset: number, value: string): Splice {
  const before = /[\s]/.test(text[offset - 1] ?? ' ') ? '' : ' ';
  const after = /[\s,}\]]/.test(text[offset] ?? ' ') ? '' : ' ';
  return { start: offset, end: offset, text: `${before}${value}${after}` };
}

/**
 * Adds a member behind another one in the style of its map: a line with the same indentation, or an item in braces.
 * Answers with the reason when that is not possible.
 */
export function insertMember(
  text: string,
  after: ImageField,
  member: { key: string; value: string },
): Splice | string {
  const pair = after.map?.pairs.find(
    (each) => each.value !== undefined && resolved(each.value) === after.node,
  );
  if (after.map === undefined || pair?.value === undefined)
    return 'the map stands behind an alias or a merge key';
  const lineStart = text.lastIndexOf('\n', pair.key.start - 1) + 1;
  const lead = text.slice(lineStart, pair.key.start).replace(/^\uFEFF/, '');
  const end = pair.value.end;
  if (after.map.flow) return insertInFlow(text, pair, { lead, end, ...member });
  const indentation = lead.replace(/-/g, ' ');
  if (/[^ ]/.test(indentation)) return 'the line has something else before the key';
  if (pair.value.type === 'scalar' && pair.value.style === 'block')
    return 'a block scalar stands before it';
  const newlineAt = text.indexOf('\n', end);
  const line = `${indentation}${member.key}: ${member.value}`;
  if (newlineAt < 0)
    return { start: text.length, end: text.length, text: `${newlineOf(text, lineStart)}${line}` };
  return {
    start: newlineAt + 1,
    end: newlineAt + 1,
    text: `${line}${newlineOf(text, newlineAt + 1)}`,
  };
}

interface FlowMember {
  readonly lead: string;
  readonly end: number;
  readonly key: string;
  readonly value: string;
}

function insertInFlow(text: string, pair: TreePair, member: FlowMember): Splice {
  const quoted = text[pair.key.start] === '"';
  const key = quoted ? JSON.stringify(member.key) : member.key;
  const ownLine = /^[ \t]*$/.test(member.lead) && pair.key.start > 0;
  const gap =
    ownLine && member.lead !== '' ? `${newlineOf(text, pair.key.start)}${member.lead}` : ' ';
  return { start: member.end, end: member.end, text: `,${gap}${key}: ${member.value}` };
}

/** The line end that is used right before an offset; else the first of the text. */
function newlineOf(text: string, offset: number): string {
  const last = text.lastIndexOf('\n', offset - 1);
  const at = last < 0 ? text.indexOf('\n') : last;
  return at > 0 && text[at - 1] === '\r' ? '\r\n' : '\n';
}
