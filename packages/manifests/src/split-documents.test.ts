import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { LinePositions, splitDocuments } from './split-documents.ts';

describe('splitDocuments', () => {
  it('gives every character but a byte-order mark to one document at most, in order', () => {
    const text =
      '\uFEFF# a\n--- # b\na: |\n  ---\n  x\n...\n# c\n%YAML 1.2\n---\nb: 1\n---\n---\nc: "--- d"\n';
    const spans = splitDocuments(text, 10);
    expect(spans.map(({ start, end }) => text.slice(start, end))).toEqual([
      '# a\n--- # b\na: |\n  ---\n  x\n...\n',
      '# c\n%YAML 1.2\n---\nb: 1\n',
      '---\n',
      '---\nc: "--- d"\n',
    ]);
  });

  it('finds as many documents as npm yaml', () => {
    const line = fc.constantFrom(
      '---',
      '--- # c',
      '---\r',
      '# comment',
      '',
      'a: 1',
      '--- x',
      '----',
      '---x',
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const text = lines.join('\n');
        const documents = parseAllDocuments(text);
        const count = Array.isArray(documents)
          ? documents.filter((each) => each.contents !== null || each.directives?.docStart).length
          : 0;
        fc.pre(documents.every((each) => each.errors.length === 0));
        expect(splitDocuments(text, 100)).toHaveLength(count);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('LinePositions', () => {
  it('counts lines and columns from 1', () => {
    const positions = new LinePositions('\uFEFFab\r\n\nc');
    expect([1, 2, 4, 5, 6].map((offset) => positions.at(offset))).toEqual([
      { line: 1, column: 1 },
      { line: 1, column: 2 },
      { line: 1, column: 4 },
      { line: 2, column: 1 },
      { line: 3, column: 1 },
    ]);
  });
});
