import type { LineChange } from './line-diff.ts';

/**
 * Moves insertions and deletions to where Git puts them.
 *
 * Where a line repeats, an insertion can be read at several places: `a b` in `a b a b` was added before or after. Git joins changes that can
 * meet and then moves each as far down as it goes. Doing the same makes merges find the same neighbours, hence the same conflicts.
 */
export function slideChanges(
  changes: readonly LineChange[],
  before: readonly string[],
  after: readonly string[],
): readonly LineChange[] {
  const result: LineChange[] = [];
  const rest = changes.toReversed();
  for (let change = rest.pop(); change !== undefined; change = rest.pop()) {
    let current = change;
    for (let joined = true; joined; ) {
      joined = false;
      const previous = result.at(-1);
      const up = slide(current, -1, { before, after, stop: previous?.beforeEnd ?? 0 });
      if (previous !== undefined && up.beforeStart === previous.beforeEnd) {
        result.pop();
        current = join(previous, up);
        joined = true;
        continue;
      }
      const next = rest.at(-1);
      const down = slide(up, 1, { before, after, stop: next?.beforeStart ?? before.length });
      if (next !== undefined && down.beforeEnd === next.beforeStart) {
        rest.pop();
        current = join(down, next);
        joined = true;
      } else current = down;
    }
    result.push(current);
  }
  return result;
}

/** Moves a pure insertion or deletion line by line while the text stays the same; others stay where they are. */
function slide(
  change: LineChange,
  step: 1 | -1,
  limits: {
    readonly before: readonly string[];
    readonly after: readonly string[];
    readonly stop: number;
  },
): LineChange {
  const inserts = change.beforeStart === change.beforeEnd;
  const deletes = change.afterStart === change.afterEnd;
  if (inserts === deletes) return change;
  const text = inserts ? limits.after : limits.before;
  let [start, end] = inserts
    ? [change.afterStart, change.afterEnd]
    : [change.beforeStart, change.beforeEnd];
  const room = step === 1 ? limits.stop - change.beforeEnd : change.beforeStart - limits.stop;
  let moved = 0;
  while (
    moved < room &&
    text[step === 1 ? start : start - 1] === text[step === 1 ? end : end - 1]
  ) {
    start += step;
    end += step;
    moved += 1;
  }
  const by = moved * step;
  return {
    beforeStart: change.beforeStart + by,
    beforeEnd: change.beforeEnd + by,
    afterStart: change.afterStart + by,
    afterEnd: change.afterEnd + by,
  };
}

function join(first: LineChange, second: LineChange): LineChange {
  return {
    beforeStart: first.beforeStart,
    beforeEnd: second.beforeEnd,
    afterStart: first.afterStart,
    afterEnd: second.afterEnd,
  };
}
