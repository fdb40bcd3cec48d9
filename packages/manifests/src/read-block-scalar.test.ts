import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { blockText } from './read-block-scalar.ts';
import { readPlainYaml } from './read-plain-yaml.ts';

function read(text: string): string | undefined {
  const reading = readPlainYaml(text, { index: 0, start: 0, end: text.length }, 10);
  const node = reading?.root?.type === 'map' ? reading.root.pairs[0]?.value : undefined;
  return node?.type === 'scalar' && node.raw === true ? blockText(node.value) : undefined;
}

describe('blockText', () => {
  it.each([
    ['|\n  x\n  y\n\n', 'x\ny\n'],
    ['|-\n  x', 'x'],
    ['|+ # why\n  x\n\n \n', 'x\n\n\n'],
    ['|+\n\n\n', '\n\n'],
    ['|', ''],
    ['|\r\n  x\r\n    y\r\n', 'x\n  y\n'],
    ['>\n\n  x\n  y\n\n  z\n   deep\n\n  w\n', '\nx y\nz\n deep\n\nw\n'],
  ])('reads %j', (source, text) => {
    expect(blockText(source)).toBe(text);
    expect(read(`a: ${source}`)).toBe(text);
  });

  it('reads what the reader for plain YAML takes as npm yaml does', () => {
    const line = fc.constantFrom(
      '',
      ' ',
      '   ',
      '      ',
      '  x',
      '  y # z',
      '   - deep',
      '  \tt',
      '    more',
      '  a: b ',
    );
    const text = fc
      .tuple(
        fc.constantFrom('|', '>', '|-', '>-', '|+', '>+'),
        fc.array(line, { maxLength: 8 }),
        fc.constantFrom('', '\n', '\nb: 1\n', '\n# end\nb: 1\n'),
        fc.constantFrom('\n', '\r\n'),
      )
      .map(([head, lines, end, newline]) =>
        `a: ${[head, ...lines].join('\n')}${end}`.replaceAll('\n', newline),
      );
    let taken = 0;
    fc.assert(
      fc.property(text, (source) => {
        const own = read(source);
        if (own === undefined) return;
        taken += 1;
        expect(own).toBe((parse(source) as { a: string }).a);
      }),
      { numRuns: 1_000 },
    );
    expect(taken).toBeGreaterThan(500);
  });
});
