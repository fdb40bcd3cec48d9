import { describe, expect, it } from 'vitest';
import { cleanUri, isUriReference } from './clean-uri.ts';

describe('cleanUri', () => {
  it.each([
    ['https://ci.example.com/runs/214', 'https://ci.example.com/runs/214'],
    ['https://ci.example.com', 'https://ci.example.com/'],
    ['https://[2001:db8::1]:8443/a', 'https://[2001:db8::1]:8443/a'],
    ['https://bücher.example/ü?q=ö#ä', 'https://xn--bcher-kva.example/%C3%BC?q=%C3%B6#%C3%A4'],
    [
      'https://x.example/a|b[1]^`?c={d}|\\#e#f',
      'https://x.example/a%7Cb%5B1%5D%5E%60?c=%7Bd%7D%7C%5C#e%23f',
    ],
    ['https://x.example/100%?a=%zz', 'https://x.example/100%25?a=%25zz'],
    ['https://me:secret@x.example/', 'https://x.example/'],
    ['https://x"y.example/', undefined],
    ['https://{x}.example/', undefined],
    ['javascript:alert(1)', undefined],
    ['/srv/git', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('%s is %s', (address, uri) => {
    expect(cleanUri(address)).toBe(uri);
  });
});

describe('isUriReference', () => {
  it.each([
    ['/bowline/prod', true],
    ['https://gitops.example.com/a?b#c', true],
    ['urn:bowline:prod', true],
    ['bowline', true],
    ['a%20b', true],
    ['', false],
    ['a b', false],
    ['a%2', false],
    ['a#b#c', false],
    ['1a:b', false],
    [':a', false],
    ['https://[::1', false],
    ['https://a:b/', false],
    ['ü', false],
  ])('%j: %s', (text, is) => {
    expect(isUriReference(text)).toBe(is);
  });
});
