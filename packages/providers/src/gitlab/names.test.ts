import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkProjectPath, withoutQuickActions } from './names.ts';

function passes(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

describe('checkProjectPath', () => {
  it.each(['a/b', 'a/.github', 'acme/platform/shop', 'a.b/c_d-e', '_a/1', `${'g/'.repeat(20)}p`])(
    'takes %s',
    (path) => {
      expect(checkProjectPath(path)).toBe(path);
    },
  );

  it('keeps what passes as one segment of an address', () => {
    const part = fc.constantFrom(
      '..',
      '.',
      '/',
      '%2e',
      '%2f',
      '\\',
      '?',
      '#',
      ' ',
      'a',
      'ü',
      '\n',
      '-',
      '.git',
    );
    const hostile = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.oneof(hostile, fc.string({ unit: 'binary' })), (path) => {
        if (!passes(() => checkProjectPath(path))) return;
        const prefix = '/api/v4/projects/';
        const url = new URL(`https://gitlab.com${prefix}${encodeURIComponent(path)}`);
        expect(url.pathname.slice(prefix.length)).not.toContain('/');
        expect(decodeURIComponent(url.pathname.slice(prefix.length))).toBe(path);
        expect(new URL(`https://gitlab.com/${path}.git`).pathname).toBe(`/${path}.git`);
      }),
    );
  });
});

describe('withoutQuickActions', () => {
  it('leaves no line that begins with a command, and nothing else changed', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.constantFrom('/merge', '/Close now', '/approve'),
        (before, command) => {
          const text = withoutQuickActions(`${before}\n${command}\n${before}`);
          expect(text).not.toMatch(/^\/[a-z]/im);
          expect(text.replace(/^ \//gm, '/')).toBe(
            `${before}\n${command}\n${before}`.replace(/^ \//gm, '/'),
          );
        },
      ),
    );
    expect(withoutQuickActions('a /merge\n\t/merge\n//x\n/1\n/')).toBe(
      'a /merge\n\t/merge\n//x\n/1\n/',
    );
  });
});
