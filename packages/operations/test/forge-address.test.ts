import type { HostConfig } from '@bowline/gitops-config';
import { parseRemoteUrl } from '@bowline/gitops-git';
import {
  cloneAddress,
  findForgeRepository,
  webAddress,
} from '@bowline/gitops-operations/configured';
import { describe, expect, it } from 'vitest';

const hosts: readonly HostConfig[] = [
  { host: 'bitbucket.org', kind: 'bitbucket-cloud' },
  { host: 'github.com', kind: 'github' },
  { host: 'gitlab.com', kind: 'gitlab' },
  { host: 'git.example.com', kind: 'gitlab', apiUrl: 'https://git.example.com/gitlab/api/v4' },
  { host: 'tea.example.com:3000', kind: 'gitea', insecureHttp: true },
  { host: 'bb.example.com', kind: 'bitbucket-datacenter' },
  {
    host: 'bb.example.com:8443',
    kind: 'bitbucket-datacenter',
    apiUrl: 'https://bb.example.com:8443/stash/rest/api/1.0',
  },
  { host: 'ghe.example.com', kind: 'github', apiUrl: 'https://api.ghe.example.com' },
  { host: 'plain.example.com', kind: 'git' },
  {
    host: '127.0.0.1:7990',
    kind: 'bitbucket-datacenter',
    apiUrl: 'http://127.0.0.1:7990/bb/rest/api/latest',
  },
  { host: 'local', kind: 'local' },
];
const hostOf = (name: string) => {
  const found = hosts.find(({ host }) => host === name);
  if (found === undefined) throw new Error(`no host ${name}`);
  return found;
};

describe('findForgeRepository', () => {
  it.each([
    ['https://github.com/acme/shop.git', 'github.com', 'acme/shop'],
    ['git@github.com:acme/shop.git', 'github.com', 'acme/shop'],
    ['ssh://git@ssh.github.com:443/acme/shop.git', 'github.com', 'acme/shop'],
    ['https://github.com/acme/shop/tree/main/k8s', 'github.com', 'acme/shop'],
    ['git@bitbucket.org:acme/shop.git', 'bitbucket.org', 'acme/shop'],
    ['https://gitlab.com/acme/web/shop.git', 'gitlab.com', 'acme/web/shop'],
    ['https://gitlab.com/acme/web/shop/-/merge_requests/7', 'gitlab.com', 'acme/web/shop'],
    ['https://git.example.com/gitlab/acme/shop.git', 'git.example.com', 'acme/shop'],
    ['git@git.example.com:acme/deep/er/shop.git', 'git.example.com', 'acme/deep/er/shop'],
    ['http://tea.example.com:3000/acme/shop', 'tea.example.com:3000', 'acme/shop'],
    ['ssh://git@tea.example.com:2222/acme/shop.git', 'tea.example.com:3000', 'acme/shop'],
    ['https://bb.example.com/scm/shop/web.git', 'bb.example.com', 'shop/web'],
    ['https://bb.example.com/scm/~ada/web.git', 'bb.example.com', '~ada/web'],
    ['ssh://git@bb.example.com:7999/~ada/web.git', 'bb.example.com', '~ada/web'],
    ['https://bb.example.com/projects/SHOP/repos/web/browse', 'bb.example.com', 'SHOP/web'],
    ['https://plain.example.com/srv/shop.git', 'plain.example.com', 'srv/shop'],
    ['https://bb.example.com/users/ada/repos/web', 'bb.example.com', '~ada/web'],
    ['https://bb.example.com:8443/stash/scm/shop/web.git', 'bb.example.com:8443', 'shop/web'],
  ])('%s is on %s: %s', (address, host, repository) => {
    expect(findForgeRepository({ hosts }, parseRemoteUrl(address))).toEqual({ host, repository });
  });

  it.each([
    ['https://github.com.evil.example/acme/shop'],
    ['https://github.com:8443/acme/shop'],
    ['https://tea.example.com/acme/shop'],
    ['https://github.com/acme'],
    ['https://ghe.example.com/below/acme/shop.git'],
    ['https://gitlab.com/acme/-/x'],
    ['https://bb.example.com/admin/users/web'],
  ])('%s is none of a configured forge', (address) => {
    expect(findForgeRepository({ hosts }, parseRemoteUrl(address))).toBeUndefined();
  });
});

describe('addresses of a forge', () => {
  it.each([
    ['github.com', 'https://github.com', 'https://github.com/acme/shop.git'],
    [
      'git.example.com',
      'https://git.example.com/gitlab',
      'https://git.example.com/gitlab/acme/shop.git',
    ],
    [
      'tea.example.com:3000',
      'http://tea.example.com:3000',
      'http://tea.example.com:3000/acme/shop.git',
    ],
    ['bb.example.com', 'https://bb.example.com', 'https://bb.example.com/scm/acme/shop.git'],
    [
      'bb.example.com:8443',
      'https://bb.example.com:8443/stash',
      'https://bb.example.com:8443/stash/scm/acme/shop.git',
    ],
    ['127.0.0.1:7990', 'http://127.0.0.1:7990/bb', 'http://127.0.0.1:7990/bb/scm/acme/shop.git'],
    ['ghe.example.com', 'https://ghe.example.com', 'https://ghe.example.com/acme/shop.git'],
  ])('%s has its pages at %s', async (name, web, clone) => {
    expect(webAddress(hostOf(name))).toBe(web);
    expect(await cloneAddress(hostOf(name), 'acme/shop')).toBe(clone);
  });
});
