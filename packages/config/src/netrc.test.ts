import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forgetSecretsAfterwards } from '../test/forget-secrets.ts';
import { parseNetrc } from './netrc.ts';

forgetSecretsAfterwards();

function read(text: string) {
  return parseNetrc(text).entries.map(({ machine, login, password }) => [
    machine,
    login,
    password?.reveal(),
  ]);
}

describe('parseNetrc', () => {
  it.each([
    ['machine a.org login me password p', [['a.org', 'me', 'p']]],
    ['machine\n  A.ORG\nlogin\tme\r\npassword p', [['a.org', 'me', 'p']]],
    [
      'machine a password p login me account x machine b',
      [
        ['a', 'me', 'p'],
        ['b', undefined, undefined],
      ],
    ],
    ['machine a login "m e" password "a\\"b\\\\c\\nd"', [['a', 'm e', 'a"b\\c\nd']]],
    ['machine a login me password x#y # password z', [['a', 'me', 'x#y']]],
    ['# machine z login q password r\nmachine a login me password p', [['a', 'me', 'p']]],
    ['machine a login me password "default"', [['a', 'me', 'default']]],
    ['', []],
  ])('reads %j', (text, expected) => {
    expect(read(text)).toEqual(expected);
    expect(parseNetrc(text).problems).toEqual([]);
  });

  it('skips macros up to the empty line, also when they hold words that look like entries', () => {
    const text =
      'machine a login me password p\nmacdef init\nmachine evil login x password y\ncd /pub\n\nmachine b login you password q\n';
    expect(read(text)).toEqual([
      ['a', 'me', 'p'],
      ['b', 'you', 'q'],
    ]);
    expect(parseNetrc(text).entries[1]?.line).toBe(6);
  });

  it('never gives the default entry to a machine', () => {
    expect(read('machine a login me\ndefault login any password everywhere')).toEqual([
      ['a', 'me', undefined],
    ]);
  });

  it('names the line of what it cannot read, and never what stands there', () => {
    const { problems } = parseNetrc('machine a login\nmachine b canary password "canary');
    expect(problems).toEqual([
      { line: 2, message: 'opens a quote that is never closed' },
      { line: 1, message: 'has no value after "login"' },
      { line: 2, message: 'has a word that is not known there' },
      { line: 2, message: 'has no value after "password"' },
    ]);
  });

  it('reads back every quoted login and password', () => {
    const word = fc.string({ minLength: 1, maxLength: 20 });
    const quote = (value: string) =>
      `"${value.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n').replace(/\r/g, '\\r')}"`;
    fc.assert(
      fc.property(fc.array(fc.tuple(word, word), { maxLength: 5 }), (pairs) => {
        const text = pairs
          .map(
            ([login, password], index) =>
              `machine m${index} login ${quote(login)} password ${quote(password)}`,
          )
          .join('\n');
        expect(read(text)).toEqual(
          pairs.map(([login, password], index) => [`m${index}`, login, password]),
        );
      }),
    );
  });

  it('ends on any text', () => {
    const part = fc.constantFrom(
      'machine ',
      'login ',
      'password ',
      'default ',
      'macdef ',
      '"',
      '\\',
      '#',
      '\n',
      ' ',
      'x',
    );
    const text = fc.array(part, { maxLength: 100 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (text) => {
        expect(parseNetrc(text).entries.length).toBeLessThanOrEqual(100);
      }),
    );
  });
});
