import {
  type Config,
  ConfigError,
  type HostConfig,
  type RestAuth,
  restAuth,
} from '@bowline/gitops-config';
import type { Git } from '@bowline/gitops-git';
import type { ConnectOptions, Person, Provider, ProviderAuth } from '@bowline/gitops-providers';
import { OperationError } from '../errors.ts';
import { missingCredentialHint } from './credential-hint.ts';
import { webAddress } from './forge-address.ts';
import { pushCommit } from './push-commit.ts';

/** The author of commits where nobody is known and no forge has an account to name. */
export const toolAuthor: Person = { name: 'Bowline gitops', email: 'gitops@localhost' };

/** What {@link connectForge} needs. */
export interface ConnectForgeOptions {
  readonly config: Pick<Config, 'hosts'>;
  /** `host` or `host:port` of a configured forge, or `local`. */
  readonly host: string;
  /** Absolute path of the folder with the bare repositories. Required for `local`, and for nothing else. */
  readonly root?: string | undefined;
  /** Author of commits that name none, where the forge has no account to name. @default {@link toolAuthor} */
  readonly author?: Person | undefined;
  /** Opens Git, which pushes the commits of Bitbucket Data Center. @default `openGit()` of `@bowline/gitops-git` */
  readonly openGit?: (() => Promise<Git>) | undefined;
  /** @default the global `fetch` */
  readonly fetch?: typeof fetch | undefined;
  /** @default 'bowline-gitops/<version>' */
  readonly userAgent?: string | undefined;
}

/**
 * Connects to the forge that a host of the configuration is, with the credential of that host and no other.
 *
 * Sends nothing: a wrong credential shows at the first call. The code of the forge is loaded by this call.
 *
 * @throws ConfigError `CONFIG_HOST_UNKNOWN` for a host that is not configured; what `restAuth` throws for a credential that cannot be used.
 * @throws OperationError `OPERATION_NOT_SUPPORTED` for a Git server that is no forge.
 * @throws ProviderError `PROVIDER_UNAUTHENTICATED` when no credential is configured; the hint names the variables.
 *
 * @example
 * ```ts
 * import { loadConfig } from '@bowline/gitops-config';
 * import { connectForge } from '@bowline/gitops-operations/configured';
 *
 * const { config } = await loadConfig({
 *   environment: { GITHUB_TOKEN: 'a token' },
 *   homeDirectory: '/home/ada',
 *   workingDirectory: '/srv/shop',
 * });
 * const forge = await connectForge({ config, host: 'github.com' });
 * console.log(forge.kind);
 * //=> github
 * ```
 */
export async function connectForge(options: ConnectForgeOptions): Promise<Provider> {
  const { config, host, root, author = toolAuthor } = options;
  const { connect, ProviderError } = await import('@bowline/gitops-providers');
  if (host.toLowerCase() === 'local') {
    if (root === undefined)
      throw new ProviderError(
        'PROVIDER_INVALID_ARGUMENT',
        'The folder of the local repositories is not known.',
      );
    return connect({ kind: 'local', root, author });
  }
  const known = requireForge(config, host);
  const auth = restAuth(known);
  if (auth === undefined)
    throw new ProviderError(
      'PROVIDER_UNAUTHENTICATED',
      `No credential is configured for ${known.host}.`,
      { hint: missingCredentialHint(known) },
    );
  return connect(connectOptions(known, auth, { ...options, author }));
}

function requireForge(config: Pick<Config, 'hosts'>, host: string): HostConfig {
  const known = config.hosts.find((each) => each.host === host.toLowerCase());
  if (known?.kind === 'git')
    throw new OperationError(
      'OPERATION_NOT_SUPPORTED',
      `"${known.host}" is a Git server that is no forge: it has no API for this job.`,
      {
        hint: 'Use `set-image-yaml` and the Git commands, or give the host the kind of its forge.',
      },
    );
  if (known !== undefined) return known;
  throw new ConfigError('CONFIG_HOST_UNKNOWN', `No forge is configured for host "${host}".`, {
    details: { host, known: config.hosts.map((each) => each.host) },
  });
}

function connectOptions(
  known: HostConfig,
  auth: RestAuth,
  options: ConnectForgeOptions & { readonly author: Person },
): ConnectOptions {
  const { fetch, userAgent } = options;
  const { host, kind } = known;
  const around = {
    ...(fetch === undefined ? {} : { fetch }),
    ...(userAgent === undefined ? {} : { userAgent }),
    ...addresses(known),
    ...(known.insecureHttp === true ? { allowInsecureHttp: true } : {}),
  };
  switch (kind) {
    case 'bitbucket-cloud':
      return { kind, auth: plainAuth(auth, known), ...around };
    case 'github':
      return {
        kind,
        host,
        auth: auth.type === 'github-app' ? auth : plainAuth(auth, known),
        ...around,
      };
    case 'gitlab':
      return {
        kind,
        host,
        auth: auth.type === 'job-token' ? auth : plainAuth(auth, known),
        ...around,
      };
    case 'gitea':
      return { kind, host, auth: plainAuth(auth, known), ...around };
    case 'bitbucket-datacenter':
      return { kind, host, auth: plainAuth(auth, known), ...around, ...pushing(known, options) };
    case 'git':
    case 'local':
      throw new ConfigError('CONFIG_HOST_UNKNOWN', `"${host}" is not a host.`);
  }
}

/** A token without a user name is of no use to Git, so that a commit has one file then. */
function pushing(known: HostConfig, options: ConnectForgeOptions & { readonly author: Person }) {
  const { credential } = known;
  if (credential === undefined || !('username' in credential)) return {};
  const openGit = options.openGit ?? (async () => (await import('@bowline/gitops-git')).openGit());
  return { commitFiles: pushCommit(known, { openGit, author: options.author }) };
}

const apiPaths: Readonly<Record<string, string>> = {
  github: '/api/v3',
  gitlab: '/api/v4',
  gitea: '/api/v1',
  'bitbucket-datacenter': '/rest/api/latest',
};

/** The addresses that are not what the provider derives from the host: a configured API, plain HTTP, a path that the forge runs below. */
function addresses(known: HostConfig): { readonly apiUrl?: string; readonly webUrl?: string } {
  const { host, kind, insecureHttp } = known;
  const webUrl = webAddress(known);
  const apiUrl =
    known.apiUrl ?? (insecureHttp === true ? `${webUrl}${apiPaths[kind] ?? ''}` : undefined);
  return {
    ...(apiUrl === undefined ? {} : { apiUrl }),
    ...(webUrl === `https://${host}` ? {} : { webUrl }),
  };
}

/** Leaves out what only one kind of forge takes. The rules of the configuration refuse it elsewhere; a program can still make such a host. */
function plainAuth(auth: RestAuth, known: HostConfig): ProviderAuth {
  if (auth.type === 'basic' || auth.type === 'bearer') return auth;
  throw new ConfigError(
    'CONFIG_CREDENTIAL_UNSUPPORTED',
    `The credential of ${known.host} is of kind "${auth.type}", which ${known.kind} does not take.`,
  );
}
