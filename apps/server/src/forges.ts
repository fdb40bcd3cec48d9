import { type Config, ConfigError, defaultOrganization, hostConfig } from '@bowline/gitops-config';
import { findForgeRepository } from '@bowline/gitops-operations/configured';
import type { Provider, ProviderRepository } from '@bowline/gitops-providers';
import type {
  ConnectOptions,
  ForgeAddress,
  RepositoryAddress,
  ServerDependencies,
} from './dependencies.ts';
import { invalidMember, ServerError } from './errors.ts';

/** How a request names a repository. */
export interface NamedRepository {
  readonly repo: string;
  readonly org?: string | undefined;
  readonly remote?: string | undefined;
}

/** A repository on a forge, with the connection that reaches it. */
export interface OpenRepository {
  readonly provider: Provider;
  readonly repository: ProviderRepository;
}

/** The forges that the configuration knows, each with one connection for all requests. */
export interface Forges {
  readonly config: Config;
  /** @throws ServerError `SERVER_ORGANIZATION_MISSING` @throws ConfigError `CONFIG_HOST_UNKNOWN` */
  open(named: NamedRepository): Promise<OpenRepository>;
  /** Opens the pull request that a web address names. */
  openPullRequest(url: string): Promise<OpenRepository & { readonly id: number }>;
  /** Finds out where a repository is, without connecting. */
  addressOf(named: NamedRepository): RepositoryAddress;
  readonly readLog: ServerDependencies['readLog'];
}

/** Opens repositories on the forges of the configuration, and on no others. */
export function configuredForges(
  dependencies: Pick<ServerDependencies, 'config' | 'connect' | 'readLog'>,
  options: ConnectOptions,
): Forges {
  const { config, connect, readLog } = dependencies;
  const connections = new Map<string, Promise<Provider>>();
  const connected = (forge: ForgeAddress): Promise<Provider> => {
    const known = connections.get(forge.host);
    if (known !== undefined) return known;
    const opening = connect(forge, options);
    connections.set(forge.host, opening);
    // A credential may be configured later, for all that the server knows: the next request tries again.
    opening.catch(() => connections.delete(forge.host));
    return opening;
  };
  return {
    config,
    readLog,
    addressOf: (named) => addressOf(named, config),
    open: async (named) => {
      const address = addressOf(named, config);
      const provider = await connected(address);
      return { provider, repository: provider.repository(address.repository) };
    },
    openPullRequest: async (url) => {
      const forge = forgeOfPullRequest(url, config);
      const provider = await connected(forge);
      const found = provider.parsePullRequestUrl(url);
      if (found === undefined) throw notAPullRequest();
      return { provider, repository: provider.repository(found.repository), id: found.id };
    },
  };
}

function addressOf({ repo, org, remote }: NamedRepository, config: Config): RepositoryAddress {
  if (/^https?:\/\//i.test(repo)) return addressOfPage(repo, config);
  const host = remote ?? config.defaults.remote;
  if (host === 'local') return { host, repository: repo, root: localRoot(org, config) };
  configuredHost(host, config);
  if (repo.includes('/')) return { host, repository: repo, root: undefined };
  const owner = org ?? defaultOrganization(config, host);
  if (owner === undefined) {
    throw new ServerError(
      'SERVER_ORGANIZATION_MISSING',
      `The owner of repository "${repo}" on ${host} is not known.`,
    );
  }
  return { host, repository: `${owner}/${repo}`, root: undefined };
}

function addressOfPage(page: string, config: Config): RepositoryAddress {
  const url = URL.canParse(page) ? new URL(page) : undefined;
  if (url === undefined || url.username !== '' || url.password !== '') {
    throw invalidMember('repo', 'is not the web address of a repository');
  }
  const { host } = url;
  configuredHost(host, config);
  const found = findForgeRepository(config, {
    protocol: url.protocol.slice(0, -1),
    host: url.hostname,
    port: url.port === '' ? undefined : Number(url.port),
    path: url.pathname.slice(1),
  });
  if (found === undefined) throw invalidMember('repo', 'is not the web address of a repository');
  return { ...found, root: undefined };
}

/** Requests reach no folder but the configured one, whatever they name. */
function localRoot(org: string | undefined, config: Config): string {
  const { remote, organization } = config.defaults;
  if (remote !== 'local' || organization === undefined) {
    throw new ConfigError('CONFIG_HOST_UNKNOWN', 'No folder of local repositories is configured.', {
      hint: 'Set GIT_DEFAULT_REMOTE to `local` and GIT_DEFAULT_ORG to the folder, where the server runs.',
    });
  }
  if (org !== undefined && org !== organization) {
    throw invalidMember('org', 'is not the configured folder of local repositories; leave it out');
  }
  return organization;
}

/** A request cannot make the server talk to a host that nobody has configured. */
function configuredHost(host: string, config: Config): string {
  const wanted = host.toLowerCase();
  const known = hostConfig(config, wanted);
  if (known !== undefined && known.kind !== 'local') return wanted;
  throw new ConfigError('CONFIG_HOST_UNKNOWN', `No forge is configured for host "${wanted}".`, {
    details: { known: config.hosts.map((each) => each.host) },
  });
}

function forgeOfPullRequest(url: string, config: Config): ForgeAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'file:') return { host: 'local', root: localRoot(undefined, config) };
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) throw notAPullRequest();
  return { host: configuredHost(parsed.host, config), root: undefined };
}

function notAPullRequest(): ServerError {
  return invalidMember('pr_url', 'is not the web address of a pull request');
}
