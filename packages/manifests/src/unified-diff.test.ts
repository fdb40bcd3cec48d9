import { applyPatch } from 'diff';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { unifiedDiff } from './unified-diff.ts';

describe('unifiedDiff', () => {
  it('is empty for equal texts', () => {
    expect(unifiedDiff('a\n', 'a\n', { path: 'x' })).toBe('');
  });

  it('writes hunks with context and joins those that touch', () => {
    const before = Array.from({ length: 30 }, (_, index) => `line ${index + 1}\n`);
    const after = before.with(2, 'three\n').with(8, 'nine\n').with(25, 'twenty-six\n');
    expect(unifiedDiff(before.join(''), after.join(''), { path: 'a/b.yaml', context: 2 })).toBe(
      `--- a/a/b.yaml
+++ b/a/b.yaml
@@ -1,5 +1,5 @@
 line 1
 line 2
-line 3
+three
 line 4
 line 5
@@ -7,5 +7,5 @@
 line 7
 line 8
-line 9
+nine
 line 10
 line 11
@@ -24,5 +24,5 @@
 line 24
 line 25
-line 26
+twenty-six
 line 27
 line 28
`,
    );
    expect(unifiedDiff(before.join(''), after.join(''), { path: 'x' }).match(/^@@/gm)).toHaveLength(
      2,
    );
  });

  it('says that a newline at the end is missing', () => {
    expect(unifiedDiff('a: 1', 'a: 2\n', { path: 'x' })).toBe(
      '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a: 1\n\\ No newline at end of file\n+a: 2\n',
    );
  });

  it('writes empty ranges and unusual paths as git does', () => {
    expect(unifiedDiff('', 'a\n', { path: 'my file' })).toBe(
      '--- a/my file\t\n+++ b/my file\t\n@@ -0,0 +1 @@\n+a\n',
    );
    expect(unifiedDiff('a\n', '', { path: 'x\n"y' })).toContain('--- "a/x\\012\\"y"\n');
    expect(unifiedDiff('a\n', '', { path: 'x ' })).toContain('--- "a/x "\n');
    expect(unifiedDiff('a\n', '', { path: '/srv/x' })).toContain('--- a/srv/x\n');
  });

  it('compares long texts place by place in linear time', () => {
    const lines = Array.from({ length: 100_000 }, (_, index) => `line ${index % 7}\n`);
    const changed = lines.map((line, index) => (index % 25 === 3 ? `image ${index}\n` : line));
    const diff = unifiedDiff(lines.join(''), changed.join(''), { path: 'x' });
    expect(diff.match(/^@@/gm)).toHaveLength(4_000);
    expect(diff.match(/^\+image/gm)).toHaveLength(4_000);
  });

  it('gives a patch that makes the one text from the other', () => {
    const text = fc
      .tuple(
        fc.array(fc.constantFrom('a\n', 'b\n', 'c\r\n', '\n', '---\n')),
        fc.constantFrom('', 'end'),
      )
      .map(([lines, end]) => `${lines.join('')}${end}`);
    fc.assert(
      fc.property(text, text, fc.integer({ min: 0, max: 4 }), (before, after, context) => {
        const patch = unifiedDiff(before, after, { path: 'x', context });
        if (patch === '') return before === after;
        return applyPatch(before, patch, { autoConvertLineEndings: false }) === after;
      }),
      { numRuns: 500 },
    );
  });
});
