import { diffLines, type LineChange, splitLines } from './line-diff.ts';

/** The three versions of a text, as bytes in a string (latin1). */
interface ThreeTexts {
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
}

/**
 * Merges two changes of one text, line by line; `undefined` when they conflict.
 *
 * As Git does, changes that touch each other conflict even when no line is in both, unless both sides made the same change.
 */
export async function mergeText(texts: ThreeTexts): Promise<string | undefined> {
  const base = splitLines(texts.base);
  const ours = splitLines(texts.ours);
  const theirs = splitLines(texts.theirs);
  const mine = [...(await diffLines(base, ours))];
  const other = [...(await diffLines(base, theirs))];
  const result: string[] = [];
  let done = 0;
  for (;;) {
    const group = takeGroup(mine, other);
    if (group === undefined) break;
    const { start, end } = group;
    for (let line = done; line < start; line += 1) result.push(base[line] ?? '');
    const left = sideOf(group.ours, ours, { base, start, end });
    const right = sideOf(group.theirs, theirs, { base, start, end });
    if (group.theirs.length === 0) result.push(left);
    else if (group.ours.length === 0 || left === right) result.push(right);
    else return undefined;
    done = end;
  }
  result.push(...base.slice(done));
  return result.join('');
}

interface Group {
  readonly start: number;
  readonly end: number;
  readonly ours: readonly LineChange[];
  readonly theirs: readonly LineChange[];
}

/** Takes the first change off the lists, with all changes that touch it or each other. */
function takeGroup(mine: LineChange[], other: LineChange[]): Group | undefined {
  const starts = [mine[0]?.beforeStart, other[0]?.beforeStart].filter((at) => at !== undefined);
  if (starts.length === 0) return undefined;
  const start = Math.min(...starts);
  let end = start;
  const ours: LineChange[] = [];
  const theirs: LineChange[] = [];
  for (let grown = true; grown; ) {
    grown = false;
    for (const [from, to] of [
      [mine, ours],
      [other, theirs],
    ] as const) {
      for (let next = from[0]; next !== undefined && next.beforeStart <= end; next = from[0]) {
        from.shift();
        to.push(next);
        end = Math.max(end, next.beforeEnd);
        grown = true;
      }
    }
  }
  return { start, end, ours, theirs };
}

/** The text that one side has in place of the lines `start` to `end` of the base. */
function sideOf(
  changes: readonly LineChange[],
  side: readonly string[],
  region: { readonly base: readonly string[]; readonly start: number; readonly end: number },
): string {
  const parts: string[] = [];
  let at = region.start;
  for (const change of changes) {
    parts.push(...region.base.slice(at, change.beforeStart));
    parts.push(...side.slice(change.afterStart, change.afterEnd));
    at = change.beforeEnd;
  }
  parts.push(...region.base.slice(at, region.end));
  return parts.join('');
}
