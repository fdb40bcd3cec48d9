import { type HostConfig, tokenVariable } from '@bowline/gitops-config';

const publicHosts: Readonly<Record<string, string>> = {
  'bitbucket.org': 'BITBUCKET_EMAIL and BITBUCKET_API_TOKEN, or BITBUCKET_ACCESS_TOKEN,',
  'github.com': 'GITHUB_TOKEN, or GITHUB_APP_ID and GITHUB_APP_PRIVATE_KEY_FILE,',
  'gitlab.com': 'GITLAB_TOKEN',
  'gitea.com': 'GITEA_TOKEN',
};

/** Says which variables hold the credential of a host. */
export function missingCredentialHint({ host, kind }: Pick<HostConfig, 'host' | 'kind'>): string {
  const own = tokenVariable(host);
  const variables =
    publicHosts[host] ??
    (kind === 'bitbucket-datacenter' ? `${own} (and BITBUCKET_DC_USER for Git)` : own);
  return `Set ${variables} in the environment or in ~/.gitops/.env.`;
}
