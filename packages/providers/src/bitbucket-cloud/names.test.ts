import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkPath, checkRefName, encodePath } from '../names.ts';
import { bbqlString, checkRepositoryName } from './names.ts';
import { statusKey } from './status-key.ts';

function passes(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

const hostile = fc
  .array(
    fc.constantFrom(
      '..',
      '.',
      '/',
      '%2e',
      '%2f',
      '\\',
      '?',
      '#',
      ';',
      ' ',
      'a',
      'ü',
      '\u0000',
      '\n',
      '{',
      '@',
      '.git',
    ),
    {
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(''));

describe('what passes the checks stays in its place in an address', () => {
  const prefix = '/2.0/repositories/acme/shop/src/';

  it('as a path', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (path) => {
        if (!passes(() => checkPath(path))) return;
        const url = new URL(`https://api.bitbucket.org${prefix}sha/${encodePath(path)}`);
        expect(url.pathname.startsWith(`${prefix}sha/`)).toBe(true);
        expect(url.search + url.hash).toBe('');
        expect(decodeURIComponent(url.pathname.slice(`${prefix}sha/`.length))).toBe(path);
      }),
    );
  });

  it('as a name of a branch', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (name) => {
        if (!passes(() => checkRefName(name, 'branch'))) return;
        const url = new URL(`https://api.bitbucket.org${prefix}${encodeURIComponent(name)}`);
        const rest = url.pathname.slice(prefix.length);
        expect(rest).not.toContain('/');
        expect(decodeURIComponent(rest)).toBe(name);
      }),
    );
  });

  it('as a name of a repository', () => {
    fc.assert(
      fc.property(hostile, hostile, (left, right) => {
        const name = `${left}/${right}`;
        if (!passes(() => checkRepositoryName(name))) return;
        expect(name).toMatch(/^[\w.-]+\/[\w.-]+$/);
        expect(name).not.toMatch(/(^|\/)\.\.?(\/|$)/);
      }),
    );
    expect(checkRepositoryName('{0a1b2c3d-0000-4000-8000-000000000001}/shop').slug).toBe('shop');
  });
});

describe('bbqlString', () => {
  it('cannot be left by what it holds', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const quoted = bbqlString(text);
        expect(quoted).toMatch(/^"(?:[^"\\]|\\["\\])*"$/s);
        expect(quoted.slice(1, -1).replace(/\\(["\\])/g, '$1')).toBe(text);
      }),
    );
  });
});

describe('statusKey', () => {
  it('is at most 40 characters and differs where the contexts do', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 41 }), fc.string({ minLength: 41 }), (left, right) => {
        expect(statusKey(left).length).toBeLessThanOrEqual(40);
        expect(statusKey(left) === statusKey(right)).toBe(left === right);
      }),
    );
    expect(statusKey('bowline/prod')).toBe('bowline/prod');
  });
});
