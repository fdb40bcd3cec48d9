import { type Config, gitCredential, type HostConfig } from '@bowline/gitops-config';
import type { CredentialLookup, CredentialRequest } from '@bowline/gitops-git';
import type { Provider } from '@bowline/gitops-providers';
import { connectForge } from './connect-forge.ts';
import { findForgeRepository } from './forge-address.ts';

/** What {@link gitConnection} may be told. */
export interface GitConnectionOptions {
  /** Stops the requests that make the token of a GitHub App. */
  readonly signal?: AbortSignal | undefined;
  /** For the same requests. @default the global `fetch` */
  readonly fetch?: typeof fetch | undefined;
}

/** A part of the options of every call of Git to a remote. */
export interface GitConnection {
  readonly credentials: CredentialLookup;
  readonly allowInsecureHttp: boolean;
}

/**
 * Makes what every call of Git to a remote gets from the configuration: the credential of the host, and of no other.
 *
 * Over plain HTTP a credential goes to this machine, and to hosts whose configuration has `insecureHttp`. A GitHub App is exchanged for a token of the
 * repository, which takes two requests when one is first needed, and is kept for as long as the result is.
 *
 * @example
 * ```ts
 * import { loadConfig } from '@bowline/gitops-config';
 * import { openGit } from '@bowline/gitops-git';
 * import { gitConnection } from '@bowline/gitops-operations/configured';
 *
 * const { config } = await loadConfig({
 *   environment: { GITHUB_TOKEN: 'a token' },
 *   homeDirectory: '/home/ada',
 *   workingDirectory: '/srv/shop',
 * });
 * const git = await openGit();
 * const [last] = await git.remoteLog('https://github.com/acme/shop.git', {
 *   ...gitConnection(config),
 *   ref: 'main',
 *   limit: 1,
 * });
 * console.log(last?.sha);
 * ```
 */
export function gitConnection(
  config: Pick<Config, 'hosts'>,
  options: GitConnectionOptions = {},
): GitConnection {
  const connected = new Map<string, Promise<Provider>>();
  const connectTo = (host: string): Promise<Provider> => {
    const provider = connected.get(host) ?? connectForge({ config, host, fetch: options.fetch });
    connected.set(host, provider);
    return provider;
  };
  return {
    credentials: async (request) => {
      const known = config.hosts.find(({ host }) => host === request.host.toLowerCase());
      if (known === undefined || !maySend(known, request)) return undefined;
      if (known.credential?.kind !== 'github-app') return gitCredential(known);
      const { protocol, host, path } = request;
      const { parseRemoteUrl } = await import('@bowline/gitops-git');
      const found = findForgeRepository(config, parseRemoteUrl(`${protocol}://${host}/${path}`));
      if (found === undefined) return undefined;
      const provider = await connectTo(known.host);
      return provider.repository(found.repository).gitCredential?.({ signal: options.signal });
    },
    // The lookup has nothing for the hosts for which this was not asked.
    allowInsecureHttp: config.hosts.some(({ insecureHttp }) => insecureHttp === true),
  };
}

function maySend({ insecureHttp }: HostConfig, { protocol, host }: CredentialRequest): boolean {
  const isProtected =
    protocol === 'https' || /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(host);
  return isProtected || insecureHttp === true;
}
