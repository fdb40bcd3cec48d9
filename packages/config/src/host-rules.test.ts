import { describe, expect, it } from 'vitest';
import { parseConfig } from './parse-config.ts';

async function codes(hosts: string, trusted = true): Promise<readonly string[]> {
  const { issues } = await parseConfig(`hosts:\n  ${hosts}\n`, { trusted });
  return issues.map((issue) => `${issue.code} ${issue.key} ${issue.line}:${issue.column}`);
}

describe('rules of hosts', () => {
  it.each([
    ['git.example.com: { organization: a }', 'CONFIG_INVALID hosts.git.example.com.kind 2:20'],
    ['github.com: { kind: gitlab }', 'CONFIG_INVALID hosts.github.com.kind 2:23'],
    ['acme.ghe.com: { kind: gitea }', 'CONFIG_INVALID hosts.acme.ghe.com.kind 2:25'],
    ['a.org: { kind: bitbucket-cloud }', 'CONFIG_INVALID hosts.a.org.kind 2:18'],
    ['local: { organization: a }', 'CONFIG_INVALID hosts.local 2:3'],
    ['a.org:70000: { kind: gitea }', 'CONFIG_INVALID hosts.a.org:70000 2:3'],
    ['github.com: { apiUrl: "https://github.com" }', 'CONFIG_INVALID hosts.github.com.apiUrl 2:25'],
    ['github.com: { insecureHttp: true }', 'CONFIG_INVALID hosts.github.com.insecureHttp 2:31'],
    ['a.org: { kind: gitea, apiUrl: "http://a.org" }', 'CONFIG_INVALID hosts.a.org.apiUrl 2:33'],
    ['a.org: { kind: gitea, apiUrl: "https://b.org" }', 'CONFIG_INVALID hosts.a.org.apiUrl 2:33'],
    [
      'bitbucket.org: { apiUrl: "https://b.org", apiHost: proxy.example }',
      'CONFIG_INVALID hosts.bitbucket.org.apiUrl 2:28',
    ],
    [
      'a.org: { kind: gitea, apiUrl: "https://pages.a.org" }',
      'CONFIG_INVALID hosts.a.org.apiUrl 2:33',
    ],
    [
      'a.org: { kind: gitea, apiUrl: "https://a.org@b.org" }',
      'CONFIG_INVALID hosts.a.org.apiUrl 2:33',
    ],
    [
      'bitbucket.org: { credential: { kind: token, token: { env: X } } }',
      'CONFIG_CREDENTIAL_UNSUPPORTED hosts.bitbucket.org.credential.kind 2:40',
    ],
    [
      'github.com: { credential: { kind: password, username: me, password: { env: X } } }',
      'CONFIG_CREDENTIAL_UNSUPPORTED hosts.github.com.credential.kind 2:37',
    ],
  ])('refuse %s', async (hosts, expected) => {
    expect(await codes(hosts)).toEqual([expected]);
  });

  it.each([
    ['acme.ghe.com: { organization: a }'],
    ['localhost:3000: { kind: gitea, apiUrl: "http://localhost:3000/api/v1" }'],
    ['127.0.0.1:3000: { kind: gitea, apiUrl: "http://127.0.0.1:4000" }'],
    ['"[::1]:3000": { kind: gitea, apiUrl: "http://[::1]:3000" }'],
    ['a.org: { kind: gitea, apiUrl: "http://a.org", insecureHttp: true }'],
    ['a.org: { kind: github, apiUrl: "https://api.a.org" }'],
    ['a.org: { kind: github, apiUrl: "https://b.org/x", apiHost: b.org }'],
    ['bitbucket.org: { apiUrl: "https://proxy.example/2.0", apiHost: proxy.example }'],
  ])('take %s', async (hosts) => {
    expect(await codes(hosts)).toEqual([]);
  });
});

describe('a gitops.yaml that was found in a project', () => {
  const host = (name: string, variable: string) =>
    `${name}: { kind: gitea, credential: { kind: token, token: { env: ${variable} } } }`;

  it.each([
    ['evil.example', 'AWS_SECRET_ACCESS_KEY'],
    ['evil.example', 'GITHUB_TOKEN'],
    ['evil.example', 'BITBUCKET_API_TOKEN'],
    ['evil.example', 'GITOPS_TOKEN_GIT_EXAMPLE_COM'],
    ['git-example.com', 'GITOPS_TOKEN_GIT_EXAMPLE_COM'],
    ['gitea.com', 'GITLAB_TOKEN'],
    ['evil.example', 'GITOPS_WEBHOOK_SECRET'],
    ['evil.example', 'GITOPS_OUR_TOKEN'],
  ])('cannot send %s the variable %s', async (name, variable) => {
    expect((await codes(host(name, variable), false))[0]).toMatch(/^CONFIG_SECRET_FORBIDDEN /);
    expect(await codes(host(name, variable), true)).toEqual([]);
  });

  it.each([
    ['git.example.com', 'GITOPS_TOKEN_GIT_EXAMPLE_COM'],
    ['gitea.com', 'GITEA_TOKEN'],
    ['gitea.com', 'GITOPS_TOKEN_GITEA_COM'],
  ])('can send %s the variable %s', async (name, variable) => {
    expect(await codes(host(name, variable), false)).toEqual([]);
  });

  it('cannot move an API to another host', async () => {
    const text = 'a.org: { kind: github, apiUrl: "https://b.org", apiHost: b.org }';
    expect(await codes(text, false)).toEqual(['CONFIG_SECRET_FORBIDDEN hosts.a.org.apiHost 2:60']);
  });

  it('cannot have a token sent in the clear, except to this machine', async () => {
    const text = (host: string) => `"${host}": { kind: gitea, insecureHttp: true }`;
    expect(await codes(text('a.org'), false)).toEqual([
      'CONFIG_SECRET_FORBIDDEN hosts.a.org.insecureHttp 2:41',
    ]);
    expect(await codes(text('a.org'), true)).toEqual([]);
    for (const here of ['localhost:3000', '127.0.0.1:3000', '[::1]:3000'])
      expect(await codes(text(here), false)).toEqual([]);
  });

  it('cannot have the secret of the forge sign what goes elsewhere', async () => {
    const text =
      'notifications: { webhooks: [{ url: "https://evil.example/", secret: { env: GITOPS_FORGE_WEBHOOK_SECRET } }] }';
    const { issues } = await parseConfig(text, { trusted: false });
    expect(issues.map(({ code, key }) => `${code} ${key}`)).toEqual([
      'CONFIG_SECRET_FORBIDDEN notifications.webhooks[0].secret.env',
    ]);
  });

  it('cannot send events to private networks', async () => {
    const text =
      'notifications: { webhooks: [{ url: "https://10.0.0.1/", allowPrivateAddresses: true }] }';
    const { issues } = await parseConfig(text, { trusted: false });
    expect(issues.map(({ code, key }) => `${code} ${key}`)).toEqual([
      'CONFIG_SECRET_FORBIDDEN notifications.webhooks[0].allowPrivateAddresses',
    ]);
    expect((await parseConfig(text, { trusted: true })).issues).toEqual([]);
  });
});
