import { findImages, parseManifests, setImage } from '@bowline/gitops-manifests';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
const tag = fc.constantFrom(
  '1',
  '1.10',
  'v2',
  '2024-01-01',
  'on',
  '0x10',
  '1e3',
  'latest',
  '12_000',
);
const repository = fc.constantFrom(
  'web',
  'shop/web',
  'r.example.com:5000/shop/web',
  'ghcr.io/a/b_c-d.e',
  'docker.io/library/web',
);
const image = fc
  .tuple(repository, fc.option(tag, { nil: undefined }), fc.boolean())
  .map(
    ([name, version, pinned]) =>
      `${name}${version === undefined ? '' : `:${version}`}${pinned ? `@${digest}` : ''}`,
  );

/** Ways to write one text as a YAML scalar. */
const written: readonly ((text: string) => string)[] = [
  (text) => (/^[a-z].*[:/]/.test(text) && !/^[\d_:.]+$/.test(text) ? text : `"${text}"`),
  (text) => `"${text}"`,
  (text) => `'${text}'`,
  (text) =>
    `"${[...text].map((char) => (char === 'e' ? '\\x65' : char === '/' ? '\\/' : char)).join('')}"`,
  (text) => `!!str "${text}"`,
  (text) => `&anchor${text.length} '${text}'`,
];

interface Style {
  readonly step: number;
  readonly seq: number;
  readonly newline: string;
  readonly noise: number;
}

const style = fc.record({
  step: fc.constantFrom(2, 4),
  seq: fc.constantFrom(0, 2),
  newline: fc.constantFrom('\n', '\r\n'),
  noise: fc.integer({ min: 0, max: 5 }),
});
const container = fc.record({
  image,
  write: fc.constantFrom(...written),
  flow: fc.boolean(),
  comment: fc.constantFrom('', ' # why', '   # a: "b"'),
});
type Container = typeof container extends fc.Arbitrary<infer Value> ? Value : never;

const noises = [
  [],
  ['# image: shop/web:1', ''],
  ['data: |', '  image: shop/web:1', '', '   ---x', 'more: >-', '  a', '', '  b'],
  ['quoted: "two', '  lines"', "other: 'it''s'", 'empty:', 'plain: a b', '  c'],
  ['base: &base {a: [1, 2, {b: "c"}]}', 'copy: *base', '? complex', ': x'],
  ['n: 0755', 'y: yes', 'big: 12345678901234567890', 'date: 2001-01-01', 'tilde: ~'],
];

function manifest(
  containers: readonly Container[],
  { step, seq, noise }: Style,
  index: number,
): string[] {
  const pad = (depth: number): string => ' '.repeat(step * depth);
  const items = containers.flatMap((each, at) => {
    const value = each.write(each.image);
    const dash = `${pad(2)}${' '.repeat(seq)}- `;
    return each.flow
      ? [`${dash}{ name: c${at}, image: ${value} , args: ["--x", 'y'] }${each.comment}`]
      : [`${dash}name: c${at}  `, `${' '.repeat(dash.length)}image: ${value}${each.comment}`];
  });
  return [
    'apiVersion: v1',
    'kind: Pod',
    'metadata:',
    `${pad(1)}name: p${index}`,
    `${pad(1)}labels: {a: "b"}`,
    ...(noises[noise] ?? []),
    'spec:',
    `${pad(1)}x: 1`,
    `${pad(1)}y:`,
    `${pad(2)}containers:`,
    ...items.map((line) => line),
    `${pad(1)}z: [a,b]`,
  ];
}

const text = fc
  .tuple(
    fc.array(fc.tuple(fc.array(container, { minLength: 1, maxLength: 3 }), style), {
      minLength: 1,
      maxLength: 3,
    }),
    fc.constantFrom('', '\uFEFF'),
    fc.constantFrom('---', '--- # next', '...\n---'),
    fc.boolean(),
  )
  .map(([documents, mark, separator, end]) => {
    const newline = documents[0]?.[1].newline ?? '\n';
    const parts = documents.map(([containers, how], index) =>
      manifest(containers, how, index).join('\n'),
    );
    return `${mark}${`${parts.join(`\n${separator}\n`)}${end ? '\n' : ''}`.replaceAll('\n', newline)}`;
  });

const runs = { numRuns: 250 };

describe('setImage on generated manifests', () => {
  it('changes the value of one image, its bytes only, and back', () => {
    fc.assert(
      fc.property(text, image, fc.nat(), (before, wanted, pick) => {
        const images = findImages(before);
        const chosen = images[pick % images.length];
        if (chosen === undefined) throw new Error('no image');
        const at = { document: chosen.document, jsonPath: chosen.path };
        const full = wanted.includes(':') || wanted.includes('/') ? wanted : `${wanted}:1`;
        const { text: after, changes, unchanged } = setImage(before, full, at);
        expect(changes.length + unchanged.length).toBe(1);
        const [change] = changes;
        if (change === undefined) {
          expect(after).toBe(before);
          return;
        }
        expect(change).toMatchObject({
          before: chosen.image,
          after: full,
          line: chosen.line,
          path: chosen.path,
        });

        // The bytes before and behind the value are the same; what is between is the value alone.
        const lines = before.split('\n');
        const newLines = after.split('\n');
        expect(newLines).toHaveLength(lines.length);
        const touched = lines.flatMap((line, index) =>
          line === newLines[index] ? [] : [index + 1],
        );
        expect(touched).toEqual([change.line]);
        const [line = '', newLine = ''] = [lines[change.line - 1], newLines[change.line - 1]];
        const head = line.slice(0, chosen.column - 1);
        expect(newLine.startsWith(head)).toBe(true);
        expect(newLine.slice(head.length)).toMatch(/^(?:"[^"]*"|'[^']*'|[^\s,"']+)/);
        const tail = line.slice(head.length).replace(/^(?:"[^"]*"|'[^']*'|[^\s,"']+)/, '');
        expect(newLine.slice(head.length).replace(/^(?:"[^"]*"|'[^']*'|[^\s,"']+)/, '')).toBe(tail);

        // Running it again changes nothing, and the old value brings the old text back (quotes and escapes aside).
        expect(setImage(after, full, at)).toMatchObject({ text: after, changes: [] });
        const old = /[:/]/.test(chosen.image) ? chosen.image : undefined;
        if (old === undefined || /\\/.test(line)) return;
        const back = setImage(after, old, at).text;
        expect(back).toBe(before);
      }),
      runs,
    );
  });

  it('leaves the data of everything else as it was, for any reader', () => {
    fc.assert(
      fc.property(text, (before) => {
        const { text: after, changes } = setImage(before, 'other.example.com/new/thing:9', {
          all: true,
        });
        const read = (source: string): unknown[] =>
          parseAllDocuments(source).map((document) => document.toJS());
        const expected = JSON.stringify(read(before));
        const values = new Map(changes.map((each) => [JSON.stringify(each.before), each.after]));
        const changed = expected.replace(
          /("image":)("(?:[^"\\]|\\.)*")/g,
          (_, key: string, value: string) =>
            `${key}${JSON.stringify(values.get(value) ?? JSON.parse(value))}`,
        );
        expect(JSON.stringify(read(after))).toBe(changed);
        expect(parseManifests(after).objects.map((each) => each.name)).toEqual(
          parseManifests(before).objects.map((each) => each.name),
        );
      }),
      runs,
    );
  });
});
