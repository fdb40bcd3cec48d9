import { resolve } from 'node:path';
import { type Config, type HostConfig, hostConfig, restAuth } from '@bowline/gitops-config';
import type { Provider, ProviderRepository } from '@bowline/gitops-providers';
import { toolAuthor } from './author.ts';
import { CliError } from './errors.ts';
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
 * @throws CliError `CLI_HOST_UNKNOWN`, `CLI_FORGE_UNSUPPORTED`
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
  const { connect } = await import('@bowline/gitops-providers');
  if (host === 'local') {
    return connect({
      kind: 'local',
      root: resolve(session.workingDirectory, root ?? '.'),
      author: (await session.author()) ?? toolAuthor,
    });
  }
  const known = requireHost(await session.config(), host);
  if (known.kind !== 'bitbucket-cloud') throw unsupported(known);
  const auth = restAuth(known);
  if (auth === undefined) {
    await session.ensureEnvFile();
    const { ProviderError } = await import('@bowline/gitops-providers');
    throw new ProviderError(
      'PROVIDER_UNAUTHENTICATED',
      `No credential is configured for ${host}.`,
      {
        hint: 'Set BITBUCKET_EMAIL and BITBUCKET_API_TOKEN, or BITBUCKET_ACCESS_TOKEN, in the environment or in ~/.gitops/.env.',
      },
    );
  }
  return connect({
    kind: 'bitbucket-cloud',
    auth,
    ...(known.apiUrl === undefined ? {} : { apiUrl: known.apiUrl }),
  });
}

/** Tells whether the jobs can use the API of this host; otherwise only Git reaches it. */
export function hasForgeApi(config: Config, host: string): boolean {
  return host === 'local' || hostConfig(config, host)?.kind === 'bitbucket-cloud';
}

function requireHost(config: Config, host: string): HostConfig {
  const known = hostConfig(config, host);
  if (known !== undefined) return known;
  throw new CliError('CLI_HOST_UNKNOWN', `No forge is configured for host "${host}".`, {
    details: { host, known: config.hosts.map((each) => each.host) },
  });
}

function unsupported(known: HostConfig): CliError {
  return new CliError(
    'CLI_FORGE_UNSUPPORTED',
    `This job needs the API of ${known.host} (${known.kind}), which this version does not speak.`,
  );
}
