import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultLimits } from './limits.ts';
import { blockText } from './read-block-scalar.ts';
import { readPlainYaml } from './read-plain-yaml.ts';
import { readYaml } from './read-yaml.ts';
import { splitDocuments } from './split-documents.ts';
import type { TreeNode } from './tree.ts';

const corpus = new URL('../../../../shared/corpus/', import.meta.url);
const present = existsSync(new URL('manifest-index.json', corpus));

/** Read by kubectl and refused by npm yaml: lines inside quotes that are not indented. */
const valid = new Set([
  'kubernetes__dashboard/hack/test-resources/init-container-error-pod.yaml',
  'microservices-demo__microservices-demo/deploy/kubernetes/manifests-monitoring/23-grafana-import-dash-batch.yaml',
  'microsoft__SDN/Kubernetes/windows/debug/hnsautomitigator/hnsautomitigator2019.yaml',
]);

/** A tree as text to compare: what is read and where, without the ends of collections and block scalars. */
function outline(node: TreeNode | undefined): unknown {
  if (node === undefined) return null;
  if (node.type === 'alias') return ['alias', node.name];
  if (node.type === 'seq') return ['seq', node.flow, node.start, node.items.map(outline)];
  if (node.type === 'map')
    return [
      'map',
      node.flow,
      node.start,
      node.pairs.map((pair) => [outline(pair.key), outline(pair.value)]),
    ];
  if (node.style === 'block')
    return ['block', node.start, node.raw === true ? blockText(node.value) : node.value];
  if (node.start === node.end) return ['empty'];
  return [node.style, node.value, node.start, node.end];
}

/** Says whether a quoted text or a flow collection goes over several lines. */
function hasBreak(node: TreeNode | undefined, text: string): boolean {
  if (node === undefined || node.type === 'alias') return false;
  const flow = node.type === 'scalar' ? /single|double/.test(node.style) : node.flow;
  if (flow && text.slice(node.start, node.end).includes('\n')) return true;
  if (node.type === 'seq') return node.items.some((item) => hasBreak(item, text));
  return (
    node.type === 'map' &&
    node.pairs.some((pair) => hasBreak(pair.key, text) || hasBreak(pair.value, text))
  );
}

function both(text: string): { plain: unknown[]; full: unknown[] } {
  const plain: unknown[] = [];
  const full: unknown[] = [];
  for (const span of splitDocuments(text, 1_000)) {
    const reading = readPlainYaml(text, span, 100);
    if (reading === undefined) continue;
    plain.push(outline(reading.root));
    const other = readYaml(text, span, defaultLimits);
    full.push(other.problem ?? outline(other.root));
  }
  return { plain, full };
}

function takes(text: string): boolean {
  return readPlainYaml(text, { index: 0, start: 0, end: text.length }, 100) !== undefined;
}

