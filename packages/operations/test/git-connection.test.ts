import type { Credential, HostConfig } from '@bowline/gitops-config';
import { Secret } from '@bowline/gitops-errors';
import { gitConnection } from '@bowline/gitops-operations/configured';
import { type GitHubSimulator, startGitHub } from '@bowline/test-servers/github';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const token = (text: string): Credential => ({ kind: 'token', token: new Secret(text) });

const hosts: readonly HostConfig[] = [
  { host: 'github.com', kind: 'github', credential: token('one') },
  { host: 'git.example.com:8443', kind: 'gitlab', credential: token('two') },
  { host: '127.0.0.1:3000', kind: 'gitea', credential: token('three') },
  { host: 'plain.example.com', kind: 'git', insecureHttp: true, credential: token('four') },
];

describe('gitConnection', () => {
  const { credentials, allowInsecureHttp } = gitConnection({ hosts });
  const ask = async (protocol: 'http' | 'https', host: string) => {
    const found = await credentials({ protocol, host, path: 'acme/shop.git' });
    return found && `${found.username}:${found.password.reveal()}`;
  };

  it('finds the credential of a host and of no other', async () => {
    expect(await ask('https', 'github.com')).toBe('x-access-token:one');
    expect(await ask('https', 'GitHub.com')).toBe('x-access-token:one');
    expect(await ask('https', 'git.example.com:8443')).toBe('oauth2:two');
    for (const other of ['git.example.com', 'github.com:8443', 'github.com.evil.example'])
      expect(await ask('https', other)).toBeUndefined();
  });

  it('sends it in the clear to this machine, and where that was asked for', async () => {
    expect(await ask('http', 'github.com')).toBeUndefined();
    expect(await ask('http', '127.0.0.1:3000')).toBe('oauth2:three');
    expect(await ask('http', 'plain.example.com')).toBe('git:four');
    expect(allowInsecureHttp).toBe(true);
    expect(gitConnection({ hosts: hosts.slice(0, 3) }).allowInsecureHttp).toBe(false);
  });
});

describe('gitConnection of a GitHub App', () => {
  let simulator: GitHubSimulator;
  beforeAll(async () => {
    simulator = await startGitHub();
  });
  afterAll(() => simulator.close());

  it('makes a token of the repository once, and asks for none where the path names none', async () => {
    const { appId, privateKey } = simulator.app;
    const credential = { kind: 'github-app', appId, privateKey: new Secret(privateKey) } as const;
    const { host } = new URL(simulator.origin);
    const app: HostConfig = { host, kind: 'github', apiUrl: simulator.apiUrl, credential };
    const { credentials } = gitConnection({ hosts: [app] });
    const ask = (path: string) => credentials({ protocol: 'http', host, path });
    const [first, second] = [await ask('acme/shop.git'), await ask('acme/shop')];
    expect(first?.username).toBe('x-access-token');
    expect(second?.password.reveal()).toBe(first?.password.reveal());
    expect([...simulator.app.tokens.keys()]).toEqual([first?.password.reveal()]);
    expect(await ask('shop.git')).toBeUndefined();
    await expect(ask('acme/hidden.git')).rejects.toMatchObject({ code: 'PROVIDER_NOT_FOUND' });
    expect(simulator.violations).toEqual([]);
  });
});
