import type { Config, HostConfig } from '@bowline/gitops-config';

const apiPaths: Readonly<Record<string, RegExp>> = {
  github: /\/api\/v3\/*$/,
  gitlab: /\/api\/v4\/*$/,
  gitea: /\/api\/v1\/*$/,
  'bitbucket-datacenter': /\/rest(?:\/api(?:\/(?:latest|[0-9.]+))?)?\/*$/,
};

/**
 * Returns the address that the pages of a forge begin with, and Git over HTTP with them: `https://` and the host, and the path that the forge runs
 * below where its API shows one (with the scheme of that). Without a slash at the end.
 */
export function webAddress({ host, kind, apiUrl, insecureHttp }: HostConfig): string {
  const plain = `${insecureHttp === true ? 'http' : 'https'}://${host}`;
  const apiPath = apiPaths[kind];
  if (apiUrl === undefined || apiPath === undefined || !apiPath.test(apiUrl)) return plain;
  const url = new URL(apiUrl);
  // The API of some forges is on a host of its own, which has no pages.
  return url.host === host ? `${url.origin}${url.pathname.replace(apiPath, '')}` : plain;
}

/**
 * Builds the address that Git clones a repository of a forge from.
 *
 * @param repository Owner and name; of Bitbucket Data Center the key of the project (or `~` and the user) and the slug.
 * @throws GitError `GIT_INVALID_REMOTE`
 */
export async function cloneAddress(host: HostConfig, repository: string): Promise<string> {
  const { remoteUrl } = await import('@bowline/gitops-git');
  const web = new URL(webAddress(host));
  const below = host.kind === 'bitbucket-datacenter' ? `${web.pathname}/scm` : web.pathname;
  return remoteUrl({
    host: host.host,
    repository: `${below}/${repository}`.replaceAll(/\/{2,}/g, '/'),
    protocol: web.protocol === 'http:' ? 'http' : 'https',
  });
}

/** The parts of an address of Git or of a page, as `parseRemoteUrl` of `@bowline/gitops-git` gives them. */
export interface AddressParts {
  readonly protocol: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly path: string;
}

/** A repository of a configured forge. */
export interface ForgeRepositoryName {
  /** As it is configured, with its port. */
  readonly host: string;
  /** Owner and name, with all groups between them; of Bitbucket Data Center the key of the project (or `~` and the user) and the slug. */
  readonly repository: string;
}

/** Ways to the public forges where the port of SSH is closed. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ['ssh.github.com', 'github.com'],
  ['altssh.gitlab.com', 'gitlab.com'],
  ['altssh.bitbucket.org', 'bitbucket.org'],
]);

/**
 * Finds the configured forge, and the repository there, that an address of Git or the address of a page is of.
 *
 * SSH has a port of its own, so that it is found by the name of the host alone.
 *
 * @returns `undefined` when no such host is configured, or the address names no repository.
 *
 * @example
 * ```ts
 * import { parseRemoteUrl } from '@bowline/gitops-git';
 * import { findForgeRepository } from '@bowline/gitops-operations/configured';
 *
 * const config = { hosts: [{ host: 'git.example.com', kind: 'bitbucket-datacenter' }] } as const;
 * const address = parseRemoteUrl('ssh://git@git.example.com:7999/shop/web.git');
 * console.log(findForgeRepository(config, address)?.repository);
 * //=> shop/web
 * ```
 */
export function findForgeRepository(
  config: Pick<Config, 'hosts'>,
  address: AddressParts,
): ForgeRepositoryName | undefined {
  const known = findHost(config, address);
  if (known === undefined || known.kind === 'local') return undefined;
  const path = pathBelow(known, address);
  const repository = repositoryIn(known, path);
  return repository === undefined ? undefined : { host: known.host, repository };
}

function findHost(
  { hosts }: Pick<Config, 'hosts'>,
  { protocol, host, port }: AddressParts,
): HostConfig | undefined {
  const name = otherNames.get(host) ?? host;
  const exact = hosts.find((each) => each.host === (port === undefined ? name : `${name}:${port}`));
  if (exact !== undefined || protocol !== 'ssh') return exact;
  const named = hosts.filter((each) => each.host.replace(/:[0-9]+$/, '') === name);
  return named.find((each) => each.host === name) ?? (named.length === 1 ? named[0] : undefined);
}

function pathBelow(host: HostConfig, { protocol, path }: AddressParts): string {
  const context = new URL(webAddress(host)).pathname.replace(/^\/+/, '');
  return protocol !== 'ssh' && context !== '' && path.startsWith(`${context}/`)
    ? path.slice(context.length + 1)
    : path;
}

function repositoryIn({ kind }: HostConfig, path: string): string | undefined {
  const plain = path.replace(/\/+$/, '').replace(/\.git$/, '');
  if (kind === 'bitbucket-datacenter') {
    const page = /^(?:projects\/([^/]+)|users\/([^/]+))\/repos\/([^/]+)/.exec(plain);
    if (page !== null) return `${page[1] ?? `~${page[2]}`}/${page[3]}`;
    return /^(?:scm\/)?([^/]+\/[^/]+)$/.exec(plain)?.[1];
  }
  if (kind === 'git') return plain;
  if (kind === 'gitlab') {
    // Everything before "/-/" is the path of the project.
    const [project = ''] = plain.split('/-/');
    return project.includes('/') ? project : undefined;
  }
  // A longer path is that of a page, unless it is one that Git clones: then the forge runs below a path that is not configured.
  const [found] = /^[^/]+\/[^/]+/.exec(plain) ?? [];
  return path.endsWith('.git') && found !== plain ? undefined : found;
}