describe('readPlainYaml', () => {
  it.skipIf(!present)(
    'reads every corpus file as npm yaml does (skipped where ../shared/corpus is absent)',
    () => {
      const index: {
        files: Record<string, { yaml: { documents: number; errors: number } }>;
      } = JSON.parse(readFileSync(new URL('manifest-index.json', corpus), 'utf8'));
      let taken = 0;
      let documents = 0;
      for (const [file, { yaml }] of Object.entries(index.files)) {
        const path = fileURLToPath(new URL(`manifests/${file}`, corpus));
        const text = readFileSync(path, 'utf8');
        const { plain, full } = both(text);
        if (valid.has(file)) expect(full, file).toMatchObject([{ code: 'syntax' }]);
        else expect(plain, file).toEqual(full);
        taken += plain.length;
        const spans = splitDocuments(text, 10_000);
        if (yaml.errors === 0) expect(spans.length, file).toBe(yaml.documents);
        documents += spans.length;
      }
      expect(taken / documents).toBeGreaterThan(0.8);
    },
  );

  it.each([
    "a: 1\nb:\n  - c: d\n    e: \"f\"\n  -\n    g: 'h''i'\n  - - 1\n    - 2\n",
    'a:\n- b\n- c: 1\n  d:\nz: # nothing\ny: {a: [1, "b c", {}], "x":1}\n',
    '--- # x\na: |\n\n  text: [\n   more\n\nb: >- # c\n  x\n...\n# end\n',
    'a: b#c # d\nb: http://x:80/y\nc: -x\nd: --y=1\ne: "\\"\\\\"\r\nf: x  \r\n',
    '# only a comment\n',
    '{"a": [1,\n    {"b": "c"}], "d":\n  null}\n',
    'a: [b,\n    "c\n     d"]   # e\nf: {\n  g: h\n  }\n',
    'a:\n  b: |\n    x\n   # less\n',
    'a: |\n    \n  x\n',
    'k: |\nl: 1\n',
    'a: "b\n\n  c \r\n   d"  # x\ne: \'f\n   g\'\n',
    '- a: |\n    x\n  b: 1\n- |\n  y\n',
  ])('reads %j as npm yaml does', (text) => {
    const { plain, full } = both(text);
    expect(plain).toEqual(full);
  });

  it.each([
    'a: &x 1\n',
    'a: *x\n',
    'a: !t 1\n',
    '<<: {a: 1}\n',
    'a: 1\na: 2\n',
    'a: b\n  c\n',
    'a: "b\n  c" d\n',
    'a: "b\n',
    'a: "b\\\n  c"\n',
    'a: b: c\n',
    'a:\n\tb: 1\n',
    '? a\n: b\n',
    'a: [1,\n 2\nb: 1\n',
    'a: {b}\n',
    'a: [b: c]\n',
    '%YAML 1.2\n---\na: 1\n',
    'a: @x\n',
    'a: 1\n b: 2\n',
    '  a: 1\nb: 2\n',
    '- a\nb: 1\n',
    'a: "x" y\n',
    'image: |\n  x\n',
    'a: |2\n   x\n',
    'a: b\tc\n',
    'a: "\\x41"\n',
    '{a: 1} b\n',
    '[a, # c\n b]\n',
    'text\n',
    'a: - b\n',
    'a: {b: 1, b: 2}\n',
    '... x\n',
    'a: 1\n... \nb: 1\n',
    'a b: 1\n',
  ])('leaves %j to the full parser', (text) => {
    expect(takes(text)).toBe(false);
  });

  it('never reads a damaged text in another way than npm yaml does', () => {
    const texts = fc.constantFrom(
      'a: {b: [1, "x"], c: d}\ne: |\n  f\n\n  g\nh: "i"\nj:\n- k\n- l: m\n  n: \'o\'\n',
      'spec:\n  containers:\n    - name: web # c\n      image: "a/b:1"\n      args: ["--x=1", \'y\']\n  empty:\nlast: a b\n',
      '{"a": [1, {"b": null}],\n "c": "d"}\n',
    );
    const damage = fc.record({
      at: fc.nat(120),
      removed: fc.nat(3),
      added: fc.constantFrom(
        '',
        ' ',
        '\n',
        '\n  ',
        '\t',
        '"',
        "'",
        ':',
        ': ',
        '- ',
        '#',
        ' #',
        '{',
        '}',
        '[',
        ']',
        ',',
        '|',
        '>',
        '&a ',
        '*a',
        '!x ',
        '%',
        '@',
        '? ',
        '---\n',
        '...\n',
        '\r',
        '\\',
        '<<: ',
        '|2',
      ),
    });
    fc.assert(
      fc.property(texts, fc.array(damage, { minLength: 1, maxLength: 3 }), (text, damages) => {
        let damaged = text;
        for (const { at, removed, added } of damages)
          damaged = damaged.slice(0, at) + added + damaged.slice(at + removed);
        for (const span of splitDocuments(damaged, 100)) {
          const reading = readPlainYaml(damaged, span, 100);
          if (reading === undefined) continue;
          const full = readYaml(damaged, span, defaultLimits);
          // The one thing that is taken and npm yaml refuses: less indentation inside quotes or brackets.
          if (full.problem !== undefined) expect(hasBreak(reading.root, damaged)).toBe(true);
          else expect(outline(reading.root)).toEqual(outline(full.root));
        }
      }),
      { numRuns: 3_000 },
    );
  });
});
