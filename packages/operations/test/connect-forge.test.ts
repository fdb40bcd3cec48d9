import { generateKeyPairSync } from 'node:crypto';
import { tmpdir } from 'node:os';
import type { HostConfig } from '@bowline/gitops-config';
import { Secret } from '@bowline/gitops-errors';
import { connectForge } from '@bowline/gitops-operations/configured';
import { describe, expect, it } from 'vitest';

const hosts: readonly HostConfig[] = [
  { host: 'bitbucket.org', kind: 'bitbucket-cloud' },
  { host: 'github.com', kind: 'github' },
  { host: 'gitlab.com', kind: 'gitlab' },
  { host: 'gitea.com', kind: 'gitea' },
  { host: 'git.example.com', kind: 'gitlab' },
  { host: 'bb.example.com', kind: 'bitbucket-datacenter' },
  { host: 'plain.example.com', kind: 'git' },
  { host: 'local', kind: 'local' },
];

describe('connectForge', () => {
  it.each([
    ['bitbucket.org', 'BITBUCKET_EMAIL and BITBUCKET_API_TOKEN, or'],
    ['github.com', 'GITHUB_TOKEN, or GITHUB_APP_ID'],
    ['gitlab.com', 'GITLAB_TOKEN'],
    ['gitea.com', 'GITEA_TOKEN'],
    ['git.example.com', 'GITOPS_TOKEN_GIT_EXAMPLE_COM'],
    ['bb.example.com', 'GITOPS_TOKEN_BB_EXAMPLE_COM (and BITBUCKET_DC_USER for Git)'],
  ])('says which variables %s needs', async (host, variables) => {
    await expect(connectForge({ config: { hosts }, host })).rejects.toMatchObject({
      code: 'PROVIDER_UNAUTHENTICATED',
      message: `No credential is configured for ${host}.`,
      hint: expect.stringContaining(`Set ${variables}`),
    });
  });

  it('knows the configured hosts alone', async () => {
    await expect(
      connectForge({ config: { hosts }, host: 'github.com.evil.example' }),
    ).rejects.toMatchObject({ code: 'CONFIG_HOST_UNKNOWN' });
  });

  it('knows a Git server that is no forge', async () => {
    await expect(
      connectForge({ config: { hosts }, host: 'plain.example.com' }),
    ).rejects.toMatchObject({
      code: 'OPERATION_NOT_SUPPORTED',
    });
  });

  it('opens a folder as a forge', async () => {
    const local = await connectForge({ config: { hosts }, host: 'local', root: tmpdir() });
    expect(local.kind).toBe('local');
    await expect(connectForge({ config: { hosts }, host: 'local' })).rejects.toMatchObject({
      code: 'PROVIDER_INVALID_ARGUMENT',
    });
  });

  const token = { kind: 'token', token: new Secret('the-token') } as const;
  const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

  it.each<readonly [string, HostConfig, string, Readonly<Record<string, string>>]>([
    [
      'the API that the configuration names',
      {
        host: 'bitbucket.org',
        kind: 'bitbucket-cloud',
        apiUrl: 'https://proxy.example/2.0',
        credential: { kind: 'access-token', token: new Secret('the-token') },
      },
      'https://proxy.example/2.0/repositories/acme/shop',
      { authorization: 'Bearer the-token' },
    ],
    [
      'github.com',
      { host: 'github.com', kind: 'github', credential: token },
      'https://api.github.com/repos/acme/shop',
      { authorization: 'Bearer the-token' },
    ],
    [
      'an Enterprise Server',
      { host: 'ghe.example.com:8443', kind: 'github', credential: token },
      'https://ghe.example.com:8443/api/v3/repos/acme/shop',
      { authorization: 'Bearer the-token' },
    ],
    [
      'a GitLab without TLS',
      { host: 'git.example.com', kind: 'gitlab', insecureHttp: true, credential: token },
      'http://git.example.com/api/v4/projects/acme%2Fshop',
      { authorization: 'Bearer the-token' },
    ],
    [
      'a GitLab below a path, by the token of a job',
      {
        host: 'git.example.com',
        kind: 'gitlab',
        apiUrl: 'https://git.example.com/gitlab/api/v4',
        credential: { kind: 'job-token', token: new Secret('the-token') },
      },
      'https://git.example.com/gitlab/api/v4/projects/acme%2Fshop',
      { 'job-token': 'the-token' },
    ],
    [
      'a Gitea with a password',
      {
        host: 'tea.example.com:3000',
        kind: 'gitea',
        credential: { kind: 'password', username: 'me', password: new Secret('the-password') },
      },
      'https://tea.example.com:3000/api/v1/repos/acme/shop',
      { authorization: basic('me:the-password') },
    ],
  ])(
    'sends the credential of its host to %s, as the forge takes it',
    async (_what, host, url, headers) => {
      const { sent, fetch } = recorder();
      const forge = await connectForge({
        config: { hosts: [host] },
        host: host.host.toUpperCase(),
        fetch,
      });
      expect(await forge.repository('acme/shop').get()).toBeUndefined();
      expect(sent[0]?.url).toBe(url);
      for (const [name, value] of Object.entries(headers))
        expect(sent[0]?.headers.get(name)).toBe(value);
      if (!('authorization' in headers)) expect(sent[0]?.headers.get('authorization')).toBeNull();
    },
  );

  it('lets a GitHub App sign for itself', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    const app = { kind: 'github-app', appId: 'Iv1.abc', privateKey: new Secret(pem) } as const;
    const { sent, fetch } = recorder();
    const forge = await connectForge({
      config: { hosts: [{ host: 'github.com', kind: 'github', credential: app }] },
      host: 'github.com',
      fetch,
    });
    await forge
      .repository('acme/shop')
      .get()
      .catch(() => undefined);
    expect(sent[0]?.url).toBe('https://api.github.com/repos/acme/shop/installation');
    const [, claims = ''] = sent[0]?.headers.get('authorization')?.split('.') ?? [];
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      iss: 'Iv1.abc',
    });
  });

  it('refuses a credential of another kind of forge', async () => {
    const credential = { kind: 'job-token', token: new Secret('the-token') } as const;
    const config = { hosts: [{ host: 'tea.example.com', kind: 'gitea', credential } as const] };
    await expect(connectForge({ config, host: 'tea.example.com' })).rejects.toMatchObject({
      code: 'CONFIG_CREDENTIAL_UNSUPPORTED',
    });
  });
});

/** A network on which there is nothing, and what was asked of it. */
function recorder() {
  const sent: Request[] = [];
  const record: typeof fetch = async (input, init) => {
    sent.push(new Request(input, init));
    return new Response('{}', { status: 404, headers: { 'content-type': 'application/json' } });
  };
  return { sent, fetch: record };
}
