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

  it('opens a folder as a forge', async () => {
    const local = await connectForge({ config: { hosts }, host: 'local', root: tmpdir() });
    expect(local.kind).toBe('local');
    await expect(connectForge({ config: { hosts }, host: 'local' })).rejects.toMatchObject({
      code: 'PROVIDER_INVALID_ARGUMENT',
    });
  });

  it('sends a credential in the header that the forge asks for, to the configured API', async () => {
    const sent: { readonly url: string; readonly header: string | null }[] = [];
    const host: HostConfig = {
      host: 'bitbucket.org',
      kind: 'bitbucket-cloud',
      apiUrl: 'https://proxy.example/2.0',
      credential: { kind: 'access-token', token: new Secret('the-token') },
    };
    const forge = await connectForge({
      config: { hosts: [host] },
      host: 'BITBUCKET.org',
      fetch: async (input, init) => {
        const request = new Request(input, init);
        sent.push({ url: request.url, header: request.headers.get('authorization') });
        return new Response('{}', { status: 404, headers: { 'content-type': 'application/json' } });
      },
    });
    expect(await forge.repository('acme/shop').get()).toBeUndefined();
    expect(sent).toEqual([
      { url: 'https://proxy.example/2.0/repositories/acme/shop', header: 'Bearer the-token' },
    ]);
  });
});
