/** A run of lines that only one side has: `before[start..end)` was replaced by `after[start..end)`. */
export interface LineChange {
  readonly before: readonly [start: number, end: number];
  readonly after: readonly [start: number, end: number];
}

/** Beyond this many differing lines the shortest script is not worth its time: the rest counts as replaced. */
const MAX_EDITS = 2_000;

/** Finds the changes between two lists of lines (Myers, "An O(ND) Difference Algorithm", 1986). */
export function diffLines(before: readonly string[], after: readonly string[]): LineChange[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const room = Math.min(before.length, after.length) - head;
  while (tail < room && before[before.length - 1 - tail] === after[after.length - 1 - tail])
    tail += 1;
  const a = before.slice(head, before.length - tail);
  const b = after.slice(head, after.length - tail);
  if (a.length === 0 && b.length === 0) return [];
  const trace = search(a, b);
  const whole: LineChange = { before: [head, head + a.length], after: [head, head + b.length] };
  if (trace === undefined) return [whole];
  return backtrack(trace, a.length, b.length).map((change) => ({
    before: [change.before[0] + head, change.before[1] + head],
    after: [change.after[0] + head, change.after[1] + head],
  }));
}

/** The furthest points of each number of edits; `undefined` when there are too many. */
function search(a: readonly string[], b: readonly string[]): Int32Array[] | undefined {
  const trace: Int32Array[] = [];
  const limit = Math.min(a.length + b.length, MAX_EDITS);
  let points = new Int32Array(3);
  for (let edits = 0; edits <= limit; edits += 1) {
    // Diagonal k is at index k + edits + 1, with one spare place at each end.
    const next = new Int32Array(2 * edits + 3);
    for (let k = -edits; k <= edits; k += 2) {
      let x = edits === 0 ? 0 : step(points, k, edits);
      while (x < a.length && x - k < b.length && a[x] === b[x - k]) x += 1;
      next[k + edits + 1] = x;
      if (x >= a.length && x - k >= b.length) {
        trace.push(next);
        return trace;
      }
    }
    trace.push(next);
    points = next;
  }
  return undefined;
}

function step(points: Int32Array, k: number, edits: number): number {
  return goesDown(points, k, edits) ? at(points, k + 1, edits) : at(points, k - 1, edits) + 1;
}

function goesDown(points: Int32Array, k: number, edits: number): boolean {
  if (k === -edits) return true;
  return k !== edits && at(points, k - 1, edits) < at(points, k + 1, edits);
}

/** The point of diagonal `k` in the row before the one with that many edits. */
function at(points: Int32Array, k: number, edits: number): number {
  return points[k + edits] ?? 0;
}

function backtrack(trace: readonly Int32Array[], lengthA: number, lengthB: number): LineChange[] {
  const changes: LineChange[] = [];
  let x = lengthA;
  let y = lengthB;
  for (let edits = trace.length - 1; edits > 0; edits -= 1) {
    const points = trace[edits - 1];
    if (points === undefined) break;
    const k = x - y;
    const down = goesDown(points, k, edits);
    const fromK = down ? k + 1 : k - 1;
    const fromX = at(points, fromK, edits);
    const fromY = fromX - fromK;
    const toX = down ? fromX : fromX + 1;
    const toY = down ? fromY + 1 : fromY;
    const last = changes.at(-1);
    if (last !== undefined && last.before[0] === toX && last.after[0] === toY)
      changes[changes.length - 1] = {
        before: [fromX, last.before[1]],
        after: [fromY, last.after[1]],
      };
    else changes.push({ before: [fromX, toX], after: [fromY, toY] });
    x = fromX;
    y = fromY;
  }
  return changes.reverse();
}
