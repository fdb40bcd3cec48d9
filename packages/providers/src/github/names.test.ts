import { describe, expect, it } from 'vitest';
import { addressesOf } from './addresses.ts';
import { checkRepositoryName } from './names.ts';
import { parsePullRequestUrl } from './pull-request-url.ts';

const refused = expect.objectContaining({ code: 'PROVIDER_INVALID_ARGUMENT' });

describe('checkRepositoryName', () => {
  it.each(['acme/shop', 'a-b_corp/.github', 'A1/x.y-z_', '0/0'])('takes %s', (fullName) => {
    const { owner, name } = checkRepositoryName(fullName);
    expect(`${owner}/${name}`).toBe(fullName);
  });

  it.each(['acme', 'acme/', '/shop', 'acme/..', 'acme/.', '../shop', '.x/shop', '-x/y', 'a/b/c'])(
    'refuses %j',
    (fullName) => {
      expect(() => checkRepositoryName(fullName)).toThrowError(refused);
    },
  );

  it.each(['acme/sh op', 'acme/sh%2fop', 'acme/größe', 'acme/x\n', `acme/${'x'.repeat(101)}`])(
    'refuses %j',
    (fullName) => {
      expect(() => checkRepositoryName(fullName)).toThrowError(refused);
    },
  );
});

describe('parsePullRequestUrl', () => {
  const web = new URL('https://github.com');
  const parse = (url: string, at = web) => parsePullRequestUrl(url, at);

  it.each(['', '/', '/files', '/commits?x=1#y', '#discussion_r1'])('takes %j behind it', (tail) => {
    expect(parse(`https://github.com/acme/shop/pull/7${tail}`)).toEqual({
      repository: 'acme/shop',
      id: 7,
    });
  });

  it('knows a server below a path', () => {
    const server = new URL('https://example.com/git/');
    expect(parse('https://example.com/git/acme/shop/pull/7', server)?.id).toBe(7);
    expect(parse('https://example.com/acme/shop/pull/7', server)).toBeUndefined();
  });

  it.each([
    'http://github.com/acme/shop/pull/7',
    'https://me@github.com/acme/shop/pull/7',
    'https://github.com.evil.example/acme/shop/pull/7',
    'https://github.com:8443/acme/shop/pull/7',
    'https://github.com/acme/shop/pulls/7',
    'https://github.com/acme/shop/issues/7',
    'https://github.com/acme/shop/pull/0',
    'https://github.com/acme/shop/pull/7x',
    'https://github.com/acme/shop/pull/99999999999',
    'https://github.com/acme/..%2fx/pull/7',
    'https://github.com/acme/%E0%A4%A/pull/7',
    `https://github.com/acme/shop/pull/7?${'x'.repeat(2048)}`,
    'nonsense',
  ])('does not take %s', (url) => {
    expect(parse(url)).toBeUndefined();
  });
});

describe('addressesOf', () => {
  it('goes by the addresses that are given', () => {
    const given = { apiUrl: 'https://proxy.example.com/github/', webUrl: 'https://g.example.com' };
    expect(addressesOf(given)).toMatchObject({
      apiUrl: 'https://proxy.example.com/github',
      graphqlUrl: 'https://proxy.example.com/github/graphql',
      web: new URL('https://g.example.com'),
    });
  });

  it.each(['http://example.com/api/v3', 'https://me:x@example.com', 'ftp://localhost', 'nonsense'])(
    'refuses the address %s',
    (apiUrl) => {
      expect(() => addressesOf({ apiUrl })).toThrowError(refused);
    },
  );
});
