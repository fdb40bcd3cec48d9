/** The forges whose Git over HTTPS wants a certain user name beside a token. */
export type CredentialForge =
  | 'bitbucket-cloud'
  | 'bitbucket-datacenter'
  | 'github'
  | 'gitlab'
  | 'gitea';

const forgeOfHost: Readonly<Record<string, CredentialForge>> = {
  'bitbucket.org': 'bitbucket-cloud',
  'github.com': 'github',
  'gitlab.com': 'gitlab',
  'codeberg.org': 'gitea',
};

/**
 * Names the user that a forge wants beside a token for Git over HTTPS.
 *
 * `undefined` means that the account's own user name is needed (Bitbucket Data Center, Gitea, hosts that are not known).
 * Bitbucket Cloud tells its two kinds of tokens apart by the user name: API tokens of a person, and access tokens of a
 * repository, project or workspace (also OAuth).
 */
export function credentialUsername(
  forgeOrHost: CredentialForge | (string & {}),
  options: {
    /** @default 'access-token' */ readonly kind?: 'access-token' | 'api-token' | undefined;
  } = {},
): string | undefined {
  switch (forgeOfHost[forgeOrHost.toLowerCase()] ?? forgeOrHost) {
    case 'bitbucket-cloud':
      return options.kind === 'api-token' ? 'x-bitbucket-api-token-auth' : 'x-token-auth';
    case 'github':
      return 'x-access-token';
    case 'gitlab':
      return 'oauth2';
    default:
      return undefined;
  }
}
