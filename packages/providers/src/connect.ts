import type { BitbucketCloudOptions } from './bitbucket-cloud/options.ts';
import type { BitbucketDatacenterOptions } from './bitbucket-datacenter/options.ts';
import { ProviderError } from './errors.ts';
import type { GiteaOptions } from './gitea/options.ts';
import type { GithubOptions } from './github/options.ts';
import type { GitlabOptions } from './gitlab/options.ts';
import type { LocalOptions } from './local/local.ts';
import type { Provider } from './provider-types.ts';

/** What {@link connect} needs, by the kind of forge. */
export type ConnectOptions =
  | ({ readonly kind: 'local' } & LocalOptions)
  | ({ readonly kind: 'bitbucket-cloud' } & BitbucketCloudOptions)
  | ({ readonly kind: 'bitbucket-datacenter' } & BitbucketDatacenterOptions)
  | ({ readonly kind: 'github' } & GithubOptions)
  | ({ readonly kind: 'gitlab' } & GitlabOptions)
  | ({ readonly kind: 'gitea' } & GiteaOptions);

type Loaders = {
  readonly [Kind in ConnectOptions['kind']]: () => Promise<
    (options: Extract<ConnectOptions, { kind: Kind }>) => Provider
  >;
};

// A backend is loaded when it is first asked for, so that the root costs nothing to import.
const loaders = {
  local: async () => (await import('./local/index.ts')).local,
  'bitbucket-cloud': async () => (await import('./bitbucket-cloud/index.ts')).bitbucketCloud,
  'bitbucket-datacenter': async () =>
    (await import('./bitbucket-datacenter/index.ts')).bitbucketDatacenter,
  github: async () => (await import('./github/index.ts')).github,
  gitlab: async () => (await import('./gitlab/index.ts')).gitlab,
  gitea: async () => (await import('./gitea/index.ts')).gitea,
} satisfies Loaders;

/**
 * Connects to a forge, and loads the code for it only now.
 *
 * Sends nothing: a wrong credential shows at the first call. To have a backend without the others, import its factory from its
 * own subpath.
 *
 * @throws ProviderError `PROVIDER_INVALID_ARGUMENT` when an option cannot be used.
 *
 * @example
 * ```ts
 * import { connect } from '@bowline/gitops-providers';
 * import { Secret } from '@bowline/gitops-errors';
 *
 * const provider = await connect({
 *   kind: 'bitbucket-cloud',
 *   auth: { type: 'bearer', token: new Secret('an access token') },
 * });
 * console.log(provider.host);
 * //=> bitbucket.org
 * ```
 */
export async function connect(options: ConnectOptions): Promise<Provider> {
  switch (options.kind) {
    case 'local':
      return (await loaders.local())(options);
    case 'bitbucket-cloud':
      return (await loaders['bitbucket-cloud']())(options);
    case 'bitbucket-datacenter':
      return (await loaders['bitbucket-datacenter']())(options);
    case 'github':
      return (await loaders.github())(options);
    case 'gitlab':
      return (await loaders.gitlab())(options);
    case 'gitea':
      return (await loaders.gitea())(options);
    default:
      throw unknownKind(options);
  }
}

function unknownKind(options: never): ProviderError {
  const { kind } = options as { readonly kind?: unknown };
  return new ProviderError(
    'PROVIDER_INVALID_ARGUMENT',
    `"${String(kind)}" is not a kind of forge; known are ${Object.keys(loaders).join(', ')}.`,
  );
}
