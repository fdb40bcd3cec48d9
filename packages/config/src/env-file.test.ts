import { parseEnv } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEnvFile } from './env-file.ts';

function values(text: string): Record<string, string> {
  const { variables } = parseEnvFile(text, '.env');
  return Object.fromEntries([...variables].map(([name, { value }]) => [name, value]));
}

describe('parseEnvFile', () => {
  it.each([
    ['A=1', { A: '1' }],
    ['\uFEFFA=1\r\nB=2\r\n', { A: '1', B: '2' }],
    ['export A=1', { A: '1' }],
    ['  A = 1  ', { A: '1' }],
    ['A=', { A: '' }],
    ['A=x#y # comment', { A: 'x#y' }],
    ['A=# comment', { A: '' }],
    ['A=" x # y "  # comment', { A: ' x # y ' }],
    ["A='a\\nb'", { A: 'a\\nb' }],
    ['A="a\\nb\\t\\"\\\\c\\d"', { A: 'a\nb\t"\\c\\d' }],
    ['A="one\ntwo"\nB=3', { A: 'one\ntwo', B: '3' }],
    ['A=it\'s "fine"', { A: 'it\'s "fine"' }],
    ['A=$HOME/`id`', { A: '$HOME/`id`' }],
    ['A=1\nA=2', { A: '2' }],
    ['A=k=v', { A: 'k=v' }],
  ])('reads %j', (text, expected) => {
    expect(values(text)).toEqual(expected);
    expect(parseEnvFile(text, '.env').issues).toEqual([]);
  });

  it('says where each variable stands', () => {
    const { lookup } = parseEnvFile('# one\n\nA="x\ny"\nB=2\n', '/home/me/.env');
    expect(lookup('A')).toMatchObject({ source: '/home/me/.env:3', place: { line: 3, key: 'A' } });
    expect(lookup('B')?.source).toBe('/home/me/.env:5');
    expect(lookup('C')).toBeUndefined();
  });

  it('names the line of what it cannot read, and never what stands there', () => {
    const { issues } = parseEnvFile('canary-1 canary-2\nA="x" canary-3\nB="canary-4\n', '.env');
    expect(issues).toEqual([
      { code: 'CONFIG_SYNTAX', message: 'is not NAME=value', file: '.env', line: 1 },
      { code: 'CONFIG_SYNTAX', message: 'has text after the closing quote', file: '.env', line: 2 },
      {
        code: 'CONFIG_SYNTAX',
        message: 'opens a quote that is never closed',
        file: '.env',
        line: 3,
      },
    ]);
  });

  it('agrees with Node.js on plain and quoted values', () => {
    const name = fc.stringMatching(/^[A-Z][A-Z0-9_]{0,8}$/);
    const bare = fc.stringMatching(/^[A-Za-z0-9_./:@-][A-Za-z0-9_./:@ -]{0,20}$/);
    const line = fc.oneof(
      fc.tuple(name, bare).map(([key, value]) => `${key}=${value}`),
      fc.tuple(name, bare).map(([key, value]) => `${key}='${value}'`),
      fc.tuple(name, bare).map(([key, value]) => `export ${key}="${value}"`),
      fc.constant('# comment'),
      fc.constant(''),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
        const text = `${lines.join('\n')}\n`;
        expect(values(text)).toEqual({ ...parseEnv(text) });
      }),
    );
  });

  it('ends on any text', () => {
    const part = fc.constantFrom('A', '=', 'export ', '"', "'", '\\', '#', '\n', '\r', ' ');
    const text = fc.array(part, { maxLength: 100 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (text) => {
        expect(parseEnvFile(text, '.env').variables.size).toBeLessThanOrEqual(200);
      }),
    );
  });
});
