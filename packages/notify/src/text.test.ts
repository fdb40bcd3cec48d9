import { describe, expect, it } from 'vitest';
import { cleanLink, cleanText, redactHidden, truncate } from './text.ts';

describe('cleanText', () => {
  it.each([
    ['two\r\nlines\tand  blanks ', 'two lines and blanks'],
    ['a\u202eb\u200bc\u0007d\u001b[1m', 'abcd[1m'],
    ['next\u2028line\u0085', 'next line'],
    ['soft\u00adhyphen \ufeffmark', 'softhyphen mark'],
    ['family 👩‍👩‍👧 and ❤️', 'family 👩‍👩‍👧 and ❤️'],
    ['join\u200der', 'joiner'],
    ['tags \u{e0041}\u{e0042}', 'tags'],
    ['z\u0301\u0302\u0303\u0304\u0305\u0306', 'z\u0301\u0302\u0303'],
    ['half \ud83d', 'half \ufffd'],
    ['Grüße, 日本語, עברית', 'Grüße, 日本語, עברית'],
    ['https://me:pass@x.example/ghp_0123456789abcdefghijklm', 'https://***@x.example/***'],
    ['ghp_0123\u200b456789abcdefghijklm', '***'],
  ])('makes %j into %j', (text, clean) => {
    expect(cleanText(text, 100)).toBe(clean);
  });

  it('redacts before it cuts, so that no beginning of a secret is left', () => {
    expect(cleanText(`push with ghp_${'x'.repeat(36)}`, 20)).toBe('push with ***');
  });
});

describe('truncate', () => {
  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdefg', 6, 'abcde…'],
    ['👍👍👍👍', 4, '👍👍👍👍'],
    ['👍👍👍👍👍', 4, '👍👍👍…'],
    ['👍'.repeat(1000), 3, '👍👍…'],
    ['abc', 0, '…'],
    ['👩‍👩‍👧', 3, '👩…'],
  ])('cuts %j to %d: %j', (text, max, short) => {
    expect(truncate(text, max)).toBe(short);
  });
});

describe('cleanLink', () => {
  it.each([
    ['https://x.example/a b?q=1#top', 'https://x.example/a%20b?q=1#top'],
    ['HTTP://X.example', 'http://x.example/'],
    ['https://me:pass@x.example/', 'https://x.example/'],
    ['https://x.example/?token=abcdef&page=2', 'https://x.example/?token=***&page=2'],
    ['javascript:alert(1)', undefined],
    ['file:///srv/git/shop.git', undefined],
    ['/srv/git/shop.git', undefined],
    ['git@bitbucket.org:acme/shop.git', undefined],
    [`https://x.example/${'a'.repeat(2000)}`, undefined],
    ['', undefined],
  ])('%s becomes %s', (address, link) => {
    expect(cleanLink(address)).toBe(link);
  });
});

describe('redactHidden', () => {
  it('leaves text alone, and finds a secret that is split', () => {
    expect(redactHidden('a\u200bb\nc')).toBe('a\u200bb\nc');
    expect(redactHidden('a ghp_0123\u200b456789\u200dabcdefghijklm')).toBe('a ***');
  });
});
