import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffLines } from './line-diff.ts';
import { fileDiff } from './unified-diff.ts';

const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 });

function apply(before: readonly string[], after: readonly string[]): string[] {
  const result: string[] = [];
  let position = 0;
  for (const change of diffLines(before, after)) {
    result.push(...before.slice(position, change.before[0]), ...after.slice(...change.after));
    position = change.before[1];
  }
  return [...result, ...before.slice(position)];
}

/** Length of the longest common subsequence, the slow and sure way. */
function common(a: readonly string[], b: readonly string[]): number {
  let row = new Array<number>(b.length + 1).fill(0);
  for (const x of a) {
    const next = [0];
    b.forEach((y, index) => {
      next.push(x === y ? (row[index] ?? 0) + 1 : Math.max(row[index + 1] ?? 0, next[index] ?? 0));
    });
    row = next;
  }
  return row.at(-1) ?? 0;
}

describe('diffLines', () => {
  it('leads from one side to the other, by the shortest way', () => {
    fc.assert(
      fc.property(lines, lines, (before, after) => {
        expect(apply(before, after)).toEqual(after);
        const edits = diffLines(before, after).reduce(
          (sum, { before: [a, b], after: [c, d] }) => sum + (b - a) + (d - c),
          0,
        );
        expect(edits).toBe(before.length + after.length - 2 * common(before, after));
      }),
      { numRuns: 500 },
    );
  });

  it('takes too many differences for one, without giving up correctness or time', () => {
    const before = Array.from({ length: 20_000 }, (_, index) => `a${index}`);
    const after = Array.from({ length: 20_000 }, (_, index) => `b${index}`);
    expect(apply(before, after)).toEqual(after);
  });
});

describe('fileDiff', () => {
  const side = (text: string, mode = '100644') => ({
    mode,
    id: Buffer.from(text).toString('hex').padEnd(40, '0').slice(0, 40),
    content: Buffer.from(text),
  });

  it('says nothing about equal sides, and little about binary ones', () => {
    expect(fileDiff('a', side('x'), side('x'))).toBe('');
    expect(fileDiff('a', side('x\0'), side('y\0'))).toContain('Binary files a/a and b/a differ\n');
  });

  it('tells a missing line end, and a file that becomes a link', () => {
    expect(fileDiff('a', side('x\n'), side('x'))).toMatch(
      /-x\n\+x\n\\ No newline at end of file\n$/,
    );
    const both = fileDiff('a', side('x'), side('b', '120000'));
    expect(both).toContain('deleted file mode 100644\n');
    expect(both).toContain('new file mode 120000\n');
  });
});
