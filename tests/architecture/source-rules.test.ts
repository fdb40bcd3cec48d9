import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesBelow, isTest, packagesIn, readIfThere, withoutComments } from './workspace.ts';

const library = filesBelow('packages', '.ts');
const all = ['packages', 'apps', 'tests', 'bench', 'examples'].flatMap((folder) => [
  ...filesBelow(folder, '.ts'),
  ...filesBelow(folder, '.mjs'),
]);
const librarySource = library.filter(
  ({ path }) => /^packages\/[^/]+\/src\//.test(path) && !isTest(path),
);

/** Lists `path:line` of each line of code that a rule forbids. */
function linesWith(pattern: RegExp, allowed: RegExp = /(?!)/): string[] {
  return librarySource.flatMap(({ path, text }) =>
    withoutComments(text)
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) && !allowed.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [],
      ),
  );
}

it('finds the source that the rules are for', () => {
  expect(librarySource.length).toBeGreaterThan(50);
});

describe('entry points', () => {
  const entries = library.filter(({ path }) => /^packages\/[^/]+\/src\/index\.ts$/.test(path));

  it('each package has one', () => {
    expect(entries.length).toBe(packagesIn('packages').length);
  });

  it.each(entries.map(({ path, text }) => [path, text]))(
    '%s holds named re-exports alone',
    (_, text) => {
      const statements = withoutComments(text)
        .split(';')
        .map((statement) => statement.trim())
        .filter((statement) => statement !== '');
      expect(
        statements.filter(
          (statement) => !/^export (type )?\{[^}]*\} from '\.{1,2}\/[^']+\.ts'$/.test(statement),
        ),
      ).toEqual([]);
      expect(text.split('\n').length).toBeLessThan(80);
    },
  );

  it.each(
    library
      .filter(({ path }) => /^packages\/[^/]+\/src\/(?:[^/]+\/)?index\.ts$/.test(path))
      .map(({ path, text }) => [path, text]),
  )('%s exports nothing without a docstring', (path, text) => {
    const declaration = (name: string) =>
      new RegExp(
        `(\\*/\\n)?^export (?:declare )?(?:abstract )?(?:async )?(?:class|function\\*?|const|interface|type) (${name})\\b`,
        'gm',
      );
    const missing = [...text.matchAll(declaration('\\w+'))]
      .filter(([, docstring]) => docstring === undefined)
      .map((match) => `${path}: ${match[2]}`);
    for (const match of text.matchAll(/export (?:type )?\{([^}]*)\} from '(\.[^']+)'/g)) {
      const target = new URL(match[2] ?? '', `file:///${path}`).pathname.slice(1);
      const code = readIfThere(target) ?? '';
      for (const item of (match[1] ?? '').split(',')) {
        const name =
          item
            .trim()
            .replace(/^type /, '')
            .split(' as ')[0] ?? '';
        if (name === '') continue;
        const [declared] = code.matchAll(declaration(name));
        // A name that is not declared there is passed on from a further file, which has its own entry in this list.
        if (declared !== undefined && declared[1] === undefined) missing.push(`${target}: ${name}`);
      }
    }
    expect(missing).toEqual([]);
  });
});

describe('names and sizes', () => {
  it('no file is named after nothing', () => {
    const nothing = /(^|[-.])(utils?|helpers?|common|shared|misc|managers?)([-.]|$)/;
    expect(
      all
        .filter(({ path }) => path.split('/').some((part) => nothing.test(part)))
        .map(({ path }) => path),
    ).toEqual([]);
  });

  it('file names are in kebab-case', () => {
    expect(
      all.map(({ path }) => path).filter((path) => !/^[a-z0-9_][a-z0-9.-]*$/.test(basename(path))),
    ).toEqual([]);
  });

  it('source files have at most 300 lines and tests at most 400', () => {
    const tooLong = all.filter(({ path, text }) => {
      const test = isTest(path) || path.startsWith('tests/');
      return text.trimEnd().split('\n').length > (test ? 400 : 300);
    });
    expect(tooLong.map(({ path, text }) => `${path}: ${text.split('\n').length}`)).toEqual([]);
  });
});

describe('packages leave the world to their callers', () => {
  it('read no environment, arguments or folder, and end no process', () => {
    expect(
      linesWith(
        /\bprocess\.(env|cwd|exit|exitCode|abort|argv|chdir|stdin|stdout|stderr|on|once)\b|import \{[^}]*\b(env|cwd|exit|abort|argv|chdir|stdin|stdout|stderr)\b[^}]*\} from 'node:process'|import process from/,
      ),
    ).toEqual([]);
  });

  it('print nothing', () => {
    expect(linesWith(/\bconsole\./)).toEqual([]);
  });

  it('read the clock only as a default that a caller can replace', () => {
    expect(
      linesWith(
        /\bDate\.now\(|\bnew Date\(\)|\bperformance\.now\(/,
        /=> (Date\.now\(\)|new Date\(\)|performance\.now\(\))/,
      ),
    ).toEqual([]);
  });

  it('export nothing by default and nothing by star', () => {
    expect(linesWith(/^export default\b|^export \*/)).toEqual([]);
  });

  it('have no `any`, no silenced type error and no unfinished work', () => {
    expect(linesWith(/: any\b|<any>|\bas any\b/)).toEqual([]);
    expect(
      librarySource
        .filter(({ text }) => /@ts-(ignore|expect-error|nocheck)|\b(TODO|FIXME|XXX)\b/.test(text))
        .map(({ path }) => path),
    ).toEqual([]);
  });
});

it('no committed text names the machine that it was written on', () => {
  const texts = [
    ...all,
    ...filesBelow('docs', '.md'),
    ...filesBelow('packages', '.md'),
    ...filesBelow('apps', '.md'),
  ];
  const machine = new RegExp(['/wor', 'k/(main|shared)\\b|/tmp/ba', 'sh_'].join(''));
  expect(texts.filter(({ text }) => machine.test(text)).map(({ path }) => path)).toEqual([]);
});
