import { redact } from '@bowline/gitops-errors';
import { describe, expect, it } from 'vitest';
import { formatErrorsDocument, loadErrorTables } from './error-tables.ts';
import { filesBelow, isTest, publishable, readIfThere, withoutComments } from './workspace.ts';

const tables = await loadErrorTables();
const codes = tables.flatMap((table) => Object.keys(table.codes));
const document = readIfThere('docs/errors.md') ?? '';

describe('error codes', () => {
  it('each published package with errors of its own has a table', () => {
    expect([...new Set(tables.map((table) => table.packageName))].sort()).toEqual(
      publishable.map(({ manifest }) => manifest.name).sort(),
    );
  });

  it('are unique over the repository', () => {
    expect(codes.filter((code, index) => codes.indexOf(code) !== index)).toEqual([]);
  });

  it('are named like codes, with the prefix of their package', () => {
    for (const table of tables) {
      const names = Object.keys(table.codes);
      expect(names.length).toBeGreaterThan(0);
      const prefix = names[0]?.split('_')[0] ?? '';
      expect(names.filter((code) => !/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/.test(code))).toEqual([]);
      expect(names.filter((code) => code !== prefix && !code.startsWith(`${prefix}_`))).toEqual([]);
    }
  });

  it('say in a sentence what happened and what to do', () => {
    const sentence = /^[A-Z`].*[.!?]$/s;
    for (const { codes: table } of tables)
      for (const [code, info] of Object.entries(table)) {
        expect(info.summary, code).toMatch(sentence);
        expect(info.hint, code).toMatch(sentence);
        expect(info.summary, code).not.toBe(info.hint);
        expect(redact(info.hint), 'a hint must come through the redaction').toBe(info.hint);
      }
  });

  it('are used: a code that nothing makes is not documented', () => {
    const source = [...filesBelow('packages', '.ts'), ...filesBelow('apps', '.ts')].filter(
      ({ path }) => !isTest(path),
    );
    const unused = tables.flatMap((table) =>
      Object.keys(table.codes).filter((code) => {
        const folder = table.path.split('/').slice(0, 2).join('/');
        const uses = source
          .filter(({ path }) => path.startsWith(`${folder}/`))
          .flatMap(
            ({ text }) => withoutComments(text).match(new RegExp(`\\b${code}\\b`, 'g')) ?? [],
          );
        return uses.length < 2;
      }),
    );
    expect(unused).toEqual([]);
  });
});

describe('docs/errors.md', () => {
  it('lists each code, and no code that does not exist', () => {
    const listed = [...document.matchAll(/^\| `([A-Z0-9_]+)` \|/gm)].map((match) => match[1] ?? '');
    expect(codes.filter((code) => !listed.includes(code))).toEqual([]);
    expect(listed.filter((code) => !codes.includes(code))).toEqual([]);
  });

  it('is what `pnpm docs:errors` writes', () => {
    expect(document).toBe(formatErrorsDocument(tables));
  });
});
