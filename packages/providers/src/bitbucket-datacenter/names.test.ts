import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressesOf } from './addresses.ts';
import { checkRepositoryName, webPath } from './names.ts';
import { parsePullRequestUrl } from './pull-request-url.ts';

const refused = expect.objectContaining({ code: 'PROVIDER_INVALID_ARGUMENT' });

describe('checkRepositoryName', () => {
  it.each([
    ['SHOP/gitops-k8s', '/projects/SHOP/repos/gitops-k8s'],
    ['shop_2/web.site', '/projects/shop_2/repos/web.site'],
    ['~j.doe/tools', '/users/j.doe/repos/tools'],
  ])('takes %s', (name, page) => {
    expect(webPath(checkRepositoryName(name))).toBe(page);
  });

  it.each([
    '',
    'a',
    'a/b/c',
    '/b',
    'a/',
    '~/b',
    '~../b',
    '../b',
    'a/..',
    'a/.git',
    '1a/b',
    'a/b c',
    'a/-b',
    'a%2f/b',
    'ä/b',
  ])('refuses %j', (name) => {
    expect(() => checkRepositoryName(name)).toThrow(refused);
  });
});

describe('addressesOf', () => {
  const host = 'git.example.com';
  it.each([
    [{ host }, 'https://git.example.com/rest/api/latest', 'https://git.example.com/'],
    [
      { host: `${host}:8443` },
      'https://git.example.com:8443/rest/api/latest',
      'https://git.example.com:8443/',
    ],
    [
      { host, webUrl: 'https://git.example.com/bitbucket/' },
      'https://git.example.com/bitbucket/rest/api/latest',
      'https://git.example.com/bitbucket/',
    ],
    [
      { host, apiUrl: 'https://git.example.com/bitbucket/rest/api/1.0/' },
      'https://git.example.com/bitbucket/rest/api/1.0',
      'https://git.example.com/bitbucket',
    ],
    [
      {
        host,
        apiUrl: 'https://api.example.com/rest/api/latest',
        webUrl: 'https://git.example.com',
      },
      'https://api.example.com/rest/api/latest',
      'https://git.example.com/',
    ],
  ])('%j', (options, apiUrl, web) => {
    const found = addressesOf(options);
    expect([found.apiUrl, found.web.href]).toEqual([apiUrl, web]);
    expect(found.restUrl).toBe(apiUrl.replace(/\/api\/[^/]+$/, ''));
  });

  it.each([
    { host: '' },
    { host: 'git.example.com/x' },
    { host: 'a@git.example.com' },
    { host: 'git.example.com:99999999' },
    { host, apiUrl: 'https://git.example.com/rest' },
    { host, apiUrl: 'http://git.example.com/rest/api/latest' },
    { host, webUrl: 'https://me:secret@git.example.com' },
  ])('refuses %j', (options) => {
    expect(() => addressesOf(options)).toThrow(refused);
  });

  it('takes plain http where that is allowed on purpose', () => {
    const options = { host, apiUrl: 'http://git.example.com/rest/api/latest' };
    expect(addressesOf({ ...options, allowInsecureHttp: true }).restUrl).toBe(
      'http://git.example.com/rest',
    );
  });
});

describe('parsePullRequestUrl', () => {
  const web = new URL('https://git.example.com/bitbucket');
  const parse = (path: string) => parsePullRequestUrl(`https://git.example.com${path}`, web);

  it('reads the pages of a pull request, of projects and of people', () => {
    const shop = { repository: 'SHOP/gitops-k8s', id: 7 };
    const page = '/bitbucket/projects/SHOP/repos/gitops-k8s/pull-requests/7';
    for (const more of ['', '/', '/overview', '/diff#web.yaml', '?at=x']) {
      expect(parse(`${page}${more}`)).toEqual(shop);
    }
    expect(parse('/bitbucket/users/j.doe/repos/tools/pull-requests/12/commits')).toEqual({
      repository: '~j.doe/tools',
      id: 12,
    });
  });

  it.each([
    '/projects/SHOP/repos/gitops-k8s/pull-requests/7',
    '/bitbucketx/projects/SHOP/repos/gitops-k8s/pull-requests/7',
    '/bitbucket/projects/SHOP/repos/gitops-k8s/pull-requests/0',
    '/bitbucket/projects/SHOP/repos/gitops-k8s/pull-requests/7x',
    '/bitbucket/projects/SHOP/repos/gitops-k8s/pull-requests/99999999999',
    '/bitbucket/projects/SHOP/repos/%2e%2e/pull-requests/7',
    '/bitbucket/projects/%zz/repos/gitops-k8s/pull-requests/7',
    '/bitbucket/projects/SHOP/gitops-k8s/pull-requests/7',
  ])('takes %s for something else', (path) => {
    expect(parse(path)).toBeUndefined();
  });

  it('takes any other host, and an address with a user, for something else', () => {
    const path = 'bitbucket/projects/SHOP/repos/gitops-k8s/pull-requests/7';
    for (const origin of [
      'https://git.example.org',
      'http://git.example.com',
      'https://me@git.example.com',
    ]) {
      expect(parsePullRequestUrl(`${origin}/${path}`, web)).toBeUndefined();
    }
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        parsePullRequestUrl(text, web);
        parse(`/bitbucket/projects/${text}`);
      }),
    );
  });
});
