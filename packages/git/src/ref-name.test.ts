import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkRemoteName, checkTagName, isObjectId, refNameProblem } from './ref-name.ts';

function gitSays(name: string): boolean | undefined {
  try {
    execFileSync('git', ['check-ref-format', '--branch', name], { stdio: 'ignore' });
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? undefined : false;
  }
}
const present = gitSays('main') !== undefined;

describe('refNameProblem', () => {
  it.each(['main', 'feature/x', 'a.b', 'ünï/cødé', 'a@b', 'release-1.2', '#1', "it's"])(
    'takes %s',
    (name) => {
      expect(refNameProblem(name)).toBeUndefined();
    },
  );

  it.skipIf(!present)('agrees with git check-ref-format (skipped without git)', () => {
    const part = fc.constantFrom(
      'a',
      '.',
      '/',
      '-',
      '@',
      '{',
      '~',
      '.lock',
      'é',
      '..',
      ' ',
      '*',
      '\\',
      ':',
      'x',
      '@{',
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (parts) => {
        const name = parts.join('');
        // `--branch` also expands "@{-1}" and a leading "-", which is not what is compared here.
        fc.pre(!name.includes('@{') && !name.startsWith('-') && name !== '@');
        expect([name, refNameProblem(name) === undefined]).toEqual([name, gitSays(name)]);
      }),
      { numRuns: 80 },
    );
  });
});

it('checkTagName and checkRemoteName name the rule that is broken', () => {
  expect(() => checkTagName('v 1')).toThrow(/contains a space/);
  expect(() => checkTagName('refs/tags/v1')).toThrow(/starts with "refs\/"/);
  expect(checkRemoteName('origin')).toBe('origin');
  for (const bad of ['-x', 'ext::sh', 'a b', '../x', 'https://x', ''])
    expect(() => checkRemoteName(bad)).toThrow();
});

it('isObjectId knows both lengths', () => {
  expect(isObjectId('a'.repeat(40))).toBe(true);
  expect(isObjectId('a'.repeat(64))).toBe(true);
  expect(isObjectId('a'.repeat(41))).toBe(false);
  expect(isObjectId('A'.repeat(40))).toBe(false);
});
