import { platform } from 'node:process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { credentialUsername } from './credential-username.ts';
import { isLoopbackHost, parseRemoteUrl, redactedAddress, remoteUrl } from './remote-url.ts';

describe('parseRemoteUrl', () => {
  it.each([
    [
      'https://bitbucket.org/acme/shop.git',
      { protocol: 'https', host: 'bitbucket.org', path: 'acme/shop.git' },
    ],
    [
      'https://github.com/acme/shop',
      { host: 'github.com', path: 'acme/shop', href: 'https://github.com/acme/shop' },
    ],
    [
      'HTTPS://GitLab.com:443/Acme/Web/Shop.git/',
      { host: 'gitlab.com', port: undefined, href: 'https://gitlab.com/Acme/Web/Shop.git' },
    ],
    [
      'https://git.example.com:8443/scm/key/slug.git',
      { port: 8443, href: 'https://git.example.com:8443/scm/key/slug.git' },
    ],
    ['http://127.0.0.1:3000/a.git', { protocol: 'http', host: '127.0.0.1', port: 3000 }],
    ['http://[::1]:3000/a.git', { host: '[::1]', port: 3000 }],
    ['https://dev.example.com/a/my%20repo.git', { path: 'a/my%20repo.git' }],
    [
      'ssh://git@host.example:7999/key/slug.git',
      {
        protocol: 'ssh',
        user: 'git',
        port: 7999,
        href: 'ssh://git@host.example:7999/key/slug.git',
      },
    ],
    [
      'ssh://git@ssh.github.com:22/acme/shop.git',
      { port: undefined, href: 'ssh://git@ssh.github.com/acme/shop.git' },
    ],
    [
      'git@gitlab.com:acme/web/shop.git',
      {
        protocol: 'ssh',
        user: 'git',
        host: 'gitlab.com',
        path: 'acme/web/shop.git',
        href: 'git@gitlab.com:acme/web/shop.git',
      },
    ],
    ['host.example:acme/shop.git', { protocol: 'ssh', user: undefined }],
    [
      'git@host.example:/srv/git/shop.git',
      { path: 'srv/git/shop.git', href: 'git@host.example:/srv/git/shop.git' },
    ],
  ])('reads %s', (text, expected) => {
    expect(parseRemoteUrl(text)).toMatchObject(expected);
  });

  it.skipIf(platform === 'win32')('reads files only when they are allowed (POSIX paths)', () => {
    expect(() => parseRemoteUrl('file:///srv/a.git')).toThrow(/not allowed here/);
    expect(() => parseRemoteUrl('/srv/a.git')).toThrow(/not allowed here/);
    const allowed = parseRemoteUrl('/srv/my repo.git', { allowFile: true });
    expect(allowed).toMatchObject({
      protocol: 'file',
      path: '/srv/my repo.git',
      href: 'file:///srv/my%20repo.git',
    });
    expect(parseRemoteUrl(allowed.href, { allowFile: true })).toEqual(allowed);
    for (const bad of [
      'file://host/srv/a',
      'file:///srv/../etc',
      '/srv/../etc',
      'file:///a%00b',
      './a',
      '../a',
      'a',
    ])
      expect(() => parseRemoteUrl(bad, { allowFile: true })).toThrow(/was refused/);
  });

  it('writes an owner of digits so that it is not taken for a port', () => {
    const address = remoteUrl({ protocol: 'ssh', host: 'github.com', repository: '0/shop' });
    expect(address).toBe('ssh://git@github.com/0/shop.git');
    expect(parseRemoteUrl(address)).toMatchObject({ host: 'github.com', path: '0/shop.git' });
  });

  it('reads what it has written', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('https', 'http', 'ssh' as const),
        fc.domain(),
        fc.option(fc.integer({ min: 1, max: 65_535 }), { nil: undefined }),
        fc.array(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.]{0,9}[A-Za-z0-9_]$/), {
          minLength: 1,
          maxLength: 5,
        }),
        (protocol, host, port, segments) => {
          const address = remoteUrl({
            protocol: protocol as 'https',
            host: port === undefined ? host : `${host}:${port}`,
            repository: segments.join('/'),
          });
          const url = parseRemoteUrl(address);
          expect(url.href).toBe(address);
          expect(url.host).toBe(host.toLowerCase());
        },
      ),
      { numRuns: 300 },
    );
  });

  it('never lets a second reading disagree about the host', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^https?:\/\/[ -~]{0,40}$/), (text) => {
        let url: ReturnType<typeof parseRemoteUrl>;
        try {
          url = parseRemoteUrl(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'GIT_INVALID_REMOTE' });
          return;
        }
        const whatwg = new URL(url.href);
        expect(whatwg.hostname).toBe(url.host);
        expect(whatwg.username + whatwg.password).toBe('');
      }),
      { numRuns: 2000 },
    );
  });
});

describe('remoteUrl', () => {
  it.each([
    [{ host: 'github.com', repository: 'acme/shop' }, 'https://github.com/acme/shop.git'],
    [{ host: 'github.com', repository: '/acme/shop.git/' }, 'https://github.com/acme/shop.git'],
    [
      { host: 'gitlab.com', repository: 'a/b/c', protocol: 'ssh' as const },
      'git@gitlab.com:a/b/c.git',
    ],
    [
      { host: 'git.example.com:7999', repository: 'k/s', protocol: 'ssh' as const },
      'ssh://git@git.example.com:7999/k/s.git',
    ],
    [{ repository: '/srv/a.git', protocol: 'file' as const }, 'file:///srv/a.git'],
  ])('builds %o', (parts, address) => {
    expect(remoteUrl(parts)).toBe(address);
  });
  it.each([
    { host: 'evil.example/x', repository: 'a/b' },
    { host: 'me:secret@host', repository: 'a/b' },
    { host: '-oProxyCommand=x', repository: 'a/b', protocol: 'ssh' as const },
    { host: 'github.com', repository: '../b' },
    { host: 'github.com', repository: 'a/b?x=y' },
    { repository: 'a/b' },
  ])('refuses %o', (parts) => {
    expect(() => remoteUrl(parts)).toThrow(expect.objectContaining({ code: 'GIT_INVALID_REMOTE' }));
  });
});

describe('credentialUsername', () => {
  it('names the user that each forge wants', () => {
    expect(credentialUsername('bitbucket.org')).toBe('x-token-auth');
    expect(credentialUsername('bitbucket-cloud', { kind: 'api-token' })).toBe(
      'x-bitbucket-api-token-auth',
    );
    expect(credentialUsername('GitHub.com')).toBe('x-access-token');
    expect(credentialUsername('gitlab')).toBe('oauth2');
    expect(credentialUsername('gitea')).toBeUndefined();
    expect(credentialUsername('git.example.com')).toBeUndefined();
  });
});

it('isLoopbackHost knows this machine', () => {
  expect(['localhost', '127.0.0.1', '127.9.9.9', '[::1]'].every(isLoopbackHost)).toBe(true);
  expect(
    ['127.0.0.1.example.com', 'localhost.evil.com', '10.0.0.1', '[::2]'].some(isLoopbackHost),
  ).toBe(false);
});

it('redactedAddress takes a password out of an old address', () => {
  expect(redactedAddress('https://me:hunter2@host/a.git')).toBe('https://host/a.git');
  expect(redactedAddress('git@host:a.git')).toBe('git@host:a.git');
});
