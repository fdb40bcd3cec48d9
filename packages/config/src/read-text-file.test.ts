import { describe, expect, it } from 'vitest';
import { isForeign, openToOthers } from './read-text-file.ts';

describe('isForeign', () => {
  it.each([
    [1000, 1000, false],
    [1000, 0, false],
    [1000, 1001, true],
    [0, 1001, false],
    [undefined, 1001, false],
  ])('for the user %s a file of %s: %s', (user, uid, expected) => {
    expect(isForeign({ uid }, user)).toBe(expected);
  });
});

describe('openToOthers', () => {
  it.each([
    [0o600, false],
    [0o400, false],
    [0o640, true],
    [0o602, true],
    [0, false],
  ])('mode %o: %s', (mode, expected) => {
    const file = { path: '/home/me/.netrc', text: '', mode, uid: 1000 };
    expect(openToOthers(file) !== undefined).toBe(expected);
  });
});
