import { slideChanges } from './slide-changes.ts';

/** A part of `before` that is replaced by a part of `after`, in lines from 0, the ends not included. */
export interface LineChange {
  readonly beforeStart: number;
  readonly beforeEnd: number;
  readonly afterStart: number;
  readonly afterEnd: number;
}

/** Beyond so many inserted and deleted lines, the differing middle counts as one change: right, but coarse. */
const MAX_EDITS = 4000;

/** Splits bytes (as latin1) into lines that keep their line feeds. */
export function splitLines(text: string): readonly string[] {
  const lines = text.split('\n').map((line) => `${line}\n`);
  const last = lines.pop()?.slice(0, -1);
  if (last !== undefined && last !== '') lines.push(last);
  return lines;
}

/** Compares two texts by lines and lists the changes, with as few lines in them as can be. */
export async function diffLines(
  before: readonly string[],
  after: readonly string[],
): Promise<readonly LineChange[]> {
  let start = 0;
  const shorter = Math.min(before.length, after.length);
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const left = before.slice(start, before.length - end);
  const right = after.slice(start, after.length - end);
  if (left.length === 0 && right.length === 0) return [];
  const whole = change(start, left.length, start, right.length);
  if (left.length === 0 || right.length === 0) return slideChanges([whole], before, after);
  const { diffArrays } = await import('diff');
  const parts = diffArrays([...left], [...right], { maxEditLength: MAX_EDITS });
  if (parts === undefined) return [whole];
  const changes: LineChange[] = [];
  let at = { before: start, after: start };
  let open = at;
  for (const part of parts) {
    if (part.added) at = { ...at, after: at.after + part.count };
    else if (part.removed) at = { ...at, before: at.before + part.count };
    else {
      pushChange(changes, open, at);
      at = { before: at.before + part.count, after: at.after + part.count };
      open = at;
    }
  }
  pushChange(changes, open, at);
  return slideChanges(changes, before, after);
}

interface Place {
  readonly before: number;
  readonly after: number;
}

function pushChange(changes: LineChange[], from: Place, to: Place): void {
  const item = change(from.before, to.before - from.before, from.after, to.after - from.after);
  if (item.beforeEnd > item.beforeStart || item.afterEnd > item.afterStart) changes.push(item);
}

function change(
  beforeStart: number,
  removed: number,
  ...[afterStart, added]: readonly [afterStart: number, added: number]
): LineChange {
  return {
    beforeStart,
    beforeEnd: beforeStart + removed,
    afterStart,
    afterEnd: afterStart + added,
  };
}
