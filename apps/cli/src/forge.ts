import { resolve } from 'node:path';
import { type Config, type HostConfig, hostConfig } from '@bowline/gitops-config';
import type { Provider, ProviderRepository } from '@bowline/gitops-providers';
import type { RepositoryAddress } from './repository-address.ts';
import type { Session } from './session.ts';

/** A repository on a forge, with the connection that reaches it. */
export interface ForgeRepository {
  readonly provider: Provider;
  readonly repository: ProviderRepository;
}

/**
 * Connects to the forge of a repository.
 *
 * @throws ConfigError `CONFIG_HOST_UNKNOWN`
 * @throws ProviderError `PROVIDER_UNAUTHENTICATED`
 */
export async function openForgeRepository(
  session: Session,
  address: RepositoryAddress,
): Promise<ForgeRepository> {
  const provider = await connectToForge(session, address);
  return { provider, repository: provider.repository(address.repository) };
}

/** Connects to a forge by its host. */
export async function connectToForge(
  session: Session,
  { host, root }: Pick<RepositoryAddress, 'host' | 'root'>,
): Promise<Provider> {
  const [{ connectForge }, config] = await Promise.all([
    import('@bowline/gitops-operations/configured'),
    session.config(),
  ]);
  if (host === 'local') {
    return connectForge({
      config,
      host,
      root: resolve(session.workingDirectory, root ?? '.'),
      author: await session.author(),
    });
  }
  const known = hostConfig(config, host);
  // A place to put the credential, which the error names.
  if (known !== undefined && !hasCredential(known)) await session.ensureEnvFile();
  // Its commits are pushed, and have an author.
  const pushes = known?.kind === 'bitbucket-datacenter';
  return connectForge({
    config,
    host,
    author: pushes ? await session.author() : undefined,
    openGit: async () => (await import('./git-access.ts')).openGitFor(session),
  });
}

/**
 * Tells whether a job goes through the API of the forge. Otherwise Git alone reaches the repository: it is on no configured host or one that is no forge, or it is named by an address for SSH and
 * there is no credential for the API.
 */
export function usesForgeApi(config: Config, { host, url }: RepositoryAddress): boolean {
  if (host === 'local') return true;
  const known = hostConfig(config, host);
  if (known === undefined || known.kind === 'git') return false;
  return hasCredential(known) || url === undefined || /^https?:/i.test(url);
}

/** Tells whether a credential is configured, also one that turns out to be of no use. */
export function hasCredential({ credential, credentialIssue }: HostConfig): boolean {
  return credential !== undefined || credentialIssue !== undefined;
}
