import { resolve } from 'node:path';
import { type Config, hostConfig, restAuth } from '@bowline/gitops-config';
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
  if (known !== undefined && restAuth(known) === undefined) await session.ensureEnvFile();
  return connectForge({ config, host });
}

/** Tells whether the jobs can use the API of this host; otherwise only Git reaches it. */
export function hasForgeApi(config: Config, host: string): boolean {
  return host === 'local' || hostConfig(config, host)?.kind === 'bitbucket-cloud';
}
