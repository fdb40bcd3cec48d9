import { describe, expect, it } from 'vitest';
import type { HttpRequest } from './http-message.ts';
import { followRedirect } from './redirect.ts';

const api = new URL('https://api.bitbucket.org/2.0');
const from = new URL('https://api.bitbucket.org/2.0/repositories/acme/shop/diff');
const request = (extra: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'GET',
  path: '/x',
  expect: [200],
  doing: 'read x',
  ...extra,
});

function follow(location: string | null, extra: Partial<HttpRequest> = {}, withCredential = true) {
  const target = followRedirect(from, location, { request: request(extra), api, withCredential });
  return `${target.url.href} ${target.withCredential}`;
}

describe('followRedirect', () => {
  it('keeps the credential on the origin of the API, also for a relative address', () => {
    expect(follow('/2.0/y?a=1')).toBe('https://api.bitbucket.org/2.0/y?a=1 true');
    expect(follow('https://api.bitbucket.org:443/2.0/y')).toBe(
      'https://api.bitbucket.org/2.0/y true',
    );
  });

  it('does not give it back once it was dropped', () => {
    expect(follow('/2.0/y', {}, false)).toMatch(/ false$/);
  });

  it('drops the credential and the user of an address elsewhere', () => {
    expect(follow('https://me:pw@media.example/x', { foreignRedirect: true })).toBe(
      'https://media.example/x false',
    );
  });

  it.each<[string | null, Partial<HttpRequest>]>([
    [null, {}],
    ['', { method: 'POST' }],
    ['http://[', {}],
    ['/2.0/y', { method: 'POST' }],
    ['/2.0/y', { method: 'DELETE' }],
    ['https://media.example/x', {}],
    ['https://api.bitbucket.org.evil.example/x', {}],
    ['https://api.bitbucket.org:8443/x', {}],
    ['http://media.example/x', { foreignRedirect: true }],
    ['http://127.0.0.1/x', { foreignRedirect: true }],
    ['http://169.254.169.254/latest', { foreignRedirect: true }],
    ['file:///etc/passwd', { foreignRedirect: true }],
    ['data:text/plain,x', { foreignRedirect: true }],
    ['https://media.example/x', { foreignRedirect: true, method: 'PUT' }],
  ])('refuses %j with %j', (location, extra) => {
    expect(() => follow(location, extra)).toThrowError(
      expect.objectContaining({ code: 'PROVIDER_BAD_RESPONSE' }),
    );
  });
});
