import { describe, expect, it } from 'vitest';
import { ManifestError } from './errors.ts';
import { parseManifests } from './parse-manifests.ts';

function only(text: string): Readonly<Record<string, unknown>> {
  const { objects, issues } = parseManifests(text);
  expect(issues).toEqual([]);
  expect(objects).toHaveLength(1);
  return objects[0]?.value ?? {};
}

const head = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n';

describe('parseManifests', () => {
  it('gives objects with their places', () => {
    const text = `# first\n---\n${head}data:\n  a: b\n---\n# nothing\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\n`;
    const { objects, issues } = parseManifests(text, { path: 'x.yaml' });
    expect(issues).toEqual([]);
    expect(objects).toMatchObject([
      { document: 0, path: '', apiVersion: 'v1', kind: 'ConfigMap', name: 'c', line: 3, column: 1 },
      { document: 2, kind: 'Deployment', name: 'web', namespace: 'shop', line: 11 },
    ]);
    expect(objects[0]?.locate(['data', 'a'])).toEqual({ line: 7, column: 6 });
    expect(objects[1]?.locate(['metadata', 'namespace'])).toEqual({ line: 15, column: 14 });
    expect(objects[1]?.locate(['spec', 0])).toBeUndefined();
  });

  it('gives the objects of Lists one by one', () => {
    const text = `apiVersion: v1\nkind: List\nitems:\n- ${head.trim().replaceAll('\n', '\n  ')}\n- apiVersion: v1\n  kind: ConfigMapList\n  items: [{apiVersion: v1, kind: ConfigMap, metadata: {name: d}}, 3]\n`;
    const { objects, issues } = parseManifests(text);
    expect(objects.map((each) => [each.path, each.name])).toEqual([
      ['items[0]', 'c'],
      ['items[1].items[0]', 'd'],
    ]);
    expect(issues).toMatchObject([
      { code: 'not-an-object', line: 9, message: expect.stringContaining('items[1].items[1]') },
    ]);
  });

  it('reads scalars as kubectl does', () => {
    const value = only(
      `${head}data:\n  yes: on\n  octal: 0755\n  hex: 0x1F\n  big: 9223372036854775807\n  safe: 9007199254740991\n  float: 1e3\n  grouped: 1_000\n  text: "yes"\n  time: 12:30\n  date: 2001-01-01\n  none: ~\n  empty:\n  version: 1.10\n  tagged: !!str 12\n  custom: !thing 12\n  bytes: !!binary aGk=\n  minus: -0b11\n  dash: -x\n  010: key\n  folded: >-\n    a\n    b\n`,
    )['data'];
    expect(value).toEqual({
      true: true,
      octal: 493,
      hex: 31,
      big: 9223372036854775807n,
      safe: 9007199254740991,
      float: 1000,
      grouped: 1000,
      text: 'yes',
      time: '12:30',
      date: '2001-01-01',
      none: null,
      empty: null,
      version: 1.1,
      tagged: '12',
      custom: '12',
      bytes: 'hi',
      minus: -3,
      dash: '-x',
      '8': 'key',
      folded: 'a b',
    });
  });

  it('follows aliases and merge keys, into copies', () => {
    const value = only(`${head}base: &b {x: 1, z: [2]}\nuse: {<<: *b, x: 3}\nsame: *b\n`);
    expect(value['use']).toEqual({ x: 3, z: [2] });
    expect(value['same']).toEqual({ x: 1, z: [2] });
    expect(value['same']).not.toBe(value['base']);
  });

  it('makes prototype keys members like any others', () => {
    const value = only(
      `${head}data: {__proto__: {polluted: 1}, constructor: x}\n<<: {__proto__: {polluted: 2}}\n`,
    );
    expect(Object.keys(value['data'] as object)).toEqual(['__proto__', 'constructor']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  it.each([
    ['a list', '- 1\n', 'not-an-object', 1, 1],
    ['a word', '---\nhello\n', 'not-an-object', 2, 1],
    ['no apiVersion', 'kind: Pod\nmetadata: {name: x}\n', 'api-version-missing', 1, 1],
    ['no kind', '\napiVersion: v1\nmetadata: {name: x}\n', 'kind-missing', 2, 1],
    ['no name', 'apiVersion: v1\nkind: Pod\nmetadata:\n  generateName: x-\n', 'name-missing', 4, 3],
    [
      'a number for a name',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: 1}\n',
      'name-missing',
      3,
      11,
    ],
    ['a key twice', 'apiVersion: v1\nkind: Pod\nkind: Pod\n', 'duplicate-key', 3, 1],
    ['a tab', 'a:\n\tb: 1\n', 'syntax', 2, 1],
  ])('tells of %s with its place', (_, text, code, line, column) => {
    const { objects, issues } = parseManifests(`${text}---\n${head}`, { path: 'd/x.yaml' });
    expect(issues).toMatchObject([{ code, line, column, document: 0, path: 'd/x.yaml' }]);
    expect(issues[0]?.message).toContain(`"d/x.yaml", line ${line}, column ${column}: `);
    expect(objects).toMatchObject([{ name: 'c', document: 1 }]);
  });

  it('lets a Kustomization have no name, and empty documents be', () => {
    const { objects, issues } = parseManifests(
      '---\n\n---\n# only words\n---\nkind: Kustomization\napiVersion: kustomize.config.k8s.io/v1beta1\n',
    );
    expect(issues).toEqual([]);
    expect(objects).toMatchObject([{ kind: 'Kustomization', name: '' }]);
    expect(parseManifests('')).toEqual({ objects: [], issues: [] });
  });

  it('takes lines inside quotes that are not indented, as kubectl does', () => {
    expect(only(`${head}data:\n  a: 'b\nc\n\n  d'\n`)['data']).toEqual({ a: 'b c\nd' });
    expect(only(`${head}data:\n  a: "b\nc"\n  e: |\n    f\n`)['data']).toEqual({
      a: 'b c',
      e: 'f\n',
    });
  });

  it('keeps 64 bits, and takes what is larger as Go does', () => {
    const value = only(
      `${head}data: {a: 18446744073709551615, b: -9223372036854775808, c: 18446744073709551616, d: 0xfffffffffffffffff, e: 1e400}\n`,
    );
    expect(value['data']).toEqual({
      a: 18446744073709551615n,
      b: -9223372036854775808n,
      c: 18446744073709552000,
      d: '0xfffffffffffffffff',
      e: '1e400',
    });
  });

  it.each([
    ['a key that is written in two ways', 'data: {on: 1, true: 2}\n', 'duplicate-key', 4, 15],
    ['a key that is a list', 'data: {[a]: 1}\n', 'invalid-key', 4, 8],
    ['a key that is nothing', 'data: {~: 1}\n', 'invalid-key', 4, 8],
    ['a merge of what is no map', 'a: &a 5\ndata: {<<: *a}\n', 'syntax', 5, 8],
  ])('tells of %s, since kubectl refuses it or drops a value', (_, text, code, line, column) => {
    const { objects, issues } = parseManifests(`${head}${text}`);
    expect(objects).toEqual([]);
    expect(issues).toMatchObject([{ code, line, column }]);
  });

  it('stops at a bomb of merge keys, and reads a long map with one in linear time', () => {
    const levels = Array.from(
      { length: 30 },
      (_, index) =>
        `a${index + 1}: &a${index + 1} {k${index}: 1, <<: [${Array(9).fill(`*a${index}`).join(', ')}]}\n`,
    );
    expect(only(`${head}a0: &a0 {x: z}\n${levels.join('')}`)['a30']).toMatchObject({ x: 'z' });
    const chain = Array.from(
      { length: 300 },
      (_, index) => `k${index}: &k${index + 1} {x${index}: 1, <<: *k${index}}\n`,
    );
    expect(() => parseManifests(`${head}k: &k0 {}\n${chain.join('')}`)).toThrow(
      expect.objectContaining({ code: 'MANIFEST_LIMIT_EXCEEDED' }),
    );
  });

  it('stops at an alias bomb', () => {
    const levels = Array.from(
      { length: 9 },
      (_, index) => `a${index + 1}: &a${index + 1} [${Array(9).fill(`*a${index}`).join(', ')}]\n`,
    );
    expect(() => parseManifests(`${head}a0: &a0 [x]\n${levels.join('')}`)).toThrow(ManifestError);
  });
});
